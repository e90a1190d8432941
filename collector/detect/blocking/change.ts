/**
 * The generalised likelihood ratio: since which result, if any, do voters say something else than before? Looked for
 * backwards from the newest result; the opening of an episode and its end are the same question with the sides exchanged.
 */
import type { Rates, Tally } from './record.ts';
import type { Result } from './results.ts';
import type { Lifetime } from './roster.ts';
import {
  CLOSE_LOG_RATIO,
  GREATEST_NOISE,
  GREATEST_SHARE,
  LEAST_SAYING,
  LEAST_SHARE,
  LEAST_VOTERS,
  MAX_POINTS,
  MAX_SAME_AGAIN_DAYS,
  MAX_WINDOW_RESULTS,
  OPEN_LOG_RATIO,
  SAME_AGAIN,
  SUSPECTED_WEIGHT,
  VOTER_PRIOR_VOTES,
  WINDOW_MS,
} from './settings.ts';

export type Side = 'blocked' | 'accessible';

/** A possible change: at `from`, an index into the results. */
export interface Change {
  readonly from: number;
  /** Base-10 logarithm of the likelihood ratio, maximised over the share p₁. */
  readonly logRatio: number;
  /** Distinct voters since; an end is not shown by those who met no block before, they are left out. */
  readonly voters: number;
  /** Those of them who mostly say it. */
  readonly saying: number;
  /** Of those who say it, to open: with a sufficient pair. Milliseconds since 1970. */
  readonly speakers: readonly Lifetime[];
}

/** What is known around the newest result. */
export interface Before {
  /** Of all results in the state until now, the newest too, by voter. */
  readonly tallies: ReadonlyMap<number, Tally>;
  /** The network's rates of error as known when that day began. */
  readonly ratesOn: (day: number) => Rates;
  /** First result ever, by voter, milliseconds since 1970. */
  readonly firsts: ReadonlyMap<number, number>;
}

export const speaksFor = (result: Pick<Result, 'blocked' | 'accessible'>, side: Side): boolean =>
  side === 'blocked' ? result.blocked > result.accessible : result.accessible > result.blocked;

/** Votes for and against, weighted, and the base-10 logarithm of their likelihood without a change. */
interface Weight {
  pro: number;
  contra: number;
  noise: number;
}

/** One voter since the change that is looked at. */
interface Seen extends Tally {
  readonly voter: number;
  /** Of its results since, milliseconds since 1970. */
  first: number;
  readonly last: number;
  day: number;
  days: number;
  saying: boolean;
  stale: boolean;
  weight: Weight;
}

/** Voters until that many are looked at whatever they say; afterwards the scan ends where too few of them say it. */
const ENOUGH_VOTERS = 20;
const LEAST_LOG_RATIO = Math.min(OPEN_LOG_RATIO, CLOSE_LOG_RATIO);
const NOBODY = { voters: 0, saying: 0, speakers: [] };
const NOTHING: Weight = { pro: 0, contra: 0, noise: 0 };

const error = (kind: keyof Rates, rates: Rates, seen: Seen, own: Tally | undefined): number => {
  const known = Math.max(0, (own?.results ?? 0) - seen.results);
  const wrong = Math.max(0, (own?.[kind] ?? 0) - seen[kind]);
  return Math.min(GREATEST_NOISE, (VOTER_PRIOR_VOTES * rates[kind] + wrong) / (VOTER_PRIOR_VOTES + known));
};

function ratioOf({ pro, contra, noise }: Weight): number {
  if (pro + contra <= 0) return 0;
  const share = Math.min(GREATEST_SHARE, Math.max(LEAST_SHARE, pro / (pro + contra)));
  return pro * Math.log10(share) + contra * Math.log10(1 - share) - noise;
}

/**
 * One voter has one vote, however many results: their mean. The same on further days adds little, see SAME_AGAIN. Who has
 * a sufficient pair is not weakened by measurements of the block that lack one.
 */
function weigh(one: Seen, side: Side, before: Before): Weight {
  const rates = before.ratesOn(one.day);
  const own = before.tallies.get(one.voter);
  const again = Math.min(one.days - 1, MAX_SAME_AGAIN_DAYS) + (one.results > one.days ? 1 : 0);
  const accessible = one.accessible / one.results;
  const blocked = 1 - accessible;
  if (side === 'accessible') {
    const pa = error('accessible', rates, one, own);
    return {
      pro: accessible * (1 + again),
      contra: blocked,
      noise: accessible * (Math.log10(pa) + again * Math.log10(SAME_AGAIN)) + blocked * Math.log10(1 - pa),
    };
  }
  const [pi, ps] = [error('interfered', rates, one, own), error('suspected', rates, one, own)];
  const says = one.interfered > 0 ? blocked : SUSPECTED_WEIGHT * blocked;
  const wrong = Math.log10(one.interfered > 0 ? pi : ps);
  return {
    pro: says * (1 + again),
    contra: accessible,
    noise:
      says * (wrong + again * Math.log10(SAME_AGAIN)) +
      accessible * Math.log10(Math.max(1 - GREATEST_NOISE, 1 - pi - ps)),
  };
}

/** Said before the change, in the state that may be over, more often that all is well than that it is not. */
function metNothing(one: Seen, own: Tally | undefined): boolean {
  if (own === undefined) return false;
  const blocked = own.interfered + own.suspected - one.interfered - one.suspected;
  return own.accessible - one.accessible > blocked;
}

function sidesOf(
  seen: Iterable<Seen>,
  side: Side,
  before: Before,
): Pick<Change, 'voters' | 'saying' | 'speakers'> {
  let [voters, saying] = [0, 0];
  const speakers: Lifetime[] = [];
  for (const one of seen) {
    if (side === 'accessible' && metNothing(one, before.tallies.get(one.voter))) continue;
    voters += 1;
    if (!one.saying) continue;
    saying += 1;
    if (side === 'accessible' || one.interfered > 0)
      speakers.push({
        first: Math.min(one.first, before.firsts.get(one.voter)!),
        last: one.last,
      });
  }
  return { voters, saying, speakers };
}

/** Changes to `side` that may have come between `start` and `newest` (indices), the latest first. */
export function findChanges(
  results: readonly Result[],
  start: number,
  newest: number,
  side: Side,
  before: Before,
): readonly Change[] {
  const found: Change[] = [];
  const seen = new Map<number, Seen>();
  const stale: Seen[] = [];
  const sum: Weight = { ...NOTHING };
  const add = (weight: Weight, sign: 1 | -1): void => {
    sum.pro += sign * weight.pro;
    sum.contra += sign * weight.contra;
    sum.noise += sign * weight.noise;
  };
  const refresh = (): void => {
    for (let one = stale.pop(); one !== undefined; one = stale.pop()) {
      add(one.weight, -1);
      add((one.weight = weigh(one, side, before)), 1);
      one.stale = false;
    }
  };
  let saying = 0;
  const oldest = Math.max(start, newest - MAX_WINDOW_RESULTS + 1);
  const since = results[newest]!.at - WINDOW_MS;
  for (let j = newest; j >= oldest && results[j]!.at >= since; j -= 1) {
    const result = results[j]!;
    const { voter, day, interfered, suspected, accessible } = result;
    let one = seen.get(voter);
    if (one === undefined) {
      one = { voter, first: result.at, last: result.last, day, days: 1, saying: false, stale: false, weight: NOTHING,
        results: 0, interfered: 0, suspected: 0, accessible: 0 }; // prettier-ignore
      seen.set(voter, one);
    }
    one.first = result.at;
    one.results += 1;
    one.interfered += interfered;
    one.suspected += suspected;
    one.accessible += accessible;
    if (one.day !== day) one.days += 1;
    one.day = day;
    const blocked = one.interfered + SUSPECTED_WEIGHT * one.suspected;
    const says = side === 'blocked' ? blocked > one.accessible : one.accessible > blocked;
    if (says !== one.saying) saying += says ? 1 : -1;
    one.saying = says;
    if (!one.stale) stale.push(one);
    one.stale = true;
    const voters = seen.size;
    if (saying < voters * LEAST_SAYING) {
      if (voters >= ENOUGH_VOTERS) break;
      continue;
    }
    // Within a run of the same word no point is likelier than the run's first.
    if (!speaksFor(result, side) || (j > oldest && speaksFor(results[j - 1]!, side))) continue;
    if (saying < LEAST_VOTERS) continue;
    refresh();
    const logRatio = ratioOf(sum);
    // Who says it is asked only where it can matter.
    const sides = logRatio < LEAST_LOG_RATIO ? NOBODY : sidesOf(seen.values(), side, before);
    found.push({ from: j, logRatio, ...sides });
    if (found.length === MAX_POINTS) break;
  }
  return found;
}
