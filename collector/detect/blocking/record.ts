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

export const emptyTally = (): Tally => ({ results: 0, interfered: 0, suspected: 0, accessible: 0 });

/** `sign` 1 puts it in, −1 takes it out again. */
export function tally(into: Tally, result: Result, sign: 1 | -1): void {
  into.results += sign;
  into.interfered += sign * result.interfered;
  into.suspected += sign * result.suspected;
  into.accessible += sign * result.accessible;
}

/**
 * The network's error rates, without the fifth of the voters who were wrong most often: who lies from the start must not
 * make the others' word weigh less. `wrong`: what was the wrong thing to say.
 */
export function networkRates(tallies: Iterable<Tally>, wrong: 'blocked' | 'accessible'): Rates {
  const errors = (t: Tally): number =>
    (wrong === 'blocked' ? t.interfered + t.suspected : t.accessible) / t.results;
  const voters = [...tallies].filter((t) => t.results > 0).sort((a, b) => errors(b) - errors(a));
  const rest = voters.slice(Math.floor(voters.length / LIARS_ONE_IN));
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
  return { interfered: rate('interfered'), suspected: rate('suspected'), accessible: rate('accessible') };
}
