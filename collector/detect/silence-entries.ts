/** What is kept of a silence when it begins, widens, begins again, or turns out to be part of another. Pure. */
import { utf8 } from '../../shared/codec/base64.ts';
import { sha256Hex } from '../../shared/codec/digest.ts';
import type { MemberGroup } from '../../shared/model/index.ts';
import { groupKey } from '../member-groups.ts';
import type { SilenceQuestion, SilenceStep } from './silence/decide.ts';
import { isSameGroup, type GroupNow, type SilentGroup } from './silence/extent.ts';
import { packQuestion, SILENCE_VERSION, type SilenceBasis } from './silence-alert.ts';
import type { SilenceEntry } from './silence-book.ts';
import { NO_JOURNALS } from './silence-evidence.ts';

const MINUTE_MS = 60_000;
/** Groups named as parts of one event. */
const MAX_PARTS = 50;

/** A group in one minute, and what was decided of it. */
export interface Judged extends GroupNow {
  readonly key: string;
  /** Null: so little of it is missing that nothing had to be asked. */
  readonly question: SilenceQuestion | null;
  readonly step: SilenceStep;
  /** Asked as part of a silence that is over. */
  readonly late: boolean;
}
/** One that is silent, so that it was asked. */
export type JudgedSilent = Judged & { readonly question: SilenceQuestion };

const groupsOf = (mine: Judged, judged: readonly Judged[]): readonly GroupNow[] =>
  judged
    .filter(({ group }) => group.cc === mine.group.cc)
    .map(({ group, active, overdue, silent, recent }) => ({
      group,
      active,
      overdue,
      silent,
      ...(recent === undefined ? {} : { recent }),
    }));

const basisFields = (
  mine: JudgedSilent,
  judged: readonly Judged[],
): Pick<SilenceBasis, 'opening' | 'groups' | 'ending'> => ({
  opening: packQuestion(mine.question),
  groups: groupsOf(mine, judged),
  ending: null,
});

function withParts(parts: readonly MemberGroup[], more: readonly MemberGroup[]): readonly MemberGroup[] {
  const added = more.filter((group) => !parts.some((part) => isSameGroup(part, group)));
  return [...parts, ...added].slice(0, MAX_PARTS);
}

export function newEntry(
  { group, extent, parts }: SilentGroup,
  mine: JudgedSilent,
  judged: readonly Judged[],
  now: number,
): SilenceEntry {
  const { step, question } = mine;
  // Of a part that outlives a wider silence, the onset is that one's.
  const onset =
    step.kind === 'opens' ? step.onset : (question.open?.onset ?? { after: now - MINUTE_MS, before: now });
  const openedAt = step.kind === 'opens' ? step.openedAt : now;
  return {
    event: {
      id: sha256Hex(utf8(`silence ${groupKey(group)} ${openedAt}`)),
      group,
      state: 'silence',
      extent,
      onset,
      openedAt,
      endedAt: null,
      active: step.kind === 'opens' ? step.active : mine.active,
      overdue: step.kind === 'opens' ? step.overdue : mine.overdue,
      journals: NO_JOURNALS,
      parts: parts.slice(0, MAX_PARTS),
      outside: [],
      annotations: [],
      alternatives: [],
      expectedFalse: 0,
    },
    basis: {
      version: SILENCE_VERSION,
      revision: 0,
      heardOnset: onset,
      journals: NO_JOURNALS,
      outside: [],
      otherRoute: 0,
      ...basisFields(mine, judged),
    },
  };
}

/** Null: nothing new. */
export function stillSilent(
  { event, basis }: SilenceEntry,
  { extent, parts: more }: SilentGroup,
  mine: Judged,
  judged: readonly Judged[],
): SilenceEntry | null {
  const parts = withParts(event.parts, more);
  if (extent === event.extent && parts.length === event.parts.length) return null;
  return { event: { ...event, extent, parts }, basis: { ...basis, groups: groupsOf(mine, judged) } };
}

/** The wider group takes the place of its part; `absorbed`: further parts, one of which may have begun before. */
export function widened(
  { event, basis }: SilenceEntry,
  absorbs: readonly SilenceEntry[],
  { group, extent, parts }: SilentGroup,
  mine: JudgedSilent,
  judged: readonly Judged[],
): SilenceEntry {
  const all = [{ event, basis }, ...absorbs];
  const earliest = all.reduce((a, b) => (b.basis.heardOnset.before < a.basis.heardOnset.before ? b : a));
  const { active, overdue } = mine;
  const narrower = all.flatMap((entry) => [entry.event.group, ...entry.event.parts]);
  return {
    event: {
      ...event,
      group,
      extent,
      onset: earliest.event.onset,
      parts: withParts(parts, narrower),
      active,
      overdue,
    },
    basis: { ...basis, heardOnset: earliest.basis.heardOnset, ...basisFields(mine, judged) },
  };
}

export function silentAgain(
  { event, basis }: SilenceEntry,
  { extent, parts }: SilentGroup,
  mine: JudgedSilent,
  judged: readonly Judged[],
): SilenceEntry {
  return {
    event: { ...event, extent, parts: withParts(event.parts, parts), endedAt: null },
    basis: { ...basis, ...basisFields(mine, judged) },
  };
}

/** `whole`: the group of the event `into` by now. */
export function absorbed(
  { event, basis }: SilenceEntry,
  whole: MemberGroup,
  into: string,
  mine: Judged,
  judged: readonly Judged[],
  now: number,
): SilenceEntry {
  return {
    event: { ...event, state: 'withdrawn', endedAt: now, partOf: { id: into, group: whole } },
    basis: { ...basis, groups: groupsOf(mine, judged) },
  };
}
