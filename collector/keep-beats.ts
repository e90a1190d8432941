/** Heartbeats and journals of a running collector: taken, counted every minute, judged, erased. */
import { createBeatKeeper } from './beats/keeper.ts';
import type { CalendarDay } from './detect/silence/annotations.ts';
import { createSilenceDetector } from './detect/silence-events.ts';
import type { Heartbeat, OutageJournal, SilenceEvent } from '../shared/model/index.ts';
import type { OwnUplink } from './own-uplink.ts';
import type { AlertStore } from './store/alerts.ts';
import type { BeatStore } from './store/beats.ts';

export interface BeatsParts {
  readonly store: BeatStore;
  readonly alerts: Pick<AlertStore, 'appendAlert' | 'latestAlert' | 'openSubjects'>;
  readonly nowMs: () => number;
  readonly monotonicMs: () => number;
  /** Of an ASN at a moment; null: not on record. */
  readonly ownerOf: (asn: number, atMs: number) => string | null;
  readonly ownUplink: () => Promise<OwnUplink>;
  /** Names of outside sources that show an outage of that place and time. */
  readonly outsideFor?: (event: SilenceEvent) => readonly string[];
  readonly calendar?: () => readonly CalendarDay[];
  readonly onFault: (error: unknown, what: string) => void;
}

export interface KeptBeats {
  /** When it came; see beats/keeper.ts. */
  take(noteId: string, note: Heartbeat | OutageJournal): string;
  /** Somebody's request has come in, whatever it was. */
  heardSomebody(): void;
  /** Counts and judges once a minute from now on. */
  start(): void;
  /** The same, once and now. */
  tick(): Promise<void>;
  /** What is known of single members and is old. */
  erase(): void;
  /** Finishes the minute that runs, and writes what is not written. */
  close(): Promise<void>;
}

/** Throws what the store throws. */
export function keepBeats(parts: BeatsParts): KeptBeats {
  const { store, nowMs, monotonicMs, ownerOf, onFault } = parts;
  let lastRequestAt: number | null = null;
  const detector = createSilenceDetector({
    beats: store,
    alerts: parts.alerts,
    startMs: nowMs(),
    monotonicMs,
    ownerOf,
    ownUplink: parts.ownUplink,
    lastRequestAt: () => lastRequestAt,
    outsideFor: parts.outsideFor ?? (() => []),
    calendar: parts.calendar ?? (() => []),
  });
  const keeper = createBeatKeeper({
    store,
    nowMs,
    monotonicMs,
    ownerOf,
    silentSince: (group, now) => detector.silentSince(group, now),
    onMinute: (counted) => detector.minute(counted),
    onJournal: () => detector.journalArrived(),
    onFault,
  });
  keeper.erase();
  return {
    take: (noteId, note) => keeper.take(noteId, note),
    heardSomebody() {
      lastRequestAt = nowMs();
    },
    start: () => keeper.start(),
    tick: () => keeper.tick(),
    erase() {
      try {
        keeper.erase();
      } catch (error) {
        onFault(error, 'erasing heartbeats and journals');
      }
    },
    close: () => keeper.close(),
  };
}
