/** Who got genuine chains where and when, so that many sightings can be compared with many of them. */
import type { CleanSighting } from '../model/index.ts';

/** A genuine chain speaks of a forged one only so near to it. Days. */
const CLEAN_WINDOW_DAYS = 7;
const WINDOW_MS = CLEAN_WINDOW_DAYS * 24 * 3600 * 1000;

/** Milliseconds since 1970 of `YYYY-MM-DD HH:MM:SS`, UTC. */
export const timeOf = (startTime: string): number => Date.parse(`${startTime.replace(' ', 'T')}Z`);

export interface CleanChains {
  /** Distinct pseudonyms in that network near any of these times. */
  others(asn: number, times: readonly number[]): number;
}

/** Position of the first value that is not below `at`. */
function firstFrom(sorted: readonly number[], at: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** `met`: pseudonyms that are no neighbours, since they met the authority themselves. */
export function createCleanChains(clean: readonly CleanSighting[], met: ReadonlySet<string>): CleanChains {
  const byAsn = new Map<number, { at: number; pseudonym: string }[]>();
  for (const { asn, startTime, pseudonym } of clean) {
    if (met.has(pseudonym)) continue;
    const rows = byAsn.get(asn) ?? [];
    byAsn.set(asn, rows);
    rows.push({ at: timeOf(startTime), pseudonym });
  }
  for (const rows of byAsn.values()) rows.sort((a, b) => a.at - b.at);
  const ats = new Map([...byAsn].map(([asn, rows]) => [asn, rows.map(({ at }) => at)]));
  return {
    others(asn, times) {
      const [rows, at] = [byAsn.get(asn), ats.get(asn)];
      if (rows === undefined || at === undefined) return 0;
      const [one] = times;
      if (times.length === 1 && one !== undefined) {
        const near = rows.slice(firstFrom(at, one - WINDOW_MS), firstFrom(at, one + WINDOW_MS + 1));
        return new Set(near.map(({ pseudonym }) => pseudonym)).size;
      }
      const sorted = [...times].sort((a, b) => a - b);
      const near = rows.filter((row) => {
        const next = sorted[firstFrom(sorted, row.at - WINDOW_MS)];
        return next !== undefined && next <= row.at + WINDOW_MS;
      });
      return new Set(near.map(({ pseudonym }) => pseudonym)).size;
    },
  };
}
