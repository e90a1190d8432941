/** How sure a counted share is: Wilson's score interval (Wilson 1927), 95 %. Pure. */

const Z = 1.96;

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** `hits` of `of` trials; nothing tried says nothing. */
export function wilson(hits: number, of: number): Interval {
  if (of === 0) return { low: 0, high: 1 };
  const share = hits / of;
  const square = Z * Z;
  const centre = (share + square / (2 * of)) / (1 + square / of);
  const half = (Z / (1 + square / of)) * Math.sqrt((share * (1 - share)) / of + square / (4 * of * of));
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}
