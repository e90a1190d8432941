import { describe, expect, test } from 'vitest';
import { movePair, namesAtReflector, placesOf } from '../../../probe/plan/pairs.ts';
import { draft, type Draft } from '../../golden/build.ts';
import {
  CONTROL_GETS_ALL,
  FRONT_PAGE,
  HOST,
  HTTP_URL,
  HTTPS_URL,
  httpStep,
  IP,
  MIRROR,
  MIRROR_NOTE,
  names,
  OTHER_IP,
  SECURE,
  SITE_CHAIN,
} from '../../golden/scenes.ts';
import { inVain, kinds, madeRecord, planned, REFLECTOR } from './worlds.ts';

const SILENCE = 'generic_timeout_error';

function https(then: (d: Draft) => void): Draft {
  const d = draft(HTTPS_URL);
  names(d);
  d.tcp(IP, 443);
  then(d);
  d.control(CONTROL_GETS_ALL);
  return d;
}
const arrived = https((d) => {
  d.tls({ chain: SITE_CHAIN });
  d.http(HTTPS_URL, FRONT_PAGE);
});
const silent = https((d) => d.tls({ failure: SILENCE }));

function resolver(says: readonly string[] | string, then: (d: Draft) => void = () => undefined): Draft {
  const d = draft(HTTPS_URL);
  d.lookup(says);
  d.wire(says);
  d.doh([IP]);
  then(d);
  d.control(CONTROL_GETS_ALL);
  return d;
}

function plainHttp(path: string, failure: string): Draft {
  const d = draft(`http://${HOST}${path}`);
  names(d);
  d.tcp(IP, 80);
  d.http(`http://${HOST}${path}`, { failure });
  d.control(CONTROL_GETS_ALL);
  return d;
}

describe('nothing is asked', () => {
  test('when the page came from an address that others gave too', () => expect(planned(arrived)).toEqual([]));

  test('when the site is down for everybody', () => {
    const d = draft(HTTPS_URL);
    names(d);
    d.tcp(IP, 443, 'connection_refused');
    d.control({
      addresses: [IP],
      tcp: { [SECURE]: 'connection_refused' },
      http: { failure: 'connection_refused' },
    });
    expect(planned(d)).toEqual([]);
  });

  test('of a reflector, about a risky name', () => {
    const pairs = planned(silent, { mayNameAtReflector: false });
    expect(kinds(pairs)).toEqual(['tls.sni_at_address', 'tls.split_client_hello']);
    expect(pairs.some(namesAtReflector)).toBe(false);
  });
});

describe('TLS dies', () => {
  test('the reflector comes first', () => {
    const [pair, ...rest] = planned(silent);
    expect(rest).toEqual([]);
    expect(pair).toMatchObject({ kind: 'tls.sni_at_reflector', innocuous: MIRROR, suspect: HOST });
    expect(pair!.steps.map((s) => s.protocol !== 'tcp' && s.name)).toEqual([MIRROR, HOST, MIRROR]);
    expect(namesAtReflector(pair!)).toBe(true);
  });

  test('then the site’s own address, and not twice', () => {
    const made = [madeRecord('tls.sni_at_reflector')];
    expect(kinds(planned(silent, { made }))).toEqual(['tls.sni_at_address', 'tls.split_client_hello']);
    const all = [...made, madeRecord('tls.sni_at_address')];
    expect(planned(silent, { made: all })).toEqual([]);
  });

  test('a pair moves to another place with its name, its address and its port', () => {
    const [pair] = planned(silent);
    const elsewhere = placesOf([{ ...REFLECTOR, name: 'other.example', addresses: ['11.0.0.4'] }])[1]!;
    const moved = movePair(pair!, elsewhere);
    expect(moved).toMatchObject({ innocuous: 'other.example', suspect: HOST });
    expect(moved.steps[0]).toMatchObject({ name: 'other.example', validFor: 'other.example' });
    expect(moved.steps[1]).toMatchObject({ name: HOST, endpoint: { address: '11.0.0.4', port: 8443 } });
  });
});

describe('names', () => {
  test('a resolver that denies is asked for an innocuous name before and after', () => {
    const [pair] = planned(resolver('dns_nxdomain_error'));
    expect(pair).toMatchObject({ kind: 'dns.name_at_resolver', where: 'same_address' });
    expect(pair!.steps).toMatchObject([{ name: MIRROR }, { name: HOST }, { name: MIRROR }]);
  });

  test('a name under the denied one is asked for with labels that nobody has had', () => {
    const d = resolver([OTHER_IP], (x) => x.tcp(OTHER_IP, 443, SILENCE));
    const pair = planned(d).find((p) => p.kind === 'dns.uncached_at_resolver');
    expect(pair!.steps).toMatchObject([
      { name: `label2.${MIRROR}`, encrypted: false },
      { name: `label1.${HOST}`, encrypted: false },
      { name: `label3.${MIRROR}`, encrypted: false },
      { name: `label1.${HOST}`, encrypted: true },
    ]);
    expect(kinds(planned(d, { hasSecondOpinion: false }))).not.toContain('dns.uncached_at_resolver');
  });

  test('an address of this resolver alone is shown a reflector’s name, also when the page came', () => {
    const d = resolver([OTHER_IP], (x) => {
      x.tcp(OTHER_IP, 443);
      x.tls({ chain: SITE_CHAIN });
      x.http(HTTPS_URL, FRONT_PAGE);
    });
    const pairs = planned(d);
    expect(kinds(pairs)).toEqual(['dns.reflector_at_address']);
    expect(pairs[0]!.steps).toMatchObject([
      { protocol: 'tls', name: MIRROR, endpoint: { address: OTHER_IP } },
    ]);
    // A reflector's own name is no name of a target.
    expect(namesAtReflector(pairs[0]!)).toBe(false);
  });
});

describe('addresses', () => {
  test('siblings of other owners only, at most four, all at once', () => {
    const d = draft(HTTPS_URL);
    names(d);
    d.tcp(IP, 443, SILENCE);
    const siblings = [
      'www.open-letters.example',
      'a.example',
      'b.example',
      'x.b.example',
      'c.example',
      'd.example',
    ];
    d.control(CONTROL_GETS_ALL);
    const [pair] = planned(d, {}, { [IP]: siblings });
    expect(pair).toMatchObject({ kind: 'tcp.siblings_at_address', order: 'at_once' });
    expect(pair!.siblings).toEqual(['a.example', 'b.example', 'c.example', 'd.example']);
    expect(pair!.steps).toHaveLength(4);
  });

  test('a family is tried at the reflector when only IPv6 failed, and not when IPv4 did', () => {
    const only = (address: string): Draft => {
      const d = draft(HTTPS_URL);
      names(d, [address]);
      d.tcp(address, 443, SILENCE);
      d.control({ ...CONTROL_GETS_ALL, addresses: [address] });
      return d;
    };
    expect(kinds(planned(only(IP)))).toEqual(['tcp.between_reflector']);
    const [pair] = planned(only('3ffe:7::10'));
    expect(pair!.steps).toMatchObject(
      ['11.0.0.3', '3ffe:ffff::3', '11.0.0.3'].map((address) => ({ protocol: 'tcp', endpoint: { address } })),
    );
  });
});

describe('plain HTTP', () => {
  test('the Host at the reflector with the path that died, then the site’s own address', () => {
    const d = plainHttp('/a?b=1', 'connection_reset');
    const [pair] = planned(d);
    expect(pair!.steps).toMatchObject([{ path: '/' }, { path: '/a?b=1', name: HOST }, { path: '/' }]);
    const made = [madeRecord('http.host_at_reflector')];
    // Cut off at once: one that gets through in two pieces may be chance.
    const splits = ['http.split_host', 'http.split_host', 'http.split_host'];
    expect(kinds(planned(d, { made }))).toEqual([...splits, 'http.over_tls']);
  });

  test('without a control nobody vouches for the page, and somebody may answer in everybody’s name', () => {
    const d = draft(HTTP_URL);
    names(d);
    d.tcp(IP, 80);
    d.http(HTTP_URL, FRONT_PAGE);
    expect(kinds(planned(d))).toEqual(['http.host_at_reflector', 'http.canary']);
  });
});

test('a handshake is slow only against its own connect', () => {
  // Golden operations last equally long: no connect is faster than its handshake.
  expect(kinds(planned(arrived))).not.toContain('throughput.sni_at_reflector');
});

test('a page that stops inside TLS is downloaded at the reflector, under both names, three times each', () => {
  const d = https((x) => {
    x.tls({ chain: SITE_CHAIN });
    x.http(HTTPS_URL, { failure: SILENCE });
  });
  const [pair] = planned(d);
  expect(pair!.kind).toBe('throughput.sni_at_reflector');
  expect(pair!.steps.map((s) => s.protocol !== 'tcp' && s.name)).toEqual(
    [1, 2, 3].flatMap(() => [MIRROR, HOST]),
  );
  // URL and Host are the reflector's own whatever the SNI is.
  expect(pair!.steps.every((s) => s.protocol === 'https' && s.host === MIRROR)).toBe(true);
});

describe('where nothing was answered at all', () => {
  const d = draft(HTTPS_URL);
  d.lookup('dns_temporary_failure');
  d.wire(SILENCE);
  d.doh(SILENCE);
  const dead = madeRecord('http.canary', MIRROR);
  const shutOut = { ...dead, residual: { scope: 'client', seconds: 48, steps: [] } } as const;

  test('first it is asked whether the line lives: the resolver is not to blame for a dead one', () => {
    expect(kinds(planned(d))).toEqual(['http.canary']);
    expect(planned(d, { made: [shutOut] })).toEqual([]);
  });

  test('a punishment is waited out: only its end tells a dead line from a punished one', () => {
    expect(inVain(d)).toBe(false);
  });

  test('on a line that lives it is the resolver’s turn', () => {
    expect(kinds(planned(d, { made: [dead] }))).toContain('dns.name_at_resolver');
  });
});

describe('what still waits for the end of a punishment', () => {
  const NOTICE = { ...FRONT_PAGE, status: 302, headers: [['Location', 'http://till.example/']] } as const;
  const CANARY = {
    kind: 'http.canary',
    suspect: MIRROR,
    innocuous: MIRROR,
    reflector: MIRROR_NOTE,
  } as const;

  test('waits in vain where somebody answers in everybody’s name', () => {
    const d = draft(HTTPS_URL);
    names(d);
    d.tcp(IP, 443);
    d.tls({ failure: SILENCE });
    d.pair(CANARY, httpStep(d, MIRROR, NOTICE));
    expect(inVain(d, { made: [madeRecord('http.canary', MIRROR)] })).toBe(true);
  });

  test('does not where the name alone is silent, or nobody knows yet', () => {
    expect(inVain(silent)).toBe(false);
    expect(inVain(arrived)).toBe(false);
  });
});

test('before a hosts file is blamed the resolver is asked once more, and once only', () => {
  const d = draft(HTTPS_URL);
  d.lookup(['0.0.0.0']);
  d.wire([IP]);
  d.doh([IP]);
  d.control(CONTROL_GETS_ALL);
  expect(kinds(planned(d))).toEqual(['dns.name_at_resolver']);
  expect(planned(d, { made: [madeRecord('dns.name_at_resolver')] })).toEqual([]);
});
