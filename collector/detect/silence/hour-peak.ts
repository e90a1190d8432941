/**
 * Minute counts → how much of a group was missing without a break for some minutes. The smaller the group, the longer: one
 * lost heartbeat is a fifth of five. What is learnt of usual hours and what is decided both go by this, so that the one
 * measures the other.
 */
import type { GroupCount } from '../../../shared/model/index.ts';

export const MINUTE_MS = 60_000;

/** Fewer active members: nothing is said of the group, the wider one is judged. */
export const MIN_ACTIVE = 5;

/** Active members at least, and for so many minutes on end. */
const LASTS: readonly (readonly [active: number, minutes: number])[] = [
  [20, 1],
  [10, 2],
  [0, 3],
];

/** Minutes for which a group of so many must be missing. */
export function lastsMinutes(active: number): number {
  return (LASTS.find(([least]) => active >= least) ?? LASTS[LASTS.length - 1]!)[1];
}

export interface Missing {
  readonly overdue: number;
  readonly active: number;
}

export const shareOf = ({ overdue, active }: Missing): number => (active === 0 ? 0 : overdue / active);

/** A count that can't be is cut to what can. */
function bounded(count: GroupCount): Missing {
  const active = Math.max(0, Math.floor(count.active));
  return { active, overdue: Math.min(active, Math.max(0, Math.floor(count.overdue))) };
}

/** What can be judged: only minutes that were observed, by their start. */
export function observedMinutes(counts: readonly GroupCount[]): ReadonlyMap<number, Missing> {
  return new Map(counts.filter((c) => c.observed).map((c) => [c.minute, bounded(c)]));
}

/**
 * The minute with the smallest share missing, of those that end with `minute`; null: not all of them were observed, or the group
 * was too small in one.
 */
export function missingThrough(minutes: ReadonlyMap<number, Missing>, minute: number): Missing | null {
  const last = minutes.get(minute);
  if (last === undefined || last.active < MIN_ACTIVE) return null;
  let least = last;
  for (let back = 1; back < lastsMinutes(last.active); back += 1) {
    const before = minutes.get(minute - back * MINUTE_MS);
    if (before === undefined || before.active < MIN_ACTIVE) return null;
    if (shareOf(before) < shareOf(least)) least = before;
  }
  return least;
}
