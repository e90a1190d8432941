/** Journals of a silent group's members → what the silence was. One member has one voice, however many journals it hands in. */
import type { JournalCounts, SilenceEvent } from '../../../shared/model/index.ts';
import { MINUTE_MS } from './hour-peak.ts';
import { timedSpans, type ReceivedJournal, type TimedSpan } from './journal-times.ts';

export type { ReceivedJournal } from './journal-times.ts';
export { alternativesOf, stateOf, type StateEvidence } from './state.ts';

/** Of the silence: its onset, and its end; while it goes on, what has been received counts up to then. */
export type SilenceTimes = Pick<SilenceEvent, 'onset' | 'openedAt' | 'endedAt'>;

/**
 * Why a member's journals say nothing of a silence. `no_time`: its clock can't be right. `outside`: nothing in them is of that time.
 * `too_short`: a single look. `undecided`: what it looked at could not be told. `contradictory`: two journals differ about the same time.
 */
export type LeftOutReason = 'no_time' | 'outside' | 'too_short' | 'undecided' | 'contradictory';

export type Voice = Exclude<keyof JournalCounts, 'members'>;
const VOICES = ['cut', 'foreignCut', 'collectorBlocked', 'local', 'fine'] as const satisfies readonly Voice[];

/** What one span says; null: it can't be told. */
export function voiceOf({ span }: Pick<TimedSpan, 'span'>): Voice | null {
  const { gateway, domestic, foreign, collector } = span;
  if (collector === 'up') return 'fine';
  if (foreign === 'up') return collector === 'down' ? 'collectorBlocked' : null;
  if (foreign !== 'down') return gateway === 'down' && domestic !== 'up' ? 'local' : null;
  if (domestic === 'up') return 'foreignCut';
  if (gateway === 'down') return 'local';
  return gateway === 'up' && domestic === 'down' ? 'cut' : null;
}

/** Journals of one member that are read, those received first. */
const MAX_JOURNALS_OF_MEMBER = 50;
/** Journals differ about so much of what both cover, and are not believed. */
const MAX_CONFLICT = 0.25;
const MIN_SEEN_MS = 2 * MINUTE_MS;
/** A device that looked at nothing for so much of the silence was off. */
const OFF_SHARE = 0.5;
/** It is on the record that it ran so shortly before and after, or it may simply have gone. */
const OFF_BESIDE_MS = 60 * MINUTE_MS;

interface Member {
  readonly spans: readonly TimedSpan[];
  readonly until: number;
}

/** By pseudonym; the same journals in any order, and twice, give the same. */
function membersOf(journals: readonly ReceivedJournal[]): ReadonlyMap<string, readonly ReceivedJournal[]> {
  const members = new Map<string, Map<string, ReceivedJournal>>();
  for (const received of journals) {
    const own = members.get(received.journal.x_key) ?? new Map<string, ReceivedJournal>();
    members.set(received.journal.x_key, own);
    const text = JSON.stringify(received.journal);
    const known = own.get(text);
    if (known === undefined || received.receivedAt < known.receivedAt) own.set(text, received);
  }
  const ordered = [...members].map(([key, own]) => {
    const sorted = [...own].sort(([a, x], [b, y]) => x.receivedAt - y.receivedAt || (a < b ? -1 : 1));
    return [key, sorted.slice(0, MAX_JOURNALS_OF_MEMBER).map(([, received]) => received)] as const;
  });
  return new Map(ordered.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function readMember(journals: readonly ReceivedJournal[]): Member | null {
  const spans = journals.flatMap((received) => timedSpans(received) ?? []);
  if (spans.length === 0) return null;
  return {
    spans: spans.toSorted((a, b) => a.from - b.from || a.to - b.to),
    until: Math.max(...journals.map((j) => j.receivedAt)),
  };
}

interface Piece {
  readonly from: number;
  readonly to: number;
  readonly voice: Voice | null;
}

/** Time that pieces of different voices both claim. */
function conflict(pieces: readonly Piece[]): number {
  let total = 0;
  let reach: Piece | null = null;
  for (const piece of pieces) {
    if (reach !== null && piece.from < reach.to && piece.voice !== reach.voice)
      total += Math.max(0, Math.min(piece.to, reach.to) - piece.from - MINUTE_MS);
    if (reach === null || piece.to > reach.to) reach = piece;
  }
  return total;
}

function said(member: Member, event: SilenceTimes): Voice | LeftOutReason {
  const from = event.onset.before;
  const to = Math.max(from + MINUTE_MS, event.endedAt ?? member.until);
  const inside = member.spans.filter((s) => s.from < to && s.to > from);
  const pieces = inside.map((s) => ({
    from: Math.max(s.from, from),
    to: Math.min(s.to, to),
    voice: voiceOf(s),
  }));
  const length = pieces.reduce((total, p) => total + p.to - p.from, 0);
  if (conflict(pieces) > MAX_CONFLICT * length) return 'contradictory';
  const of = (voice: Voice): number =>
    pieces.reduce((total, p) => total + (p.voice === voice ? p.to - p.from : 0), 0);
  const most = VOICES.reduce((a, b) => (of(b) > of(a) ? b : a));
  if (of(most) >= MIN_SEEN_MS && most !== 'fine') return most;
  const ran = (a: number, b: number): boolean => member.spans.some((s) => s.from < b && s.to > a);
  const isOff = to - from - length >= OFF_SHARE * (to - from);
  if (isOff && ran(from - OFF_BESIDE_MS, from) && ran(to - MINUTE_MS, to + OFF_BESIDE_MS)) return 'local';
  if (of(most) >= MIN_SEEN_MS) return most;
  if (pieces.length === 0) return 'outside';
  return of(most) > 0 ? 'too_short' : 'undecided';
}

const isVoice = (word: Voice | LeftOutReason): word is Voice => VOICES.some((voice) => voice === word);

/** Of each member that handed in a journal, what it says of that time, or why it says nothing. */
function voices(
  journals: readonly ReceivedJournal[],
  event: SilenceTimes,
): readonly { readonly member: Member | null; readonly word: Voice | LeftOutReason }[] {
  return [...membersOf(journals).values()].map((own) => {
    const member = readMember(own);
    return { member, word: member === null ? 'no_time' : said(member, event) };
  });
}

/** `journals`: of members of the group, in any order; members are told apart by `x_key`. */
export function countJournals(journals: readonly ReceivedJournal[], event: SilenceTimes): JournalCounts {
  const words = voices(journals, event).flatMap(({ word }) => (isVoice(word) ? [word] : []));
  const of = (voice: Voice): number => words.filter((word) => word === voice).length;
  return {
    members: words.length,
    cut: of('cut'),
    foreignCut: of('foreignCut'),
    collectorBlocked: of('collectorBlocked'),
    local: of('local'),
    fine: of('fine'),
  };
}

/** Members whose journals say nothing of that time, by reason. */
export function leftOutOf(
  journals: readonly ReceivedJournal[],
  event: SilenceTimes,
): Readonly<Partial<Record<LeftOutReason, number>>> {
  const found: Partial<Record<LeftOutReason, number>> = {};
  for (const { word } of voices(journals, event)) if (!isVoice(word)) found[word] = (found[word] ?? 0) + 1;
  return found;
}

/** Members that must agree before the onset is moved. */
const MIN_AGREEING = 3;
/** Journals say whole minutes, cut off. */
const ROUNDING_MS = MINUTE_MS;
/** An onset is not moved further than this from what heartbeats show. */
const MAX_MOVE_MS = 90 * MINUTE_MS;

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)]!;

/** The last look that was fine before the first bad one, and that one; null: none bad near the onset. */
function turnOf({ spans }: Member, event: SilenceTimes) {
  const near = spans.filter((s) => s.to >= event.onset.after - MAX_MOVE_MS && s.from <= event.openedAt);
  const bad = near.find((s) => voiceOf(s) !== 'fine' && voiceOf(s) !== null);
  // Whose line was gone long before had another outage, or says what can't be.
  if (bad === undefined || bad.from < event.onset.after - MAX_MOVE_MS) return null;
  const fine = near.filter((s) => voiceOf(s) === 'fine' && s.to <= bad.from + MINUTE_MS).at(-1);
  return { after: fine === undefined ? null : Math.min(fine.to, bad.from), before: bad.from };
}

/**
 * The onset as members saw it: the medians of the last good look and of the first bad one, so that a fifth of liars moves it by little. As
 * it was where fewer than three saw it.
 */
export function correctOnset(
  journals: readonly ReceivedJournal[],
  event: SilenceTimes,
): SilenceEvent['onset'] {
  const turns = voices(journals, event).flatMap(({ member, word }) => {
    const turn = member !== null && isVoice(word) && word !== 'fine' ? turnOf(member, event) : null;
    return turn === null ? [] : [turn];
  });
  if (turns.length < MIN_AGREEING) return event.onset;
  const earliest = event.onset.after - MAX_MOVE_MS;
  const before = Math.min(event.openedAt, median(turns.map((t) => t.before)) + ROUNDING_MS);
  const seen = turns.flatMap((t) => t.after ?? []);
  const after = seen.length >= MIN_AGREEING ? median(seen) : event.onset.after;
  return { after: Math.max(earliest, Math.min(after, before - MINUTE_MS)), before };
}
