/** Who counts as a neighbour that was left alone: by network, by pseudonym, within seven days. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCleanChains, timeOf } from '../../../shared/judge/clean-chains.ts';
import type { CleanSighting } from '../../../shared/model/index.ts';
import { ASN, clean } from './sightings.ts';

const at = timeOf('2026-11-20 12:00:00');
const DAY_MS = 24 * 3600 * 1000;
const WEEK_MS = 7 * DAY_MS;
const startTime = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
const seenAt = (pseudonym: string, ms: number): CleanSighting =>
  clean(pseudonym, { startTime: startTime(ms) });
const others = (
  list: readonly CleanSighting[],
  times: readonly number[],
  met: readonly string[] = [],
): number => createCleanChains(list, new Set(met)).others(ASN.fixed, times);

describe('times', () => {
  it('are read as UTC', () => {
    expect(timeOf('1970-01-02 00:00:01')).toBe(DAY_MS + 1000);
    expect(timeOf('soon')).toBeNaN();
  });
});

describe('neighbours', () => {
  it('are counted by pseudonym, in that network, without those who met it', () => {
    const list = [clean('a'), clean('a'), clean('b'), clean('c', { asn: ASN.other }), clean('met')];
    for (const times of [[at], [at, at]]) {
      expect(others(list, times)).toBe(3);
      expect(others(list, times, ['met'])).toBe(2);
      expect(others([], times)).toBe(0);
    }
    expect(createCleanChains(list, new Set()).others(ASN.bank, [at])).toBe(0);
    expect(others(list, [])).toBe(0);
  });

  it.each([
    [-WEEK_MS, 1],
    [-WEEK_MS - 1000, 0],
    [WEEK_MS, 1],
    [WEEK_MS + 1000, 0],
  ])('count within seven days of a sighting: %i ms', (away, counted) => {
    const list = [seenAt('a', at + away)];
    expect(others(list, [at])).toBe(counted);
    expect(others(list, [at, at])).toBe(counted);
    // Near any of several, however they are ordered.
    expect(others(list, [at - 60 * DAY_MS, at])).toBe(counted);
    expect(others(list, [at, at - 60 * DAY_MS])).toBe(counted);
    expect(others(list, [at + 60 * DAY_MS, at, at - 60 * DAY_MS])).toBe(counted);
  });

  it('are the same as when each is compared with each', () => {
    const days = fc.integer({ min: -40, max: 40 });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), days), { maxLength: 12 }),
        fc.array(days, { maxLength: 4 }),
        (rows, sightings) => {
          const list = rows.map(([who, day]) => seenAt(who, at + day * DAY_MS));
          const near = rows.filter(([, day]) => sightings.some((s) => Math.abs(s - day) <= 7));
          const times = sightings.map((day) => at + day * DAY_MS);
          expect(others(list, times)).toBe(new Set(near.map(([who]) => who)).size);
        },
      ),
      { numRuns: 200 },
    );
  });
});
