/**
 * Members and a moment → how many of each group were heard of late, and from how many of these one should have come. Pure.
 *
 * A member from whom nothing could have come yet since the collector began to listen is in doubt, and counts neither way: after a
 * restart nobody is missing, and nobody is back either, before it could have spoken.
 */
import type { MemberGroup } from '../../shared/model/index.ts';
import { groupKey, groupsOf } from '../member-groups.ts';
import type { Member } from '../store/beats.ts';

const SECOND_MS = 1000;
/** A gap between two heartbeats has at most one and a half periods; this is for the way. Milliseconds. */
const ON_THE_WAY_MS = 60_000;
const LONGEST_GAP_PERIODS = 1.5;
/** Heard within this, or within so many of its periods where that is longer: active. Milliseconds. */
export const ACTIVE_WITHIN_MS = 60 * 60_000;
const ACTIVE_PERIODS = 3;
/** Known for less, a member is not counted: a program that was tried out, or a key that somebody makes up and drops. Milliseconds. */
export const KNOWN_AFTER_MS = 15 * 60_000;

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
}

/** Groups of one line, each with its tally; lines are few, members many. */
function createTallies(rollcall: Rollcall) {
  const tallies = new Map<string, Tally>();
  const ofLine = new Map<string, readonly Tally[]>();
  const tallyOf = (group: MemberGroup): Tally => {
    const key = groupKey(group);
    let tally = tallies.get(key);
    if (tally === undefined) {
      tally = { key, group, silentSince: rollcall.silentSince(group), active: 0, overdue: 0 };
      tallies.set(key, tally);
    }
    return tally;
  };
  return {
    all: () => tallies.values(),
    of({ line }: Member): readonly Tally[] {
      const key = `${line.cc} ${line.asn} ${line.access} ${line.region ?? ''}`;
      let found = ofLine.get(key);
      if (found === undefined) {
        const asn = Number(line.asn.slice(2));
        found = groupsOf(line, asn === 0 ? null : rollcall.ownerOf(asn)).map(tallyOf);
        ofLine.set(key, found);
      }
      return found;
    },
  };
}

/** Groups with at least one active member, by key. */
export function countMembers(members: Iterable<Member>, rollcall: Rollcall): readonly GroupRoll[] {
  const { now, listeningSince } = rollcall;
  const tallies = createTallies(rollcall);
  for (const member of members) {
    if (member.leaving) continue;
    // After a step of the clock a time can lie ahead.
    const lastHeard = Math.min(member.lastHeard, now);
    if (lastHeard - member.firstHeard < KNOWN_AFTER_MS) continue;
    const allowance = allowanceMs(member.periodS);
    const isOverdue = now - lastHeard > allowance;
    const inDoubt = lastHeard < listeningSince && now - listeningSince <= allowance;
    if (inDoubt) continue;
    const window = Math.max(ACTIVE_WITHIN_MS, ACTIVE_PERIODS * member.periodS * SECOND_MS);
    for (const tally of tallies.of(member)) {
      const from = Math.min(tally.silentSince ?? now, now) - window;
      if (lastHeard < from) continue;
      tally.active += 1;
      if (isOverdue) tally.overdue += 1;
    }
  }
  return [...tallies.all()]
    .filter(({ active }) => active > 0)
    .map(({ key, group, active, overdue }) => ({ key, group, active, overdue }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}
