/**
 * The generalised likelihood ratio: since which result, if any, do voters say something else than before? Looked for
 * backwards from the newest result; the opening of an episode and its end are the same question with the sides exchanged.
 */
import { liarsAmong, liarsWithin } from './liars.ts';
import type { Rates, Tally } from './record.ts';
import type { Result } from './results.ts';
import {
  GREATEST_NOISE,
  GREATEST_SHARE,
  LEAST_SAYING,
  LEAST_SHARE,
  LEAST_VOTERS,
  LIAR_RISK,
  MAX_POINTS,
  MAX_SAME_AGAIN_DAYS,
  MAX_WINDOW_RESULTS,
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
  /** The same without the loudest, as many as may be liars. */
  readonly withoutLiars: number;
  /** Distinct voters since, those who mostly say it, and of these those with a sufficient pair. */
  readonly voters: number;
  readonly saying: number;
  readonly withPair: number;
}

/** What is known around the newest result. */
export interface Before {
  /** Of all results in the state until now, the newest too, by voter. */
  readonly tallies: ReadonlyMap<number, Tally>;
  /** The network's rates of error as known when that day began. */
  readonly ratesOn: (day: number) => Rates;
  /** Voters that an hour has, usually. */
  readonly hourly: number;
  /** Voters who could have spoken. */
  readonly around: number;
}

export const speaksFor = (result: Pick<Result, 'blocked' | 'accessible'>, side: Side): boolean =>
  side === 'blocked' ? result.blocked > result.accessible : result.accessible > result.blocked;

/** One voter since the change that is looked at. */
interface Seen extends Tally {
  readonly voter: number;
  readonly hour: number;
  day: number;
  days: number;
  saying: boolean;
}

/** Voters until that many are looked at whatever they say; afterwards the scan ends where too few of them say it. */
const ENOUGH_VOTERS = 20;

const error = (kind: keyof Rates, rates: Rates, seen: Seen, own: Tally | undefined): number => {
  const [known, wrong] =
    own === undefined
      ? [0, 0]
      : [Math.max(0, own.results - seen.results), Math.max(0, own[kind] - seen[kind])];
  return Math.min(GREATEST_NOISE, (VOTER_PRIOR_VOTES * rates[kind] + wrong) / (VOTER_PRIOR_VOTES + known));
};

/** Votes for and against, weighted, and the base-10 logarithm of their likelihood without a change. */
interface Weight {
  readonly pro: number;
  readonly contra: number;
  readonly noise: number;
}

function ratioOf(weights: readonly Weight[]): number {
  let [pro, contra, noise] = [0, 0, 0];
  for (const w of weights) {
    pro += w.pro;
    contra += w.contra;
    noise += w.noise;
  }
  if (pro + contra === 0) return 0;
  const share = Math.min(GREATEST_SHARE, Math.max(LEAST_SHARE, pro / (pro + contra)));
  return pro * Math.log10(share) + contra * Math.log10(1 - share) - noise;
}

/** One voter has one vote, however many results: their mean. The same on further days adds little, see SAME_AGAIN. */
function weigh(one: Seen, side: Side, before: Before): Weight {
  let noise = 0;
  const rates = before.ratesOn(one.day);
  const own = before.tallies.get(one.voter);
  const interfered = one.interfered / one.results;
  const suspected = (SUSPECTED_WEIGHT * one.suspected) / one.results;
  const accessible = one.accessible / one.results;
  const isBlocked = side === 'blocked';
  if (isBlocked) {
    const [pi, ps] = [error('interfered', rates, one, own), error('suspected', rates, one, own)];
    if (interfered > 0) noise += interfered * Math.log10(pi);
    if (suspected > 0) noise += suspected * Math.log10(ps);
    if (accessible > 0) noise += accessible * Math.log10(Math.max(1 - GREATEST_NOISE, 1 - pi - ps));
  } else {
    const pa = error('accessible', rates, one, own);
    noise += accessible * Math.log10(pa) + (interfered + suspected) * Math.log10(1 - pa);
  }
  const says = isBlocked ? interfered + suspected : accessible;
  const again = Math.min(one.days - 1, MAX_SAME_AGAIN_DAYS) + (one.results > one.days ? 1 : 0);
  return {
    pro: says * (1 + again),
    contra: isBlocked ? accessible : interfered + suspected,
    noise: noise + again * says * Math.log10(SAME_AGAIN),
  };
}

/** The ratio, and what is left of it without the `liars` who speak loudest. */
function ratiosOf(
  seen: Iterable<Seen>,
  liars: number,
  side: Side,
  before: Before,
): { logRatio: number; withoutLiars: number } {
  const weights = [...seen].map((one) => weigh(one, side, before));
  const logRatio = ratioOf(weights);
  weights.sort((a, b) => b.pro - b.noise - (a.pro - a.noise));
  return { logRatio, withoutLiars: ratioOf(weights.slice(liars)) };
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
  const sayingIn = new Map<number, number>();
  const { hourly } = before;
  let [saying, spread] = [0, 0];
  const oldest = Math.max(start, newest - MAX_WINDOW_RESULTS + 1);
  const since = results[newest]!.at - WINDOW_MS;
  for (let j = newest; j >= oldest && results[j]!.at >= since; j -= 1) {
    const result = results[j]!;
    const { voter, hour, day, interfered, suspected, accessible } = result;
    let one = seen.get(voter);
    if (one === undefined) {
      one = { voter, hour, day, days: 1, saying: false, results: 1, interfered, suspected, accessible };
      seen.set(voter, one);
    } else {
      one.results += 1;
      one.interfered += interfered;
      one.suspected += suspected;
      one.accessible += accessible;
      if (one.day !== day) one.days += 1;
      one.day = day;
    }
    const blocked = one.interfered + SUSPECTED_WEIGHT * one.suspected;
    const says = side === 'blocked' ? blocked > one.accessible : one.accessible > blocked;
    if (says !== one.saying) {
      one.saying = says;
      const there = sayingIn.get(one.hour) ?? 0;
      const now = there + (says ? 1 : -1);
      sayingIn.set(one.hour, now);
      saying += now - there;
      spread += Math.min(hourly, now) - Math.min(hourly, there);
    }
    const voters = seen.size;
    if (saying < voters * LEAST_SAYING) {
      if (voters >= ENOUGH_VOTERS) break;
      continue;
    }
    // Within a run of the same word no point is likelier than the run's first.
    if (!speaksFor(result, side) || (j > oldest && speaksFor(results[j - 1]!, side))) continue;
    if (saying < LEAST_VOTERS) continue;
    let withPair = 0;
    for (const s of seen.values()) if (s.saying && s.interfered > 0) withPair += 1;
    if (found.length === MAX_POINTS) break;
    // People who agreed on an hour come in a bunch: what is more than usual in an hour may be all theirs.
    const bunched = saying - spread;
    const liars = Math.min(
      liarsAmong(Math.max(before.around, voters)),
      liarsWithin(voters - bunched, before.around, LIAR_RISK[side]) + bunched,
    );
    const ratios = ratiosOf(seen.values(), liars, side, before);
    found.push({ from: j, ...ratios, voters, saying, withPair });
  }
  return found;
}
