/** When a change is enough to say that blocking began, or is over. Pure. */
import type { Vote } from '../../../shared/model/index.ts';
import type { Change } from './change.ts';
import type { Result } from './results.ts';
import { devicesOf } from './roster.ts';
import {
  CLOSE_LOG_RATIO,
  CLOSE_SHARE,
  MAX_VOTES,
  OPEN_LOG_RATIO,
  PSEUDONYMS_OF_ONE,
  SUSPECTED,
  YOUNG,
} from './settings.ts';

/** The site's own failure, or ours: it says nothing of the path. */
const UNCOUNTED: ReadonlySet<string> = new Set(['down', 'refused', 'insufficient']);

/** How many voters' results came to nothing from one moment to another, both inclusive; counted up to `enough`. */
export type Uncounted = (from: number, to: number, enough: number) => number;

export function uncountedIn(votes: readonly Vote[], now: number): Uncounted {
  const rest = votes
    .filter((v) => UNCOUNTED.has(v.outcome) && v.at <= now)
    .sort((a, b) => a.at - b.at)
    .slice(-MAX_VOTES);
  return (from, to, enough) => {
    let [low, high] = [0, rest.length];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (rest[middle]!.at < from) low = middle + 1;
      else high = middle;
    }
    const voters = new Set<string>();
    for (let i = low; i < rest.length && rest[i]!.at <= to && voters.size < enough; i += 1)
      voters.add(rest[i]!.pseudonym);
    return voters.size;
  };
}

/** Whether enough voters spoke before `from` that two more or less don't say who is there. */
function areThere(results: readonly Result[], from: number): boolean {
  const voters = new Set<number>();
  const since = results[from]!.at - YOUNG.withinMs;
  for (let i = from - 1; i >= 0 && results[i]!.at >= since && voters.size < YOUNG.voters; i -= 1)
    voters.add(results[i]!.voter);
  return voters.size >= YOUNG.voters;
}

/** More devices with a sufficient pair than may lie; more than that where nobody knows yet who is there. */
function byPairs(change: Change, results: readonly Result[], liars: number): boolean {
  const { from, voters, saying, speakers } = change;
  if (devicesOf(speakers) <= liars) return false;
  if (results[from]!.at - results[0]!.at >= YOUNG.measuredMs) return true;
  return saying >= YOUNG.share * voters && (speakers.length >= YOUNG.strangers || areThere(results, from));
}

/** Without pairs: more voters, nearly unanimous, for hours, while the site was there for the others. */
function bySuspicion(
  { from, logRatio, voters, saying }: Change,
  results: readonly Result[],
  newest: Result,
  liars: number,
  uncounted: Uncounted,
): boolean {
  const since = results[from]!.at;
  if (logRatio < SUSPECTED.logRatio || newest.at - since < SUSPECTED.spanMs) return false;
  if (saying < SUSPECTED.voters || saying <= PSEUDONYMS_OF_ONE * liars) return false;
  if (saying < SUSPECTED.share * voters) return false;
  const most = SUSPECTED.uncounted * saying;
  return uncounted(since, newest.last, most + 1) <= most;
}

/** `newest`: the result with which it is asked. */
export const opens = (
  change: Change,
  results: readonly Result[],
  newest: Result,
  liars: number,
  uncounted: Uncounted,
): boolean =>
  change.logRatio >= OPEN_LOG_RATIO &&
  (byPairs(change, results, liars) || bySuspicion(change, results, newest, liars, uncounted));

export const closes = ({ logRatio, voters, saying, speakers }: Change, liars: number): boolean =>
  logRatio >= CLOSE_LOG_RATIO && saying >= CLOSE_SHARE * voters && devicesOf(speakers) > liars;
