import { describe, expect, it } from 'vitest';
import { annotationsOf, localDate, readCalendar } from '../../../collector/detect/silence/annotations.ts';
import { lnBetaBinomial, lnBinomial, lnGamma } from '../../../collector/detect/silence/beta-binomial.ts';
import {
  emptyUsual,
  foldHour,
  hourOfWeek,
  leftOut,
  usualAt,
} from '../../../collector/detect/silence/usual.ts';
import type { GroupCount } from '../../../shared/model/index.ts';
import { START } from './silence-support.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const hourOf = (hour: number, active: number, overdue: number, observed = true): GroupCount[] =>
  Array.from({ length: 60 }, (_, i) => ({
    minute: START + hour * HOUR + i * MINUTE,
    active,
    overdue,
    observed,
  }));

describe('probabilities', () => {
  it('the gamma function, where it is known', () => {
    expect(lnGamma(1)).toBeCloseTo(0, 10);
    expect(lnGamma(0.5)).toBeCloseTo(Math.log(Math.sqrt(Math.PI)), 10);
    expect(lnGamma(11)).toBeCloseTo(Math.log(3_628_800), 9);
  });
  it('add up to one', () => {
    for (const n of [1, 5, 30, 200]) {
      const ks = Array.from({ length: n + 1 }, (_, k) => k);
      expect(ks.reduce((sum, k) => sum + Math.exp(lnBinomial(k, n, 0.3)), 0)).toBeCloseTo(1, 8);
      expect(ks.reduce((sum, k) => sum + Math.exp(lnBetaBinomial(k, n, 0.7, 4.2)), 0)).toBeCloseTo(1, 8);
    }
  });
});

describe('what is learnt', () => {
  it('by the hour of the week in Almaty', () => {
    expect(hourOfWeek(START)).toBe(0);
    expect(hourOfWeek(START + 167 * HOUR)).toBe(167);
    expect(hourOfWeek(START - HOUR)).toBe(167);
    expect(hourOfWeek(-1)).toBeGreaterThanOrEqual(0);
  });

  it('an hour only once, and nothing of a small group or of a collector that was not there', () => {
    const table = foldHour(emptyUsual(), START, hourOf(0, 10, 2), []);
    expect(table.hours[0]).toMatchObject({ weight: 1, share: 0.2 });
    expect(foldHour(table, START, hourOf(0, 10, 9), [])).toBe(table);
    for (const counts of [hourOf(1, 4, 4), hourOf(1, 10, 9, false), []]) {
      const next = foldHour(table, START + HOUR, counts, []);
      expect(next.hours).toEqual(table.hours);
      expect(next.through).toBe(START + HOUR);
    }
  });

  it('nothing of a shutdown that was confirmed, and the beginning of one that was not', () => {
    const times = {
      onset: { after: START - MINUTE, before: START },
      openedAt: START,
      endedAt: START + 5 * HOUR,
    };
    const folded = (state: 'silence' | 'shutdown_confirmed', hour: number) =>
      foldHour(emptyUsual(), START + hour * HOUR, hourOf(hour, 10, 10), leftOut([{ ...times, state }]))
        .watched;
    expect([folded('shutdown_confirmed', 0), folded('shutdown_confirmed', 4)]).toEqual([0, 0]);
    expect([folded('silence', 0), folded('silence', 4)]).toEqual([1, 0]);
    // Half of them may still be on their way back.
    expect(folded('shutdown_confirmed', 5)).toBe(0);
    expect(folded('shutdown_confirmed', 6)).toBe(1);
  });

  it('in an order of minutes that does not matter', () => {
    const counts = hourOf(0, 10, 1).map((c, i) => ({ ...c, overdue: i % 7 }));
    expect(foldHour(emptyUsual(), START, counts.toReversed(), [])).toEqual(
      foldHour(emptyUsual(), START, counts, []),
    );
  });

  it('a group without a past leans on the wider one', () => {
    let wide = emptyUsual();
    for (let hour = 0; hour < 5 * 168; hour += 1)
      wide = foldHour(wide, START + hour * HOUR, hourOf(hour, 40, 1), []);
    const share = (tables: Parameters<typeof usualAt>[1]): number => {
      const { alpha, beta } = usualAt(START, tables);
      return alpha / (alpha + beta);
    };
    expect(share([emptyUsual(), wide])).toBeLessThan(share([emptyUsual()]));
    expect(share([wide])).toBeLessThan(0.05);
  });
});

describe('annotations', () => {
  const calendar = 'date,title,source\n2026-03-02,A rally,https://example.org/a\n';
  it('are read from rows, and bad rows are named and left out', () => {
    expect(readCalendar(calendar)).toEqual({
      days: [{ date: '2026-03-02', title: 'A rally', source: 'https://example.org/a' }],
      problems: [],
    });
    const hidden = `2026-03-08,a\u202eb,y\n2026-03-09,"a\nb",y\n2026-03-10,a\u001b[2J,y\n`;
    expect(readCalendar(`${calendar}${hidden}`)).toMatchObject({ days: [{ title: 'A rally' }] });
    const { days, problems } = readCalendar(
      `${calendar}2026-02-30,x,y\n2026-03-05,,y\n2026-03-06,a\n2026-03-07,b,c\n`,
    );
    expect(days.map((d) => d.date)).toEqual(['2026-03-02', '2026-03-07']);
    expect(problems).toHaveLength(3);
    expect(readCalendar('day,what\n').days).toEqual([]);
    expect(readCalendar('day,what\n').problems).toHaveLength(1);
    expect(readCalendar('').problems.length).toBeGreaterThan(0);
  });

  it('go by the day in Almaty, which was an hour ahead until March 2024', () => {
    expect(localDate(Date.parse('2024-02-28T18:30:00Z'))).toBe('2024-02-29');
    expect(localDate(Date.parse('2024-03-01T18:30:00Z'))).toBe('2024-03-01');
    const { days } = readCalendar(calendar);
    const onset = { after: START + 30 * MINUTE, before: START + 40 * MINUTE };
    expect(annotationsOf({ onset }, days)).toEqual([
      { id: 'annotation.silence.calendar', text: 'A rally (https://example.org/a)' },
    ]);
    expect(
      annotationsOf({ onset: { after: START - 40 * MINUTE, before: START - 30 * MINUTE } }, days),
    ).toEqual([]);
  });

  it('say that it began on the hour only where the bracket is narrow', () => {
    const ids = (after: number, before: number) =>
      annotationsOf({ onset: { after: START + after * MINUTE, before: START + before * MINUTE } }, []).map(
        (a) => a.id,
      );
    expect(ids(-5, 3)).toEqual(['annotation.silence.on_the_hour']);
    expect(ids(3, 12)).toEqual([]);
    expect(ids(-30, 30)).toEqual([]);
  });
});
