/** Members whose heartbeats a collector hears: habits, periods, keys, goodbyes. Pure, from a seed. */
import type { LineOfMember } from '../../shared/model/index.ts';
import type { Draw } from './draw.ts';
import { DAY_MS, HOUR_MS, localMidnight, MINUTE_MS, presence, type Habit } from './habits.ts';

/** Each gap is the period times a factor between these. */
const GAP = { least: 0.5, most: 1.5 } as const;
const EPOCH_MS = 30 * DAY_MS;
/** Of sessions, those that end with a goodbye; a closed lid says none. */
const GOODBYE_SHARE = 0.4;
/** Of a person's days, those on which the device stays off against its habit. */
const DAY_MISSED_SHARE = 0.08;
/** How unevenly people come and go. */
const COMES_SPREAD_MS = 50 * MINUTE_MS;
const GOES_SPREAD_MS = 60 * MINUTE_MS;
/** Work ends for many at one time: so many leave within a quarter of an hour. */
const OFFICE_TOGETHER_SHARE = 0.4;
const OFFICE_TOGETHER_MS = 15 * MINUTE_MS;
/** A line at home that breaks off by itself: once in so many days, for about so long. */
const BREAK_DAYS = 4;
const BREAK_MS = 8 * MINUTE_MS;

/** What the fate of a member's beats hangs on besides its habit. */
export interface Member {
  /** The place in the group that it takes, after others. */
  readonly number: number;
  readonly generation: number;
  readonly line: LineOfMember;
  readonly owner: string;
  readonly habit: Habit;
  readonly periodS: number;
  /** Share of its beats that are lost on an ordinary day. */
  readonly loss: number;
  readonly joins: number;
  readonly leaves: number;
  readonly epochOffsetMs: number;
  readonly viaRelay: boolean;
  readonly liar: boolean;
}

export interface Beat {
  readonly member: Member;
  readonly pseudonym: string;
  readonly at: number;
  readonly sequence: number;
  readonly leaving: boolean;
}

export interface MembersOptions {
  readonly count: number;
  readonly line: LineOfMember;
  readonly owner: string;
  readonly from: number;
  readonly to: number;
  readonly habits: readonly Habit[];
  readonly periodsS: readonly number[];
  readonly loss?: readonly [number, number];
  readonly relayShare?: number;
  readonly liars?: number;
  /** Days that a member stays, on average; absent: to the end. */
  readonly stayDays?: number;
}

/** Whoever leaves for good is followed by somebody else, so that the group keeps its size. */
export function createMembers(draw: Draw, options: MembersOptions): readonly Member[] {
  const [least, most] = options.loss ?? [0, 0.02];
  const liars = Math.floor(options.count * (options.liars ?? 0));
  const found: Member[] = [];
  for (let number = 0; number < options.count; number += 1) {
    // The first ones have been there for a while.
    let joins = options.from - (options.stayDays === undefined ? 0 : draw.gap(options.stayDays * DAY_MS));
    for (let generation = 0; joins < options.to; generation += 1) {
      const stay =
        options.stayDays === undefined || number < liars ? Infinity : draw.gap(options.stayDays * DAY_MS);
      const leaves = Math.max(joins, options.from) + stay;
      found.push({
        number,
        generation,
        line: options.line,
        owner: options.owner,
        habit: draw.pick(options.habits),
        periodS: draw.pick(options.periodsS),
        loss: draw.between(least, most),
        joins,
        leaves,
        epochOffsetMs: draw.between(0, EPOCH_MS),
        viaRelay: draw.chance(options.relayShare ?? 0),
        liar: number < liars,
      });
      joins = leaves;
    }
  }
  return found;
}

interface Session {
  from: number;
  to: number;
  goodbye: boolean;
}

/** One local day of a member: where a line breaks off in between, two sessions. */
function sessionsOf(draw: Draw, member: Member, day: number): Session[] {
  const on = presence(member.habit, day);
  if (on === null || (member.habit !== 'always' && draw.chance(DAY_MISSED_SHARE))) return [];
  const sometimes = (spread: number): number => draw.between(-spread, spread);
  const together = member.habit === 'office' && draw.chance(OFFICE_TOGETHER_SHARE);
  const from = member.habit === 'always' ? on.from : on.from + sometimes(COMES_SPREAD_MS);
  const to =
    member.habit === 'always'
      ? on.to
      : on.to + (together ? draw.between(0, OFFICE_TOGETHER_MS) : sometimes(GOES_SPREAD_MS));
  const goodbye = member.habit !== 'always' && draw.chance(GOODBYE_SHARE);
  if (!draw.chance(1 / BREAK_DAYS)) return [{ from, to, goodbye }];
  const breaks = draw.between(from, to);
  const back = Math.min(to, breaks + draw.gap(BREAK_MS));
  return [
    { from, to: breaks, goodbye: false },
    { from: back, to, goodbye },
  ];
}

/** Cuts sessions where a member joins, leaves for good, or its key ends: the last beat of a key says so. */
function cut(sessions: readonly Session[], member: Member): Session[] {
  return sessions.flatMap((s) => {
    const [from, to] = [Math.max(s.from, member.joins), Math.min(s.to, member.leaves)];
    if (to <= from) return [];
    const boundary = Math.ceil((from + member.epochOffsetMs) / EPOCH_MS) * EPOCH_MS - member.epochOffsetMs;
    if (boundary <= from || boundary >= to) return [{ from, to, goodbye: s.goodbye }];
    return [
      { from, to: boundary, goodbye: true },
      { from: boundary, to, goodbye: s.goodbye },
    ];
  });
}

interface Running {
  readonly member: Member;
  readonly sessions: Session[];
  plannedUntil: number;
  next: number;
  sequence: number;
}

export interface BeatStream {
  /** All beats sent in [minute, minute + 1 min), lost ones left out. Minutes must be asked for in order. */
  minute(at: number): readonly Beat[];
}

export function createBeatStream(draw: Draw, members: readonly Member[], from: number): BeatStream {
  const running: Running[] = members.map((member) => ({
    member,
    sessions: [],
    plannedUntil: localMidnight(from),
    next: Infinity,
    sequence: 0,
  }));

  const plan = (r: Running, until: number): void => {
    while (r.plannedUntil <= localMidnight(until)) {
      r.sessions.push(...cut(sessionsOf(draw, r.member, r.plannedUntil), r.member));
      r.plannedUntil += DAY_MS;
    }
  };
  const gap = (r: Running): number => r.member.periodS * 1000 * draw.between(GAP.least, GAP.most);

  const advance = (r: Running, end: number, out: Beat[]): void => {
    for (let session = r.sessions[0]; session !== undefined; session = r.sessions[0]) {
      if (r.next === Infinity) r.next = session.from + draw.share() * MINUTE_MS;
      if (Math.min(r.next, session.to) >= end) return;
      const ends = r.next >= session.to;
      const at = ends ? session.to : r.next;
      if (!ends || session.goodbye) {
        r.sequence += 1;
        const epoch = Math.floor((at - 1 + r.member.epochOffsetMs) / EPOCH_MS);
        if (!draw.chance(r.member.loss))
          out.push({
            member: r.member,
            pseudonym: `${r.member.line.asn} ${r.member.line.access} ${r.member.line.region} ${r.member.number}.${r.member.generation}, epoch ${epoch}`,
            at,
            sequence: r.sequence,
            leaving: ends,
          });
      }
      if (ends) {
        r.sessions.shift();
        r.next = Infinity;
      } else r.next += gap(r);
    }
  };

  return {
    minute(at) {
      const out: Beat[] = [];
      for (const r of running) {
        // Sessions of a habit that begins before midnight reach into the next day.
        if (r.plannedUntil < at + DAY_MS + 2 * HOUR_MS) plan(r, at + DAY_MS);
        advance(r, at + MINUTE_MS, out);
      }
      return out.sort((a, b) => a.at - b.at);
    },
  };
}
