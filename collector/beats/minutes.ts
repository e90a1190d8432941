/**
 * The collector's minutes, and which of them it can vouch for. Pure: two clocks in, what follows out. The wall clock names the minutes; the
 * monotonic one tells whether the wall clock was set, and whether this process was there at all.
 */

export const MINUTE_MS = 60_000;
/** The two clocks may drift apart by this between two looks; more is a clock that was set, or a machine that slept. Milliseconds. */
const MAX_STEP_MS = 15_000;
/** So long without a look is a gap in which nobody was heard, whatever came in later from buffers. Milliseconds. */
const MAX_GAP_MS = 2 * MINUTE_MS;

export interface MinuteTick {
  /** Start of the last whole minute, milliseconds since 1970. */
  readonly minute: number;
  readonly now: number;
  /** False: the collector was not there for all of it, or can't say. */
  readonly observed: boolean;
  /** Since when it has listened without a break. */
  readonly listeningSince: number;
  /** By how much the wall clock was set since the look before; 0: it was not. */
  readonly steppedMs: number;
}

export interface Minutes {
  /** Null: no further minute is over. */
  tick(nowMs: number, monotonicMs: number): MinuteTick | null;
}

export function createMinutes(startMs: number, startMonotonicMs: number): Minutes {
  let last = { now: startMs, monotonic: startMonotonicMs };
  let listeningSince = startMs;
  let lastMinute = Math.floor(startMs / MINUTE_MS) * MINUTE_MS - MINUTE_MS;
  return {
    tick(now, monotonic) {
      const passed = monotonic - last.monotonic;
      const step = now - last.now - passed;
      const stepped = Math.abs(step) > MAX_STEP_MS;
      const minute = Math.floor(now / MINUTE_MS) * MINUTE_MS - MINUTE_MS;
      if (!stepped && minute <= lastMinute) return null;
      last = { now, monotonic };
      lastMinute = minute;
      if (stepped || passed > MAX_GAP_MS) listeningSince = now;
      return {
        minute,
        now,
        observed: listeningSince <= minute,
        listeningSince,
        steppedMs: stepped ? Math.round(step) : 0,
      };
    },
  };
}
