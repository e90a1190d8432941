/** An address that doesn't answer: which failures count, how often, and what siblings on it can and can't show. */
import { describe, expect, test } from 'vitest';
import { draft, type Draft } from '../../golden/build.ts';
import type { ControlSays } from '../../golden/control.ts';
import { judged } from '../../golden/judged.ts';
import {
  AT_SITE,
  CONTROL_GETS_ALL,
  FRONT_PAGE,
  HOST,
  HTTPS_URL,
  IP,
  names,
  OTHER_IP,
  SITE_CHAIN,
} from '../../golden/scenes.ts';

const SILENT = 'generic_timeout_error';
const REFUSED = 'connection_refused';
const IPV6 = '2a00::10';
const OTHER_IPV6 = '2a00::11';

interface Tried {
  readonly address: string;
  readonly port?: number;
  readonly failure?: string;
}

/** What the rule of single addresses says of these tries, in their order; null: nothing. */
function suspicion(
  tries: readonly Tried[],
  given: readonly string[] = [...new Set(tries.map((t) => t.address))],
  control: Partial<ControlSays> = {},
): { method: string | null; because: number } | null {
  const d = draft(HTTPS_URL);
  names(d, given);
  for (const { address, port = 443, failure } of tries) d.tcp(address, port, failure);
  const places = tries.map(({ address, port = 443 }) =>
    address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`,
  );
  const tcp = Object.fromEntries(places.map((place) => [place, null]));
  d.control({ ...CONTROL_GETS_ALL, addresses: given, tcp, ...control });
  const { rules, method } = judged(d.document()).verdict;
  const found = rules.find(({ id }) => id === 'tcp.control_connects');
  return found === undefined ? null : { method, because: found.because.length };
}

describe('tries of one address', () => {
  const silent = { address: IP, failure: SILENT };

  test('one is no try, two at the same place are', () => {
    expect(suspicion([silent])).toBeNull();
    expect(suspicion([silent, silent])).toMatchObject({ method: 'tcp.timeout' });
  });

  test('two at two addresses, or at two ports, are one of each', () => {
    const other = { address: OTHER_IP, failure: SILENT };
    expect(suspicion([silent, other])).toBeNull();
    expect(suspicion([silent, other, silent])).toMatchObject({ method: 'tcp.timeout' });
    expect(suspicion([silent, { ...silent, port: 80 }])).toBeNull();
  });

  test('an address that answered once has not failed', () => {
    expect(suspicion([silent, silent, { address: IP }])).toBeNull();
  });

  test('one that answered says nothing of another, nor one port of another', () => {
    expect(suspicion([silent, silent, { address: OTHER_IP }])).toBeNull();
  });

  test('the failure that says most is named', () => {
    const unreachable = { address: OTHER_IP, failure: 'network_unreachable' };
    expect(suspicion([unreachable, unreachable, silent, silent])).toMatchObject({ method: 'tcp.timeout' });
    expect(suspicion([silent, silent, unreachable, unreachable])).toMatchObject({ method: 'tcp.timeout' });
  });

  test('addresses that nobody honest knows prove nothing', () => {
    const forged = { address: OTHER_IP, failure: SILENT };
    const one = suspicion([silent, silent], [IP]);
    const withForged = suspicion([silent, silent, forged, forged], [IP]);
    expect(withForged).toEqual(one);
  });
});

describe('IPv6', () => {
  const silent6 = { address: IPV6, failure: SILENT };

  test('silent on IPv6 alone, while the control reaches no IPv4 there: the line may have no IPv6', () => {
    const tries = [silent6, silent6, { address: IP, failure: SILENT }, { address: IP, failure: SILENT }];
    const noIpv4 = { tcp: { [`[${IPV6}]:443`]: null, [`${IP}:443`]: SILENT } };
    expect(suspicion(tries, [IP, IPV6], noIpv4)).toBeNull();
    expect(suspicion(tries, [IP, IPV6])).not.toBeNull();
  });

  test('a site of IPv6 alone is judged by it', () => {
    expect(suspicion([silent6, silent6])).toMatchObject({ method: 'tcp.timeout' });
  });

  test('is one address however it is spelled', () => {
    const other = { address: '2A00:0:0::10', failure: SILENT };
    expect(suspicion([silent6, other], [IPV6])).not.toBeNull();
    expect(suspicion([silent6, { address: OTHER_IPV6, failure: SILENT }])).toBeNull();
  });
});

describe('siblings on the address', () => {
  const THREE = ['bakery.example', 'www.school.test', 'choir.invalid'] as const;
  interface Pair {
    readonly siblings?: readonly string[];
    readonly listed?: readonly string[];
    /** How the pair's connects end; null: they connect. */
    readonly ends?: readonly (string | null)[];
    readonly own?: string;
    readonly control?: Partial<ControlSays>;
    readonly at?: string;
  }

  function pairOf(d: Draft, { siblings = THREE, ends, own = SILENT, at = IP }: Pair): void {
    const steps = siblings.map((_, i) => () => {
      const end = ends?.[i];
      d.tcp(at, 443, end === null ? undefined : (end ?? own));
    });
    d.pair({ ...AT_SITE('tcp.siblings_at_address'), siblings }, ...steps);
  }

  function accuses(...pairs: readonly Pair[]): unknown {
    const [first = {}] = pairs;
    const { own = SILENT, listed = first.siblings ?? THREE, control } = first;
    const d = draft(HTTPS_URL);
    names(d);
    d.tcp(IP, 443, own);
    d.tcp(IP, 443, own);
    for (const pair of pairs) pairOf(d, pair);
    d.control({ ...CONTROL_GETS_ALL, siblings: { [IP]: listed }, ...control });
    const { rules, method } = judged(d.document()).verdict;
    return rules.some(({ id }) => id === 'tcp.siblings_fail') ? { method } : null;
  }

  test('of three owners, all of them silent: the address', () => {
    expect(accuses({})).toMatchObject({ method: 'tcp.timeout' });
  });

  test('two owners are too few, whatever their names', () => {
    expect(accuses({ siblings: [...THREE.slice(0, 2), 'shop.bakery.example'] })).toBeNull();
  });

  test('the site’s own owner is none of them', () => {
    expect(accuses({ siblings: [...THREE.slice(0, 2), `www.${HOST}`] })).toBeNull();
  });

  test('only names that the control saw there count', () => {
    expect(accuses({ listed: THREE.slice(0, 2) })).toBeNull();
    expect(accuses({ listed: [...THREE, 'more.example.org'] })).not.toBeNull();
  });

  test('a sibling that connects, or fails otherwise, and it is no rule', () => {
    expect(accuses({ ends: [SILENT, SILENT, null] })).toBeNull();
    expect(accuses({ ends: [SILENT, SILENT, REFUSED] })).toBeNull();
    expect(accuses({ ends: [REFUSED, REFUSED, REFUSED] })).toBeNull();
  });

  test('one pair of two that does not agree, and it is no rule', () => {
    expect(accuses({}, {})).not.toBeNull();
    expect(accuses({}, { ends: [SILENT, REFUSED, SILENT] })).toBeNull();
    expect(accuses({ ends: [SILENT, REFUSED, SILENT] }, {})).toBeNull();
  });

  test('made at another address, it says nothing of this one', () => {
    expect(accuses({ at: OTHER_IP })).toBeNull();
  });

  test('the control must have connected', () => {
    expect(accuses({ control: { tcp: { [`${IP}:443`]: SILENT } } })).toBeNull();
    expect(accuses({ control: { tcp: {} } })).toBeNull();
  });

  test('refusing is a way of being blocked too, when all are refused alike', () => {
    expect(accuses({ own: REFUSED })).toMatchObject({ method: 'tcp.refused' });
  });
});

describe('behind a redirect', () => {
  const DEEPER = 'letters.example';

  function redirected(control: ControlSays): readonly string[] {
    const d = draft(HTTPS_URL);
    names(d);
    d.tcp(IP, 443);
    d.tls({ chain: SITE_CHAIN });
    d.http(HTTPS_URL, { status: 302, headers: [['Location', `https://${DEEPER}/`]] });
    d.redirected(DEEPER);
    d.lookup([OTHER_IP]);
    d.wire([OTHER_IP]);
    d.doh([OTHER_IP]);
    d.tcp(OTHER_IP, 443, SILENT);
    d.tcp(OTHER_IP, 443, SILENT);
    d.control(control);
    return judged(d.document()).verdict.rules.map(({ id }) => id);
  }

  test('a page that the control got from there says that it answers', () => {
    expect(
      redirected({ ...CONTROL_GETS_ALL, http: FRONT_PAGE, redirects: [`https://${DEEPER}/`] }),
    ).toContain('tcp.control_connects');
  });

  test('a control that never got there says nothing', () => {
    expect(redirected(CONTROL_GETS_ALL)).not.toContain('tcp.control_connects');
    expect(redirected({ ...CONTROL_GETS_ALL, http: { failure: SILENT } })).not.toContain(
      'tcp.control_connects',
    );
  });
});
