/** One of IODA's series → stretches below half of what was usual. Pure. */

const DAY_MS = 86_400_000;
/** What was usual is the median of so many days before, of which this share has to have values. */
const USUAL_DAYS = 7;
const LEAST_KNOWN = 1 / USUAL_DAYS / 2;
/** IODA calls less than this critical, for routes and for addresses that answer. */
const CRITICAL_SHARE = 0.5;
/** One low value alone is a look that failed. */
const LEAST_VALUES = 2;

export interface Stretch {
  /** Milliseconds since 1970. */
  readonly from: number;
  /** Null: the series ends below. */
  readonly to: number | null;
  /** Lowest share of what was usual. */
  readonly lowest: number;
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** `from`, `step`: milliseconds. `null` values are not known: they neither begin nor go on with a stretch. */
export function lowStretches(from: number, step: number, values: readonly (number | null)[]): Stretch[] {
  const perDay = Math.max(1, Math.round(DAY_MS / step));
  const stretches: Stretch[] = [];
  let begun: { at: number; values: number; lowest: number } | null = null;
  const end = (to: number | null): void => {
    if (begun !== null && begun.values >= LEAST_VALUES)
      stretches.push({ from: begun.at, to, lowest: begun.lowest });
    begun = null;
  };
  let usual: number | null = null;
  for (const [i, value] of values.entries()) {
    if (i % perDay === 0) {
      const before = values.slice(Math.max(0, i - USUAL_DAYS * perDay), i).filter((v) => v !== null);
      usual = before.length >= USUAL_DAYS * perDay * LEAST_KNOWN ? medianOf(before) : null;
    }
    const at = from + i * step;
    const share = value === null || usual === null || usual <= 0 ? null : value / usual;
    if (share === null || share >= CRITICAL_SHARE) end(at);
    else if (begun === null) begun = { at, values: 1, lowest: share };
    else begun = { at: begun.at, values: begun.values + 1, lowest: Math.min(begun.lowest, share) };
  }
  end(null);
  return stretches;
}
