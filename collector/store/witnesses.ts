/** What the collector needs of a database to find witnesses: who reached a place, who waits for one that did. */
import type { Place } from '../../shared/model/index.ts';

/** Places seen from a network, by a reflector's word. */
export interface OnNetwork {
  readonly asn: number;
  readonly places: readonly Place[];
}

/** What is derived from one entry. */
export interface EntryPlaces {
  /** `YYYY-MM-DD HH:MM:SS`, UTC: the start. */
  readonly startTime: string;
  /** Null: the measurement can bear no witness. */
  readonly reached: OnNetwork | null;
  /** Where a witness would confirm what was found; null: nowhere. */
  readonly silent: OnNetwork | null;
  /** Ids of the witnesses that it was judged with, sorted. */
  readonly given: readonly string[];
}

/** A network's measurement that reached a place. */
export interface ReachedBy {
  readonly asn: number;
  readonly startTime: string;
  readonly measurementId: string;
}

/** A place that was reached at a time, whose influence is not worked out yet. */
export interface DueWitness extends Place {
  readonly startTime: string;
  /** Entries up to this index have been looked at. */
  readonly afterIndex: number;
  /** Higher each time that one more measurement reached it. */
  readonly generation: number;
}

export interface WaitingEntry {
  readonly index: number;
  readonly given: readonly string[];
}

export interface WitnessStore {
  /**
   * Of each network that reached the place, at most `networks` of them, the nearest start on either side; `below`: as far
   * as entries before this index know.
   */
  reachedNear(
    place: Place,
    startTime: string,
    networks: number,
    below?: number,
  ): Promise<readonly ReachedBy[]>;
  /** The next one to work out; null: none. */
  dueWitness(): Promise<DueWitness | null>;
  /** Entries that were silent at the place near that time, in the order of their indexes. */
  waitingFor(due: DueWitness, limit: number): Promise<readonly WaitingEntry[]>;
  /** Where an entry was silent, and when; null: nowhere. */
  silentOf(index: number): Promise<(OnNetwork & { readonly startTime: string }) | null>;
  /** Goes on behind `afterIndex`; null: it is worked out. Nothing happens when a witness came since it was read. */
  advanceWitness(due: DueWitness, afterIndex: number | null): Promise<void>;
}
