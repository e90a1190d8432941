import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dayShare, leftToday, runShare, targetBytes } from '../../../probe/watch/budget.ts';
import { chooseSlice, knownOf, type KeptResult } from '../../../probe/watch/slice.ts';
import {
  beatPeriod,
  jittered,
  learnBeatCost,
  lookGapMs,
  runGapMs,
  type BeatCost,
} from '../../../probe/watch/timing.ts';

const HOUR_MS = 3600_000;
const at = (text: string) => Date.parse(text);
const unused = { before: 0, today: 0, measuredBytes: 0, measuredTargets: 0 };

describe('the budget', () => {
  it('is spread over the days that are left, and the first brings no more than any other', () => {
    expect(dayShare(300, unused, at('2026-11-01T00:00:00Z'))).toBe(10);
    expect(dayShare(300, { ...unused, before: 150 }, at('2026-11-16T12:00:00Z'))).toBe(10);
    expect(dayShare(300, { ...unused, before: 290 }, at('2026-11-30T23:59:59Z'))).toBe(10);
    expect(dayShare(290, unused, at('2028-02-01T00:00:00Z'))).toBe(10);
  });

  it('property: whatever is spent as it allows, a month never takes more', () => {
    const spendings = fc.array(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 5 }), {
      minLength: 31,
      maxLength: 31,
    });
    fc.assert(
      fc.property(spendings, fc.integer({ min: 1, max: 1e9 }), (days, budget) => {
        let before = 0;
        days.forEach((runs, i) => {
          const now = at('2026-12-01T06:00:00Z') + i * 24 * HOUR_MS;
          let today = 0;
          for (const part of runs) today += part * runShare(budget, { ...unused, before, today }, now, 4);
          before += today;
        });
        expect(before).toBeLessThanOrEqual(budget * (1 + 1e-9));
      }),
    );
  });

  it('gives nothing once a run by hand has used it all, and learns what a target costs', () => {
    const used = { before: 0, today: 1000, measuredBytes: 900, measuredTargets: 9 };
    expect(leftToday(300, used, at('2026-11-01T00:00:00Z'))).toBe(0);
    expect(runShare(300, used, at('2026-11-01T00:00:00Z'), 4)).toBe(0);
    expect(targetBytes(used)).toBe(100);
    expect(targetBytes({ ...used, measuredTargets: 2 })).toBeGreaterThan(10_000);
  });
});

describe('the time of a run', () => {
  const draw = (values: number[]) => () => values.shift() ?? 0.5;

  it('depends on no calendar: devices that wait for a month begin at their own times', () => {
    const gap = (now: string) =>
      runGapMs({ everyMs: 6 * HOUR_MS, lastRunAt: at(now) - HOUR_MS, now: at(now) }, draw([0.1, 0.4]));
    expect(gap('2026-12-01T00:00:00Z')).toBe(gap('2026-11-17T09:31:00Z'));
  });

  it('comes within half an hour of the first start, and no oftener for a device that is switched on and off', () => {
    const now = at('2026-11-22T10:00:00Z');
    expect(runGapMs({ everyMs: 6 * HOUR_MS, lastRunAt: null, now }, () => 0.999)).toBeLessThan(HOUR_MS / 2);
    const again = runGapMs({ everyMs: 6 * HOUR_MS, lastRunAt: now - 1000, now }, draw([0, 0]));
    expect(again).toBe(3 * HOUR_MS - 1000);
    // The clock was set back by a year.
    expect(runGapMs({ everyMs: 6 * HOUR_MS, lastRunAt: now + 1e10, now }, () => 0.5)).toBeLessThan(HOUR_MS);
  });

  it('property: jitter stays in its bounds', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (random) => {
        expect(jittered(300, 0.5, random)).toBeGreaterThanOrEqual(150);
        expect(jittered(300, 0.5, random)).toBeLessThanOrEqual(450);
        expect(lookGapMs(0, random)).toBeLessThanOrEqual(75_000);
        expect(lookGapMs(2 * HOUR_MS, random)).toBeGreaterThanOrEqual(225_000);
      }),
    );
  });
});

describe('the period of heartbeats', () => {
  const cost = (bytes: number, beats = 50): BeatCost =>
    Array.from({ length: beats }).reduce<BeatCost>((c) => learnBeatCost(c, bytes), { beats: 0, mean: 0 });

  it('is five minutes where a day costs at most a megabyte and a quarter of the budget', () => {
    expect(beatPeriod(cost(3_000), 150e6 / 30)).toBe(300);
    expect(beatPeriod(cost(4_000), 150e6 / 30)).toBe(900);
    expect(beatPeriod(cost(3_000), 50e6 / 30)).toBe(900);
    expect(beatPeriod(cost(0, 0), 1e9)).toBe(300);
  });

  it('is not given up for a few dear ones', () => {
    expect(beatPeriod(cost(50_000, 5), 1e9)).toBe(300);
    expect(beatPeriod(learnBeatCost(cost(2_800), 20_000), 1e9)).toBe(300);
  });
});

describe('a slice of the list', () => {
  const today = '2026-11-22';
  const result = (input: string, day: string, outcome: string): KeptResult => ({ input, day, outcome });
  const targets = Array.from({ length: 10 }, (_, i) => ({ url: `https://${i}.example/` }));
  const url = (i: number) => targets[i]!.url;
  const slice = (results: KeptResult[], count: number, random = () => 0.5) =>
    chooseSlice(targets, knownOf(results), { count, today, random }).map((t) => t.url);

  it('begins with what was interfered with or changed, then what was left longest', () => {
    const results = targets.flatMap((t, i) => [result(t.url, `2026-11-${10 + i}`, 'accessible')]);
    results.push(result(url(7), '2026-11-19', 'interfered'));
    results.push(result(url(3), '2026-11-20', 'refused'));
    expect(slice(results, 4)).toEqual([url(7), url(3), url(0), url(1)]);
  });

  it('what is said twice has not changed, and what says nothing changes nothing', () => {
    const results = [
      result(url(1), '2026-11-18', 'interfered'),
      result(url(1), '2026-11-19', 'accessible'),
      result(url(1), '2026-11-20', 'accessible'),
      result(url(2), '2026-11-19', 'accessible'),
      result(url(2), '2026-11-20', 'insufficient'),
      result(url(3), '2026-11-19', 'interfered'),
      result(url(3), '2026-11-20', 'local'),
    ];
    expect(slice(results, 10)[0]).toBe(url(3));
    expect(slice(results, 10).slice(-3).sort()).toEqual(
      [url(1), url(2)].concat(slice(results, 10).slice(-3)[0]!).sort(),
    );
  });

  it('a list of blocked sites does not starve the others', () => {
    const results = targets.slice(0, 8).map((t) => result(t.url, '2026-11-01', 'interfered'));
    expect(slice(results, 4)).toEqual(expect.arrayContaining([url(8), url(9)]));
  });

  it('takes none twice on a day while others wait', () => {
    const results = targets.slice(0, 9).map((t) => result(t.url, today, 'interfered'));
    expect(slice(results, 1)).toEqual([url(9)]);
  });

  it('property: has as many as were asked for, each once, and every target has its turn', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 }), fc.integer({ min: 1, max: 2 ** 31 }), (count, seed) => {
        let state = seed;
        const random = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
        const results: KeptResult[] = [];
        const seen = new Set<string>();
        for (let day = 0; day < 200 && seen.size < 10; day++) {
          const today = new Date(at('2026-12-01T00:00:00Z') + day * 24 * HOUR_MS).toISOString().slice(0, 10);
          const these = chooseSlice(targets, knownOf(results), {
            count,
            today,
            random,
          });
          expect(new Set(these).size).toBe(count);
          for (const t of these) {
            seen.add(t.url);
            results.push(result(t.url, today, Number(t.url[8]) < 6 ? 'interfered' : 'accessible'));
          }
        }
        expect(seen.size).toBe(10);
      }),
      { numRuns: 30 },
    );
  });
});
