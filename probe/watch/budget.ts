/** How much may be measured today. Pure. */

/** Bytes a month unless told otherwise; where nobody said which line it is, the careful one. */
export const MONTHLY_BYTES = { mobile: 150e6, fixed: 1e9, unknown: 150e6 } as const;
/** What a target is taken to cost before enough were measured here. Bytes. */
const USUAL_TARGET_BYTES = 250_000;
const ENOUGH_TARGETS = 5;

export interface Usage {
  /** Bytes of this month (UTC) before today, and of today. */
  readonly before: number;
  readonly today: number;
  /** Bytes that measuring took of late, and of how many targets. */
  readonly measuredBytes: number;
  readonly measuredTargets: number;
}

function daysLeft(now: number): number {
  const date = new Date(now);
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  return last - date.getUTCDate() + 1;
}

/**
 * What is left of the month, spread evenly over its days: nothing is saved up for its end, and its first day brings no more than
 * any other. Bytes.
 */
export function dayShare(budget: number, usage: Usage, now: number): number {
  return Math.max(0, budget - usage.before) / daysLeft(now);
}

/** Left of today's share. Bytes. */
export function leftToday(budget: number, usage: Usage, now: number): number {
  return Math.max(0, dayShare(budget, usage, now) - usage.today);
}

/**
 * What one of the day's runs may take: its part of the day's share, or one target where that is more; never more than what is left of
 * today's share. Bytes.
 */
export function runShare(budget: number, usage: Usage, now: number, runsPerDay: number): number {
  const part = dayShare(budget, usage, now) / Math.max(1, runsPerDay);
  return Math.min(Math.max(part, targetBytes(usage)), leftToday(budget, usage, now));
}

/** What a target costs here, on the average. Bytes. */
export function targetBytes({ measuredBytes, measuredTargets }: Usage): number {
  return measuredTargets < ENOUGH_TARGETS ? USUAL_TARGET_BYTES : Math.max(1, measuredBytes / measuredTargets);
}
