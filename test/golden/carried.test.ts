/**
 * What an accusation rests on, taken away piece by piece: a pair that is not what its kind says, or is not near enough, or
 * was made elsewhere, carries nothing. And what every finding owes its reader, whichever rule gives it.
 */
import { describe, expect, test } from 'vitest';
import type { CounterfactualRecord } from '../../shared/model/index.ts';
import { RULES } from '../../shared/rules/index.ts';
import type { GoldenDocument, TestKeys } from './build.ts';
import { GOLDEN_CASES, GOLDEN_DOCUMENTS } from './corpus.ts';
import { CROWDED_DOCUMENTS } from './crowded.ts';
import { judged, withKeys } from './judged.ts';

/** Decision record 008: none is made later than ten minutes after the suspicion. Seconds. */
const LONGEST_DISTANCE_S = 600;

const CARRIED = GOLDEN_CASES.filter(
  ({ fires: { finding } }) => finding.outcome === 'interfered' && finding.counterfactuals !== undefined,
).map(({ rule, fires }) => ({ rule, document: fires.document, pairs: fires.finding.counterfactuals! }));

/** Steps that only add to what the others show: rule → places on the list. */
const MORE_THAN_NEEDED: Readonly<Record<string, readonly number[]>> = {
  // The zone itself has denied the name; a second opinion on a random one below it adds nothing.
  'dns.ghost_name': [3],
  // The first death needs no life before it: the site's own handshake may have said the name.
  'tls.name_then_silence': [0],
};

/** The rule still accuses and says that all of these pairs carry it. */
function stillCarried(rule: string, document: GoldenDocument, pairs: readonly string[]): boolean {
  const { case: c } = judged(document);
  const found = RULES.find(({ id }) => id === rule)!.fires(c);
  return found.some(
    ({ outcome, counterfactuals = [] }) =>
      outcome === 'interfered' && pairs.every((id) => counterfactuals.includes(id)),
  );
}

const withPair = (
  document: GoldenDocument,
  id: string,
  change: (record: CounterfactualRecord) => Partial<CounterfactualRecord>,
): GoldenDocument =>
  withKeys(document, {
    x_counterfactuals: document.test_keys.x_counterfactuals.map((record) =>
      record.id === id ? { ...record, ...change(record) } : record,
    ),
  });

const recordOf = (document: GoldenDocument, id: string): CounterfactualRecord =>
  document.test_keys.x_counterfactuals.find((record) => record.id === id)!;

/** Without all that was done in these transactions. */
function without(document: GoldenDocument, transactions: readonly number[]): GoldenDocument {
  const keep = <T extends { readonly transaction_id?: number | null | undefined }>(list: readonly T[]): T[] =>
    list.filter(({ transaction_id }) => !transactions.includes(transaction_id ?? -1));
  const { queries, tcp_connect, tls_handshakes, requests } = document.test_keys;
  const less: Partial<TestKeys> = {
    queries: keep(queries),
    tcp_connect: keep(tcp_connect),
    tls_handshakes: keep(tls_handshakes),
    requests: keep(requests),
  };
  return withKeys(document, less);
}

/** The same operations, in all of which this name was said. */
function said(document: GoldenDocument, transactions: readonly number[], name: string): GoldenDocument {
  const change = <T extends { readonly transaction_id?: number | null | undefined }>(
    list: readonly T[],
    to: (record: T) => Partial<T>,
  ): T[] =>
    list.map((record) =>
      transactions.includes(record.transaction_id ?? -1) ? { ...record, ...to(record) } : record,
    );
  const { queries, tls_handshakes, requests } = document.test_keys;
  return withKeys(document, {
    queries: change(queries, () => ({ hostname: name })),
    tls_handshakes: change(tls_handshakes, () => ({ server_name: name })),
    requests: change(requests, ({ request }) => {
      const url = new URL(request.url);
      url.hostname = name;
      return { request: { ...request, url: url.href } };
    }),
  });
}

/** Rules whose pairs say one name and another; a path, an address and a download are told apart by more. */
const TOLD_APART_BY_NAME = /^(?:dns|tls)\.|^http\.host_/;

describe.each(CARRIED)('an accusation by $rule', ({ rule, document, pairs }) => {
  const eachPair = pairs.map((id) => [id] as const);

  test('is carried by its pairs', () => {
    expect(stillCarried(rule, document, pairs)).toBe(true);
  });

  test.each(eachPair)('needs every operation of %s', (id) => {
    const { steps } = recordOf(document, id);
    const needed = steps.filter((_, i) => MORE_THAN_NEEDED[rule]?.includes(i) !== true);
    for (const step of needed)
      expect(stillCarried(rule, without(document, [step]), pairs), `without ${step}`).toBe(false);
  });

  test.each(eachPair)('needs %s within ten minutes, before or after', (id) => {
    const at = (distance_s: number) =>
      stillCarried(
        rule,
        withPair(document, id, () => ({ distance_s })),
        pairs,
      );
    expect([-LONGEST_DISTANCE_S, LONGEST_DISTANCE_S].map(at)).toEqual([true, true]);
    expect([-LONGEST_DISTANCE_S - 1, LONGEST_DISTANCE_S + 1].map(at)).toEqual([false, false]);
  });

  test.each(eachPair)('needs the steps of %s to be operations of its own, made in their order', (id) => {
    const { steps } = recordOf(document, id);
    const other = (changed: readonly number[]) =>
      stillCarried(
        rule,
        withPair(document, id, () => ({ steps: changed })),
        pairs,
      );
    const none = Math.max(...steps) + 100;
    if (MORE_THAN_NEEDED[rule]?.includes(steps.length - 1) !== true)
      expect(other([...steps.slice(0, -1), none])).toBe(false);
    if (steps.length > 1) {
      expect(other([...steps].reverse())).toBe(false);
      expect(other(steps.map(() => steps[0]!))).toBe(false);
    }
    if (MORE_THAN_NEEDED[rule] === undefined)
      for (let kept = 0; kept < steps.length; kept++) expect(other(steps.slice(0, kept))).toBe(false);
    // The suspicion can't be a step of the pair that is to confirm it.
    for (const suspicion of steps)
      expect(
        stillCarried(
          rule,
          withPair(document, id, () => ({ suspicion })),
          pairs,
        ),
      ).toBe(false);
  });

  test.each(eachPair)('needs %s to have been made where its kind says', (id) => {
    const { where, reflector, kind } = recordOf(document, id);
    const changed = (change: Partial<CounterfactualRecord>, notes?: TestKeys['x_reflectors']) => {
      const other = withPair(document, id, () => change);
      return stillCarried(
        rule,
        notes === undefined ? other : withKeys(other, { x_reflectors: notes }),
        pairs,
      );
    };
    expect(changed({ where: where === 'reflector' ? 'same_address' : 'reflector' })).toBe(false);
    if (where !== 'reflector') return;
    const notes = document.test_keys.x_reflectors;
    const stranger = 'stranger.example';
    expect(changed({ reflector: stranger })).toBe(false);
    expect(
      changed(
        { reflector: stranger },
        notes.map((note) => ({ ...note, name: stranger })),
      ),
    ).toBe(false);
    expect(changed({}, [])).toBe(false);
    expect(
      changed(
        {},
        notes.map((note) => ({ ...note, addresses: [] })),
      ),
    ).toBe(false);
    // One of the noted addresses is enough.
    expect(
      changed(
        {},
        notes.map((note) => ({ ...note, addresses: ['11.255.9.9', ...note.addresses] })),
      ),
      kind,
    ).toBe(true);
    expect(reflector).toBeDefined();
  });

  if (TOLD_APART_BY_NAME.test(rule))
    test.each(eachPair)('needs the names of %s to be the target’s and the innocuous one', (id) => {
      const { steps } = recordOf(document, id);
      for (const name of ['neighbour.example', 'mirror.example', 'open-letters.example']) {
        const renamed = said(document, steps, name);
        // One name throughout tells no two names apart.
        if (steps.length > 1) expect(stillCarried(rule, renamed, pairs), name).toBe(false);
      }
    });
});

describe('every finding', () => {
  const documents = [
    ...GOLDEN_DOCUMENTS,
    ...CROWDED_DOCUMENTS.map((document, i) => ({ name: `crowded ${i}`, document })),
  ];
  test.each(documents)('on $name says where it was found and what it rests on', ({ document }) => {
    const { case: c, verdict } = judged(document);
    const known = new Set([...c.observations, ...c.witnesses.map((w) => w.handshake)].map((o) => o.id));
    for (const rule of RULES)
      for (const finding of rule.fires(c)) {
        const { host, depth, because, repeats, scope, counterfactuals = [], layer, outcome } = finding;
        expect(rule.outcomes, rule.id).toContain(outcome);
        expect(
          c.hops.some((hop) => hop.host === host && hop.depth === depth),
          rule.id,
        ).toBe(true);
        if (rule.layer !== null) expect(because.length, rule.id).toBeGreaterThan(0);
        for (const o of because) expect(known, rule.id).toContain(o.id);
        // A rule of a layer speaks of that layer.
        if (rule.layer !== null) expect(layer, rule.id).toBe(rule.layer);
        if (repeats !== undefined) {
          expect(repeats.n, rule.id).toBeGreaterThanOrEqual(0);
          expect(repeats.m, rule.id).toBeGreaterThanOrEqual(repeats.n);
        }
        if (scope !== undefined) expect(scope.affected, rule.id).not.toBe('');
        const made = new Set(document.test_keys.x_counterfactuals.map(({ id }) => id));
        for (const id of counterfactuals) expect(made, rule.id).toContain(id);
        if (outcome === 'interfered' || outcome === 'suspected')
          expect(finding.method, rule.id).toBeDefined();
      }
    expect(verdict.repeats.m >= verdict.repeats.n).toBe(true);
  });
});
