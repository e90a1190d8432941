/** Silence → what is announced of it: counts of groups from which the same follows years later, and the words as they were said. */
import { LANGUAGES } from '../../shared/i18n/index.ts';
import { explainSilence } from '../../shared/judge/silence-words.ts';
import type { GroupCount, JournalCounts, MemberGroup, SilenceEvent } from '../../shared/model/index.ts';
import type { Alert, AlertState, NewAlert } from '../store/alerts.ts';
import type { OpenSilence, SilenceQuestion } from './silence/decide.ts';
import type { GroupNow } from './silence/extent.ts';
import type { UsualMisses } from './silence/usual.ts';

export const SILENCE_ALERT_KIND = 'silence';
/** Raised whenever the same counts may lead to another decision. */
export const SILENCE_VERSION = 1;

/** `[minute, active, overdue, observed 0 or 1]`: a decision has some seventy of them. */
export type PackedCount = readonly [minute: number, active: number, overdue: number, observed: 0 | 1];

/** One question to `decideSilence`, as it is kept. */
export interface KeptQuestion {
  readonly group: MemberGroup;
  readonly counts: readonly PackedCount[];
  readonly usual: UsualMisses;
  readonly open: OpenSilence | null;
}

/** What an event follows from. Numbers of groups only: journals and members are erased, this is not. */
export interface SilenceBasis {
  readonly version: number;
  /** Grows whenever the event is kept anew. */
  readonly revision: number;
  /** Asked of the event's group when it opened, or when a wider group took its place. */
  readonly opening: KeptQuestion;
  /** All groups of the country in the minute that decided how far it reaches. */
  readonly groups: readonly GroupNow[];
  /** As the heartbeats have it; journals may have corrected the event's. */
  readonly heardOnset: SilenceEvent['onset'];
  readonly journals: JournalCounts;
  readonly outside: readonly string[];
  readonly otherRoute: number;
  /** Asked when it ended; null: it goes on. */
  readonly ending: KeptQuestion | null;
}

export interface SilenceInputs extends SilenceBasis {
  readonly event: SilenceEvent;
}

export const packQuestion = ({ group, counts, usual, open }: SilenceQuestion): KeptQuestion => ({
  group,
  counts: counts.map((c) => [c.minute, c.active, c.overdue, c.observed ? 1 : 0]),
  usual,
  open,
});

/** What `decideSilence` was asked. */
export const questionOf = ({ group, counts, usual, open }: KeptQuestion): SilenceQuestion => ({
  group,
  counts: counts.map(([minute, active, overdue, observed]): GroupCount => ({
    minute,
    active,
    overdue,
    observed: observed === 1,
  })),
  usual,
  open,
});

/** Written by `newSilenceAlert`. */
export const silenceInputsOf = (alert: Pick<Alert, 'inputs'>): SilenceInputs =>
  JSON.parse(alert.inputs) as SilenceInputs;

/** `at`: ISO 8601 UTC, whole seconds. */
export function newSilenceAlert(
  state: AlertState,
  event: SilenceEvent,
  basis: SilenceBasis,
  at: string,
): NewAlert {
  const inputs: SilenceInputs = { ...basis, event };
  const words = Object.fromEntries(LANGUAGES.map((language) => [language, explainSilence(event, language)]));
  return {
    kind: SILENCE_ALERT_KIND,
    subject: event.id,
    state,
    at,
    inputs: JSON.stringify(inputs),
    words: JSON.stringify(words),
  };
}

/** How far an onset moves before it is announced. Milliseconds. */
const ONSET_MOVED_MS = 5 * 60_000;

const moved = (a: SilenceEvent['onset'], b: SilenceEvent['onset']): boolean =>
  Math.abs(a.after - b.after) >= ONSET_MOVED_MS || Math.abs(a.before - b.before) >= ONSET_MOVED_MS;

function saysTheSame(event: SilenceEvent, said: SilenceEvent): boolean {
  return (
    said.state === event.state &&
    said.extent === event.extent &&
    JSON.stringify(said.group) === JSON.stringify(event.group) &&
    !moved(said.onset, event.onset)
  );
}

/** The newest alert about an event. */
export interface Said {
  readonly state: AlertState;
  readonly event: SilenceEvent;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/**
 * What is to be said of an event, given what was said of it last; null: nothing. The newest alert's state is what is so: of an event
 * that is over and of which more came to be known, it is `ended` once more.
 */
export function toAnnounce(event: SilenceEvent, said: Said | null): AlertState | null {
  if (event.state === 'withdrawn') return said === null || said.state === 'withdrawn' ? null : 'withdrawn';
  if (said === null) return 'opened';
  const wasOver = said.state === 'ended' || said.state === 'withdrawn';
  if (event.endedAt === null) return wasOver ? 'opened' : saysTheSame(event, said.event) ? null : 'changed';
  return said.state === 'ended' && saysTheSame(event, said.event) ? null : 'ended';
}
