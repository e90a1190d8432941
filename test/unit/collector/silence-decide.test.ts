import { describe, expect, it } from 'vitest';
import { rejoins } from '../../../collector/detect/silence/decide.ts';
import { emptyUsual, expectedFalse, type UsualTable } from '../../../collector/detect/silence/usual.ts';
import type { GroupCount } from '../../../shared/model/index.ts';
import {
  ask,
  countsOf,
  crowd,
  cut,
  firstSilence,
  learn,
  MINUTE_MS,
  START,
  type Crowd,
  type Member,
} from './silence-support.ts';

const DAY = 24 * 60;
const WEEKS = 6;
const DAYS = 7 * WEEKS;

interface Life {
  readonly members: readonly Member[];
  readonly counts: readonly GroupCount[];
  readonly table: UsualTable;
}
const lives = new Map<string, Life>();

function live(name: string, seed: number, options: Omit<Crowd, 'days'>): Life {
  const key = `${name} ${seed}`;
  const known = lives.get(key);
  if (known !== undefined) return known;
  const members = crowd(seed, { ...options, days: DAYS });
  const counts = countsOf(members, 0, DAYS * DAY - 1);
  const life = { members, counts, table: learn(counts, DAYS * DAY) };
  lives.set(key, life);
  return life;
}

/** With what was known then: from the second week on, each day is judged by what was learnt before it. */
function falseSilences({ counts }: Pick<Life, 'counts'>): number {
  let found = 0;
  let table = emptyUsual();
  for (let day = 7; day < DAYS; day += 1) {
    table = learn(counts, day * DAY, table);
    const from = day * DAY - 70;
    if (firstSilence(counts.slice(from, (day + 1) * DAY), from, day * DAY, [table]) !== null) found += 1;
  }
  return found;
}

describe('what is no silence', () => {
  const families: readonly (readonly [string, Omit<Crowd, 'days'>])[] = [
    ['30 of all habits', { count: 30, habits: ['always', 'phone', 'office', 'night', 'phone'] }],
    ['night-only users', { count: 12, habits: ['night'] }],
    ['laptops that close at 18:00', { count: 30, habits: ['office'] }],
    ['eight laptops that close at 18:00', { count: 8, habits: ['office'] }],
    ['seven phones', { count: 7, habits: ['phone'] }],
    ['5 and 15 minutes mixed', { count: 20, habits: ['always', 'phone'], period: (i) => (i % 2 ? 15 : 5) }],
    ['a provider that loses a fifth', { count: 8, habits: ['always', 'phone'], loss: 0.2 }],
    [
      'a probe update, at any minute of one hour, every week',
      {
        count: 20,
        habits: ['always'],
        // Not there for ten minutes each; the goodbye may be lost.
        gone: (i, at) => at % (7 * DAY) >= 13 * 60 + i * 3 && at % (7 * DAY) < 13 * 60 + i * 3 + 10,
      },
    ],
  ];
  it.each(families)('%s', (name, options) => {
    expect([1, 2].map((seed) => falseSilences(live(name, seed, options)))).toEqual([0, 0]);
  });

  it('a flat whose router fails again and again is soon known for it', () => {
    const gone: Crowd['gone'] = (_i, at) =>
      at > 20 * DAY && Math.floor(at / DAY) % 4 === 1 && at % DAY > 700 && at % DAY < 760;
    const life = live('flat', 3, { count: 5, habits: ['always'], gone });
    expect(falseSilences(life)).toBeLessThanOrEqual(2);
    // And once it is learnt, no more.
    const { counts, table } = life;
    const from = 41 * DAY - 70;
    expect(firstSilence(counts.slice(from), from, 41 * DAY, [table])).toBeNull();
  });

  it('a fifth that claim to be members and stop', () => {
    const { members, table } = live('always 30', 1, { count: 30, habits: ['always'] });
    const at = 41 * DAY + 600;
    const liars = new Set([...members.keys()].filter((i) => members[i]!.beats.at(-1)! > at).slice(0, 6));
    const after = cut(members, at, Infinity, (i) => !liars.has(i));
    expect(firstSilence(countsOf(after, at - 70, at + 120), at - 70, at, [table])).toBeNull();
  });

  it('minutes in which the collector could not hear', () => {
    const { members, table } = live('always 30', 1, { count: 30, habits: ['always'] });
    const at = 41 * DAY + 600;
    const counts = countsOf(cut(members, at, Infinity), at - 70, at + 60);
    const deaf = counts.map((c) => (c.minute >= START + at * MINUTE_MS ? { ...c, observed: false } : c));
    expect(firstSilence(counts, at - 70, at, [table])).not.toBeNull();
    expect(firstSilence(deaf, at - 70, at, [table])).toBeNull();
    // Its line is back, and the members have not yet had the time to speak.
    const back = countsOf(cut(members, at, at + 30), at - 70, at + 90);
    const until = START + (at + 30) * MINUTE_MS;
    const marked = back.map((c) => (c.overdue > 15 && c.minute < until ? { ...c, observed: false } : c));
    expect(firstSilence(back, at - 70, at + 30, [table])).not.toBeNull();
    expect(firstSilence(marked, at - 70, at, [table])).toBeNull();
  });

  it('a group of four, whatever is known of it', () => {
    const { members, table } = live('always 5', 1, { count: 5, habits: ['always'] });
    const at = 41 * DAY + 600;
    const counts = countsOf(cut(members, at, Infinity), at - 70, at + 60);
    const four = counts.map((c) => ({
      ...c,
      active: Math.min(4, c.active),
      overdue: Math.min(4, c.overdue),
    }));
    expect(firstSilence(four, at - 70, at, [table])).toBeNull();
    expect(firstSilence(four, at - 70, at, [emptyUsual()])).toBeNull();
    expect(ask(four.slice(0, 130), [table])).toEqual({ kind: 'nothing', reason: 'too_few' });
  });
});

describe('a group of which nothing is known yet', () => {
  /** Days of a first week on which something opened. */
  const openedIn = (counts: readonly GroupCount[]): number =>
    Array.from({ length: 7 }, (_, day) => {
      const from = Math.max(0, day * DAY - 70);
      const of = counts.slice(from, (day + 1) * DAY);
      return firstSilence(of, from, Math.max(70, day * DAY), [emptyUsual()]);
    }).filter((silence) => silence !== null).length;

  it.each([
    ['30 of all habits', { count: 30, habits: ['always', 'phone', 'office', 'night', 'phone'] }],
    ['night-only users', { count: 12, habits: ['night'] }],
    ['laptops that close at 18:00', { count: 30, habits: ['office'] }],
    ['seven phones', { count: 7, habits: ['phone'] }],
  ] as const)('opens nothing for habits: %s', (name, options) => {
    expect([1, 2].map((seed) => openedIn(live(name, seed, options).counts))).toEqual([0, 0]);
  });

  it.each([
    [30, 5, 10],
    [30, 15, 35],
    [5, 5, 20],
  ] as const)('of %i with heartbeats every %i minutes is found silent within %i', (count, period, limit) => {
    const { members } = live(`new ${count} ${period}`, 4, {
      count,
      habits: ['always'],
      period: () => period,
    });
    const delays = Array.from({ length: 20 }, (_, n) => {
      const at = 2 * DAY + n * 97.37;
      const minute = Math.floor(at);
      const counts = countsOf(cut(members, at, Infinity), minute - 70, minute + limit);
      const silence = firstSilence(counts, minute - 70, minute, [emptyUsual()]);
      return silence === null ? Number.NaN : silence.at + 1 - at;
    });
    expect(delays.filter((delay) => delay <= limit).length).toBeGreaterThanOrEqual(19);
  });

  it('of which a fifth goes on is not found: it is too little to go by', () => {
    const { members } = live('new 30 5', 4, { count: 30, habits: ['always'] });
    const at = 2 * DAY;
    const counts = countsOf(
      cut(members, at, Infinity, (i) => i % 5 === 0),
      at - 70,
      at + 60,
    );
    expect(firstSilence(counts, at - 70, at, [emptyUsual()])).toBeNull();
  });
});

describe('a cut', () => {
  /** Delays of cuts at random minutes of the last four days in which at least so many were on time; NaN: not found. */
  function delays(
    life: Life,
    least: number,
    limit: number,
    hears?: (i: number) => boolean,
  ): readonly number[] {
    const found: number[] = [];
    for (let n = 0; found.length < 40 && n < 2000; n += 1) {
      const at = 38 * DAY + ((n * 997) % (4 * DAY - 120)) + 0.37;
      const minute = Math.floor(at);
      const now = life.counts[minute]!;
      if (now.active - now.overdue < least) continue;
      const counts = countsOf(cut(life.members, at, Infinity, hears), minute - 70, minute + limit);
      const silence = firstSilence(counts, minute - 70, minute, [life.table]);
      if (silence !== null) {
        const { after, before } = silence.step.onset;
        const true_ = START + at * MINUTE_MS;
        expect(after).toBeLessThan(true_);
        expect(before).toBeGreaterThan(true_);
      }
      // It is said when the minute is over.
      found.push(silence === null ? Number.NaN : silence.at + 1 - at);
    }
    return found;
  }
  const within = (found: readonly number[], minutes: number): number =>
    found.filter((delay) => delay <= minutes).length / found.length;

  it('of 30 with heartbeats every 5 minutes is found within 10', () => {
    const life = live('always 30', 1, { count: 30, habits: ['always'] });
    expect(within(delays(life, 20, 40), 10)).toBeGreaterThanOrEqual(0.95);
  });

  it('is found within 10 also where a fifth goes on beating', () => {
    const life = live('always 30', 1, { count: 30, habits: ['always'] });
    const last = life.members.map((m) => m.beats.at(-1)! > 41 * DAY);
    const liars = new Set([...last.keys()].filter((i) => last[i]).slice(0, 6));
    expect(
      within(
        delays(life, 20, 40, (i) => liars.has(i)),
        10,
      ),
    ).toBeGreaterThanOrEqual(0.95);
  });

  it('of 30 with heartbeats every 15 minutes is found within 35', () => {
    const life = live('always 30, 15', 1, { count: 30, habits: ['always'], period: () => 15 });
    expect(within(delays(life, 20, 70), 35)).toBeGreaterThanOrEqual(0.95);
  });

  it.each([5, 7, 10])('of %i is found within 20', (count) => {
    const life = live(`always ${count}`, 1, { count, habits: ['always'] });
    expect(within(delays(life, 5, 60), 20)).toBeGreaterThanOrEqual(0.95);
  });

  it('is never less of one when more are missing', () => {
    const { counts, table } = live('30 of all habits', 1, {
      count: 30,
      habits: ['always', 'phone', 'office', 'night', 'phone'],
    });
    const window = counts.slice(41 * DAY + 540, 41 * DAY + 620);
    let wasOpen = false;
    for (let more = 0; more <= 30; more += 1) {
      const last = window.map((c, i) =>
        i < window.length - 12 ? c : { ...c, overdue: Math.min(c.active, c.overdue + more) },
      );
      const isOpen = ask(last, [table]).kind === 'opens';
      expect(wasOpen && !isOpen).toBe(false);
      wasOpen ||= isOpen;
    }
    expect(wasOpen).toBe(true);
  });

  it('is the same whatever the clock of the process says', () => {
    const { members, table } = live('always 30', 1, { count: 30, habits: ['always'] });
    const at = 41 * DAY + 600;
    const counts = countsOf(cut(members, at, Infinity), at - 70, at + 60);
    const zone = process.env['TZ'];
    const steps = ['UTC', 'Asia/Almaty', 'America/St_Johns'].map((tz) => {
      process.env['TZ'] = tz;
      return JSON.stringify(firstSilence(counts, at - 70, at, [table]));
    });
    if (zone === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zone;
    expect(new Set(steps).size).toBe(1);
  });
});

describe('the end of a silence', () => {
  const life = (): Life => live('always 30', 1, { count: 30, habits: ['always'] });
  const from = 41 * DAY + 600;
  const to = from + 240;
  const open = {
    openedAt: START + (from + 8) * MINUTE_MS,
    onset: { after: START + (from - 9) * MINUTE_MS, before: START + (from + 6) * MINUTE_MS },
  };
  const endOf = (members: readonly Member[], until: number): number | null => {
    const counts = countsOf(members, from - 70, until, from);
    for (let at = from + 30; at <= until; at += 1) {
      const step = ask(counts.slice(at - from, at - from + 71), [life().table], open);
      if (step.kind === 'ends') return (step.endedAt - START) / MINUTE_MS;
      expect(step).toEqual({ kind: 'goes_on' });
    }
    return null;
  };

  it('is when they are heard again', () => {
    const end = endOf(cut(life().members, from, to), to + 60);
    expect(end).toBeGreaterThanOrEqual(to);
    expect(end).toBeLessThan(to + 10);
  });

  it('is not when a fifth goes on beating, or begins again', () => {
    const active = [...life().members.keys()].filter((i) => life().members[i]!.beats.at(-1)! > from);
    const liars = new Set(active.slice(0, 6));
    expect(
      endOf(
        cut(life().members, from, to, (i) => liars.has(i)),
        to - 1,
      ),
    ).toBeNull();
    const back = cut(life().members, from, to).map((member, i) =>
      liars.has(i)
        ? { ...member, beats: life().members[i]!.beats.filter((b) => b < from || b > from + 60) }
        : member,
    );
    expect(endOf(back, to - 1)).toBeNull();
  });

  it('is seen at night, when few come back', () => {
    const sleepers = cut(life().members, from, to).map((member, i) =>
      i % 5 < 3 ? { ...member, beats: member.beats.filter((b) => b < from) } : member,
    );
    expect(endOf(sleepers, to + 60)).toBeGreaterThanOrEqual(to);
  });

  it('is not seen right after the collector itself came back', () => {
    const counts = countsOf(cut(life().members, from, Infinity), from - 70, from + 200, from);
    const few = counts.map((c, i) =>
      i > 200 ? { ...c, active: 6, overdue: 0 } : i > 150 ? { ...c, observed: false } : c,
    );
    expect(ask(few.slice(145, 215), [life().table], open)).toEqual({ kind: 'goes_on' });
  });

  it('and one that comes again within a day is the same', () => {
    expect(rejoins(open.openedAt, open.openedAt + 5 * 3_600_000)).toBe(true);
    expect(rejoins(open.openedAt, open.openedAt + 25 * 3_600_000)).toBe(false);
  });
});

it('says how many false events a year are to be expected, and it is less than one', () => {
  for (const [name, options] of [
    ['always 30', { count: 30, habits: ['always'] }],
    ['always 5', { count: 5, habits: ['always'] }],
    ['seven phones', { count: 7, habits: ['phone'] }],
  ] as const) {
    const { table } = live(name, 1, options);
    const expected = expectedFalse([table], options.count);
    expect(expected).toBeGreaterThan(0);
    expect(expected).toBeLessThan(1);
  }
});
