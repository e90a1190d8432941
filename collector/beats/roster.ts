/**
 * Members and a moment → how many of each group were heard of late, and from how many of these one should have come. Pure.
 *
 * A member from whom nothing could have come yet since the collector began to listen is in doubt, and counts neither way: after a
 * restart nobody is missing, and nobody is back either, before it could have spoken.
 */
import type { LineOfMember, MemberGroup } from '../../shared/model/index.ts';
import { groupKey, groupsOf } from '../member-groups.ts';
import type { Member } from '../store/beats.ts';
import { ESTABLISHED_AFTER_MS } from './members.ts';

const SECOND_MS = 1000;
/** A gap between two heartbeats has at most one and a half periods; this is for the way. Milliseconds. */
const ON_THE_WAY_MS = 60_000;
const LONGEST_GAP_PERIODS = 1.5;
/** Heard within this, or within so many of its periods where that is longer: active. Milliseconds. */
export const ACTIVE_WITHIN_MS = 60 * 60_000;
const ACTIVE_PERIODS = 3;
/** Known for less, a member is not counted: a program that was tried out, or a key that somebody makes up and drops. Milliseconds. */
export const KNOWN_AFTER_MS = 15 * 60_000;

/**
 * Lines (network, kind, region) that are told apart, those with most established members first: anybody can make lines up, and each has
 * eight groups. Members on others count in their country only.
 */
export const MAX_LINES = 5_000;

export interface Rollcall {
  /** The moment, milliseconds since 1970. */
  readonly now: number;
  /** Since when the collector has listened without a break that it knows of, milliseconds since 1970. */
  readonly listeningSince: number;
  /** Of an ASN, on that day; null: not on record. */
  readonly ownerOf: (asn: number) => string | null;
  /** Of a group that is silent, when it fell silent: who was active then still counts. Null: it is not silent. */
  readonly silentSince: (group: MemberGroup) => number | null;
}

export interface GroupRoll {
  readonly key: string;
  readonly group: MemberGroup;
  readonly active: number;
  readonly overdue: number;
  /** Of the active ones, those that have been heard for a day. */
  readonly established: number;
  /** Of a silent group: those who were heard of late, as of others. */
  readonly recent?: { readonly active: number; readonly overdue: number };
}

/** Milliseconds after a heartbeat within which the next one has to come. */
export const allowanceMs = (periodS: number): number =>
  LONGEST_GAP_PERIODS * periodS * SECOND_MS + ON_THE_WAY_MS;

interface Tally {
  readonly key: string;
  readonly group: MemberGroup;
  readonly silentSince: number | null;
  active: number;
  overdue: number;
  established: number;
  readonly recent: { active: number; overdue: number };
}

/** A member that counts in this minute. */
interface Counted {
  readonly lastHeard: number;
  readonly isOverdue: boolean;
  readonly isEstablished: boolean;
  /** Active from when on, in a group that is not silent. */
  readonly window: number;
}

/** Null: gone, too new, or in doubt. */
function counted(member: Member, { now, listeningSince }: Rollcall): Counted | null {
  if (member.leaving) return null;
  // After a step of the clock a time can lie ahead.
  const lastHeard = Math.min(member.lastHeard, now);
  const known = lastHeard - member.firstHeard;
  if (known < KNOWN_AFTER_MS) return null;
  const allowance = allowanceMs(member.periodS);
  if (lastHeard < listeningSince && now - listeningSince <= allowance) return null;
  const window = Math.max(ACTIVE_WITHIN_MS, ACTIVE_PERIODS * member.periodS * SECOND_MS);
  const isOverdue = now - lastHeard > allowance;
  return { lastHeard, isOverdue, isEstablished: known >= ESTABLISHED_AFTER_MS, window };
}

interface OneLine {
  readonly line: LineOfMember;
  readonly members: Counted[];
  established: number;
}

function byLine(members: Iterable<Member>, rollcall: Rollcall): readonly OneLine[] {
  const lines = new Map<string, OneLine>();
  for (const member of members) {
    const mine = counted(member, rollcall);
    if (mine === null) continue;
    const { line } = member;
    const key = `${line.cc} ${line.asn} ${line.access} ${line.region ?? ''}`;
    let one = lines.get(key);
    if (one === undefined) lines.set(key, (one = { line, members: [], established: 0 }));
    one.members.push(mine);
    if (mine.isEstablished) one.established += 1;
  }
  return [...lines.values()];
}

/** Too many of them: what is left of the rest is the country. */
function boundedLines(lines: readonly OneLine[]): readonly OneLine[] {
  if (lines.length <= MAX_LINES) return lines;
  const sorted = lines.toSorted(
    (a, b) => b.established - a.established || b.members.length - a.members.length,
  );
  return sorted.map((one, i) =>
    i < MAX_LINES ? one : { ...one, line: { ...one.line, asn: 'AS0', region: null } },
  );
}

/** Groups with their tallies, each made once. */
function createTallies({ silentSince, ownerOf }: Rollcall) {
  const tallies = new Map<string, Tally>();
  const tallyOf = (group: MemberGroup): Tally => {
    const key = groupKey(group);
    let tally = tallies.get(key);
    if (tally === undefined) {
      tally = {
        key,
        group,
        silentSince: silentSince(group),
        active: 0,
        overdue: 0,
        established: 0,
        recent: { active: 0, overdue: 0 },
      };
      tallies.set(key, tally);
    }
    return tally;
  };
  return {
    all: () => tallies.values(),
    of(line: LineOfMember): readonly Tally[] {
      const asn = Number(line.asn.slice(2));
      return groupsOf(line, asn === 0 ? null : ownerOf(asn)).map(tallyOf);
    },
  };
}

/** Groups with at least one active member, by key. */
export function countMembers(members: Iterable<Member>, rollcall: Rollcall): readonly GroupRoll[] {
  const { now } = rollcall;
  const tallies = createTallies(rollcall);
  for (const { line, members: own } of boundedLines(byLine(members, rollcall)))
    for (const tally of tallies.of(line)) {
      const since = Math.min(tally.silentSince ?? now, now);
      for (const { lastHeard, isOverdue, isEstablished, window } of own) {
        if (lastHeard < since - window) continue;
        tally.active += 1;
        if (isOverdue) tally.overdue += 1;
        if (isEstablished) tally.established += 1;
        if (lastHeard < now - window) continue;
        tally.recent.active += 1;
        if (isOverdue) tally.recent.overdue += 1;
      }
    }
  return [...tallies.all()]
    .filter(({ active }) => active > 0)
    .map(({ silentSince, recent, ...counts }) => ({ ...counts, ...(silentSince === null ? {} : { recent }) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}
