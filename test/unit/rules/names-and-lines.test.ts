/** What the golden cases leave aside: the other half of each condition, benign first. */
import { describe, expect, test } from 'vitest';
import { draft, type Draft, type NetworkSays } from '../../golden/build.ts';
import { chains } from '../../golden/chains.ts';
import { page } from '../../golden/control.ts';
import { ASN } from '../../golden/context.ts';
import { judged } from '../../golden/judged.ts';
import {
  AT_SITE,
  CONTROL_GETS_ALL,
  CONTROL_KNOWS_NO_NAME,
  FRONT_PAGE,
  HOST,
  HTTP_URL,
  HTTPS_URL,
  IP,
  MIRROR,
  MIRROR_ANSWER,
  MIRROR_CHAIN,
  MIRROR_NOTE,
  names,
  OTHER_IP,
  SECURE,
  SITE_CHAIN,
} from '../../golden/scenes.ts';

const NO = 'dns_nxdomain_error';
const SILENT = 'generic_timeout_error';
const verdictOf = (d: Draft) => judged(d.document()).verdict;
const rulesOf = (d: Draft): readonly string[] => verdictOf(d).rules.map((rule) => rule.id);

type Says = string | readonly string[];

function askedAgain(d: Draft, [before, target, after]: readonly [Says, Says, Says]): void {
  const other = (says: Says) => () => void d.ask({ via: 'udp', says, name: MIRROR });
  d.pair(
    { ...AT_SITE('dns.name_at_resolver'), innocuous: MIRROR },
    other(before),
    () => void d.ask({ via: 'udp', says: target }),
    other(after),
  );
}

describe('a denial', () => {
  function denied(
    steps: readonly [Says, Says, Says],
    says: Parameters<Draft['control']>[0] = CONTROL_GETS_ALL,
  ) {
    const d = draft(HTTPS_URL);
    d.lookup(NO);
    d.wire(NO);
    d.doh([IP]);
    askedAgain(d, steps);
    d.control(says);
    return d;
  }
  const other = ['11.255.0.3'];

  test('accuses nobody when the name was there at the second try', () => {
    expect(['accessible', 'insufficient']).toContain(verdictOf(denied([other, [IP], other])).outcome);
  });
  test('is a broken resolver’s when it denies everything', () => {
    expect(verdictOf(denied([NO, NO, NO]))).toMatchObject({ outcome: 'local', cause: 'resolver_broken' });
  });
  test('is no denial where the zone itself denies the name', () => {
    const d = denied([other, NO, other], { ...CONTROL_GETS_ALL, parent: 'denied' });
    expect(verdictOf(d)).toMatchObject({ outcome: 'down', cause: 'domain_suspended' });
  });
  test('stands when an innocuous question got lost, for a denial is no loss', () => {
    expect(verdictOf(denied([other, NO, SILENT]))).toMatchObject({
      outcome: 'interfered',
      method: 'dns.nxdomain',
    });
  });
  test('that stands carries its pair', () => {
    expect(verdictOf(denied([other, NO, other]))).toMatchObject({
      outcome: 'interfered',
      counterfactuals: ['p1'],
      repeats: { n: 2, m: 2 },
    });
  });
  test.each([
    ['delegated', SILENT, true],
    ['unknown', SILENT, false],
    // The zone is there, this name in it is not.
    ['delegated', NO, false],
  ] as const)(
    'with the zone %s, where the control’s own question ended in %s, accuses: %s',
    (parent, dnsFailure, accuses) => {
      const d = denied([other, NO, other], { dnsFailure, http: { failure: dnsFailure }, parent });
      expect(verdictOf(d).outcome === 'interfered').toBe(accuses);
    },
  );
});

describe('silence of the resolver for one name', () => {
  function silent(steps: readonly [Says, Says, Says]) {
    const d = draft(HTTPS_URL);
    d.lookup(SILENT);
    d.wire(SILENT);
    d.doh([IP]);
    askedAgain(d, steps);
    d.control(CONTROL_GETS_ALL);
    return d;
  }
  const other = ['11.255.0.3'];
  test.each<[string, readonly [Says, Says, Says], string]>([
    ['is suspected where it stands', [other, SILENT, other], 'suspected'],
    ['is nothing on a line that flaps', [other, SILENT, SILENT], 'insufficient'],
    ['is nothing on a line that flaps the other way', [SILENT, SILENT, other], 'insufficient'],
    ['is nothing when the name was answered at the second try', [other, [IP], other], 'insufficient'],
  ])('%s', (_what, steps, outcome) => {
    expect(verdictOf(silent(steps)).outcome).toBe(outcome);
  });
});

describe('random names below the target', () => {
  function uncached(
    [before, target, after, second]: readonly [Says, Says, Says, Says],
    earlier: readonly string[] = [],
    resolver?: NetworkSays,
  ) {
    const d = draft(HTTPS_URL);
    if (resolver !== undefined) d.network(resolver);
    d.lookup([OTHER_IP]);
    d.wire([OTHER_IP]);
    d.doh([IP]);
    d.tcp(OTHER_IP, 443, SILENT);
    const other = (says: Says, label: string) => () =>
      void d.ask({ via: 'udp', says, name: `${label}.${MIRROR}` });
    d.pair(
      { ...AT_SITE('dns.uncached_at_resolver'), innocuous: MIRROR },
      other(before, 'a'),
      () => void d.ask({ via: 'udp', says: target, name: `b.${HOST}` }),
      other(after, 'c'),
      () => void d.ask({ via: 'doh', says: second, name: `b.${HOST}` }),
    );
    d.control({ ...CONTROL_GETS_ALL, earlier });
    return d;
  }
  test.each<[string, readonly [Says, Says, Says, Says], readonly string[]]>([
    ['have addresses for everybody: the zone answers for all', [NO, [OTHER_IP], NO, ['11.0.0.77']], []],
    ['and below the innocuous one: a search page', [[OTHER_IP], [OTHER_IP], [OTHER_IP], NO], []],
    ['have none: an old answer', [NO, NO, NO, NO], []],
    ['are answered by servers that were the site’s', [NO, [OTHER_IP], NO, NO], [OTHER_IP]],
    ['could not be asked elsewhere', [NO, [OTHER_IP], NO, SILENT], []],
    ['got lost', [SILENT, [OTHER_IP], NO, NO], []],
  ])('accuse nobody where they %s', (_why, steps, earlier) => {
    expect(verdictOf(uncached(steps, earlier)).outcome).not.toBe('interfered');
  });
  test('accuse where they alone are made up', () => {
    expect(verdictOf(uncached([NO, [OTHER_IP], NO, NO]))).toMatchObject({
      outcome: 'interfered',
      method: 'dns.wrong_address',
    });
  });
  test('are a filter’s doing where the resolver is one', () => {
    const filter = { asn: ASN.own, resolverAsn: ASN.resolver };
    expect(verdictOf(uncached([NO, [OTHER_IP], NO, NO], [], filter))).toMatchObject({
      outcome: 'local',
      cause: 'resolver_filter',
    });
  });
});

describe('a reflector’s certificate at the site’s address', () => {
  function proxied(build: (d: Draft) => void) {
    const d = draft(HTTPS_URL);
    d.lookup([OTHER_IP]);
    d.wire([OTHER_IP]);
    d.doh([IP]);
    d.tcp(OTHER_IP, 443);
    d.tls({ chain: SITE_CHAIN });
    d.http(HTTPS_URL, FRONT_PAGE);
    build(d);
    return d;
  }
  const at = (d: Draft, address: string, sni = MIRROR) =>
    d.pair({ ...AT_SITE('dns.reflector_at_address'), innocuous: MIRROR }, () => {
      d.tcp(address, 443);
      d.tls({ sni, chain: sni === MIRROR ? MIRROR_CHAIN : chains.trusted(sni) });
    });
  test('is the path’s doing where it is shown at the true address too', () => {
    const d = proxied((each) => {
      at(each, OTHER_IP);
      at(each, IP);
      each.control(CONTROL_GETS_ALL);
    });
    expect(verdictOf(d).outcome).toBe('accessible');
  });
  test('is no sign where nobody could be asked for the true address', () => {
    const d = draft(HTTPS_URL);
    d.lookup([OTHER_IP]);
    d.tcp(OTHER_IP, 443);
    d.tls({ chain: SITE_CHAIN });
    d.http(HTTPS_URL, FRONT_PAGE);
    at(d, OTHER_IP);
    expect(verdictOf(d).outcome).toBe('accessible');
  });
  test('is no reflector’s where the name is some other server’s', () => {
    const d = proxied((each) => {
      at(each, OTHER_IP, 'somebody.example');
      each.control(CONTROL_GETS_ALL);
    });
    expect(verdictOf(d).outcome).toBe('accessible');
  });
  test('is at home where a reflector is', () => {
    const d = draft(HTTPS_URL);
    const home = MIRROR_NOTE.addresses[0]!;
    d.lookup([home]);
    d.doh([IP]);
    d.tcp(home, 443);
    d.tls({ chain: SITE_CHAIN });
    d.http(HTTPS_URL, FRONT_PAGE);
    at(d, home);
    d.pair({ kind: 'http.canary', suspect: MIRROR, innocuous: MIRROR, reflector: MIRROR_NOTE }, () => {
      d.tcp(home, 80);
      d.http(`http://${MIRROR}/`, MIRROR_ANSWER);
    });
    d.control(CONTROL_GETS_ALL);
    expect(verdictOf(d).outcome).toBe('accessible');
  });

  function plain(headers: readonly (readonly [string, string])[]) {
    const d = draft(HTTP_URL);
    d.lookup([OTHER_IP]);
    d.doh([IP]);
    d.tcp(OTHER_IP, 80);
    d.http(HTTP_URL, FRONT_PAGE);
    d.pair({ ...AT_SITE('dns.reflector_at_address'), innocuous: MIRROR, beside: MIRROR_NOTE }, () => {
      d.tcp(OTHER_IP, 80);
      d.http(`http://${MIRROR}/`, { status: 200, headers });
    });
    d.control(CONTROL_GETS_ALL);
    return d;
  }
  test('over plain HTTP its mark does as well', () => {
    expect(verdictOf(plain(MIRROR_ANSWER.headers))).toMatchObject({
      outcome: 'interfered',
      method: 'dns.wrong_address',
    });
  });
  test('but not through a cache that says that it is one', () => {
    expect(verdictOf(plain([...MIRROR_ANSWER.headers, ['Via', '1.1 cache']])).outcome).toBe('accessible');
  });
});

describe('a name that its zone denies', () => {
  const GONE = { ...CONTROL_KNOWS_NO_NAME, parent: 'denied' } as const;
  function gone(url: string, late: readonly Says[] = [], earlier: readonly string[] = []) {
    const d = draft(url);
    d.lookup([OTHER_IP]);
    d.wire([OTHER_IP], ...late);
    d.doh(NO);
    d.tcp(OTHER_IP, url.startsWith('https') ? 443 : 80);
    d.control({ ...GONE, earlier });
    return d;
  }
  test('and that still has an address here alone is suspected over TLS', () => {
    const d = gone(HTTPS_URL);
    d.tls({ failure: 'connection_reset' });
    expect(verdictOf(d)).toMatchObject({ outcome: 'suspected', method: 'dns.wrong_address' });
  });
  test('and whose address is one of last week is suspended', () => {
    expect(verdictOf(gone(HTTPS_URL, [], [OTHER_IP]))).toMatchObject({
      outcome: 'down',
      cause: 'domain_suspended',
    });
  });
  test('and that gets an address before the resolver’s own denial is an injection', () => {
    expect(verdictOf(gone(HTTP_URL, [NO]))).toMatchObject({ outcome: 'interfered', method: 'dns.injection' });
  });
  test('but not where that address is one of last week: two caches of one resolver', () => {
    expect(verdictOf(gone(HTTP_URL, [NO], [OTHER_IP])).outcome).toBe('down');
  });
  test('and whose old server still answers is no ghost: that server knows which name it is', () => {
    const d = gone(HTTP_URL);
    d.http(HTTP_URL, page('Letters', 'as ever'));
    const other = (label: string) => () => void d.ask({ via: 'udp', says: NO, name: `${label}.${MIRROR}` });
    d.pair(
      { ...AT_SITE('dns.uncached_at_resolver'), innocuous: MIRROR },
      other('a'),
      () => void d.ask({ via: 'udp', says: NO, name: `b.${HOST}` }),
      other('c'),
      () => void d.ask({ via: 'doh', says: NO, name: `b.${HOST}` }),
    );
    d.pair({ ...AT_SITE('dns.reflector_at_address'), innocuous: MIRROR, beside: MIRROR_NOTE }, () => {
      d.tcp(OTHER_IP, 80);
      d.http(`http://${MIRROR}/`, page('Default', 'It works', 404));
    });
    expect(verdictOf(d).outcome).toBe('suspected');
  });
});

describe('the line', () => {
  function reset(network: NetworkSays) {
    const d = draft(HTTPS_URL);
    d.network(network);
    names(d);
    d.tcp(IP, 443);
    d.tls({ failure: 'connection_reset' });
    d.control(CONTROL_GETS_ALL);
    return d;
  }
  test.each<[string, NetworkSays, boolean]>([
    ['in a hosting network, by the document', { asn: ASN.hosting }, true],
    [
      'in a hosting network, by the reflector',
      { asn: ASN.own, stated: { cc: 'KZ', asn: ASN.hosting } },
      true,
    ],
    ['in another country, by the reflector', { asn: ASN.own, stated: { cc: 'NL', asn: ASN.own } }, true],
    ['where the reflector knows no country', { asn: ASN.own, stated: { cc: 'ZZ', asn: ASN.own } }, false],
    ['at home', { asn: ASN.own, stated: { cc: 'KZ', asn: ASN.own } }, false],
    ['on no list', { asn: 64999 }, false],
  ])('%s', (_where, network, elsewhere) => {
    expect(rulesOf(reset(network)).includes('local.vpn_or_proxy')).toBe(elsewhere);
  });
  test.each([
    [119, false],
    [120, true],
    [-120, true],
  ])('a clock %i minutes off with a certificate that fails by its dates: %s', (clockOffsetMinutes, wrong) => {
    const chain = chains.expired(HOST);
    const d = draft(HTTPS_URL);
    d.network({ clockOffsetMinutes });
    names(d);
    d.tcp(IP, 443);
    d.tls({ failure: 'ssl_invalid_certificate', chain });
    d.control({ ...CONTROL_GETS_ALL, tls: { [SECURE]: { chain } } });
    expect(rulesOf(d).includes('local.clock_wrong')).toBe(wrong);
  });
  test('a wrong clock that nothing depended on is not held against the measurement', () => {
    expect(rulesOf(reset({ clockOffsetMinutes: 600 }))).not.toContain('local.clock_wrong');
  });
});
