/**
 * What the collector needs of a database. Two halves, because they live by different rules: the archive is the truth
 * (append-only, durable before it is acknowledged, written from one place), everything derived may be deleted at any
 * time and computed again. The archive answers synchronously, since appending to the log reads the tree inside one
 * transaction; the derived half is asynchronous, so that an engine on another machine can stand behind it.
 */
import type { TreeNode, ReadNode } from '../../shared/proof/merkle.ts';

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

/** Called inside the transaction that stores the entry: what stands or falls with it. */
export type SealEntry = (
  index: number,
  readNode: ReadNode,
) => { readonly receipt: string; readonly nodes: readonly TreeNode[] };

export interface ArchiveStore {
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
export interface ReadStore {
  list(filter: ListingFilter, page: Page): Promise<readonly Listing[]>;
  count(filter: ListingFilter): Promise<number>;
  listing(measurementId: string): Promise<Listing | null>;
  /** Targets by last seen, each with up to `networks` networks. */
  targets(limit: number, offset: number, networks: number): Promise<readonly TargetOnNetwork[]>;
  targetCount(): Promise<number>;
}

export interface DerivedStore extends ReadStore {
  /** Replaces what was derived from the same entry before. `observations` are JSON texts, in order. */
  put(listing: Listing, observations: readonly string[]): Promise<void>;
  observations(measurementId: string): Promise<readonly string[]>;
  /** Indexes below `size` that nothing was derived from yet, at most `limit`, ascending. */
  missing(size: number, limit: number): Promise<readonly number[]>;
  /** Throws everything away. */
  reset(): Promise<void>;
  close(): Promise<void>;
}
