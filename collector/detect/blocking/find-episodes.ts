/**
 * Votes of one domain in one network → stretches in which it was blocked. Pure; the order of the votes decides nothing and
 * nothing is remembered between two calls, so late votes change what was found as if they had been there. Decision record 013.
 */
import type { Episode, Vote } from '../../../shared/model/index.ts';
import { findChanges, speaksFor, type Change, type Side } from './change.ts';
import { closes, opens, uncountedIn, type Uncounted } from './decide.ts';
import { episodeOf, isBelievable, type Stretch } from './episode.ts';
import { createRecord } from './record.ts';
import { resultsOf, type Result } from './results.ts';
import { devicesAround, liarsAmong } from './roster.ts';
import { POSSIBLE_LOG_RATIO, RECURRENT_MS } from './settings.ts';

const OTHER: Readonly<Record<Side, Side>> = {
  blocked: 'accessible',
  accessible: 'blocked',
};

/** The best point, and the earliest and the latest of those that are about as likely. */
function possible(changes: readonly Change[]): { first: Change; last: Change; best: Change } {
  const best = changes.reduce((a, b) => (b.logRatio > a.logRatio ? b : a));
  const near = changes.filter((c) => c.logRatio >= best.logRatio - POSSIBLE_LOG_RATIO);
  return { first: near.at(-1)!, last: near[0]!, best };
}

function stretchesOf(results: readonly Result[], uncounted: Uncounted): readonly Stretch[] {
  const firsts = new Map<number, number>();
  for (const { voter, at } of results) if (!firsts.has(voter)) firsts.set(voter, at);
  const around = devicesAround(results);
  const records = { blocked: createRecord('accessible'), accessible: createRecord('blocked') };
  const move = (from: number, until: number, to: Side): void => {
    for (let i = from; i < until; i += 1) {
      records[OTHER[to]].put(results[i]!, -1);
      records[to].put(results[i]!, 1);
    }
  };
  const found: Stretch[] = [];
  let open: Stretch | null = null;
  let start = 0;
  for (const [newest, result] of results.entries()) {
    const state: Side = open === null ? 'accessible' : 'blocked';
    const [side, record] = [OTHER[state], records[state]];
    // Each day's rates are those of its beginning.
    record.ratesOn(result.day);
    record.put(result, 1);
    if (!speaksFor(result, side)) continue;
    const changes = findChanges(results, start, newest, side, { ...record, firsts });
    const liars = liarsAmong(around[newest]!);
    const suffices = (c: Change): boolean =>
      open === null ? opens(c, results, result, liars, uncounted) : closes(c, liars);
    if (!changes.some(suffices)) continue;
    // Brackets span every likely point, also those that do not suffice alone.
    const { first, last, best } = possible(changes);
    // What one change was decided from does not speak for the next.
    start = newest + 1;
    move(best.from, start, side);
    const points = [first.from, last.from] as const;
    if (open === null) {
      const { from, logRatio } = best;
      const goesOn = { until: null, closedAt: null, restored: null };
      open = { from, openedAt: result.last, onset: points, logRatio, ...goesOn };
      continue;
    }
    const closed: Stretch = { ...open, until: best.from, closedAt: result.last, restored: points };
    open = null;
    if (isBelievable(closed, results, firsts, around)) found.push(closed);
    else move(closed.from, best.from, 'accessible');
  }
  return open === null ? found : [...found, open];
}

/** `votes` of one domain and network, in any order; `now`: later ones are left out. Milliseconds since 1970. */
export function findEpisodes(votes: readonly Vote[], now: number): readonly Episode[] {
  const network = votes[0]?.network;
  if (network === undefined) return [];
  const results = resultsOf(votes, now);
  const stretches = stretchesOf(results, uncountedIn(votes, now));
  return stretches.map((stretch, i) => {
    const before = stretches[i - 1]?.closedAt ?? null;
    const recurrent = before !== null && results[stretch.from]!.at - before <= RECURRENT_MS;
    return episodeOf(stretch, results, network, recurrent);
  });
}
