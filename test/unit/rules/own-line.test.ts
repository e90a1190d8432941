/** An IPv6 that leads nowhere, from this device: when it excuses the network, and when it doesn’t. */
import { describe, expect, test } from 'vitest';
import { draft, type Draft } from '../../golden/build.ts';
import { judged } from '../../golden/judged.ts';
import {
  AT_MIRROR,
  CONTROL_GETS_ALL,
  FRONT_PAGE,
  HTTP_URL,
  HTTPS_URL,
  IP,
  MIRROR_NOTE,
  names,
} from '../../golden/scenes.ts';

const RULE = 'local.ipv6_broken';
const SILENT = 'generic_timeout_error';
const UNREACHABLE = 'network_unreachable';
const V6 = '3ffe:1::10';
const SECOND_V6 = '3ffe:1::11';
const MIRROR6 = '3ffe:ffff::3';
const NOTE = { ...MIRROR_NOTE, addresses: [...MIRROR_NOTE.addresses, MIRROR6] };
const [MIRROR4] = MIRROR_NOTE.addresses;

const found = (d: Draft) => judged(d.document()).verdict.rules.find(({ id }) => id === RULE);
function site(make: (d: Draft) => void, control: object = {}): Draft {
  const d = draft(HTTPS_URL);
  names(d, [V6]);
  make(d);
  d.control({ ...CONTROL_GETS_ALL, addresses: [V6], tcp: { [`[${V6}]:443`]: null }, ...control });
  return d;
}
function families(
  d: Draft,
  steps: readonly [string | undefined, string | undefined, string | undefined],
): void {
  const [before, suspect, after] = steps;
  d.pair(
    { ...AT_MIRROR('tcp.family_at_reflector'), reflector: NOTE },
    () => void d.tcp(MIRROR4!, 443, before),
    () => void d.tcp(MIRROR6, 443, suspect),
    () => void d.tcp(MIRROR4!, 443, after),
  );
}
const dead = (d: Draft): void => void d.tcp(V6, 443, SILENT);
const broken = (d: Draft): void => families(d, [undefined, SILENT, undefined]);
const fires = (make: (d: Draft) => void, control?: object): boolean =>
  found(site(make, control)) !== undefined;
const both =
  (...makes: readonly ((d: Draft) => void)[]) =>
  (d: Draft): void =>
    makes.forEach((make) => make(d));

describe('IPv6 leads nowhere', () => {
  test('where it fails at our own server between two that work', () => {
    expect(fires(both(dead, broken))).toBe(true);
    expect(fires(dead)).toBe(false);
  });
  test.each<[string, Parameters<typeof families>[1]]>([
    ['IPv6 works there', [undefined, undefined, undefined]],
    ['nothing worked before', [SILENT, SILENT, undefined]],
    ['nothing worked after', [undefined, SILENT, SILENT]],
  ])('not where %s', (_, steps) => {
    expect(fires(both(dead, (d) => families(d, steps)))).toBe(false);
  });

  test('not where the site was tried over IPv4 too, or answered', () => {
    expect(fires(both(dead, (d) => void d.tcp(IP, 443, SILENT), broken))).toBe(false);
    expect(fires(both(dead, (d) => void d.tcp(V6, 443), broken))).toBe(false);
  });
  test('not where nothing was tried at all', () => {
    expect(fires(broken)).toBe(false);
  });
  test('not where the control failed there as well', () => {
    expect(fires(both(dead, broken), { tcp: { [`[${V6}]:443`]: SILENT } })).toBe(false);
    // One that it was not asked for says nothing against it.
    expect(fires(both(dead, broken), { tcp: {} })).toBe(true);
    const second = both(dead, (d) => void d.tcp(SECOND_V6, 443, SILENT), broken);
    expect(fires(second, { tcp: { [`[${V6}]:443`]: null, [`[${SECOND_V6}]:443`]: SILENT } })).toBe(false);
  });
});

describe('this device knows no way to any IPv6 address', () => {
  const noRoute = (d: Draft): void => void d.tcp(V6, 443, UNREACHABLE);
  const v4 =
    (failure?: string) =>
    (d: Draft): void =>
      d.pair(AT_MIRROR('tls.chain_at_reflector'), () => void d.tcp(MIRROR4!, 443, failure)) as never;

  test('where all of them failed so, and IPv4 worked', () => {
    expect(fires(both(noRoute, v4()))).toBe(true);
    for (const failure of ['host_unreachable', 'network_down'])
      expect(fires(both((d) => void d.tcp(V6, 443, failure), v4()))).toBe(true);
  });
  test('not where one of them got no answer on the way', () => {
    expect(fires(both(noRoute, dead, v4()))).toBe(false);
  });
  test('not where IPv4 did not work either, or was not tried', () => {
    expect(fires(both(noRoute, v4(SILENT)))).toBe(false);
    expect(fires(noRoute)).toBe(false);
  });
  test('is told beside the attempts that show it', () => {
    const d = site(both(noRoute, v4()));
    expect(found(d)).toMatchObject({ outcome: 'local', evidence: 'strong' });
    expect(judged(d.document()).verdict.counterfactuals).toEqual([]);
  });
});

test('an answer over IPv6 needs no excuse', () => {
  const d = draft(HTTP_URL);
  names(d, [V6]);
  d.tcp(V6, 80, SILENT);
  d.http(HTTP_URL, FRONT_PAGE);
  broken(d);
  d.control({ ...CONTROL_GETS_ALL, addresses: [V6] });
  expect(found(d)).toBeUndefined();
});
