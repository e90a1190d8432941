/** Pairs made at the resolver: which of them count, and as what. */
import { describe, expect, test } from 'vitest';
import type { Case } from '../../../shared/rules/index.ts';
import { namePairs, sendsEveryNameThere, uncachedPairs } from '../../../shared/rules/dns-pairs.ts';
import { draft, type DnsSays, type Draft, type Question } from '../../golden/build.ts';
import { judged, withKeys } from '../../golden/judged.ts';
import { AT_SITE, CONTROL_GETS_ALL, HOST, HTTPS_URL, IP, MIRROR, OTHER_IP } from '../../golden/scenes.ts';

const NO = 'dns_nxdomain_error';
const SILENT = 'generic_timeout_error';
const GATE = '10.10.34.36';
const GATE_TOO = '10.10.34.37';

const caseOf = (d: Draft): Case => judged(d.document()).case;
const ask = (d: Draft, question: Question) => (): void => void d.ask(question);
function site(given: readonly string[] = [IP]): Draft {
  const d = draft(HTTPS_URL);
  d.lookup(given);
  d.wire(given);
  d.doh([IP]);
  return d;
}

interface NamePair {
  readonly before?: DnsSays;
  readonly suspect?: DnsSays;
  readonly after?: DnsSays;
  readonly names?: readonly [string, string, string];
  readonly via?: Question['via'];
  readonly kind?: 'dns.name_at_resolver' | 'dns.uncached_at_resolver';
  readonly steps?: number;
}

function withNamePair(d: Draft, pair: NamePair): Case {
  const { before = [OTHER_IP], suspect = NO, after = before, via = 'udp', steps = 3 } = pair;
  const [first, second, third] = pair.names ?? [MIRROR, HOST, MIRROR];
  const all = [
    ask(d, { via, says: before, name: first }),
    ask(d, { via: 'udp', says: suspect, name: second }),
    ask(d, { via: 'udp', says: after, name: third }),
  ];
  d.pair({ ...AT_SITE(pair.kind ?? 'dns.name_at_resolver'), innocuous: MIRROR }, ...all.slice(0, steps));
  d.control(CONTROL_GETS_ALL);
  return caseOf(d);
}

describe('the target’s name between two innocuous ones', () => {
  function counts(pair: NamePair): readonly number[] {
    const c = withNamePair(site(), pair);
    const { sound, broken, flapping } = namePairs(c, c.hops[0]!);
    return [sound.length, broken.length, flapping.length];
  }

  test.each<[string, NamePair, readonly number[]]>([
    ['the innocuous name is answered both times', {}, [1, 0, 0]],
    ['and the target as well', { suspect: [IP] }, [1, 0, 0]],
    [
      'the innocuous name is never answered, nor is the target',
      { before: SILENT, suspect: SILENT },
      [0, 1, 0],
    ],
    ['the innocuous name is never answered, the target is', { before: SILENT, suspect: [IP] }, [0, 0, 0]],
    ['answered before and not after: a line that flaps', { after: SILENT }, [0, 0, 1]],
    ['answered after and not before', { before: SILENT, after: [OTHER_IP] }, [0, 0, 1]],
    ['an answer without an address is none', { before: [], suspect: [] }, [0, 1, 0]],
  ])('%s', (_what, pair, expected) => {
    expect(counts(pair)).toEqual(expected);
  });

  test.each<[string, NamePair]>([
    ['two innocuous names', { names: [MIRROR, HOST, 'example.com'] }],
    ['the target three times', { names: [HOST, HOST, HOST] }],
    ['a third name in the middle', { names: [MIRROR, 'example.com', MIRROR] }],
    ['asked elsewhere', { via: 'doh' }],
    ['asked by the system', { via: 'getaddrinfo' }],
    ['never finished', { steps: 2 }],
    ['another kind of pair', { kind: 'dns.uncached_at_resolver' }],
  ])('%s: counts as nothing', (_what, pair) => {
    expect(counts(pair)).toEqual([0, 0, 0]);
  });
});

describe('every name is sent to one place', () => {
  function sent(given: readonly string[], pair: NamePair, truth = [IP]): number {
    const d = draft(HTTPS_URL);
    d.lookup(given);
    d.wire(given);
    d.doh(truth);
    const c = withNamePair(d, { suspect: given, ...pair });
    return sendsEveryNameThere(c, c.hops[0]!).length;
  }

  test('the innocuous one too, before and after', () => {
    expect(sent([GATE], { before: [GATE] })).toBe(1);
    expect(sent([GATE, GATE_TOO], { before: [GATE], after: [GATE_TOO] })).toBe(1);
  });

  test('not if it led elsewhere once, or partly', () => {
    expect(sent([GATE], { before: [OTHER_IP] })).toBe(0);
    expect(sent([GATE], { before: [GATE], after: [OTHER_IP] })).toBe(0);
    expect(sent([GATE], { before: [OTHER_IP], after: [GATE] })).toBe(0);
    expect(sent([GATE], { before: [GATE, OTHER_IP] })).toBe(0);
  });

  test('not if any of it is the target’s true address: one machine can serve both names', () => {
    expect(sent([IP], { before: [IP] })).toBe(0);
    expect(sent([GATE, IP], { before: [GATE] })).toBe(0);
    expect(sent([GATE], { before: [GATE] }, [IP, GATE])).toBe(0);
  });
});

describe('names that nobody can have asked for', () => {
  interface Uncached {
    readonly before?: DnsSays;
    readonly suspect?: DnsSays;
    readonly after?: DnsSays;
    readonly second?: DnsSays | null;
    readonly names?: Partial<Record<'before' | 'suspect' | 'after' | 'second', string>>;
    readonly via?: Partial<Record<'before' | 'suspect' | 'after' | 'second', Question['via']>>;
    readonly kind?: 'dns.name_at_resolver' | 'dns.uncached_at_resolver';
    readonly innocuous?: string;
    /** The first innocuous question went to another resolver. */
    readonly elsewhere?: boolean;
  }

  function read({ names = {}, via = {}, innocuous = MIRROR, ...says }: Uncached) {
    const d = site();
    const second = says.second === undefined ? NO : says.second;
    const step = (place: 'before' | 'suspect' | 'after' | 'second', name: string, said: DnsSays) =>
      ask(d, {
        via: via[place] ?? (place === 'second' ? 'doh' : 'udp'),
        says: said,
        name: names[place] ?? name,
      });
    d.pair(
      { ...AT_SITE(says.kind ?? 'dns.uncached_at_resolver'), innocuous },
      step('before', `k7qd1x.${innocuous}`, says.before ?? NO),
      step('suspect', `p02mzv.${HOST}`, says.suspect ?? [OTHER_IP]),
      step('after', `t9c4ha.${innocuous}`, says.after ?? says.before ?? NO),
      ...(second === null ? [] : [step('second', `p02mzv.${HOST}`, second)]),
    );
    d.control(CONTROL_GETS_ALL);
    const document = d.document();
    const { queries } = document.test_keys;
    const moved = queries.map((q) =>
      says.elsewhere === true && q.hostname.startsWith('k7qd1x.')
        ? { ...q, resolver_address: '11.254.0.54:53' }
        : q,
    );
    const { case: c } = judged(withKeys(document, { queries: moved }));
    return uncachedPairs(c, c.hops[0]!).map(({ pair: _pair, ...rest }) => rest);
  }
  const honest = {
    honestAboutInnocuous: true,
    inventsEverything: false,
    invented: [OTHER_IP],
    deniesBelow: false,
    secondDenies: true,
  };

  test('an address below the target alone', () => {
    expect(read({})).toEqual([honest]);
  });

  test('denied below the target as well: nothing is made up', () => {
    expect(read({ suspect: NO })).toEqual([{ ...honest, invented: [], deniesBelow: true }]);
  });

  test('addresses below the innocuous name, once or twice: a resolver that answers for everything', () => {
    const everything = { ...honest, honestAboutInnocuous: false, inventsEverything: true };
    expect(read({ before: [GATE] })).toEqual([everything]);
    expect(read({ before: [GATE], after: NO })).toEqual([everything]);
    expect(read({ before: NO, after: [GATE] })).toEqual([everything]);
  });

  test('no answer about the innocuous name is neither', () => {
    expect(read({ before: SILENT })).toEqual([{ ...honest, honestAboutInnocuous: false }]);
    expect(read({ before: NO, after: SILENT })).toEqual([{ ...honest, honestAboutInnocuous: false }]);
  });

  test('without a second opinion, or with one that answers', () => {
    expect(read({ second: null })).toEqual([{ ...honest, secondDenies: false }]);
    expect(read({ second: [OTHER_IP] })).toEqual([{ ...honest, secondDenies: false }]);
  });

  test('case of letters aside', () => {
    expect(read({ innocuous: 'Mirror.Example' })).toEqual([honest]);
    expect(read({ names: { before: `K7QD1X.${MIRROR}` } })).toHaveLength(1);
  });

  test.each<[string, Uncached]>([
    ['below another name before', { names: { before: 'k7qd1x.example.com' } }],
    ['below another name after', { names: { after: 't9c4ha.example.com' } }],
    ['the innocuous name itself', { names: { before: MIRROR } }],
    ['a name that only ends alike', { names: { before: `k7qd1x${MIRROR}` } }],
    ['below the target where the innocuous one should be', { innocuous: HOST }],
    ['below another target', { names: { suspect: 'p02mzv.example.com' } }],
    ['the target itself', { names: { suspect: HOST } }],
    ['a second opinion on another name', { names: { second: 'p02mzv.example.com' } }],
    ['a second opinion from the same resolver', { via: { second: 'udp' } }],
    ['asked by the system before', { via: { before: 'getaddrinfo' } }],
    ['asked over an encrypted line in the middle', { via: { suspect: 'doh' } }],
    ['asked over an encrypted line after', { via: { after: 'doh' } }],
    ['two resolvers', { elsewhere: true }],
    ['another kind of pair', { kind: 'dns.name_at_resolver' }],
  ])('%s: no such pair', (_what, pair) => {
    expect(read(pair)).toEqual([]);
  });
});
