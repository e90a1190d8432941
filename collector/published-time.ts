/** Published times carry ten minutes: to the second they would tell when somebody sat at a desk. */
const STEP_MS = 10 * 60_000;
const SECOND_MS = 1000;
/** Later years are written with a sign, and sort before all others. */
const LATEST_MS = Date.UTC(9999, 11, 31, 23, 40);

const rfc3339 = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z');

/** RFC 3339 UTC, rounded down to ten minutes. */
export function publishedTime(time: string | number): string {
  const ms = typeof time === 'number' ? time : Date.parse(time);
  return rfc3339(Math.floor(ms / STEP_MS) * STEP_MS);
}

/**
 * The first second that is published with this time or a later one; `after`: the last that is published with this time or
 * an earlier one. RFC 3339 UTC both ways.
 */
export function publishedTimeFrom(time: string, side: 'from' | 'after' = 'from'): string {
  const ms = Math.min(Date.parse(time), LATEST_MS);
  return side === 'from'
    ? rfc3339(Math.ceil(ms / STEP_MS) * STEP_MS)
    : rfc3339((Math.floor(ms / STEP_MS) + 1) * STEP_MS - SECOND_MS);
}
