import { describe, expect, test } from 'vitest';
import type { PlannedPair } from '../../../probe/plan/pairs.ts';
import { Looks } from '../../../probe/run/looks.ts';
import type { CounterfactualKind } from '../../../shared/model/index.ts';
import { draft, type Draft, type TlsSays } from '../../golden/build.ts';
import { chains } from '../../golden/chains.ts';
import type { ControlSays } from '../../golden/control.ts';
import { judged } from '../../golden/judged.ts';
import {
  AT_MIRROR,
  AT_SITE,
  CONTROL_GETS_ALL,
  FRONT_PAGE,
  HOST,
  HTTPS_URL,
  IP,
  MIRROR,
  MIRROR_CHAIN,
  names,
  OTHER_IP,
  SECURE,
  SITE_CHAIN,
  tlsStep,
} from '../../golden/scenes.ts';
import { kinds, madeRecord, planned } from './worlds.ts';

const UNTRUSTED = 'ssl_unknown_authority';
const FORGED = { failure: UNTRUSTED, chain: chains.unknown(HOST) } as const;
const V6 = '3ffe:ffff::10';
/** Those that settle whose chain it is. */
const FIRST: readonly CounterfactualKind[] = ['tls.chain_at_reflector', 'tls.chain_at_address'];
const MAP: readonly CounterfactualKind[] = [
  'tls.chain_again',
  'tls.chain_without_name',
  'tls.chain_other_protocol',
  'tls.chain_other_port',
];

interface Site {
  readonly says?: TlsSays;
  readonly page?: true;
  readonly addresses?: readonly string[];
  readonly control?: ControlSays;
  readonly then?: (d: Draft) => void;
}
function site({ says = FORGED, page, addresses = [IP], control, then }: Site): Draft {
  const d = draft(HTTPS_URL);
  names(d, addresses.slice(0, 1));
  d.tcp(IP, 443);
  d.tls(says);
  if (page === true) d.http(HTTPS_URL, FRONT_PAGE);
  then?.(d);
  d.control(control ?? { ...CONTROL_GETS_ALL, addresses });
  return d;
}
const after = (made: readonly CounterfactualKind[]) => made.map((kind) => madeRecord(kind));
const find = (pairs: readonly PlannedPair[], kind: CounterfactualKind): PlannedPair =>
  pairs.find((p) => p.kind === kind)!;

describe('what an interceptor reacts to', () => {
  test('is asked after whose chain it is', () => {
    expect(kinds(planned(site({})))).toEqual(['tls.chain_at_reflector']);
    expect(kinds(planned(site({}), { made: after(FIRST) }))).toEqual(MAP);
    expect(planned(site({}), { made: after([...FIRST, ...MAP]) })).toEqual([]);
  });

  test('one thing changes at a time', () => {
    const pairs = planned(site({}), { made: after(FIRST) });
    const at = { protocol: 'tls', endpoint: { address: IP, port: 443 }, validFor: HOST, split: false };
    expect(find(pairs, 'tls.chain_again')).toMatchObject({ order: 'at_once', where: 'same_address' });
    expect(find(pairs, 'tls.chain_again').steps).toEqual(
      Array.from({ length: 4 }, () => ({ ...at, name: HOST })),
    );
    expect(find(pairs, 'tls.chain_without_name').steps).toEqual([{ ...at, name: null }]);
    expect(find(pairs, 'tls.chain_other_protocol').steps).toEqual([
      { ...at, name: HOST, alpn: ['h2'] },
      { ...at, name: HOST, alpn: ['http/1.1'] },
    ]);
    expect(find(pairs, 'tls.chain_other_port').steps).toEqual([
      { ...at, name: HOST, endpoint: { address: IP, port: 8443 } },
    ]);
    // The target's own handshake raised the suspicion.
    for (const p of pairs) expect(p).toMatchObject({ suspicion: 4, suspect: HOST, reflector: null });
  });

  test('at other addresses that the control knows, one of each family, where they may be contacted', () => {
    const d = site({ addresses: [IP, OTHER_IP, '11.0.0.98', V6] });
    const pairs = planned(d, { made: after(FIRST) });
    expect(find(pairs, 'tls.chain_at_sibling').steps).toMatchObject([{ endpoint: { address: OTHER_IP } }]);
    expect(find(pairs, 'tls.chain_other_family').steps).toMatchObject([{ endpoint: { address: V6 } }]);
    const none = planned(d, { made: after(FIRST), mayContact: () => false });
    expect(kinds(none)).toEqual(MAP);
  });

  test('at no address that was tried already, in vain or not', () => {
    const d = site({ addresses: [IP, OTHER_IP], then: (x) => x.tcp(OTHER_IP, 443, 'connection_refused') });
    expect(kinds(planned(d, { made: after(FIRST) }))).toEqual(MAP);
  });

  test('of one on record too, whose own key proves it', () => {
    const known = site({ says: { failure: UNTRUSTED, chain: chains.known(HOST) } });
    expect(kinds(planned(known))).toEqual(['http.canary', 'tls.chain_at_reflector']);
    expect(kinds(planned(known, { made: after([...FIRST, 'http.canary']) }))).toEqual(MAP);
  });

  test('not where this run has found that out often enough', () => {
    expect(planned(site({}), { made: after(FIRST), mayMapTrigger: false })).toEqual([]);
  });

  test('a risky name is varied at its own site alone', () => {
    const world = { mayNameAtReflector: false };
    expect(kinds(planned(site({}), world))).toEqual(['tls.chain_at_address']);
    const pairs = planned(site({}), { ...world, made: after(['tls.chain_at_address']) });
    expect(kinds(pairs)).toEqual(MAP);
    expect(pairs.every((p) => p.where === 'same_address')).toBe(true);
  });

  test.each<[string, Site]>([
    [
      'an authority of the site’s own, shown to the control as well',
      { control: { ...CONTROL_GETS_ALL, tls: { [SECURE]: { failure: UNTRUSTED, chain: FORGED.chain } } } },
    ],
    [
      'a certificate out of date',
      { says: { failure: 'ssl_invalid_certificate', chain: chains.expired(HOST) } },
    ],
    [
      'another’s certificate',
      { says: { failure: 'ssl_invalid_hostname', chain: chains.trusted('a.example') } },
    ],
    // Nobody says what the site shows elsewhere.
    ['an unknown authority, and no control', { control: { http: { failure: 'generic_timeout_error' } } }],
  ])('%s: nobody to ask about', (_what, parts) => {
    const pairs = planned(site(parts), { made: after([...FIRST, 'http.canary']) });
    expect(kinds(pairs).filter((kind) => MAP.includes(kind))).toEqual([]);
  });
});

describe('looking again', () => {
  const fine = { says: { chain: SITE_CHAIN }, page: true } as const;
  const curious = { mayLookAgain: true };

  test('at a site whose chain was in order, where the run may', () => {
    expect(planned(site(fine))).toEqual([]);
    const [pair, ...rest] = planned(site(fine), curious);
    expect(rest).toEqual([]);
    expect(pair).toMatchObject({ kind: 'tls.chain_again', suspicion: null, suspect: HOST });
    expect(pair!.steps).toHaveLength(4);
    expect(planned(site(fine), { ...curious, made: after(['tls.chain_again']) })).toEqual([]);
  });

  test('not where no name is said, or over plain HTTP', () => {
    const plain = draft(`http://${HOST}/`);
    names(plain);
    plain.tcp(IP, 80);
    plain.http(`http://${HOST}/`, FRONT_PAGE);
    plain.control(CONTROL_GETS_ALL);
    expect(planned(plain, curious)).toEqual([]);
    const literal = draft(`https://${IP}/`);
    literal.tcp(IP, 443);
    literal.tls({ chain: chains.trusted(IP), sni: '' });
    literal.http(`https://${IP}/`, FRONT_PAGE);
    literal.control(CONTROL_GETS_ALL);
    expect(kinds(planned(literal, curious))).not.toContain('tls.chain_again');
  });

  test('not where the name dies: that is another question', () => {
    const dies = planned(site({ says: { failure: 'generic_timeout_error' } }), curious);
    expect(kinds(dies)).toEqual(['tls.sni_at_reflector']);
  });

  test('one forged chain among four in order calls for the pairs of an intercepted target', () => {
    const once = (says: TlsSays): Draft =>
      site({
        ...fine,
        then: (d) => {
          const same = { kind: 'tls.chain_again', suspect: HOST, innocuous: HOST } as const;
          d.pair(same, ...[fine.says, says, fine.says, fine.says].map((s) => tlsStep(d, 'site', s)));
        },
      });
    const made = after(['tls.chain_again']);
    expect(kinds(planned(once(FORGED), { ...curious, made }))).toEqual(['tls.chain_at_reflector']);
    expect(kinds(planned(once(FORGED), { ...curious, made: [...made, ...after(FIRST)] }))).toEqual(
      MAP.filter((kind) => kind !== 'tls.chain_again'),
    );
    // One machine of many: its own certificate, out of date, or none that anybody set up.
    for (const chain of [chains.expired(HOST), chains.selfSigned(HOST), chains.trusted(HOST)])
      expect(planned(once({ failure: UNTRUSTED, chain }), { ...curious, made })).toEqual([]);
  });
});

describe('how much a run looks', () => {
  const forged = judged(site({}).document()).case;
  const fine = judged(site({ says: { chain: SITE_CHAIN }, page: true }).document()).case;
  const again = planned(site({ says: { chain: SITE_CHAIN }, page: true }), { mayLookAgain: true })[0]!;
  const nameless = find(planned(site({}), { made: after(FIRST) }), 'tls.chain_without_name');

  test('a few targets are looked at again, many only once a forged chain was met', () => {
    expect(new Looks(5).may(HOST).mayLookAgain).toBe(true);
    const many = new Looks(6);
    many.seen(fine);
    expect(many.may(HOST).mayLookAgain).toBe(false);
    many.seen(forged);
    many.seen(fine);
    expect(many.may(HOST).mayLookAgain).toBe(true);
  });

  test('and no more than so many', () => {
    const looks = new Looks(1_000);
    looks.seen(forged);
    for (let i = 0; i < 200; i++) looks.made(again, `site-${i}.example`);
    for (let i = 0; i < 20; i++) looks.made(nameless, `site-${i}.example`);
    expect(looks.may(HOST)).toEqual({ mayLookAgain: false, mayMapTrigger: false });
    // What was begun is brought to its end.
    expect(looks.may('site-0.example')).toEqual({ mayLookAgain: true, mayMapTrigger: true });
  });
});

test('a reflector’s answers come before: the trigger map is the last that is asked', () => {
  const d = site({
    then: (x) => {
      const own = tlsStep(x, 'reflector', { sni: MIRROR, chain: MIRROR_CHAIN });
      x.pair(
        AT_MIRROR('tls.chain_at_reflector'),
        own,
        tlsStep(x, 'reflector', { sni: HOST, ...FORGED }),
        own,
      );
      const other = tlsStep(x, 'site', {
        sni: 'example.com',
        failure: 'ssl_invalid_hostname',
        chain: SITE_CHAIN,
      });
      x.pair(AT_SITE('tls.chain_at_address'), other, tlsStep(x, 'site', FORGED), other);
    },
  });
  expect(kinds(planned(d, { made: after([...FIRST, 'http.canary']) }))).toEqual(['tls.chain_at_self_signed']);
  expect(kinds(planned(d, { made: after([...FIRST, 'http.canary', 'tls.chain_at_self_signed']) }))).toEqual(
    MAP,
  );
});
