/** Which silence a silent group belongs to. Pure. */
import type { MemberGroup, SilenceEvent } from '../../shared/model/index.ts';
import { rejoins } from './silence/decide.ts';
import { isSameGroup, liesWithin } from './silence/extent.ts';

/** A silence of a part becomes one of the whole when the rest follows so soon; later it is another one. Milliseconds. */
const WIDENS_WITHIN_MS = 6 * 3_600_000;

const isOngoing = (event: SilenceEvent): boolean => event.endedAt === null;

/** The event by which a group is known to be silent: its own, else one of which it is a part. */
export function openOf(group: MemberGroup, events: readonly SilenceEvent[]): SilenceEvent | null {
  const ongoing = events.filter(isOngoing);
  return (
    ongoing.find((e) => isSameGroup(e.group, group)) ??
    ongoing.find((e) => e.parts.some((part) => isSameGroup(part, group))) ??
    null
  );
}

/** When a group, or one that it lies in, fell silent; null: it is not silent. Milliseconds since 1970. */
export function silentSince(group: MemberGroup, events: readonly SilenceEvent[]): number | null {
  const onsets = events.filter((e) => isOngoing(e) && liesWithin(group, e.group)).map((e) => e.onset.before);
  return onsets.length === 0 ? null : Math.min(...onsets);
}

export type Belongs =
  | { readonly kind: 'goes_on' | 'widens' | 'again'; readonly event: SilenceEvent }
  /** Within a wider one that is not over. */
  | { readonly kind: 'within' }
  | { readonly kind: 'new' };

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
  const narrower = ongoing.find(
    (e) =>
      liesWithin(e.group, group) &&
      (onsetBefore === null || onsetBefore - e.onset.before <= WIDENS_WITHIN_MS),
  );
  if (narrower !== undefined) return { kind: 'widens', event: narrower };
  const earlier =
    onsetBefore === null
      ? undefined
      : events.findLast(
          (e) => e.endedAt !== null && isSameGroup(e.group, group) && rejoins(e.endedAt, onsetBefore),
        );
  return earlier === undefined ? { kind: 'new' } : { kind: 'again', event: earlier };
}
