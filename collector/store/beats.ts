/**
 * What is kept of heartbeats and journals: beats.db, apart from the archive, because it forgets. Members and journals are gone 14 days
 * after they were last heard of; counts of groups stay. Synchronous like the archive: all of it is small.
 */
import type {
  GroupCount,
  LineOfMember,
  MemberGroup,
  OutageJournal,
  SilenceEvent,
} from '../../shared/model/index.ts';
import type { SilenceReader } from './events.ts';

/** One key that sends heartbeats. Times are the collector's, milliseconds since 1970. */
export interface Member {
  /** `x_key`. */
  readonly pseudonym: string;
  readonly line: LineOfMember;
  readonly firstHeard: number;
  readonly lastHeard: number;
  /** Seconds, as it stated last. */
  readonly periodS: number;
  readonly sequence: number;
  /** It said that it goes: its absence is no silence. */
  readonly leaving: boolean;
}

export interface StoredJournal {
  /** Hex SHA-256 of the signed bytes. */
  readonly noteId: string;
  /** Milliseconds since 1970. */
  readonly receivedAt: number;
  readonly journal: OutageJournal;
}

export interface JournalQuery {
  readonly since: number;
  readonly knownBefore: number;
  readonly perMember: number;
  readonly limit: number;
}

/** A silence, and what it follows from: JSON of whoever decides. */
export interface KeptSilence {
  readonly event: SilenceEvent;
  readonly basis: string;
}

/** A group's part of one minute. */
export interface GroupMinute {
  readonly key: string;
  readonly count: GroupCount;
}

/** What is learnt of a group, as JSON of whoever learns it. */
export interface LearntOfGroup {
  readonly key: string;
  readonly learnt: string;
}

export interface BeatStore extends SilenceReader {
  members(): readonly Member[];
  member(pseudonym: string): Member | null;
  /** In one transaction; `gone` are erased. */
  saveMembers(members: readonly Member[], gone: readonly string[]): void;
  /** Durable when this returns. The same signed bytes again are left as they were, and returned. */
  addJournal(journal: StoredJournal): StoredJournal;
  findJournal(noteId: string): StoredJournal | null;
  journalCount(): number;
  journalCountOf(pseudonym: string): number;
  /**
   * Received since `since` (inclusive) of members that were first heard before `knownBefore`, of each the newest `perMember`, in the
   * order in which they came, at most `limit`.
   */
  journalsOfMembers(query: JournalQuery): readonly StoredJournal[];
  /** One minute of many groups, in one transaction. The same minute again is written over. */
  putMinutes(minutes: readonly GroupMinute[]): void;
  /** Minutes from `since` (inclusive) until `until` (exclusive); those without an entry are not observed, active 0. */
  counts(key: string, since: number, until: number): readonly GroupCount[];
  /** All groups that have counts, by their keys. */
  groupKeys(): readonly string[];
  /** Groups that have counts of that hour (its start, milliseconds since 1970). */
  groupsIn(hour: number): readonly MemberGroup[];
  learnt(): readonly LearntOfGroup[];
  putLearnt(rows: readonly LearntOfGroup[]): void;
  /** A short text of ours by name, such as where the learning stands; null: never set. */
  mark(name: string): string | null;
  setMark(name: string, value: string): void;
  putSilence(kept: KeptSilence): void;
  keptSilence(id: string): KeptSilence | null;
  /** Going on (withdrawn ones too), or ended at or after that moment; the newest `limit`, the oldest first. */
  silencesSince(ended: number, limit: number): readonly KeptSilence[];
  /** Erases members not heard since, and journals received before, that moment; how many. */
  erase(before: number): number;
  close(): void;
}
