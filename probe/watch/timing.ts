/** When an unattended probe does something next. Pure: randomness and time come in. */
import { HEARTBEAT_PERIOD_SECONDS } from '../../shared/model/index.ts';

const SECONDS_PER_DAY = 24 * 3600;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Mean time between two runs of measurements, unless told otherwise. Minutes. */
export const RUN_EVERY_MINUTES = { min: 10, usual: 360, max: 7 * 24 * 60 } as const;
/** Each gap between runs is that time, times a random factor from 1 − this to 1 + this. */
export const RUN_JITTER = 0.5;
/** After a start: devices that come back together after a power cut don't measure together. */
const MAX_FIRST_RUN_MS = 30 * MINUTE_MS;

/** Looks while the collector can't be reached: every minute, after an hour every five. Each gap varies by a quarter. */
export const LOOK_EVERY_MS = { first: MINUTE_MS, later: 5 * MINUTE_MS } as const;
const FIRST_LOOKS_MS = HOUR_MS;
export const LOOK_JITTER = 0.25;

/** What heartbeats may cost on an idle day, at the interface. Bytes. */
export const IDLE_BYTES_PER_DAY = 1_000_000;
/** Share of a day's budget that heartbeats may take. */
const BEAT_SHARE_OF_BUDGET = 0.25;
/** What a heartbeat is taken to cost before one was measured: on an open connection. Bytes. */
const FIRST_BYTES_PER_BEAT = 2_800;
/** Heartbeats before their measured cost is believed, and after which an old one counts ever less. */
const ENOUGH_BEATS = 12;
const REMEMBERED_BEATS = 96;

/** `random` in [0, 1) → a time about `mean`, from 1 − jitter to 1 + jitter of it. */
export function jittered(mean: number, jitter: number, random: number): number {
  return mean * (1 + jitter * (2 * random - 1));
}

/** `outageMs`: how long the collector has been out of reach. Milliseconds to the next look. */
export function lookGapMs(outageMs: number, random: number): number {
  return jittered(outageMs < FIRST_LOOKS_MS ? LOOK_EVERY_MS.first : LOOK_EVERY_MS.later, LOOK_JITTER, random);
}

/**
 * Milliseconds to the next run. `lastRunAt`: of an earlier start, null when there was none; a device that is switched on
 * and off all day measures no oftener for it.
 */
export function runGapMs(
  { everyMs, lastRunAt, now }: { everyMs: number; lastRunAt: number | null; now: number },
  random: () => number,
): number {
  const soon = random() * Math.min(everyMs, MAX_FIRST_RUN_MS);
  const since = lastRunAt === null ? null : now - lastRunAt;
  // A clock that was set back says nothing of when that was.
  if (since === null || since < 0) return soon;
  return Math.max(soon, jittered(everyMs, RUN_JITTER, random()) - since);
}

/** What heartbeats were found to cost here, all that comes with them included. */
export interface BeatCost {
  readonly beats: number;
  /** Bytes of one, on the average. */
  readonly mean: number;
}

/** With the cost of one more. */
export function learnBeatCost({ beats, mean }: BeatCost, bytes: number): BeatCost {
  return { beats: beats + 1, mean: mean + (bytes - mean) / Math.min(beats + 1, REMEMBERED_BEATS) };
}

/** Seconds between heartbeats: the usual period where a day of it costs no more than it may, else the sparing one. */
export function beatPeriod({ beats, mean }: BeatCost, budgetPerDay: number): number {
  const { usual, sparing } = HEARTBEAT_PERIOD_SECONDS;
  const limit = Math.min(IDLE_BYTES_PER_DAY, BEAT_SHARE_OF_BUDGET * budgetPerDay);
  const perDay = ((beats < ENOUGH_BEATS ? FIRST_BYTES_PER_BEAT : mean) * SECONDS_PER_DAY) / usual;
  return perDay <= limit ? usual : sparing;
}
