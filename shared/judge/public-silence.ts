/** A silence as it is published: of volunteers' records not even how few they were. */
import type { MemberGroup, SilenceEvent } from '../model/index.ts';

export interface PublicSilence {
  readonly id: string;
  readonly group: MemberGroup;
  readonly state: SilenceEvent['state'];
  readonly extent: SilenceEvent['extent'];
  readonly onset: { readonly after: string; readonly before: string };
  readonly opened_at: string;
  readonly ended_at: string | null;
  readonly active: number;
  readonly overdue: number;
  readonly parts: readonly MemberGroup[];
  /** Id of the wider silence of which it turned out to be a part. */
  readonly part_of?: string;
  readonly outside: readonly string[];
  readonly annotations: SilenceEvent['annotations'];
  readonly alternatives: readonly string[];
  readonly expected_false_per_year: number;
}

const time = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z');

export function publicSilence(event: SilenceEvent): PublicSilence {
  const { id, group, state, extent, active, overdue, parts, outside, annotations, alternatives } = event;
  return {
    id,
    group,
    state,
    extent,
    onset: { after: time(event.onset.after), before: time(event.onset.before) },
    opened_at: time(event.openedAt),
    ended_at: event.endedAt === null ? null : time(event.endedAt),
    active,
    overdue,
    parts,
    ...(event.partOf === undefined ? {} : { part_of: event.partOf.id }),
    outside,
    annotations,
    alternatives,
    expected_false_per_year: event.expectedFalse,
  };
}
