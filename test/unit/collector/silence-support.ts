/** Members with habits, in minutes of one group, without a collector: for tests of what is decided from them. */
import type { GroupCount, MemberGroup } from '../../../shared/model/index.ts';
import {
  COUNTS_BACK_MINUTES,
  decideSilence,
  type OpenSilence,
  type SilenceStep,
} from '../../../collector/detect/silence/decide.ts';
import {
  emptyUsual,
  FOLD_DELAY_MS,
  foldHour,
  usualAt,
  type UsualTable,
} from '../../../collector/detect/silence/usual.ts';
import { createDraw, type Draw } from '../../../scripts/simulate/draw.ts';

export const MINUTE_MS = 60_000;
const HOUR = 60;
const DAY = 24 * HOUR;
/** Monday 00:00 in Almaty. */
export const START = Date.parse('2026-03-01T19:00:00Z');
export const GROUP: MemberGroup = { cc: 'KZ', owner: null, asn: 9198, access: 'fixed', region: null };

/** As collector/beats/roster.ts counts. Minutes. */
const KNOWN_AFTER = 15;
const ACTIVE_WITHIN = 60;
const limitOf = (period: number): number => 1.5 * period + 1;

export type Habit = 'always' | 'phone' | 'office' | 'night';

export interface Member {
  readonly period: number;
  /** Minutes since START at which a heartbeat was heard; the last one, when `leaves`, said goodbye. */
  readonly beats: readonly number[];
  readonly leaves: boolean;
}

export interface Crowd {
  readonly count: number;
  readonly habits: readonly Habit[];
  readonly period?: (member: number) => number;
  /** Share of heartbeats that never arrive. */
  readonly loss?: number;
  readonly days: number;
  /** Minutes in which this member can't be heard. */
  readonly gone?: (member: number, at: number, draw: Draw) => boolean;
}

function presence(habit: Habit, day: number, draw: Draw): readonly [from: number, to: number] | null {
  const at = (hour: number): number => day * DAY + hour * HOUR;
  if (habit === 'always') return [at(0), at(24)];
  if (habit === 'phone') return [at(draw.between(6, 8)), at(draw.between(22.5, 25))];
  if (habit === 'night') return [at(draw.between(20, 22)), at(draw.between(25, 28))];
  if (day % 7 >= 5) return null;
  // Two of five close within a quarter of an hour, the others when they have done.
  return [
    at(draw.between(8.5, 9.5)),
    at(draw.chance(0.4) ? draw.between(18, 18.25) : draw.between(16.5, 20)),
  ];
}

/** Each day on which it is there, a laptop or phone says nothing when it goes; keys change every 30 days, mostly with a goodbye. */
export function crowd(seed: number, options: Crowd): readonly Member[] {
  const draw = createDraw(seed, 31);
  const members: Member[] = [];
  for (let i = 0; i < options.count; i += 1) {
    const habit = options.habits[i % options.habits.length]!;
    const period = options.period?.(i) ?? 5;
    let rollOver = draw.between(0, 30) * DAY;
    let beats: number[] = [];
    let at = 0;
    for (let day = 0; day < options.days; day += 1) {
      const there = presence(habit, day, draw);
      if (there === null) continue;
      at = Math.max(at, there[0] + draw.between(0, period));
      for (; at < there[1]; at += period * draw.between(0.5, 1.5)) {
        if (at >= rollOver) {
          if (beats.length > 0) members.push({ period, beats, leaves: draw.chance(0.9) });
          beats = [];
          rollOver += 30 * DAY;
        }
        if (options.gone?.(i, at, draw) === true || draw.chance(options.loss ?? 0.01)) continue;
        beats.push(at);
      }
    }
    if (beats.length > 0) members.push({ period, beats, leaves: false });
  }
  return members;
}

/** Active and overdue, by minute. `frozenAt`: who was active then stays so. */
export function countsOf(
  members: readonly Member[],
  from: number,
  to: number,
  frozenAt: number | null = null,
): GroupCount[] {
  const active = new Array<number>(to - from + 1).fill(0);
  const overdue = new Array<number>(to - from + 1).fill(0);
  for (const { beats, period, leaves } of members) {
    const window = Math.max(ACTIVE_WITHIN, 3 * period);
    for (const [i, beat] of beats.entries()) {
      const isLast = i === beats.length - 1;
      if (beat - beats[0]! < KNOWN_AFTER || (isLast && leaves)) continue;
      const counts = frozenAt !== null && beat >= frozenAt - window ? Infinity : beat + window;
      const end = Math.min(beats[i + 1] ?? Infinity, counts);
      for (let at = Math.max(from, Math.ceil(beat)); at < end && at <= to; at += 1) {
        active[at - from]! += 1;
        if (at - beat > limitOf(period)) overdue[at - from]! += 1;
      }
    }
  }
  return active.map((n, i) => ({
    minute: START + (from + i) * MINUTE_MS,
    active: n,
    overdue: overdue[i]!,
    observed: true,
  }));
}

/** What was usual until `to`, minutes since START; `before`: what was by an earlier moment. */
export function learn(
  counts: readonly GroupCount[],
  to: number,
  before: UsualTable = emptyUsual(),
): UsualTable {
  let table = before;
  let hour = before.through === null ? 0 : (before.through - START) / (HOUR * MINUTE_MS) + 1;
  for (; (hour + 1) * HOUR <= to - FOLD_DELAY_MS / MINUTE_MS; hour += 1)
    table = foldHour(
      table,
      START + hour * HOUR * MINUTE_MS,
      counts.slice(hour * HOUR, (hour + 1) * HOUR),
      [],
    );
  return table;
}

export interface Found {
  /** Minutes since START. */
  readonly at: number;
  readonly step: SilenceStep & { readonly kind: 'opens' };
}

/** Asks minute by minute from `from`; the first silence, null: none. `counts[0]` is minute `first`. */
export function firstSilence(
  counts: readonly GroupCount[],
  first: number,
  from: number,
  tables: readonly UsualTable[],
): Found | null {
  for (let at = from; at < first + counts.length; at += 1) {
    const now = counts[at - first]!;
    if (now.overdue * 2 < now.active) continue;
    const step = ask(counts.slice(Math.max(0, at - first + 1 - COUNTS_BACK_MINUTES), at - first + 1), tables);
    if (step.kind === 'opens') return { at, step };
  }
  return null;
}

export function ask(
  counts: readonly GroupCount[],
  tables: readonly UsualTable[],
  open: OpenSilence | null = null,
): SilenceStep {
  const usual = usualAt(counts.at(-1)!.minute, tables);
  return decideSilence({ group: GROUP, counts, usual, open });
}

/** The same members, of whom nothing is heard from `from` to `to` but what `hears` lets through. */
export function cut(
  members: readonly Member[],
  from: number,
  to: number,
  hears: (member: number) => boolean = () => false,
): readonly Member[] {
  return members.map((member, i) => {
    if (hears(i)) return member;
    const beats = member.beats.filter((beat) => beat < from || beat >= to);
    return { ...member, beats, leaves: member.leaves && beats.at(-1) === member.beats.at(-1) };
  });
}
