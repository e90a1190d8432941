/**
 * What the collector needs of a database. Two halves, because they live by different rules: the archive is the truth
 * (append-only, durable before it is acknowledged, written from one place), everything derived may be deleted at any
 * time and computed again. The archive answers synchronously, since appending to the log reads the tree inside one
 * transaction; the derived half is asynchronous, so that an engine on another machine can stand behind it.
 */
import type { SignedControlReply, Vote } from '../../shared/model/index.ts';
import type { TreeNode, ReadNode } from '../../shared/proof/merkle.ts';
import type { AlertStore } from './alerts.ts';
import type { BlockingReader, VoteReader } from './events.ts';
import type { EntryInterception, InterceptionReader, InterceptionStore } from './interception.ts';
import type { BlockingStore } from './votes.ts';
import type { EntryPlaces, WitnessStore } from './witnesses.ts';

export interface NewEntry {
  /** Hex SHA-256 of the payload. */
  readonly measurementId: string;
  /** ISO 8601 UTC, whole seconds. */
  readonly receivedAt: string;
  /** The DSSE envelope's JSON, as received. */
  readonly envelope: Uint8Array;
  /** 32 random bytes; see shared/proof/leaf.ts. */
  readonly nonce: Uint8Array;
  /** Hash of the judge context in force; see archive/context.ts. */
  readonly context: string;
  readonly privatePart: { readonly envelope: Uint8Array; readonly eraseAfter: string } | null;
}

export interface ArchivedEntry {
  /** Position in the log, from 0, without gaps. */
  readonly index: number;
  readonly measurementId: string;
  readonly receivedAt: string;
  readonly envelope: Uint8Array;
  readonly context: string;
  /** The receipt's DSSE envelope, JSON. */
  readonly receipt: string;
}

export interface Snapshot {
  readonly sha256: string;
  readonly kind: string;
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly receivedAt: string;
}

export interface NewDiaryEntry {
  /** As the control was asked, fragment aside. */
  readonly url: string;
  readonly host: string;
  /** The reply's `x_time`, ISO 8601 UTC as Date writes it. */
  readonly madeAt: string;
  /** ISO 8601 UTC, whole seconds. */
  readonly receivedAt: string;
  readonly signed: SignedControlReply;
  /** Addresses of the host, and whether a TLS handshake with a trusted chain was completed there. */
  readonly addresses: readonly { readonly address: string; readonly trusted: boolean }[];
}

export interface DiaryEntry {
  /** In the order in which they came, from 1. */
  readonly id: number;
  readonly url: string;
  readonly host: string;
  readonly madeAt: string;
  readonly signed: SignedControlReply;
}

/** Called inside the transaction that stores the entry: what stands or falls with it. */
export type SealEntry = (
  index: number,
  readNode: ReadNode,
) => { readonly receipt: string; readonly nodes: readonly TreeNode[] };

export interface ArchiveStore extends AlertStore {
  /**
   * Stores an entry, its nonce, its receipt and its tree nodes in one transaction, durable when this returns. A
   * measurement that is there already is left as it is, and its entry returned with `existed`.
   */
  append(entry: NewEntry, seal: SealEntry): { readonly entry: ArchivedEntry; readonly existed: boolean };
  /** Number of entries: the log's size. */
  size(): number;
  find(measurementId: string): ArchivedEntry | null;
  /** Entries from `index` on, in order. */
  entriesFrom(index: number, limit: number): readonly ArchivedEntry[];
  nonce(measurementId: string): Uint8Array | null;
  /** Throws when the node is not stored: the caller asked past the log's end, or the archive is damaged. */
  readNode: ReadNode;
  saveCheckpoint(size: number, note: string, signedAt: string): void;
  latestCheckpoint(): { readonly size: number; readonly note: string } | null;
  /** The first copy wins: a snapshot keeps the date on which it first came. */
  saveSnapshot(snapshot: Snapshot): void;
  snapshot(sha256: string): Snapshot | null;
  /** The context that was put in force last; null before the first start. */
  currentContext(): string | null;
  putInForce(context: string, at: string): void;
  privatePart(measurementId: string): Uint8Array | null;
  /** Erases the private parts whose time has come; how many. */
  erasePrivateParts(now: string): number;
  /** Durable when this returns its id. The same signed words again are not stored twice: null. */
  appendDiary(entry: NewDiaryEntry): number | null;
  /** The last id; 0 when there is none. */
  diarySize(): number;
  /** Entries with ids above `id`, in order. */
  diaryAfter(id: number, limit: number): readonly DiaryEntry[];
  /** Entries of the ids, in the given order; unknown ids are left out. */
  diaryEntries(ids: readonly number[]): readonly DiaryEntry[];
  /** Entries about a URL made from `since` until `until`, both included, in the order in which they came. */
  diaryOf(url: string, since: string, until: string): readonly DiaryEntry[];
  /** URL → when its newest entry was received. */
  diaryLast(): ReadonlyMap<string, string>;
  /** Address → other hosts that showed a trusted chain there in entries received since then; both sorted. */
  diaryNeighbours(host: string, since: string): ReadonlyMap<string, readonly string[]>;
  /** Addresses in entries of the host received since then, last seen first. */
  diaryAddresses(host: string, since: string): readonly string[];
  close(): void;
}

/** One judged measurement, as lists and filters need it. */
export interface Listing {
  readonly index: number;
  readonly measurementId: string;
  readonly receivedAt: string;
  /** `YYYY-MM-DD HH:MM:SS`, UTC, from the measurement. */
  readonly startTime: string;
  /** Measured so long before it was received that it can't speak of the present. */
  readonly late: boolean;
  readonly input: string | null;
  /** The verdict's target, or the input. */
  readonly target: string;
  readonly domain: string;
  readonly reportId: string;
  readonly testName: string;
  readonly probeCc: string;
  readonly probeAsn: string;
  readonly networkName: string;
  readonly context: string;
  readonly status: 'judged' | 'judge_failed';
  readonly outcome: string | null;
  readonly layer: string | null;
  readonly method: string | null;
  readonly cause: string | null;
  readonly evidence: string | null;
  /** The Verdict's JSON, byte for byte as published; null when judging failed. */
  readonly verdict: string | null;
  /** Whose second opinion the verdict had: a reply made beside the measurement, the control's diary, or nobody's. */
  readonly controlSource: 'live' | 'diary' | null;
  /** Ids of the diary entries that the verdict rests on; empty unless `diary`. */
  readonly diary: readonly number[];
  /** Ids of the measurements of other networks that the verdict rests on, sorted. */
  readonly witnesses: readonly string[];
}

export interface ListingFilter {
  readonly target?: string | undefined;
  readonly domain?: string | undefined;
  readonly input?: string | undefined;
  readonly reportId?: string | undefined;
  readonly testName?: string | undefined;
  readonly probeCc?: string | undefined;
  readonly probeAsn?: string | undefined;
  readonly outcome?: string | undefined;
  readonly method?: string | undefined;
  /** Inclusive and exclusive bounds of the start time, `YYYY-MM-DD HH:MM:SS`. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly confirmed?: boolean | undefined;
  readonly anomaly?: boolean | undefined;
  readonly failure?: boolean | undefined;
}

export const ORDER_COLUMNS = [
  'measurement_start_time',
  'test_start_time',
  'input',
  'probe_cc',
  'probe_asn',
  'test_name',
] as const;
export type OrderColumn = (typeof ORDER_COLUMNS)[number];

export interface Page {
  readonly orderBy: OrderColumn;
  readonly order: 'asc' | 'desc';
  readonly offset: number;
  readonly limit: number;
}

/** The newest measurement of one target on one network. */
export interface TargetOnNetwork {
  readonly target: string;
  readonly latest: Listing;
}

/** What the web side may use. */
export interface ReadStore extends InterceptionReader, BlockingReader, VoteReader {
  list(filter: ListingFilter, page: Page): Promise<readonly Listing[]>;
  count(filter: ListingFilter): Promise<number>;
  listing(measurementId: string): Promise<Listing | null>;
  /** Targets by last seen, each with up to `networks` networks. */
  targets(limit: number, offset: number, networks: number): Promise<readonly TargetOnNetwork[]>;
  targetCount(): Promise<number>;
}

/** What an entry adds to what is worked out from many; absent: nothing. */
export interface Contribution {
  readonly interception?: EntryInterception;
  readonly places?: EntryPlaces;
  readonly vote?: Vote | null;
}

export interface DerivedStore extends ReadStore, InterceptionStore, BlockingStore, WitnessStore {
  /** Replaces what was derived from the same entry before. `observations` are JSON texts, in order. */
  put(listing: Listing, observations: readonly string[], beside?: Contribution): Promise<void>;
  observations(measurementId: string): Promise<readonly string[]>;
  /** Indexes of a domain's measurements judged without a live control, started from `since` until `until` (both included). */
  withoutLiveControl(domain: string, since: string, until: string): Promise<readonly number[]>;
  /** The last diary entry whose influence on what is derived has been worked out; 0 at first. */
  diaryCursor(): Promise<number>;
  setDiaryCursor(id: number): Promise<void>;
  /** Indexes below `size` that nothing was derived from yet, or not all of it, at most `limit`, ascending. */
  missing(size: number, limit: number): Promise<readonly number[]>;
  /** Throws everything away. */
  reset(): Promise<void>;
  close(): Promise<void>;
}
