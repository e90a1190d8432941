/**
 * Votes of one domain in one network → stretches in which it was blocked. Pure; the order of the votes decides nothing and
 * nothing is remembered between two calls, so late votes change what was found as if they had been there. Decision record 013.
 */
import type { Episode, Vote } from '../../../shared/model/index.ts';
import { findChanges, speaksFor, type Change, type Side } from './change.ts';
import { episodeOf, isBelievable, type Stretch } from './episode.ts';
import { emptyTally, networkRates, tally, type Rates, type Tally } from './record.ts';
import { resultsOf, type Result } from './results.ts';
import {
  CLOSE_LOG_RATIO,
  LEAST_VOTERS,
  OPEN_LOG_RATIO,
  POSSIBLE_LOG_RATIO,
  RECURRENT_MS,
  STRANGERS_MS,
  STRANGERS_SAYING,
  SUSPECTED,
  WITHOUT_LIARS_LOG_RATIO,
} from './settings.ts';
import { surroundingsOf } from './surroundings.ts';

/** The site's own failure, or ours: it says nothing of the path. */
const UNCOUNTED: ReadonlySet<string> = new Set(['down', 'refused', 'insufficient']);

/** What voters said in one of the two states, and the network's rates of error in it as known when each day began. */
function createRecord(wrong: Side) {
  const tallies = new Map<number, Tally>();
  const rates = new Map<number, Rates>();
  const put = (result: Result, sign: 1 | -1): void => {
    const own = tallies.get(result.voter) ?? emptyTally();
    tallies.set(result.voter, own);
    tally(own, result, sign);
  };
  const ratesOn = (day: number): Rates => {
    let known = rates.get(day);
    if (known === undefined) rates.set(day, (known = networkRates(tallies.values(), wrong)));
    return known;
  };
  return { tallies, put, ratesOn };
}

const OTHER: Readonly<Record<Side, Side>> = { blocked: 'accessible', accessible: 'blocked' };

/** Times and voters of what is not counted; how many voters in a stretch of time. */
function uncountedIn(votes: readonly Vote[], now: number): (from: number, to: number) => number {
  const rest = votes.filter((v) => UNCOUNTED.has(v.outcome) && v.at <= now);
  return (from, to) => new Set(rest.filter((v) => v.at >= from && v.at <= to).map((v) => v.pseudonym)).size;
}

/** `known`: how long the domain has been measured; `lasted`: since the change; milliseconds. */
function suffices(
  change: Change,
  side: Side,
  known: number,
  lasted: number,
  uncounted: () => number,
): boolean {
  const { logRatio, withoutLiars, voters, saying, withPair } = change;
  if (logRatio < (side === 'blocked' ? OPEN_LOG_RATIO : CLOSE_LOG_RATIO)) return false;
  if (withoutLiars < WITHOUT_LIARS_LOG_RATIO) return false;
  if (known < STRANGERS_MS && saying < STRANGERS_SAYING) return false;
  if (side === 'accessible' || withPair >= LEAST_VOTERS) return true;
  return (
    logRatio >= SUSPECTED.logRatio &&
    saying >= SUSPECTED.voters &&
    saying >= SUSPECTED.share * voters &&
    uncounted() <= SUSPECTED.uncounted * saying &&
    lasted >= SUSPECTED.spanMs
  );
}

/** Latest and earliest point of those that are about as likely as the best. */
function possible(changes: readonly Change[]): { first: Change; last: Change; best: Change } | null {
  if (changes.length === 0) return null;
  const best = changes.reduce((a, b) => (b.logRatio > a.logRatio ? b : a));
  const near = changes.filter((c) => c.logRatio >= best.logRatio - POSSIBLE_LOG_RATIO);
  return { first: near.at(-1)!, last: near[0]!, best };
}

function stretchesOf(
  results: readonly Result[],
  uncounted: (from: number, to: number) => number,
): readonly Stretch[] {
  const { around, hourly } = surroundingsOf(results);
  const records = { blocked: createRecord('accessible'), accessible: createRecord('blocked') };
  const found: Stretch[] = [];
  let state: Side = 'accessible';
  let start = 0;
  let open: Stretch | null = null;
  const turn = (from: number, newest: number): void => {
    for (let i = from; i <= newest; i += 1) {
      records[state].put(results[i]!, -1);
      records[OTHER[state]].put(results[i]!, 1);
    }
    state = OTHER[state];
    // What one change was decided from does not speak for the next.
    start = newest + 1;
  };
  for (const [newest, result] of results.entries()) {
    const record = records[state];
    // Each day's rates are those of its beginning.
    record.ratesOn(result.day);
    record.put(result, 1);
    const side = OTHER[state];
    if (!speaksFor(result, side)) continue;
    const changes = findChanges(results, start, newest, side, {
      ...record,
      hourly: hourly[newest]!,
      around: around[newest]!,
    });
    const points = possible(
      changes.filter((c) => {
        const since = results[c.from]!.at;
        const others = () => uncounted(since, result.last);
        return suffices(c, side, result.at - results[0]!.at, result.at - since, others);
      }),
    );
    if (points === null) continue;
    // Brackets span every likely point, also those that do not suffice alone.
    const { first, last, best } = possible(changes)!;
    if (open === null) {
      open = {
        from: best.from,
        until: null,
        openedAt: result.last,
        closedAt: null,
        onset: [first.from, last.from],
        restored: null,
        logRatio: best.logRatio,
      };
      turn(best.from, newest);
    } else {
      const closed: Stretch = {
        ...open,
        until: best.from,
        closedAt: result.last,
        restored: [first.from, last.from],
      };
      open = null;
      turn(best.from, newest);
      if (isBelievable(closed, results, around)) found.push(closed);
      else
        for (let i = closed.from; i < best.from; i += 1) {
          records.blocked.put(results[i]!, -1);
          records.accessible.put(results[i]!, 1);
        }
    }
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
