/** Minute counts of groups, journals and outside sources → silence events and alerts. What decides is in silence/, pure. */
import { utf8 } from '../../shared/codec/base64.ts';
import { sha256Hex } from '../../shared/codec/digest.ts';
import type { MemberGroup, SilenceEvent } from '../../shared/model/index.ts';
import { groupKey } from '../member-groups.ts';
import { annotationsOf, type CalendarDay } from './silence/annotations.ts';
import { COUNTS_BACK_MINUTES, decideSilence, MIN_ACTIVE } from './silence/decide.ts';
import type { SilenceQuestion, SilenceStep } from './silence/decide.ts';
import { isSameGroup, joinGroups } from './silence/extent.ts';
import type { GroupNow, SilentGroup } from './silence/extent.ts';
import { alternativesOf } from './silence/state.ts';
import { expectedFalse, usualAt } from './silence/usual.ts';
import { packQuestion, SILENCE_VERSION } from './silence-alert.ts';
import { createSilenceBook, type BookOptions, type SilenceEntry } from './silence-book.ts';
import { NO_JOURNALS, withEvidence, type EvidenceSources } from './silence-evidence.ts';
import { createSilenceLearning } from './silence-learning.ts';
import { belongsTo, openOf, silentSince } from './silence-ongoing.ts';

const MINUTE_MS = 60_000;
/** Outside sources are asked again so often. Minutes. */
const OUTSIDE_EVERY_MINUTES = 10;
/** Reading journals may take so long of one minute; the rest is read in the next. Milliseconds. */
const EVIDENCE_MS = 500;
/** Groups named as parts of one event. */
const MAX_PARTS = 50;
/** The whole country fell silent and nobody else was heard either: it may be the collector's own line. */
const OWN_LINE = 'alternative.silence.collector_fault';

/** One minute of all groups, its counts kept already; see beats/keeper.ts. */
export interface CountedMinute {
  readonly minute: number;
  readonly now: number;
  readonly observed: boolean;
  readonly groups: readonly {
    readonly key: string;
    readonly group: MemberGroup;
    readonly active: number;
    readonly overdue: number;
  }[];
}

export interface SilenceOptions extends BookOptions, EvidenceSources {
  readonly monotonicMs: () => number;
  /** Asked when a silence is about to open, and not otherwise. */
  readonly ownUplink: () => Promise<'up' | 'down' | 'unknown'>;
  /** When the last request of anybody came in, milliseconds since 1970; null: none since the start. */
  readonly lastRequestAt: () => number | null;
  readonly calendar: () => readonly CalendarDay[];
}

export interface SilenceDetector {
  /** See beats/roster.ts. */
  silentSince(group: MemberGroup): number | null;
  /** Judges one minute. */
  minute(counted: CountedMinute): Promise<void>;
  /** A journal was kept: looked at with the next minute. */
  journalArrived(): void;
}

interface Judged extends GroupNow {
  readonly question: SilenceQuestion;
  readonly step: SilenceStep;
}

const onsetOf = ({ step }: Judged): SilenceEvent['onset'] | null =>
  step.kind === 'opens' ? step.onset : null;

function withParts(parts: readonly MemberGroup[], more: readonly MemberGroup[]): readonly MemberGroup[] {
  const added = more.filter((group) => !parts.some((part) => isSameGroup(part, group)));
  return [...parts, ...added].slice(0, MAX_PARTS);
}

export function createSilenceDetector(options: SilenceOptions): SilenceDetector {
  const { beats } = options;
  const book = createSilenceBook(options);
  const learning = createSilenceLearning(beats, options.startMs);
  /** Events whose evidence has to be read again. */
  const stale = new Set(book.events().map(({ id }) => id));

  const judge = ({ minute, groups }: CountedMinute): readonly Judged[] => {
    const events = book.events();
    return groups
      .filter(({ active }) => active >= MIN_ACTIVE)
      .map(({ key, group, active, overdue }) => {
        const open = openOf(group, events);
        const question: SilenceQuestion = {
          group,
          counts: beats.counts(key, minute - (COUNTS_BACK_MINUTES - 1) * MINUTE_MS, minute + MINUTE_MS),
          usual: usualAt(minute, learning.tablesOf(group)),
          open: open === null ? null : { openedAt: open.openedAt, onset: open.onset },
        };
        const step = decideSilence(question);
        const silent = step.kind === 'opens' || step.kind === 'goes_on';
        return { group, active, overdue, silent, question, step };
      });
  };

  /** What stands beside an event and decides nothing. */
  const dressed = ({ event, basis }: SilenceEntry): SilenceEntry => {
    const ownLine = event.alternatives.filter((id) => id === OWN_LINE);
    return {
      basis,
      event: {
        ...event,
        annotations: annotationsOf(event, options.calendar()),
        alternatives: [...new Set([...alternativesOf(event.state, event), ...ownLine])],
        expectedFalse: expectedFalse(learning.tablesOf(event.group), event.active),
      },
    };
  };
  const keep = (entry: SilenceEntry, now: number): void => {
    book.keep(dressed(entry), now);
    stale.add(entry.event.id);
  };

  const basisFields = (mine: Judged, judged: readonly Judged[]) => ({
    opening: packQuestion(mine.question),
    groups: judged
      .filter(({ group }) => group.cc === mine.group.cc)
      .map(({ group, active, overdue, silent }) => ({ group, active, overdue, silent })),
    ending: null,
  });

  /** `before`: the wider event, just over, of which it was a part. */
  const newEntry = (
    { group, extent, parts }: SilentGroup,
    mine: Judged,
    judged: readonly Judged[],
    now: number,
  ): SilenceEntry => {
    const { step, question } = mine;
    const onset = onsetOf(mine) ?? question.open?.onset ?? { after: now - MINUTE_MS, before: now };
    const openedAt = step.kind === 'opens' ? step.openedAt : now;
    const lastRequest = options.lastRequestAt();
    const nobody = extent === 'national' && (lastRequest === null || lastRequest < onset.before);
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
        alternatives: nobody ? [OWN_LINE] : [],
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
  };

  const endThose = (judged: readonly Judged[], now: number): void => {
    for (const { event, basis } of book.entries()) {
      const mine = judged.find(({ group }) => isSameGroup(group, event.group));
      if (event.endedAt !== null || mine?.step.kind !== 'ends') continue;
      const ended = { ...event, endedAt: mine.step.endedAt };
      keep({ event: ended, basis: { ...basis, ending: packQuestion(mine.question) } }, now);
    }
  };

  const apply = (silent: SilentGroup, judged: readonly Judged[], now: number): void => {
    const mine = judged.find(({ group }) => isSameGroup(group, silent.group));
    if (mine === undefined) return;
    const belongs = belongsTo(silent.group, onsetOf(mine)?.before ?? null, book.events());
    if (belongs.kind === 'within') return;
    if (belongs.kind === 'new') return keep(newEntry(silent, mine, judged, now), now);
    const entry = book.entry(belongs.event.id);
    if (entry === null) return;
    const { event, basis } = entry;
    const { group, extent } = silent;
    const parts = withParts(event.parts, silent.parts);
    if (belongs.kind === 'goes_on') {
      if (extent === event.extent && parts.length === event.parts.length) return;
      const { groups } = basisFields(mine, judged);
      return keep({ event: { ...event, extent, parts }, basis: { ...basis, groups } }, now);
    }
    const { active, overdue } = mine;
    const wider =
      belongs.kind === 'widens' ? { parts: withParts(silent.parts, event.parts), active, overdue } : {};
    const changed = { ...event, group, extent, parts, ...wider, endedAt: null };
    return keep({ event: changed, basis: { ...basis, ...basisFields(mine, judged) } }, now);
  };

  /** Whether something is about to be announced, for which the collector had better be able to hear. */
  const begins = (silent: readonly SilentGroup[], judged: readonly Judged[]): boolean =>
    silent.some(({ group }) => {
      const mine = judged.find((j) => isSameGroup(j.group, group));
      const { kind } = belongsTo(group, (mine && onsetOf(mine)?.before) ?? null, book.events());
      return kind !== 'goes_on' && kind !== 'within';
    });

  const readEvidence = (now: number): void => {
    const end = options.monotonicMs() + EVIDENCE_MS;
    for (const id of stale) {
      stale.delete(id);
      const entry = book.entry(id);
      const known = entry === null ? null : withEvidence(entry, options, now);
      if (known !== null && known !== entry) book.keep(dressed(known), now);
      if (options.monotonicMs() >= end) return;
    }
  };
  const lookAgain = (): void => book.events().forEach(({ id }) => void stale.add(id));

  return {
    silentSince: (group) => silentSince(group, book.events()),
    journalArrived: lookAgain,
    async minute(counted) {
      const { minute, now, observed } = counted;
      learning.learn(now);
      if (observed) {
        const judged = judge(counted);
        const silent = joinGroups(judged);
        if (begins(silent, judged) && (await options.ownUplink()) === 'down')
          beats.putMinutes(
            judged.map(({ group, active, overdue }) => ({
              key: groupKey(group),
              count: { minute, active, overdue, observed: false },
            })),
          );
        else {
          endThose(judged, now);
          silent.forEach((one) => apply(one, judged, now));
        }
      }
      if (Math.floor(minute / MINUTE_MS) % OUTSIDE_EVERY_MINUTES === 0) lookAgain();
      readEvidence(now);
      book.settle(now);
    },
  };
}
