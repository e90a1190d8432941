/** Minute counts of groups, journals and outside sources → silence events and alerts. What decides is in silence/, pure. */
import type { MemberGroup, SilenceEvent } from '../../shared/model/index.ts';
import { groupKey } from '../member-groups.ts';
import { annotationsOf, type CalendarDay } from './silence/annotations.ts';
import { COUNTS_BACK_MINUTES, decideSilence, MIN_ACTIVE } from './silence/decide.ts';
import type { SilenceQuestion, SilenceStep } from './silence/decide.ts';
import { isSameGroup, joinGroups, type SilentGroup } from './silence/extent.ts';
import { SILENT_SHARE, SUDDEN_TO } from './silence/levels.ts';
import { alternativesOf } from './silence/state.ts';
import { expectedFalse, unlearntSilences, usualAt } from './silence/usual.ts';
import { packQuestion } from './silence-alert.ts';
import { createSilenceBook, type BookOptions, type SilenceEntry } from './silence-book.ts';
import {
  absorbed,
  newEntry,
  silentAgain,
  stillSilent,
  widened,
  type Judged,
  type JudgedSilent,
} from './silence-entries.ts';
import { createEvidence, type EvidenceSources } from './silence-evidence.ts';
import { createSilenceLearning } from './silence-learning.ts';
import {
  belongsTo,
  COMES_BACK_WITHIN_MS,
  lateOf,
  mayBePart,
  openOf,
  ownOf,
  silentSince,
  type Belongs,
} from './silence-ongoing.ts';

const MINUTE_MS = 60_000;
/** Outside sources are asked again so often. Minutes. */
const OUTSIDE_EVERY_MINUTES = 10;
/** Reading journals may take so long of one minute; the rest is read in the next. Milliseconds. */
const EVIDENCE_MS = 500;
/** What begins beside a silence that may still widen waits for so long at most. Milliseconds. */
const WAITS_MS = 15 * MINUTE_MS;
/** A wider group of which more is missing than so long before is falling silent: the longest usual period of heartbeats. Milliseconds. */
const RISES_OVER_MS = 15 * MINUTE_MS;
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
    readonly recent?: { readonly active: number; readonly overdue: number };
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
  silentSince(group: MemberGroup, now: number): number | null;
  /** Judges one minute. */
  minute(counted: CountedMinute): Promise<void>;
  /** A journal was kept: looked at with the next minute. */
  journalArrived(): void;
}

const onsetOf = ({ step }: Judged): SilenceEvent['onset'] | null =>
  step.kind === 'opens' ? step.onset : null;
const USUAL: SilenceStep = { kind: 'nothing', reason: 'usual' };

/** Of a silence that is over for most: hardly anybody of this part has come back, and that opens a silence by itself. */
function outlives(question: SilenceQuestion, late: SilenceEvent, now: number): boolean {
  if (now - (late.endedAt ?? now) < COMES_BACK_WITHIN_MS) return false;
  const step = decideSilence({ ...question, open: null });
  return step.kind === 'opens' && step.overdue >= SUDDEN_TO * step.active;
}

export function createSilenceDetector(options: SilenceOptions): SilenceDetector {
  const { beats } = options;
  const book = createSilenceBook(options);
  const evidence = createEvidence(options);
  const learning = createSilenceLearning(beats, options.startMs);
  /** Events whose evidence has to be read again. */
  const stale = new Set(book.events().map(({ id }) => id));

  const judge = ({ minute, now, groups }: CountedMinute): readonly Judged[] => {
    const events = book.events();
    return groups
      .filter(({ active }) => active >= MIN_ACTIVE)
      .map((counted) => {
        const { key, group, active, overdue } = counted;
        const open = openOf(group, events);
        const late = open === null ? lateOf(group, events, now) : null;
        // What decides would not open it; its counts need not be read.
        if (open === null && late === null && overdue < SILENT_SHARE * active)
          return { ...counted, silent: false, late: false, question: null, step: USUAL };
        const known = open ?? late;
        const tables = learning.tablesOf(group);
        const question: SilenceQuestion = {
          group,
          counts: beats.counts(key, minute - (COUNTS_BACK_MINUTES - 1) * MINUTE_MS, minute + MINUTE_MS),
          usual: usualAt(
            minute,
            tables,
            unlearntSilences(ownOf(group, active, events), tables[0]?.through ?? null),
          ),
          open: known === null ? null : { openedAt: known.openedAt, onset: known.onset },
        };
        const step = decideSilence(question);
        const isSilent = step.kind === 'opens' || step.kind === 'goes_on';
        const silent = isSilent && (late === null || outlives(question, late, now));
        return { ...counted, silent, late: late !== null, question, step };
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

  const endThose = (judged: readonly Judged[], now: number): void => {
    for (const { event, basis } of book.entries()) {
      const mine = judged.find(({ group }) => isSameGroup(group, event.group));
      if (event.endedAt !== null || mine?.question == null || mine.step.kind !== 'ends') continue;
      const ended = { ...event, endedAt: mine.step.endedAt };
      keep({ event: ended, basis: { ...basis, ending: packQuestion(mine.question) } }, now);
    }
  };

  /** Groups that wait for the whole, and since which minute. */
  let waiting = new Map<string, number>();

  const shareAt = (group: MemberGroup, minute: number): number => {
    const [count] = beats.counts(groupKey(group), minute, minute + MINUTE_MS);
    return count?.observed === true && count.active >= MIN_ACTIVE ? count.overdue / count.active : 1;
  };
  const waits = (mine: JudgedSilent, judged: readonly Judged[], minute: number): boolean => {
    if (minute - (waiting.get(mine.key) ?? minute) >= WAITS_MS) return false;
    const before = (group: MemberGroup): number => shareAt(group, minute - RISES_OVER_MS);
    return mayBePart(mine.group, judged, before, book.events());
  };

  interface Planned {
    readonly mine: JudgedSilent;
    readonly belongs: Belongs;
    /** Not said yet. */
    readonly waits: boolean;
  }
  const plan = (silent: SilentGroup, judged: readonly Judged[], minute: number): Planned | null => {
    const found = judged.find(({ group }) => isSameGroup(group, silent.group));
    if (found === undefined || found.question === null) return null;
    const mine = { ...found, question: found.question };
    const belongs = belongsTo(silent.group, onsetOf(mine)?.before ?? null, book.events());
    // Silent as part of one that has just ended: whether it outlives that one is seen later.
    if (belongs.kind === 'new' && mine.step.kind !== 'opens' && !mine.late) return null;
    const begins = mine.step.kind === 'opens' && (belongs.kind === 'new' || belongs.kind === 'again');
    return { mine, belongs, waits: begins && waits(mine, judged, minute) };
  };

  const apply = (silent: SilentGroup, judged: readonly Judged[], { minute, now }: CountedMinute): void => {
    const planned = plan(silent, judged, minute);
    if (planned === null) return;
    const { mine, belongs } = planned;
    if (planned.waits) return void waiting.set(mine.key, waiting.get(mine.key) ?? minute);
    waiting.delete(mine.key);
    if (belongs.kind === 'within') return;
    if (belongs.kind === 'new') {
      const entry = newEntry(silent, mine, judged, now);
      const lastRequest = options.lastRequestAt();
      const isNobodyHeard = lastRequest === null || lastRequest < entry.event.onset.before;
      const alternatives = silent.extent === 'national' && isNobodyHeard ? [OWN_LINE] : [];
      return keep({ ...entry, event: { ...entry.event, alternatives } }, now);
    }
    const entry = book.entry(belongs.event.id);
    if (entry === null) return;
    if (belongs.kind === 'goes_on') {
      const further = stillSilent(entry, silent, mine, judged);
      return further === null ? undefined : keep(further, now);
    }
    const parts = belongs.absorbs.flatMap(({ id }) => book.entry(id) ?? []);
    // The parts first: should the process end in between, the whole still takes its place in the next minute.
    for (const part of parts) keep(absorbed(part, silent.group, entry.event.id, mine, judged, now), now);
    keep(
      belongs.kind === 'widens'
        ? widened(entry, parts, silent, mine, judged)
        : silentAgain(entry, silent, mine, judged),
      now,
    );
  };

  /** Whether something is about to be announced, for which the collector had better be able to hear. */
  const begins = (silent: readonly SilentGroup[], judged: readonly Judged[], minute: number): boolean =>
    silent.some((one) => {
      const planned = plan(one, judged, minute);
      const kind = planned === null || planned.waits ? 'within' : planned.belongs.kind;
      return kind !== 'goes_on' && kind !== 'within';
    });

  const readEvidence = (now: number): void => {
    const end = options.monotonicMs() + EVIDENCE_MS;
    for (const id of stale) {
      stale.delete(id);
      const entry = book.entry(id);
      const known = entry === null ? null : evidence.applyTo(entry, now);
      if (known !== null && known !== entry) book.keep(dressed(known), now);
      if (options.monotonicMs() >= end) return;
    }
  };
  const lookAgain = (): void => book.events().forEach(({ id }) => void stale.add(id));

  return {
    silentSince: (group, now) => silentSince(group, book.events(), now),
    journalArrived() {
      evidence.journalArrived();
      lookAgain();
    },
    async minute(counted) {
      const { minute, now, observed } = counted;
      learning.learn(now);
      if (observed) {
        const judged = judge(counted);
        const silent = joinGroups(judged);
        // Who is heard again meanwhile, waits no longer.
        const keys = new Set(silent.map(({ group }) => groupKey(group)));
        waiting = new Map([...waiting].filter(([key]) => keys.has(key)));
        if (begins(silent, judged, minute) && (await options.ownUplink()) === 'down')
          beats.putMinutes(
            judged.map(({ group, active, overdue }) => ({
              key: groupKey(group),
              count: { minute, active, overdue, observed: false },
            })),
          );
        else {
          endThose(judged, now);
          silent.forEach((one) => apply(one, judged, counted));
        }
      }
      if (Math.floor(minute / MINUTE_MS) % OUTSIDE_EVERY_MINUTES === 0) lookAgain();
      readEvidence(now);
      book.settle(now);
    },
  };
}
