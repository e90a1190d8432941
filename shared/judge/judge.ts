/**
 * Findings → one verdict. All fired rules are kept; the outcome is decided by the fixed ranks below and never by the
 * order of observations or rules. No observation at all gives `insufficient`, which is an answer.
 */
import type { Evidence, FiredRule, Layer, Method, Outcome, Snapshots, Verdict } from '../model/index.ts';
import { withoutControl, type Observed } from '../observe/index.ts';
import {
  buildCase,
  describeInterception,
  RULES,
  type Case,
  type CaseFacts,
  type Finding,
  type Rule,
} from '../rules/index.ts';

interface Fired {
  readonly rule: Rule;
  readonly finding: Finding;
}

/**
 * Which outcome wins, first to last. Proof on the path overrides everything but a cause on the volunteer's side that
 * is itself proven; the authenticated origin's own words override suspicion; `down` needs the control to have failed
 * in kind, so it overrides suspicion too.
 */
const OUTCOME_RANK: Readonly<Record<Outcome, number>> = {
  local: 0,
  interfered: 1,
  refused: 2,
  accessible: 3,
  down: 4,
  suspected: 5,
  insufficient: 6,
};
const EVIDENCE_RANK: Readonly<Record<Evidence, number>> = { confirmed: 0, strong: 1, weak: 2, contrary: 3 };
const LAYER_RANK: Readonly<Record<Layer, number>> = {
  dns: 0,
  tcp: 1,
  tls: 2,
  http: 3,
  throughput: 4,
  quic: 5,
};

function compare(a: Fired, b: Fired): number {
  const rank = (f: Fired): (number | string)[] => [
    OUTCOME_RANK[f.finding.outcome],
    EVIDENCE_RANK[f.finding.evidence],
    f.finding.layer === null ? -1 : LAYER_RANK[f.finding.layer],
    -f.finding.depth,
    f.rule.id,
    f.finding.host,
  ];
  const [x, y] = [rank(a), rank(b)];
  for (const [i, v] of x.entries()) {
    const w = y[i]!;
    if (v !== w) return v < w ? -1 : 1;
  }
  return 0;
}

/** Documents of other probes carry no pairs: only a fingerprint, a bogon or a known root accuses there. */
function withoutPairs(c: Case, { rule, finding }: Fired): Fired {
  if (c.ours || rule.standsAlone === true || finding.outcome !== 'interfered') return { rule, finding };
  return { rule, finding: { ...finding, outcome: 'suspected', evidence: 'weak' } };
}

const identity = ({ rule, finding }: Fired): string =>
  JSON.stringify([rule.id, finding.outcome, finding.host, finding.depth, finding.method]);

/** What a diary says may have been untrue for the minutes between its entries, so it confirms nothing by itself. */
const capped = (f: Fired): Fired => ({ ...f, finding: { ...f.finding, evidence: 'strong' } });

/** By rank. */
const firedOn = (c: Case): readonly Fired[] =>
  RULES.flatMap((rule) => rule.fires(c).map((finding) => withoutPairs(c, { rule, finding }))).sort(compare);

/**
 * All fired rules, by rank. Under a diary only that is confirmed which is so without any control as well; what is capped
 * keeps its rank, so that the same finding decides as with a live control.
 */
function firedRules(c: Case, observed: Observed, facts: JudgingFacts): readonly Fired[] {
  const fired = firedOn(c);
  if (c.controlSource !== 'diary') return fired;
  const alone = firedOn(buildCase(withoutControl(observed), facts))
    .filter((f) => f.finding.evidence === 'confirmed')
    .map(identity);
  return fired.map((f) =>
    f.finding.evidence !== 'confirmed' || alone.includes(identity(f)) ? f : capped(f),
  );
}

/** `contrary` findings are kept and shown, but decide nothing. `fired` is sorted. */
function decisive(fired: readonly Fired[]): Fired | null {
  return fired.find((f) => f.finding.evidence !== 'contrary') ?? null;
}

const evidenceOf = ({ rule, finding }: Fired): FiredRule => ({
  id: rule.id,
  outcome: finding.outcome,
  evidence: finding.evidence,
  because: [...new Set(finding.because.map((o) => o.id))].sort(),
});

/** Suspicions at the same layer that point to the same method support the winner; their ids count as its pairs. */
function supportingPairs(winner: Fired, fired: readonly Fired[]): string[] {
  const same = fired.filter(
    (f) =>
      f.finding.method === winner.finding.method &&
      f.finding.evidence !== 'contrary' &&
      f.finding.host === winner.finding.host,
  );
  return [...new Set([winner, ...same].flatMap((f) => f.finding.counterfactuals ?? []))].sort();
}

/** What a case is judged with, beside what was observed. */
export interface JudgingFacts extends CaseFacts {
  readonly snapshots: Snapshots;
}

/** `c`: the case of `observed`. */
export function judge(
  observed: Observed,
  facts: JudgingFacts,
  c: Case = buildCase(observed, facts),
): Verdict {
  const fired = firedRules(c, observed, facts);
  const winner = decisive(fired);
  const host = winner?.finding.host ?? c.hops[0]?.host ?? observed.input;
  const outcome: Outcome = winner?.finding.outcome ?? 'insufficient';
  const method: Method | null = winner?.finding.method ?? null;
  return {
    target: observed.input,
    outcome,
    layer: winner?.finding.layer ?? null,
    method,
    cause: winner?.finding.cause ?? null,
    authority: winner?.finding.authority ?? null,
    scope: winner?.finding.scope ?? { level: 'host', affected: host, siblings: [] },
    evidence: winner?.finding.evidence ?? null,
    repeats: winner?.finding.repeats ?? { n: winner === null ? 0 : 1, m: winner === null ? 0 : 1 },
    rules: fired.map(evidenceOf),
    counterfactuals: winner === null ? [] : supportingPairs(winner, fired),
    alternatives: winner?.rule.alternatives ?? [],
    interception: describeInterception(c, winner?.finding.cause ?? null),
    snapshots: facts.snapshots,
  };
}
