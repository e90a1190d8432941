/** The walk from the parent zone: what looks like a denial and is none comes first. */
import { expect, test, describe } from 'vitest';
import { createOutgoing } from '../../../collector/control/index.ts';
import { createZoneWalk } from '../../../collector/control/zone-walk.ts';
import {
  a,
  aaaa,
  answers,
  cname,
  DENIES,
  KZ,
  ns,
  refers,
  SITE_REFERRAL,
  soa,
  startSite,
  startZones,
} from './zones.ts';
import type { NameServerRule, Said } from './zones.ts';

const says =
  (said: Said): NameServerRule =>
  () =>
    said;
const silent: NameServerRule = () => null;
const delegated = (zone: string) => ({ zone, status: 'delegated', failure: null });
const unknown = (zone: string, failure: string | null) => ({ zone, status: 'unknown', failure });

describe('names that exist', () => {
  test('a delegated site: addresses of both families, asked of nobody but the zones', async () => {
    const zones = await startSite(answers('11.9.9.9', '2a00:1450::9'));
    await expect(zones.walk('www.site.kz')).resolves.toEqual({
      parent: delegated('site.kz'),
      v4: ['11.9.9.9'],
      v6: ['2a00:1450::9'],
    });
    expect(zones.asked().map(({ name, type }) => `${name} ${type}`)).toEqual([
      'kz NS',
      expect.stringMatching(/^[ab]\.nic\.kz A$/),
      expect.stringMatching(/^[ab]\.nic\.kz A$/),
    ]);
    expect(zones.asked().every(({ recursive }) => recursive)).toBe(true);
    const ofZones = ['11.0.0.1', '11.0.0.2', '11.0.1.1', '11.0.1.2'].flatMap((at) => zones.asked(at));
    expect(ofZones.map(({ name }) => name)).toEqual(['www.site.kz', 'www.site.kz', 'www.site.kz']);
    expect(ofZones.some(({ recursive }) => recursive)).toBe(false);
  });

  test('names in other cases, with a final dot, and as A-labels', async () => {
    const zones = await startZones(
      {
        '11.0.0.1': ({ name, type }) => ({
          question: name.toUpperCase(),
          answers: type === 'A' ? [a(name.toUpperCase(), '11.9.9.9')] : [],
        }),
      },
      { 'xn--80ao21a NS': ['NS.xn--80ao21a.'], 'ns.xn--80ao21a A': ['11.0.0.1'] },
    );
    const walked = await zones.walk(`${new URL('http://САЙТ.ҚАЗ/').hostname}.`);
    expect(walked).toEqual({ parent: delegated('xn--80ao21a'), v4: ['11.9.9.9'], v6: [] });
  });

  test('the registry’s server may speak for the site’s zone too', async () => {
    const zones = await startZones({ '11.0.0.1': answers('11.9.9.9'), '11.0.0.2': silent }, KZ);
    expect((await zones.walk('site.kz')).parent).toEqual(delegated('kz'));
  });

  test('a referral with the AA bit set by mistake', async () => {
    const rule = says({ ...SITE_REFERRAL, aa: true });
    const zones = await startZones(
      { '11.0.0.1': rule, '11.0.0.2': rule, '11.0.1.1': answers('11.9.9.9') },
      KZ,
    );
    expect((await zones.walk('a.site.kz')).parent).toEqual(delegated('site.kz'));
  });

  test('an empty non-terminal has no address and exists', async () => {
    const zones = await startSite(says({ authorities: [soa('site.kz')] }));
    await expect(zones.walk('inner.site.kz')).resolves.toEqual({
      parent: delegated('site.kz'),
      v4: [],
      v6: [],
    });
  });

  test('an alias into another zone: the code is about where it leads', async () => {
    for (const rcode of ['NOERROR', 'NXDOMAIN'] as const) {
      const zones = await startSite(({ name }) => ({ rcode, answers: [cname(name, 'edge.cdn.example')] }));
      await expect(zones.walk('www.site.kz')).resolves.toEqual({
        parent: delegated('site.kz'),
        v4: null,
        v6: null,
      });
    }
  });

  test('an alias inside the zone is followed, a loop of them ends, addresses of another zone are not taken', async () => {
    const inside = await startSite(({ name, type }) => ({
      answers: [
        cname(name, 'web.site.kz'),
        ...(type === 'A' ? [a('web.site.kz', '11.9.9.9')] : [aaaa('web.site.kz', '2a00:1450::9')]),
      ],
    }));
    expect(await inside.walk('www.site.kz')).toMatchObject({ v4: ['11.9.9.9'], v6: ['2a00:1450::9'] });
    const loop = await startSite(({ name }) => ({
      answers: [cname(name, 'b.site.kz'), cname('b.site.kz', name)],
    }));
    expect(await loop.walk('www.site.kz')).toMatchObject({ parent: delegated('site.kz'), v4: null });
    const outside = await startSite(({ name }) => ({
      answers: [cname(name, 'edge.cdn.example'), a('edge.cdn.example', '11.9.9.9')],
    }));
    expect(await outside.walk('www.site.kz')).toMatchObject({ parent: delegated('site.kz'), v4: null });
  });

  test('a DNAME, whatever code comes with it', async () => {
    const zones = await startSite(({ name }) => ({
      rcode: 'NXDOMAIN',
      answers: [
        { type: 'DNAME', name: 'old.site.kz', data: 'new.example', ttl: 1, class: 'IN' },
        cname(name, 'x.new.example'),
      ],
    }));
    expect((await zones.walk('x.old.site.kz')).parent).toEqual(delegated('site.kz'));
  });

  test('one server is behind and denies, the other knows the name', async () => {
    const zones = await startSite(says(DENIES('site.kz')), answers('11.9.9.9'));
    for (let i = 0; i < 4; i++)
      expect(await zones.walk('www.site.kz')).toMatchObject({
        parent: delegated('site.kz'),
        v4: ['11.9.9.9'],
      });
  });

  test.each([
    ['SERVFAIL', says({ rcode: 'SERVFAIL', aa: false })],
    ['a refusal without a question in it', says({ rcode: 'REFUSED', aa: false, question: null })],
    ['silence', silent],
  ])('%s at one server', async (_, rule) => {
    const zones = await startSite(rule, answers('11.9.9.9'));
    for (let i = 0; i < 4; i++) {
      const start = performance.now();
      expect((await zones.walk('www.site.kz')).parent).toEqual(delegated('site.kz'));
      expect(performance.now() - start).toBeLessThan(1_500);
    }
  });

  test('the name of the zone itself, when its own servers are lame, silent or deny their own apex', async () => {
    for (const rule of [says({ rcode: 'REFUSED', aa: false }), silent, says(DENIES('site.kz'))]) {
      const zones = await startSite(rule);
      await expect(zones.walk('site.kz')).resolves.toEqual({ parent: delegated('kz'), v4: null, v6: null });
    }
  });

  test('servers in another zone are looked up; glue for them is not believed', async () => {
    const referral = refers('site.kz', { 'ns.host.example': '11.6.6.6' });
    const zones = await startZones(
      {
        '11.0.0.1': says(referral),
        '11.0.0.2': says(referral),
        '11.6.6.6': says(DENIES('site.kz')),
        '11.0.7.7': answers('11.9.9.9'),
      },
      { ...KZ, 'ns.host.example A': ['11.0.7.7'] },
    );
    expect(await zones.walk('www.site.kz')).toMatchObject({ parent: delegated('site.kz'), v4: ['11.9.9.9'] });
    expect(zones.reached).not.toContain('11.6.6.6');
  });
});

describe('replies that say nothing', () => {
  test.each([
    ['an NXDOMAIN that is not authoritative', says({ ...DENIES('site.kz'), aa: false })],
    ['an NXDOMAIN from a server that was never told of the zone', says(DENIES('.'))],
    ['an NXDOMAIN of a zone below the name', says(DENIES('a.www.site.kz'))],
    ['an NXDOMAIN for the zone’s sibling', says(DENIES('other.kz'))],
    ['a cached answer', says({ aa: false, answers: [a('www.site.kz', '11.9.9.9')] })],
    ['an answer about another name', says({ answers: [a('www.other.kz', '11.9.9.9')] })],
    ['no data of a zone above', says({ authorities: [soa('.')] })],
    ['a referral upwards', says({ aa: false, authorities: [ns('.', 'a.root.example')] })],
    ['a referral to the zone itself', says({ ...SITE_REFERRAL })],
    ['a referral to a sibling', says(refers('other.kz', { 'ns.other.kz': '11.0.1.1' }))],
    ['an empty reply', says({ aa: false })],
    ['NOTIMP', says({ rcode: 'NOTIMP' })],
  ])('%s', async (_, rule) => {
    const zones = await startSite(rule);
    await expect(zones.walk('www.site.kz')).resolves.toEqual({
      parent: unknown('kz', 'dns_server_misbehaving'),
      v4: null,
      v6: null,
    });
  });

  test('refusals and failures are named', async () => {
    const refused = await startSite(says({ rcode: 'REFUSED', aa: false }));
    expect((await refused.walk('www.site.kz')).parent).toEqual(unknown('kz', 'dns_refused_error'));
    const failing = await startSite(says({ rcode: 'SERVFAIL', aa: false }));
    expect((await failing.walk('www.site.kz')).parent).toEqual(unknown('kz', 'dns_servfail_error'));
  });

  test('servers that don’t answer without recursion', async () => {
    const zones = await startSite(({ recursive }) => (recursive ? {} : null));
    const start = performance.now();
    expect((await zones.walk('www.site.kz')).parent).toEqual(unknown('kz', 'generic_timeout_error'));
    expect(performance.now() - start).toBeLessThan(2_500);
  });

  test('servers of the top-level domain that can’t be reached, and a resolver that is silent', async () => {
    const start = performance.now();
    const dead = await startZones({}, KZ);
    expect((await dead.walk('www.site.kz')).parent).toEqual(unknown('', 'generic_timeout_error'));
    const deaf = await startZones({}, silent);
    expect((await deaf.walk('www.site.kz')).parent).toEqual(unknown('', 'generic_timeout_error'));
    expect(performance.now() - start).toBeLessThan(4_500);
  });

  test('a denial by one of two servers while the other is silent or out of bounds', async () => {
    const zones = await startSite(says(DENIES('site.kz')), silent);
    expect((await zones.walk('gone.site.kz')).parent).toEqual(unknown('kz', 'generic_timeout_error'));
    const referral = says(refers('site.kz', { 'ns1.site.kz': '11.0.1.1', 'ns2.site.kz': '10.0.0.1' }));
    const half = await startZones(
      { '11.0.0.1': referral, '11.0.0.2': referral, '11.0.1.1': says(DENIES('site.kz')) },
      KZ,
    );
    expect((await half.walk('gone.site.kz')).parent.status).toBe('unknown');
  });

  test('addresses, single labels and names that DNS can’t ask for', async () => {
    const zones = await startSite(answers('11.9.9.9'));
    for (const host of ['11.9.9.9', '2a00:1450::9', '::1', 'localhost', 'kz.', ''])
      expect((await zones.walk(host)).parent).toEqual(unknown('', null));
    expect((await zones.walk(`${'a'.repeat(64)}.kz`)).parent).toEqual(unknown('', 'invalid_argument'));
    expect(zones.reached.size).toBe(0);
  });

  test('a top-level domain that nobody knows', async () => {
    const zones = await startSite(answers('11.9.9.9'));
    expect((await zones.walk('site.nowhere')).parent).toEqual(unknown('', 'dns_nxdomain_error'));
  });
});

describe('names that are denied', () => {
  test('by both servers of the registry', async () => {
    const zones = await startSite(answers('11.9.9.9'));
    await expect(zones.walk('www.gone.kz')).resolves.toEqual({
      parent: { zone: 'kz', status: 'denied', failure: null },
      v4: null,
      v6: null,
    });
    expect([...zones.asked('11.0.0.1'), ...zones.asked('11.0.0.2')]).toHaveLength(2);
  });
  test('by the zone they would lie in, also where its word comes without an SOA', async () => {
    for (const said of [DENIES('site.kz'), { rcode: 'NXDOMAIN' } as const]) {
      const zones = await startSite(says(said));
      expect((await zones.walk('gone.site.kz')).parent).toMatchObject({ zone: 'site.kz', status: 'denied' });
    }
  });
  test('by a server that holds the lower zone too: the lowest is named', async () => {
    const rule = says(DENIES('com.kz'));
    const zones = await startZones({ '11.0.0.1': rule, '11.0.0.2': rule }, KZ);
    expect((await zones.walk('gone.com.kz')).parent).toMatchObject({ zone: 'com.kz', status: 'denied' });
  });
  test('one server is enough where there is only one, whatever number of names it has', async () => {
    for (const names of [['a.nic.kz'], ['a.nic.kz', 'b.nic.kz']]) {
      const zones = await startZones(
        { '11.0.0.1': says(DENIES('kz')) },
        { 'kz NS': names, 'a.nic.kz A': ['11.0.0.1'], 'b.nic.kz A': ['11.0.0.1'] },
      );
      expect((await zones.walk('gone.kz')).parent).toMatchObject({ zone: 'kz', status: 'denied' });
    }
  });
  test('a third server makes up for a silent one', async () => {
    const deny = says(DENIES('kz'));
    const zones = await startZones(
      { '11.0.0.1': deny, '11.0.0.2': silent, '11.0.0.3': deny },
      { ...KZ, 'kz NS': ['a.nic.kz', 'b.nic.kz', 'c.nic.kz'], 'c.nic.kz A': ['11.0.0.3'] },
    );
    expect((await zones.walk('gone.kz')).parent).toMatchObject({ zone: 'kz', status: 'denied' });
  });
});

describe('on the wire', () => {
  test('forged replies that come first are not taken: other id, other question', async () => {
    const truth = answers('11.9.9.9');
    const zones = await startSite((asked) => [
      { ...DENIES('site.kz'), id: 1 },
      { ...DENIES('site.kz'), question: 'other.site.kz' },
      { ...DENIES('site.kz'), question: null },
      { ...(truth(asked) as Said), delayMs: 30 },
    ]);
    expect(await zones.walk('www.site.kz')).toMatchObject({ parent: delegated('site.kz'), v4: ['11.9.9.9'] });
  });

  test('a reply that was cut off is asked for over TCP', async () => {
    const whole = answers('11.9.9.9');
    const zones = await startSite((asked) => (asked.transport === 'udp' ? { tc: true } : whole(asked)));
    expect(await zones.walk('www.site.kz')).toMatchObject({ parent: delegated('site.kz'), v4: ['11.9.9.9'] });
    const log = [...zones.asked('11.0.1.1'), ...zones.asked('11.0.1.2')];
    expect(log.filter(({ transport }) => transport === 'tcp').length).toBe(2);
  });

  test('a cut reply without TCP behind it', async () => {
    const zones = await startZones({ '11.0.0.1': says({ tc: true }), '11.0.0.2': says({ tc: true }) }, KZ, {
      mapTcp: () => ({ failure: 'network_unreachable' }),
    });
    expect((await zones.walk('www.site.kz')).parent).toEqual(unknown('', 'network_unreachable'));
  });

  test('a server from before EDNS is asked again without it', async () => {
    const old = answers('11.9.9.9');
    const zones = await startSite((asked) =>
      asked.edns ? { rcode: 'FORMERR', question: null } : old(asked),
    );
    expect(await zones.walk('www.site.kz')).toMatchObject({ parent: delegated('site.kz'), v4: ['11.9.9.9'] });
  });

  test('the servers of a top-level domain are remembered for an hour, those of no other zone', async () => {
    const zones = await startSite(answers('11.9.9.9'));
    await zones.walk('www.site.kz');
    await zones.walk('mail.site.kz');
    expect(zones.asked().filter(({ type }) => type === 'NS')).toHaveLength(1);
    expect([...zones.asked('11.0.0.1'), ...zones.asked('11.0.0.2')]).toHaveLength(2);
    zones.pass(3_600_001);
    await zones.walk('www.site.kz');
    expect(zones.asked().filter(({ type }) => type === 'NS')).toHaveLength(2);
  });

  test('remembered servers that have all gone are looked up again', async () => {
    let address = '11.0.0.9';
    const zones = await startZones({ '11.0.0.1': says(DENIES('kz')) }, ({ name, type }) => ({
      answers: type === 'NS' ? [ns(name, 'a.nic.kz')] : [a(name, address)],
    }));
    expect((await zones.walk('gone.kz')).parent.status).toBe('unknown');
    address = '11.0.0.1';
    expect((await zones.walk('gone.kz')).parent.status).toBe('denied');
  });

  test('whoever asked went away', async () => {
    const zones = await startZones({}, silent);
    const gone = new AbortController();
    setTimeout(() => gone.abort(), 50);
    const walk = createZoneWalk(zones.outgoing, () => 0);
    expect((await walk.walk('www.site.kz', gone.signal)).parent).toEqual(unknown('', 'interrupted'));
  });
});

describe('KUAGER_ONLY', () => {
  const signal = new AbortController().signal;
  test('a resolver outside: unknown, not an exception', async () => {
    const outgoing = createOutgoing({ allow: [], only: '240.0.0.1/32' });
    const { parent } = await createZoneWalk(outgoing, () => 0).walk('www.site.kz', signal);
    expect(parent).toEqual(unknown('', 'permission_denied'));
  });
  test('a zone’s server outside: no packet', async () => {
    const zones = await startSite(answers('11.9.9.9'));
    const outgoing = createOutgoing({
      allow: [],
      only: '127.0.0.0/8',
      ...zones.hooks,
      mapUdp: (endpoint) =>
        endpoint.address.startsWith('11.0.1.') ? endpoint : zones.hooks.mapUdp!(endpoint),
    });
    const { parent } = await createZoneWalk(outgoing, () => 0).walk('www.site.kz', signal);
    expect(parent).toEqual(unknown('kz', 'permission_denied'));
  });
  test('names that a hook answers are not asked of this system’s resolver', async () => {
    const lookup = () => Promise.resolve({ addresses: ['11.9.9.9'] });
    const outgoing = createOutgoing({ allow: [], only: undefined, lookup });
    const { parent } = await createZoneWalk(outgoing, () => 0).walk('www.site.kz', signal);
    expect(parent).toEqual(unknown('', 'permission_denied'));
  });
});
