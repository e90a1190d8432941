/** Published times carry ten minutes: to the second they would tell when somebody sat at a desk. */
const STEP_MS = 10 * 60_000;

/** RFC 3339 UTC, rounded down to ten minutes. */
export function publishedTime(time: string | number): string {
  const ms = typeof time === 'number' ? time : Date.parse(time);
  return new Date(Math.floor(ms / STEP_MS) * STEP_MS).toISOString().replace('.000Z', 'Z');
}
