/** A stretch of results → what is said of it. Pure. */
import type { Bracket, CellNetwork, Episode, Method, MethodCount } from '../../../shared/model/index.ts';
import { speaksFor, type Side } from './change.ts';
import { liarRisk } from './liars.ts';
import type { Result } from './results.ts';
import { LIAR_RISK, SUSPECTED } from './settings.ts';

/** Measurements that an episode lists; the count goes on. */
export const MAX_EVENT_MEASUREMENTS = 200;

/** Indices into the results. */
export interface Stretch {
  readonly from: number;
  /** First that no longer belongs to it; null: it goes on. */
  readonly until: number | null;
  readonly openedAt: number;
  readonly closedAt: number | null;
  /** Earliest and latest result with which it may have begun, and ended. */
  readonly onset: readonly [number, number];
  readonly restored: readonly [number, number] | null;
  readonly logRatio: number;
}

const hasPair = (results: readonly Result[]): boolean => results.some((r) => r.interfered > 0);

/**
 * Whether it is still said when it is over. While it goes on, few have spoken; afterwards it must be more than liars who
 * happened to speak one after the other, and more than a burst of suspicion (a CDN's change, a certificate forgotten).
 */
export function isBelievable(
  stretch: Stretch,
  results: readonly Result[],
  around: readonly number[],
): boolean {
  const inside = results.slice(stretch.from, stretch.until ?? undefined);
  const said = new Map<number, number>();
  let [saying, last, solid] = [0, inside[0]!.at, false];
  for (const [i, result] of inside.entries()) {
    const before = said.get(result.voter) ?? 0;
    const after = before + result.blocked - result.accessible;
    said.set(result.voter, after);
    saying += (after > 0 ? 1 : 0) - (before > 0 ? 1 : 0);
    if (speaksFor(result, 'blocked')) last = result.last;
    solid ||= liarRisk(saying, said.size, around[stretch.from + i]!) <= LIAR_RISK.keep;
  }
  return solid && (hasPair(inside) || last - inside[0]!.at >= SUSPECTED.lastingMs);
}

/** Last result for the one side before, first for the other: over the earliest and the latest point that are likely. */
function bracketOf(results: readonly Result[], points: readonly [number, number], to: Side): Bracket {
  const from: Side = to === 'blocked' ? 'accessible' : 'blocked';
  let i = points[0] - 1;
  while (i >= 0 && !speaksFor(results[i]!, from)) i -= 1;
  return { after: i < 0 ? null : results[i]!.last, before: results[points[1]]!.at };
}

function methodsOf(results: readonly Result[]): readonly MethodCount[] {
  const by = new Map<Method, Set<number>>();
  for (const { voter, accusing } of results)
    for (const { method } of accusing)
      if (method !== null) by.set(method, (by.get(method) ?? new Set()).add(voter));
  return [...by]
    .map(([method, voters]) => ({ method, pseudonyms: voters.size }))
    .sort((a, b) => b.pseudonyms - a.pseudonyms || (a.method < b.method ? -1 : 1));
}

export function episodeOf(
  stretch: Stretch,
  results: readonly Result[],
  network: CellNetwork,
  recurrent: boolean,
): Episode {
  const inside = results.slice(stretch.from, stretch.until ?? undefined);
  const accusing = inside.flatMap((r) => r.accusing).sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
  return {
    network,
    onset: bracketOf(results, stretch.onset, 'blocked'),
    restored: stretch.restored === null ? null : bracketOf(results, stretch.restored, 'accessible'),
    openedAt: stretch.openedAt,
    closedAt: stretch.closedAt,
    basis: hasPair(inside) ? 'interfered' : 'suspected',
    methods: methodsOf(inside),
    blocked: new Set(inside.filter((r) => r.accusing.length > 0).map((r) => r.voter)).size,
    voters: new Set(inside.map((r) => r.voter)).size,
    logRatio: Math.round(stretch.logRatio * 100) / 100,
    measurements: accusing.slice(0, MAX_EVENT_MEASUREMENTS).map((a) => a.id),
    measurementCount: accusing.length,
    recurrent,
  };
}
