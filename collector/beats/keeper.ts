/** Heartbeats and journals in, receipts out; once a minute a roll call of all groups, which is kept and handed on. */
import type { Heartbeat, MemberGroup, OutageJournal } from '../../shared/model/index.ts';
import { CollectorError } from '../errors.ts';
import { publishedTime } from '../published-time.ts';
import type { BeatStore } from '../store/beats.ts';
import { createMembers, MAX_MEMBERS } from './members.ts';
import { createMinutes, MINUTE_MS } from './minutes.ts';
import { countMembers, type GroupRoll } from './roster.ts';

/** What is known of single members is erased so long after they were last heard. Days. */
const KEPT_DAYS = 14;
const DAY_MS = 24 * 3600 * 1000;
/** Journals that are kept at a time. */
const MAX_JOURNALS = 50_000;
/** Once this share of them is there, only keys that have been heard for a day find room: a new key costs nothing. */
const CROWDED_SHARE = 0.5;
/** Of one key in those days: a bad line breaks off many times a day. */
const MAX_JOURNALS_OF_ONE = 200;
/** The same once it is crowded, so that a hundred keys don't fill what is left. */
export const CROWDED_JOURNALS_OF_ONE = 20;
/** Smaller groups are not kept: their counts would tell a person's hours. They are judged as part of wider ones. */
export const LEAST_KEPT = 5;
/** Groups of one minute that are kept: anybody can make up lines. */
const MAX_GROUPS = 1_000;
/**
 * Groups that are kept at all: what is usual of each is learnt and stays. Once this share of them is there, a further one needs LEAST_KEPT
 * members that have been heard for a day.
 */
const MAX_GROUPS_EVER = 4_000;
const OPEN_SHARE = 0.5;
/** The tick comes a little after the minute is over, so that rounding never brings it before. Milliseconds. */
const AFTER_MINUTE_MS = 50;

/** One minute of all groups, by the collector's clock. */
export interface RolledMinute {
  readonly minute: number;
  readonly now: number;
  readonly observed: boolean;
  /** Those with LEAST_KEPT active members and more, as they are kept. */
  readonly groups: readonly GroupRoll[];
}

export interface KeeperOptions {
  readonly store: BeatStore;
  readonly nowMs: () => number;
  readonly monotonicMs: () => number;
  /** Of an ASN at a moment; null: not on record. */
  readonly ownerOf: (asn: number, atMs: number) => string | null;
  /** See roster.ts. */
  readonly silentSince: (group: MemberGroup, now: number) => number | null;
  readonly onMinute: (rolled: RolledMinute) => Promise<void>;
  readonly onJournal: () => void;
  readonly onFault: (error: unknown, what: string) => void;
  readonly maxMembers?: number;
  readonly maxJournals?: number;
  readonly maxGroupsEver?: number;
}

export interface BeatKeeper {
  /**
   * When it came, as receipts say it: to the second they would tell, to whoever gets hold of one, when a device was there. A journal is
   * durable when this returns; throws STORAGE_FULL when there is no room for it.
   */
  take(noteId: string, note: Heartbeat | OutageJournal): string;
  /** What the timer does. */
  tick(): Promise<void>;
  /** Ticks once a minute from now on. */
  start(): void;
  /** Erases what is old; how much. */
  erase(): number;
  memberCount(): number;
  /** Finishes the minute that runs, writes what is not written. */
  close(): Promise<void>;
}

export function createBeatKeeper(options: KeeperOptions): BeatKeeper {
  const { store, nowMs, monotonicMs, onFault } = options;
  const { maxJournals = MAX_JOURNALS, maxGroupsEver = MAX_GROUPS_EVER } = options;
  const members = createMembers(store.members(), options.maxMembers ?? MAX_MEMBERS);
  const minutes = createMinutes(nowMs(), monotonicMs());
  const knownGroups = new Set(store.groupKeys());

  const isKept = ({ key, established }: GroupRoll): boolean => {
    const room = maxGroupsEver * (established >= LEAST_KEPT ? 1 : OPEN_SHARE);
    if (!knownGroups.has(key) && knownGroups.size >= room) return false;
    knownGroups.add(key);
    return true;
  };

  const save = (): void => {
    const { changed, gone } = members.changes();
    store.saveMembers(changed, gone);
  };

  const takeJournal = (noteId: string, journal: OutageJournal): number => {
    const known = store.findJournal(noteId);
    if (known !== null) return known.receivedAt;
    const receivedAt = nowMs();
    const count = store.journalCount();
    const ofOne = store.journalCountOf(journal.x_key);
    const fits =
      count < CROWDED_SHARE * maxJournals ||
      (count < maxJournals && ofOne < CROWDED_JOURNALS_OF_ONE && members.isEstablished(journal.x_key));
    if (!fits) throw new CollectorError('STORAGE_FULL', 'there is no room for further journals');
    if (ofOne < MAX_JOURNALS_OF_ONE) {
      store.addJournal({ noteId, receivedAt, journal });
      options.onJournal();
    }
    return receivedAt;
  };

  const tickOnce = async (): Promise<void> => {
    const tick = minutes.tick(nowMs(), monotonicMs());
    if (tick === null) return;
    const { minute, now, observed, listeningSince, steppedMs } = tick;
    if (steppedMs !== 0) members.shift(steppedMs);
    save();
    const ownerOf = (asn: number): string | null => options.ownerOf(asn, now);
    const silentSince = (group: MemberGroup): number | null => options.silentSince(group, now);
    const groups = countMembers(members.all(), { now, listeningSince, ownerOf, silentSince })
      .filter(({ active }) => active >= LEAST_KEPT)
      .sort((a, b) => b.established - a.established || b.active - a.active || (a.key < b.key ? -1 : 1))
      .slice(0, MAX_GROUPS)
      .filter(isKept);
    store.putMinutes(
      groups.map(({ key, active, overdue }) => ({ key, count: { minute, active, overdue, observed } })),
    );
    await options.onMinute({ minute, now, observed, groups });
  };

  let running: Promise<void> = Promise.resolve();
  const tick = (): Promise<void> => {
    // One after the other: a minute that waits for the uplink must not be overtaken.
    running = running.then(tickOnce).catch((error: unknown) => onFault(error, 'counting heartbeats'));
    return running;
  };

  let timer: NodeJS.Timeout | null = null;
  let closed = false;
  const schedule = (): void => {
    if (closed) return;
    const wait = MINUTE_MS - (nowMs() % MINUTE_MS) + AFTER_MINUTE_MS;
    timer = setTimeout(() => void tick().then(schedule), wait).unref();
  };

  return {
    take(noteId, note) {
      const at = note.kind === 'journal' ? takeJournal(noteId, note) : nowMs();
      if (note.kind === 'heartbeat') members.hear(note, at);
      return publishedTime(at);
    },
    tick,
    start: schedule,
    erase() {
      const before = nowMs() - KEPT_DAYS * DAY_MS;
      members.forget(before);
      save();
      return store.erase(before);
    },
    memberCount: () => members.size(),
    async close() {
      closed = true;
      if (timer !== null) clearTimeout(timer);
      await running;
      save();
    },
  };
}
