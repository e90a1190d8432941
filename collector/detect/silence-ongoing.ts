/** Which silence a silent group belongs to. Pure. */
import type { MemberGroup, SilenceEvent } from '../../shared/model/index.ts';
import { rejoins } from './silence/decide.ts';
import { isSameGroup, liesWithin, type GroupNow } from './silence/extent.ts';
import { SUDDEN_FROM } from './silence/levels.ts';

/** A silence of a part becomes one of the whole when the rest follows so soon; later it is another one. Milliseconds. */
const WIDENS_WITHIN_MS = 6 * 3_600_000;
/** The whole is silent again: a part of it that was announced so shortly before is its beginning, and no event of its own. Milliseconds. */
const BEGINS_WITHIN_MS = 30 * 60_000;
/** A part of a silence that is over is heard again a little later than the rest, one member after the other. Milliseconds. */
export const COMES_BACK_WITHIN_MS = 30 * 60_000;
/** Then it is looked at for so long: some of these minutes may not have been observed. Milliseconds. */
const LOOKED_AT_MS = 10 * 60_000;

/** One that was found to be part of another is that other one. */
const isOwn = (event: SilenceEvent): boolean => event.partOf === undefined;
const isOngoing = (event: SilenceEvent): boolean => event.endedAt === null && isOwn(event);

/** The event by which a group is known to be silent: its own, else one of which it is a part. */
export function openOf(group: MemberGroup, events: readonly SilenceEvent[]): SilenceEvent | null {
  const ongoing = events.filter(isOngoing);
  return (
    ongoing.find((e) => isSameGroup(e.group, group)) ??
    ongoing.find((e) => e.parts.some((part) => isSameGroup(part, group))) ??
    null
  );
}

/** So few further members make no other group. */
const FEW = 3;

/** Events of a group itself, and of the same members under a narrower name. */
export function ownOf(
  group: MemberGroup,
  active: number,
  events: readonly SilenceEvent[],
): readonly SilenceEvent[] {
  const isMine = (e: SilenceEvent): boolean =>
    isSameGroup(e.group, group) || (liesWithin(e.group, group) && active - e.active < FEW);
  return events.filter((e) => isOwn(e) && isMine(e));
}

/** The event, lately over, of which a group was a part, and which that part may outlive. */
export function lateOf(
  group: MemberGroup,
  events: readonly SilenceEvent[],
  now: number,
): SilenceEvent | null {
  const isLate = ({ endedAt }: SilenceEvent): boolean =>
    endedAt !== null && now >= endedAt && now - endedAt < COMES_BACK_WITHIN_MS + LOOKED_AT_MS;
  return (
    events.findLast((e) => isOwn(e) && isLate(e) && e.parts.some((part) => isSameGroup(part, group))) ?? null
  );
}

/**
 * When a group, or one that it lies in, fell silent; null: it is not silent. Milliseconds since 1970. Of parts of a silence that is
 * just over, too: whoever is not back yet still counts.
 */
export function silentSince(group: MemberGroup, events: readonly SilenceEvent[], now: number): number | null {
  const onsets = events.filter((e) => isOngoing(e) && liesWithin(group, e.group)).map((e) => e.onset.before);
  if (onsets.length > 0) return Math.min(...onsets);
  return lateOf(group, events, now)?.onset.before ?? null;
}

export type Belongs =
  | { readonly kind: 'goes_on'; readonly event: SilenceEvent }
  /** `absorbs`: events of parts, announced after it. */
  | {
      readonly kind: 'widens' | 'again';
      readonly event: SilenceEvent;
      readonly absorbs: readonly SilenceEvent[];
    }
  /** Within a wider one that is not over. */
  | { readonly kind: 'within' }
  | { readonly kind: 'new' };

/** The event that goes on when a group is silent again. */
function earlierOf(
  group: MemberGroup,
  onsetBefore: number | null,
  events: readonly SilenceEvent[],
): SilenceEvent | null {
  if (onsetBefore === null) return null;
  const isEarlier = (e: SilenceEvent): boolean =>
    e.endedAt !== null && isOwn(e) && isSameGroup(e.group, group) && rejoins(e.endedAt, onsetBefore);
  return events.findLast(isEarlier) ?? null;
}

/** `onsetBefore`: of the group, when it has just fallen silent; null: it was silent before. `events`: ongoing and lately ended ones. */
export function belongsTo(
  group: MemberGroup,
  onsetBefore: number | null,
  events: readonly SilenceEvent[],
): Belongs {
  const ongoing = events.filter(isOngoing);
  const same = ongoing.find((e) => isSameGroup(e.group, group));
  if (same !== undefined) return { kind: 'goes_on', event: same };
  if (ongoing.some((e) => liesWithin(group, e.group))) return { kind: 'within' };
  const narrower = ongoing.filter((e) => liesWithin(e.group, group));
  const earlier = earlierOf(group, onsetBefore, events);
  if (earlier !== null && onsetBefore !== null) {
    const begins = narrower.filter((e) => onsetBefore - e.openedAt <= BEGINS_WITHIN_MS);
    return { kind: 'again', event: earlier, absorbs: begins };
  }
  const [first, ...absorbs] = narrower
    .filter((e) => onsetBefore === null || onsetBefore - e.onset.before <= WIDENS_WITHIN_MS)
    .sort((a, b) => a.openedAt - b.openedAt || (a.id < b.id ? -1 : 1));
  return first === undefined ? { kind: 'new' } : { kind: 'widens', event: first, absorbs };
}

const FIELDS = ['cc', 'owner', 'asn', 'access', 'region'] as const;

/** A member may be one of both. */
function overlaps(a: MemberGroup, b: MemberGroup): boolean {
  return FIELDS.every((field) => a[field] === null || b[field] === null || a[field] === b[field]);
}

/** Of so many members some are heard of late by now, were they silent too; of fewer, all may be slow ones. */
const TELLING = 10;

/**
 * Whether a group that has fallen silent had better wait a few minutes for the whole: a silence beside it is announced already, more is
 * missing than before of a wider group that holds both, and they have members in common, or no large part of the wider one is heard as if
 * nothing were.
 * `groups`: all of the minute; `shareBefore`: what was missing of one of them some minutes before.
 */
export function mayBePart(
  group: MemberGroup,
  groups: readonly GroupNow[],
  shareBefore: (group: MemberGroup) => number,
  events: readonly SilenceEvent[],
): boolean {
  const isHeard = ({ active, overdue, silent }: GroupNow): boolean =>
    !silent && active >= TELLING && overdue <= SUDDEN_FROM * active;
  const ongoing = events.filter(isOngoing);
  return groups.some((whole) => {
    if (isSameGroup(whole.group, group) || !liesWithin(group, whole.group)) return false;
    const beside = ongoing.filter((e) => liesWithin(e.group, whole.group));
    const isAllSilent = (): boolean =>
      !groups.some((part) => liesWithin(part.group, whole.group) && isHeard(part));
    return (
      beside.length > 0 &&
      (beside.some((e) => overlaps(e.group, group)) || isAllSilent()) &&
      whole.overdue > shareBefore(whole.group) * whole.active
    );
  });
}
