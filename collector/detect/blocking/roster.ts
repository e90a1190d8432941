/**
 * How many devices speak, at least, and how many of them may lie. A device has another pseudonym in each epoch, and never
 * uses an old one again: pseudonyms whose times overlap are different devices, those one after the other may be one. Pure.
 */
import type { Result } from './results.ts';
import { DAY_MS, LEAST_LIARS, LIARS_ONE_IN, PSEUDONYMS_OF_ONE, ROSTER_DAYS, YOUNG } from './settings.ts';

/** Of `devices` that are there; one is always reckoned with. */
export const liarsAmong = (devices: number): number =>
  Math.max(LEAST_LIARS, Math.floor(devices / LIARS_ONE_IN));

/** From a pseudonym's first word to its last, milliseconds since 1970. */
export interface Lifetime {
  readonly first: number;
  readonly last: number;
}

/** The least number of devices that these pseudonyms can be, all of them within an epoch's length. */
export function devicesOf(lifetimes: readonly Lifetime[]): number {
  const firsts = lifetimes.map((l) => l.first).sort((a, b) => a - b);
  const lasts = lifetimes.map((l) => l.last).sort((a, b) => a - b);
  let [most, over] = [Math.ceil(lifetimes.length / PSEUDONYMS_OF_ONE), 0];
  for (const [begun, first] of firsts.entries()) {
    while (lasts[over]! < first) over += 1;
    most = Math.max(most, begun + 1 - over);
  }
  return most;
}

/**
 * By index of a result: devices that are there, as far as those show it who were heard in the 30 days before and the first
 * days after. In the first days of a domain pseudonyms are counted instead: few change so soon, and most spoke but once.
 * `results` by time.
 */
export function devicesAround(results: readonly Result[]): readonly number[] {
  const lasts = new Map(results.map(({ voter }, i) => [voter, i]));
  const young = (results[0]?.day ?? 0) + YOUNG.measuredMs / DAY_MS;
  const begun = new Set<number>();
  const atOnce = new Map<number, number>();
  let [over, early] = [0, 0];
  for (const [i, { voter, day }] of results.entries()) {
    begun.add(voter);
    if (day <= young) early = begun.size;
    atOnce.set(day, Math.max(atOnce.get(day) ?? 0, begun.size - over));
    if (lasts.get(voter) === i) over += 1;
  }
  const around = new Map<number, number>();
  for (const day of atOnce.keys()) {
    let most = day <= young ? early : 0;
    for (let d = day - ROSTER_DAYS.before; d <= day + ROSTER_DAYS.after; d += 1)
      most = Math.max(most, atOnce.get(d) ?? 0);
    around.set(day, most);
  }
  return results.map(({ day }) => around.get(day)!);
}
