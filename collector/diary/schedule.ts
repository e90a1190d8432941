/** When each URL of the diary is due. Pure; times in milliseconds. */

/** A visit comes this share of the interval earlier or later, so that no site sees a clock at work. */
const JITTER = 0.1;

/** `random`: in [0, 1). */
export function nextDue(now: number, intervalMs: number, random: number): number {
  return now + intervalMs * (1 - JITTER + 2 * JITTER * random);
}

/**
 * At a start: an interval after the last entry; what is overdue, or was never measured, follows at the pace at which a
 * whole list would fill one interval, oldest first, so that neither a first start nor a long pause ends in a rush.
 */
export function firstDues(
  urls: readonly string[],
  last: ReadonlyMap<string, number>,
  now: number,
  intervalMs: number,
): Map<string, number> {
  const spacing = intervalMs / Math.max(urls.length, 1);
  const lastOf = (url: string): number => last.get(url) ?? Number.NEGATIVE_INFINITY;
  const overdue = urls
    .filter((url) => lastOf(url) + intervalMs <= now)
    .sort((a, b) => (lastOf(a) === lastOf(b) ? 0 : lastOf(a) - lastOf(b)));
  const rank = new Map(overdue.map((url, i) => [url, i]));
  return new Map(
    urls.map((url) => {
      const place = rank.get(url);
      // A clock that was ahead left times of the future behind.
      const regular = Math.min(lastOf(url), now) + intervalMs;
      return [url, place === undefined ? regular : now + place * spacing];
    }),
  );
}
