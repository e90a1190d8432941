/** A stretch of results → what is said of it. Pure. */
import type { Bracket, CellNetwork, Episode, Method, MethodCount } from '../../../shared/model/index.ts';
import { speaksFor, type Side } from './change.ts';
import type { Result } from './results.ts';
import { devicesOf, liarsAmong } from './roster.ts';
import { KEPT, SUSPECTED } from './settings.ts';

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
 * Whether it is still said when it is over. While it goes on, few have spoken; afterwards it must be more than may be liars by
 * what is known then, and more than a burst of suspicion (a CDN's change, a certificate forgotten).
 */
export function isBelievable(
  stretch: Stretch,
  results: readonly Result[],
  firsts: ReadonlyMap<number, number>,
  around: readonly number[],
): boolean {
  const until = stretch.until ?? results.length;
  const said = new Map<number, { blocked: number; last: number }>();
  let [pair, last] = [false, results[stretch.from]!.at];
  for (let i = stretch.from; i < until; i += 1) {
    const result = results[i]!;
    const one = said.get(result.voter);
    said.set(result.voter, {
      blocked: (one?.blocked ?? 0) + result.blocked - result.accessible,
      last: result.last,
    });
    if (speaksFor(result, 'blocked')) last = result.last;
    pair ||= result.interfered > 0;
  }
  const speakers = [...said].flatMap(([voter, { blocked, last: heard }]) =>
    blocked > 0 ? [{ first: firsts.get(voter)!, last: heard }] : [],
  );
  const lasted = last - results[stretch.from]!.at;
  const devices = Math.floor(around[until - 1]! * KEPT.unheard);
  const needed = liarsAmong(devices) + (devices >= KEPT.moreFrom ? 2 : 1);
  return devicesOf(speakers) >= needed && (pair || lasted >= SUSPECTED.lastingMs);
}

/** Last result for the one side before, first for the other: over the earliest and the latest point that are likely. */
function bracketOf(results: readonly Result[], points: readonly [number, number], to: Side): Bracket {
  const from: Side = to === 'blocked' ? 'accessible' : 'blocked';
  let i = points[0] - 1;
  while (i >= 0 && !speaksFor(results[i]!, from)) i -= 1;
  return {
    after: i < 0 ? null : results[i]!.last,
    before: results[points[1]]!.at,
  };
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
