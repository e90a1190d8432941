/** Zones and name servers that want to send the control somewhere, hold it up or fill it up. */
import dnsPacket from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readMessage } from '../../../collector/control/dns-message.ts';
import type { DnsMessage } from '../../../collector/control/dns-message.ts';
import { addressesOf, zoneWord } from '../../../collector/control/zone-word.ts';
import { cidrs, startTcp } from './helpers.ts';
import { a, answers, cname, KZ, ns, refers, startSite, startZones } from './zones.ts';
import type { NameServerRule, Zones } from './zones.ts';

const FORBIDDEN = [
  '127.0.0.1', '127.0.0.53', '10.0.0.1', '192.168.0.1', '172.16.0.1', '100.64.0.1', '169.254.169.254', '0.0.0.0',
  '224.0.0.251', '255.255.255.255', '168.63.129.16', '::1', 'fd00::1', 'fe80::1', '::ffff:127.0.0.1', '64:ff9b::7f00:1',
  '2002:7f00:1::1', 'ff02::fb',
]; // prettier-ignore

/** kz refers site.kz to one server, whose address comes as glue or from the resolver. */
function referringTo(address: string, glue: boolean, ownAddresses: readonly string[] = []): Promise<Zones> {
  const server = glue ? 'ns.site.kz' : 'ns.host.example';
  const rule = (): ReturnType<typeof refers> => refers('site.kz', { [server]: glue ? address : null });
  const type = address.includes(':') ? 'AAAA' : 'A';
  return startZones(
    { '11.0.0.1': rule, '11.0.0.2': rule },
    { ...KZ, [`ns.host.example ${type}`]: [address] },
    { ownAddresses: () => ownAddresses },
  );
}

describe('a zone that names a server which is nobody’s to ask', () => {
  test.each(FORBIDDEN)('%s, as glue and by look-up', async (address) => {
    for (const glue of [true, false]) {
      const zones = await referringTo(address, glue);
      const { parent } = await zones.walk('www.site.kz');
      expect(parent.status).toBe('unknown');
      expect([...zones.reached].every((at) => at.startsWith('11.0.0.') || at === '11.255.0.53')).toBe(true);
      expect(zones.reached.size).toBeGreaterThan(1);
    }
  });

  test('this machine’s own public address', async () => {
    for (const glue of [true, false]) {
      const zones = await referringTo('11.0.5.5', glue, ['11.0.5.5']);
      expect((await zones.walk('www.site.kz')).parent).toMatchObject({ failure: 'dns_bogon_error' });
      expect(zones.reached).not.toContain('11.0.5.5');
    }
  });

  test('the resolver’s word about a top-level domain is checked alike', async () => {
    const zones = await startZones({}, { 'kz NS': ['a.nic.kz'], 'a.nic.kz A': ['10.0.0.1'] });
    expect((await zones.walk('www.site.kz')).parent).toMatchObject({ failure: 'dns_bogon_error' });
    expect([...zones.reached]).toEqual(['11.255.0.53']);
  });

  test('--lab-allow opens just what it names, and port 53 only', async () => {
    const zones = await startZones(
      { '10.0.0.1': answers('11.9.9.9') },
      { 'kz NS': ['a.nic.kz'], 'a.nic.kz A': ['10.0.0.1'] },
      { allow: cidrs('10.0.0.0/24') },
    );
    expect((await zones.walk('www.site.kz')).parent.status).toBe('delegated');
    expect(zones.outgoing.refusal('10.0.0.1', 53)).toBe('port_not_allowed');
    const signal = new AbortController().signal;
    const exchange = await zones.outgoing.askServer('10.0.1.1', { name: 'x.kz', type: 'A' }, signal);
    expect(exchange).toEqual({ failure: 'dns_bogon_error' });
    expect(zones.reached).not.toContain('10.0.1.1');
  });
});

describe('one request makes only so many packets', () => {
  test('a thousand servers without addresses', async () => {
    const many = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`n${i}.v.example`, null]));
    const rule: NameServerRule = ({ transport }) =>
      transport === 'udp' ? { tc: true } : refers('site.kz', many);
    const zones = await startZones({ '11.0.0.1': rule, '11.0.0.2': rule }, KZ);
    await zones.walk('www.site.kz');
    // NS of kz, its two servers, and one question for each of three names: the resolver denies them.
    expect(zones.asked()).toHaveLength(6);
  });

  test('a zone that leads ever deeper', async () => {
    const labels = Array.from({ length: 40 }, (_, i) => `l${i}`);
    const host = `${labels.join('.')}.kz`;
    let depth = 0;
    const rule: NameServerRule = () => {
      depth++;
      const zone = [...labels.slice(-depth), 'kz'].join('.');
      return refers(zone, { [`ns.${zone}`]: '11.0.0.1' });
    };
    const zones = await startZones({ '11.0.0.1': rule }, { ...KZ, 'kz NS': ['a.nic.kz'] });
    const { parent } = await zones.walk(host);
    expect(parent).toMatchObject({ status: 'unknown', failure: 'dns_server_misbehaving' });
    expect(zones.asked('11.0.0.1')).toHaveLength(9);
  });

  test('ever deeper, each time over three looked-up servers that are silent but one', async () => {
    const labels = Array.from({ length: 40 }, (_, i) => `l${i}`);
    const rule: NameServerRule = ({ name }) => {
      const cut = labels.slice(-Math.min(40, zones.asked('11.0.0.1').length));
      const zone = [...cut, 'kz'].join('.');
      return name === ''
        ? null
        : refers(zone, { 'x.v.example': null, 'y.v.example': null, 'z.v.example': null });
    };
    const zones: Zones = await startZones(
      { '11.0.0.1': rule },
      {
        ...KZ,
        'kz NS': ['a.nic.kz'],
        'x.v.example A': ['11.0.0.1'],
        'y.v.example A': ['11.8.8.1'],
        'z.v.example A': ['11.8.8.2'],
      },
    );
    const start = performance.now();
    await zones.walk(`${labels.join('.')}.kz`);
    expect(performance.now() - start).toBeLessThan(4_500);
    expect(zones.asked().length + zones.asked('11.0.0.1').length).toBeLessThanOrEqual(32);
  });

  test('a server inside the zone it serves, without glue', async () => {
    const rule = () => refers('site.kz', { 'ns.site.kz': null });
    const zones = await startZones({ '11.0.0.1': rule, '11.0.0.2': rule }, KZ);
    expect((await zones.walk('www.site.kz')).parent).toMatchObject({ zone: 'kz', status: 'unknown' });
    expect(zones.asked().length).toBe(4);
  });
});

describe('the walk ends in time', () => {
  test('garbage without end', async () => {
    const zones = await startSite(() => Array.from({ length: 500 }, () => ({ id: 7 })));
    const start = performance.now();
    expect((await zones.walk('www.site.kz')).parent.failure).toBe('dns_server_misbehaving');
    expect(performance.now() - start).toBeLessThan(4_500);
  });

  test('raw bytes that are no message', async () => {
    for (const bytes of [new Uint8Array(0), new Uint8Array(11), new Uint8Array(4000).fill(0xc0)]) {
      const zones = await startSite(() => bytes);
      expect((await zones.walk('www.site.kz')).parent.status).toBe('unknown');
    }
  });

  test('TCP that drips, stays silent or announces too much', async () => {
    for (const say of [Buffer.from([0x3f]), Buffer.alloc(0), Buffer.from([0xff, 0xff, 1, 2])]) {
      const slow = await startTcp((socket) => void socket.once('data', () => socket.write(say)));
      const zones = await startZones(
        { '11.0.0.1': () => ({ tc: true }) },
        { ...KZ, 'kz NS': ['a.nic.kz'] },
        {
          mapTcp: () => ({ address: '127.0.0.1', port: slow.port }),
        },
      );
      const start = performance.now();
      expect((await zones.walk('www.site.kz')).parent.failure).toMatch(
        /^(generic_timeout_error|message_size)$/,
      );
      expect(performance.now() - start).toBeLessThan(4_500);
      await expect.poll(() => slow.open()).toBe(0);
    }
  });

  test('every server silent at every level', async () => {
    const zones = await startSite(
      () => null,
      () => null,
      { 'kz NS': ['a.nic.kz', 'b.nic.kz', 'c.nic.kz'] },
    );
    const start = performance.now();
    expect((await zones.walk('www.site.kz')).parent.status).toBe('unknown');
    expect(performance.now() - start).toBeLessThan(4_500);
  });
});

describe('reading untrusted bytes', () => {
  const question = { name: 'www.site.kz', type: 'A' } as const;
  const good = dnsPacket.encode({
    type: 'response',
    id: 9,
    flags: dnsPacket.AUTHORITATIVE_ANSWER,
    questions: [{ ...question, class: 'IN' }],
    answers: [cname('www.site.kz', 'web.site.kz'), a('web.site.kz', '11.9.9.9')],
    authorities: [ns('site.kz', 'ns1.site.kz')],
  });

  test('never throws, and takes nothing but replies to this very question', () => {
    const edited = fc
      .tuple(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length))
      .map(([at, value, end]) => {
        const bytes = Buffer.from(good);
        bytes[at] = value;
        return bytes.subarray(0, end);
      });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 600 }), edited), (bytes) => {
        const message = readMessage(bytes, 9, question);
        if (message === null) return;
        expect(bytes[0]! * 256 + bytes[1]!).toBe(9);
        const word = zoneWord(message, question.name, 'site.kz');
        if (word.kind === 'denied' || word.kind === 'exists') expect(message.authoritative).toBe(true);
        addressesOf(message, question.name, 'site.kz', 'A');
      }),
      { numRuns: 2000 },
    );
    expect(readMessage(good, 9, question)?.answers).toHaveLength(2);
    expect(readMessage(good, 8, question)).toBeNull();
    expect(readMessage(good, 9, { ...question, type: 'AAAA' })).toBeNull();
    expect(readMessage(good.subarray(0, good.length - 1), 9, question)).toBeNull();
  });

  test('whatever a reply without the AA bit says, it never denies', () => {
    const name = fc.constantFrom('kz', 'site.kz', 'www.site.kz', 'other.kz', '', 'a.www.site.kz');
    const type = fc.constantFrom('A', 'AAAA', 'NS', 'CNAME', 'DNAME', 'SOA');
    const records = fc.array(fc.record({ name, type, data: name }), { maxLength: 4 });
    const message = fc.record({
      rcode: fc.constantFrom(0, 2, 3, 5),
      authoritative: fc.boolean(),
      truncated: fc.constant(false),
      answers: records,
      authorities: records,
      additionals: records,
    });
    fc.assert(
      fc.property(message, fc.constantFrom('kz', 'site.kz'), (made, zone) => {
        const said = made as DnsMessage;
        const word = zoneWord(said, 'www.site.kz', zone);
        if (word.kind === 'denied') {
          expect(said).toMatchObject({ authoritative: true, rcode: 3, answers: [] });
          expect(['kz', 'site.kz']).toContain(word.zone);
        }
        if (word.kind === 'referral') {
          expect(word.zone.length).toBeGreaterThan(zone.length);
          expect('www.site.kz'.endsWith(word.zone)).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
