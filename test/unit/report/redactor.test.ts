import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toBase64, utf8 } from '../../../shared/codec/base64.ts';
import { formatIp, parseIp } from '../../../shared/codec/ip.ts';
import { collectOwnAddresses } from '../../../probe/report/own-addresses.ts';
import { createRedactor } from '../../../probe/report/redactor.ts';
import { v4Spellings, v6Spellings } from './spellings.ts';

const V4 = '93.184.77.5';
const V6 = '2a00:1450:4001:81b::200e';
const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));

describe('collectOwnAddresses', () => {
  it('takes every interface and the public addresses, never loopback', () => {
    const own = collectOwnAddresses(
      {
        lo: [{ address: '127.0.0.1', mac: '00:00:00:00:00:00' }, { address: '::1' }],
        eth0: [{ address: '192.168.1.5', mac: '02:42:ac:11:00:02' }],
        wlan0: [{ address: '10.9.8.7' }, { address: 'fe80::1' }],
        gone: undefined,
      },
      [V4],
    );
    expect(own.sort()).toEqual([V4, '192.168.1.5', '02:42:ac:11:00:02', '10.9.8.7', 'fe80::1'].sort());
  });
});

describe('redactor.text', () => {
  it('fails closed on an own address that it cannot read', () => {
    expect(() => createRedactor(['not an address'])).toThrow(
      expect.objectContaining({ code: 'BAD_OWN_ADDRESS' }) as Error,
    );
  });

  it('leaves loopback and every other private address alone', () => {
    const redactor = createRedactor(['127.0.0.1', '::1', '192.168.1.5']);
    expect(redactor.text('127.0.0.1 ::1 192.168.1.1 192.168.1.50 192.168.1.5')).toBe(
      '127.0.0.1 ::1 192.168.1.1 192.168.1.50 [scrubbed]',
    );
  });

  it('scrubs the whole /64 of a global address and only the address of a link-local one', () => {
    const redactor = createRedactor([V6, 'fe80::aa:1']);
    expect(redactor.text('2a00:1450:4001:81b:9:8:7:6 2a00:1450:4001:81c::1')).toBe(
      '[scrubbed] 2a00:1450:4001:81c::1',
    );
    expect(redactor.text('fe80::aa:1%eth0 fe80::aa:12 fe80::aa:2')).toBe(
      '[scrubbed]%eth0 fe80::aa:12 fe80::aa:2',
    );
    expect(redactor.text('prefix 2a00:1450:4001:81b::/64 and 2a00:1450:4001:81b:x')).not.toContain('81b');
  });

  it('finds every address of one /64 in base64, and the bare prefix at the end of a sentence', () => {
    const temporary = '2a00:1450:4001:81b:1:2:3:4';
    const redactor = createRedactor([V6, temporary]);
    for (const address of [V6, temporary])
      expect(redactor.text(Buffer.from(`ip=${address}.`).toString('base64'))).toContain('[scrubbed]');
    expect(redactor.text('Your network is 2A00:1450:4001:081B.')).not.toMatch(/1450/);
  });

  it('takes the brackets of an endpoint with it', () => {
    expect(createRedactor([V6]).text(`http://[${V6}]:443/ [${V6}]`)).toBe(
      'http://[scrubbed]:443/ [scrubbed]',
    );
  });

  it('finds addresses inside host names, queries and escaped text', () => {
    const redactor = createRedactor([V4, V6, '02:42:ac:11:00:02']);
    for (const text of [
      'ppp-93-184-77-5.isp.kz',
      '5.77.184.93.in-addr.arpa',
      'https://login.example/?ip=93%2E184%2e77%2E5',
      'a=2A00%3A1450%3A4001%3A081B%3A%3A200E',
      'a=2a00%253A1450%253A4001%253A81b%253A%253A1',
      '93&#46;184&#x2e;77.5',
      '"ip":"93\\u002e184\\x2e77.5"',
      '9\u00003\u0000.\u00001\u00008\u00004\u0000.\u00007\u00007\u0000.\u00005\u0000',
      '\x0293\x03184\x0277\x015',
      'mac=02-42-AC-11-00-02',
      'mac=0242.ac11.0002',
      'fe80::42:acff:fe11:2',
    ]) {
      const out = redactor.text(text);
      expect(out, text).toContain('[scrubbed]');
      expect(out.replaceAll('\0', ''), text).not.toMatch(/184|1450|0242|acff/i);
    }
  });

  it('does not mistake a part of a longer number or of another address for its own', () => {
    const redactor = createRedactor(['10.0.0.1']);
    for (const text of ['110.0.0.1', '10.0.0.12', '2606:4700::a00:1', '1167772161', 'b0a000001'])
      expect(redactor.text(text)).toBe(text);
    expect(redactor.text('::ffff:a00:1 [64:ff9b::a00:1]')).toBe('[scrubbed] [scrubbed]');
  });

  it('scrubs what is left of an address at the end of a cut-off text', () => {
    const redactor = createRedactor([V4, V6]);
    for (const cut of ['you are 93.184.77.', 'you are 93.184', 'net 2A00:1450:4001', 'x 2a00%3A1450%3A'])
      expect(redactor.text(cut, true), cut).toMatch(/^(you are|net|x) \[scrubbed\]/);
    expect(redactor.text('nothing here 93', true)).toBe('nothing here 93');
  });

  it('property: no spelling survives, whatever stands around it', () => {
    fc.assert(
      fc.property(
        fc.ipV4().filter((a) => !/^(127|0)\./.test(a)),
        fc.ipV6().filter((a) => parseIp(a) !== null && !/^(::|f|0)/i.test(formatIp(parseIp(a)!))),
        fc.string(),
        fc.nat(),
        (v4, v6, noise, pick) => {
          const redactor = createRedactor([v4, v6]);
          const spellings = [...v4Spellings(v4), ...v6Spellings(v6)];
          const spelling = spellings[pick % spellings.length]!;
          for (const text of [
            `${noise} ${spelling} ${noise}`,
            `ip=${spelling}&x=1`,
            `"${spelling}"`,
            `<b>${spelling}</b>`,
          ]) {
            expect(redactor.text(text), text).not.toContain(spelling);
            const bytes = redactor.bytes(utf8(text));
            expect(bytes.changed).toBe(true);
            expect(bytes.bytes.length).toBe(utf8(text).length);
            expect(Buffer.from(bytes.bytes).toString('utf8')).not.toContain(spelling);
          }
        },
      ),
      { numRuns: 400 },
    );
  });

  it('property: text without an own address stays as it is', () => {
    const redactor = createRedactor([V4, V6]);
    const other = fc.oneof(
      fc.string(),
      fc.ipV4().filter((a) => a !== V4),
      fc.ipV6().filter((a) => !/^2a00/i.test(a)),
    );
    fc.assert(fc.property(fc.array(other), (parts) => redactor.text(parts.join(' ')) === parts.join(' ')));
  });
});

describe('redactor.bytes', () => {
  it('zeroes raw addresses of both families at the same length', () => {
    const redactor = createRedactor([V4, V6]);
    const raw = Uint8Array.from([
      1,
      2,
      3,
      ...parseIp(V4)!.bytes,
      9,
      ...parseIp('2a00:1450:4001:81b::77')!.bytes,
      8,
    ]);
    expect(redactor.bytes(raw)).toEqual({
      changed: true,
      bytes: Uint8Array.from([1, 2, 3, 0, 0, 0, 0, 9, ...new Uint8Array(16), 8]),
    });
    const clean = latin1('nothing to see');
    expect(redactor.bytes(clean)).toEqual({ changed: false, bytes: clean });
  });
});

describe('redactor.resolver', () => {
  it.each([
    ['192.168.1.1:53', '[scrubbed]'],
    ['[fe80::1%wlan0]:53', '[scrubbed]'],
    ['fd00::53', '[scrubbed]'],
    ['100.64.0.1', '[scrubbed]'],
    ['[2a00:1450:4001:81b::53]:53', '[scrubbed]'],
    ['8.8.8.8:53', '8.8.8.8:53'],
    ['127.0.0.53:53', '127.0.0.53:53'],
    ['https://dns.example/dns-query', 'https://dns.example/dns-query'],
    ['[2001:4860:4860::8888]:53', '[2001:4860:4860::8888]:53'],
  ])('%s → %s', (endpoint, expected) => {
    expect(createRedactor([V6]).resolver(endpoint)).toBe(expected);
  });
});

describe('redactor.patterns', () => {
  it('has the usual spellings and the raw IPv6 prefix', () => {
    const patterns = createRedactor([V4, V6]).patterns.map((p) => Buffer.from(p).toString('latin1'));
    for (const text of [
      V4,
      '93-184-77-5',
      '5.77.184.93',
      V6,
      '2a00:1450:4001:81b',
      '2A00%3A1450%3A4001%3A81B',
    ])
      expect(patterns).toContain(text);
    expect(patterns).toContain(String.fromCharCode(...parseIp(V6)!.bytes.subarray(0, 8)));
    expect(patterns.every((p) => p.length >= 4)).toBe(true);
    expect(patterns.some((p) => toBase64(utf8(`ip=${V4}`)).includes(p))).toBe(true);
  });
});

describe('cost', () => {
  it('stays bounded on a page made to be expensive', () => {
    const redactor = createRedactor([V4, V6, '192.168.1.5', '02:42:ac:11:00:02']);
    const size = 512 * 1024;
    for (const piece of [
      '2a00:',
      '0',
      '0.',
      '93.184.77.',
      '2a00::',
      '%25',
      '::',
      '0:0:',
      '&#x0',
      'e.0.0.2.',
    ]) {
      const started = performance.now();
      redactor.text(piece.repeat(size / piece.length), true);
      expect(performance.now() - started, piece).toBeLessThan(5_000);
    }
  }, 60_000);
});
