/** Deliberate cuts come again within days: what was confirmed must not teach that a silent group is usual. */
import { describe, expect, it } from 'vitest';
import { decideSilence } from '../../../collector/detect/silence/decide.ts';
import { emptyUsual, foldHour, leftOut, usualAt } from '../../../collector/detect/silence/usual.ts';
import type { GroupCount, MemberGroup } from '../../../shared/model/index.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const FROM = Date.parse('2026-02-02T00:00:00Z');
const MEMBERS = 30;
const GROUP: MemberGroup = {
  cc: 'KZ',
  owner: 'Kazakhtelecom',
  asn: 9198,
  access: 'fixed',
  region: 'KZ-75',
};

/** Heard again as it comes: within minutes after the line is back. */
const BACK = [29, 22, 18, 12, 9, 5, 1];
const CUT_MS = 3 * HOUR_MS;

/** Every third day at another hour, three hours. */
const cuts = Array.from({ length: 8 }, (_, i) => FROM + (i + 1) * 3 * DAY_MS + i * 5 * HOUR_MS);

function overdueAt(minute: number): number {
  for (const cut of cuts) {
    if (minute >= cut && minute < cut + CUT_MS)
      return Math.min(MEMBERS, (minute - cut) / MINUTE_MS > 9 ? 30 : 2);
    const after = (minute - cut - CUT_MS) / MINUTE_MS;
    if (after >= 0 && after < BACK.length) return BACK[after]!;
  }
  return (minute / MINUTE_MS) % 17 === 0 ? 1 : 0;
}

const count = (minute: number): GroupCount => ({
  minute,
  active: MEMBERS,
  overdue: overdueAt(minute),
  observed: true,
});

const confirmed = cuts.map((cut) => ({
  state: 'shutdown_confirmed' as const,
  onset: { after: cut - 9 * MINUTE_MS, before: cut + 8 * MINUTE_MS },
  openedAt: cut + 9 * MINUTE_MS,
  // The first of the minutes in which enough were on time.
  endedAt: cut + CUT_MS + 2 * MINUTE_MS,
}));

describe('a group that was cut off again and again', () => {
  it('is called silent the ninth time as it was the first time', () => {
    let table = emptyUsual();
    const until = FROM + 30 * DAY_MS;
    for (let hour = FROM; hour < until; hour += HOUR_MS) {
      const counts = Array.from({ length: 60 }, (_, i) => count(hour + i * MINUTE_MS));
      table = foldHour(table, hour, counts, leftOut(confirmed));
    }
    expect(table.silent).toBe(0);
    const cut = until + 4 * DAY_MS;
    const counts = Array.from({ length: 70 }, (_, i) => ({
      minute: cut + (i - 55) * MINUTE_MS,
      active: MEMBERS,
      overdue: i < 64 ? 0 : 30,
      observed: true,
    }));
    const step = decideSilence({
      group: GROUP,
      counts,
      usual: usualAt(cut, [table, table, table]),
      open: null,
    });
    expect(step.kind).toBe('opens');
  });
});
