/** How often voters of one domain and network were wrong so far: the noise that a change has to stand out from. */
import { LEAST_NOISE, LIARS_ONE_IN, MAX_VOTER_WEIGHT, NETWORK_PRIOR_VOTES } from './settings.ts';
import type { Result } from './results.ts';

/** Of one voter: results, and their shares by kind. */
export interface Tally {
  results: number;
  interfered: number;
  suspected: number;
  accessible: number;
}

export interface Rates {
  readonly interfered: number;
  readonly suspected: number;
  readonly accessible: number;
}

const emptyTally = (): Tally => ({
  results: 0,
  interfered: 0,
  suspected: 0,
  accessible: 0,
});

/** `sign` 1 puts it in, −1 takes it out again. */
function tally(into: Tally, result: Result, sign: 1 | -1): void {
  into.results += sign;
  into.interfered += sign * result.interfered;
  into.suspected += sign * result.suspected;
  into.accessible += sign * result.accessible;
}

/**
 * The network's error rates, without the fifth of the voters who were wrong most often: who lies from the start must not
 * make the others' word weigh less. `wrong`: what was the wrong thing to say.
 */
function networkRates(tallies: Iterable<Tally>, wrong: 'blocked' | 'accessible'): Rates {
  const voters = [...tallies].filter((t) => t.results > 0);
  const errors = Float64Array.from(
    voters,
    (t) => (wrong === 'blocked' ? t.interfered + t.suspected : t.accessible) / t.results,
  );
  let left = Math.floor(voters.length / LIARS_ONE_IN);
  const most = left === 0 ? Infinity : errors.toSorted()[voters.length - left]!;
  // First those that are worse than the last who goes, then of his equals as many as are left to go.
  for (const e of errors) if (e > most) left -= 1;
  const rest = voters.filter((_t, i) => errors[i]! < most || (errors[i] === most && (left -= 1) < 0));
  const sum = { interfered: 0, suspected: 0, accessible: 0 };
  let weight = NETWORK_PRIOR_VOTES;
  for (const t of rest) {
    const scale = Math.min(1, MAX_VOTER_WEIGHT / t.results);
    weight += t.results * scale;
    sum.interfered += t.interfered * scale;
    sum.suspected += t.suspected * scale;
    sum.accessible += t.accessible * scale;
  }
  const rate = (kind: keyof Rates): number =>
    Math.max(LEAST_NOISE[kind], (LEAST_NOISE[kind] * NETWORK_PRIOR_VOTES + sum[kind]) / weight);
  return {
    interfered: rate('interfered'),
    suspected: rate('suspected'),
    accessible: rate('accessible'),
  };
}

/** What voters said in one of the two states, and the network's rates of error in it as known when each day began. */
export function createRecord(wrong: 'blocked' | 'accessible') {
  const tallies = new Map<number, Tally>();
  const rates = new Map<number, Rates>();
  return {
    tallies: tallies as ReadonlyMap<number, Tally>,
    put(result: Result, sign: 1 | -1): void {
      const own = tallies.get(result.voter) ?? emptyTally();
      tallies.set(result.voter, own);
      tally(own, result, sign);
    },
    /** Decided when it is first asked. */
    ratesOn(day: number): Rates {
      let known = rates.get(day);
      if (known === undefined) rates.set(day, (known = networkRates(tallies.values(), wrong)));
      return known;
    },
  };
}
