import { join } from 'node:path';
import type { TreeNode } from '../../../shared/proof/merkle.ts';
import type { ArchivedEntry, ArchiveStore, NewEntry, SealEntry, Snapshot } from '../store.ts';
import { createAlertStore } from './alerts.ts';
import { createDiaryStore } from './diary.ts';
import { openDatabase } from './open.ts';
import { loadStatements } from './statements.ts';

const LAYOUTS = ['archive.sql', 'archive-2.sql', 'archive-3.sql', 'archive-4.sql'].map(
  (name) => `collector/store/sqlite/${name}`,
);
const QUERIES = 'collector/store/sqlite/archive-queries.sql';

export interface ArchiveOptions {
  readonly folder: string;
  readonly mustExist?: boolean;
  readonly readOnly?: boolean;
  readonly busyTimeoutMs?: number;
  readonly maxPages?: number;
}

/** Opens `archive.db` in the folder; durable after every commit. Throws as `openDatabase`. */
export function openArchive(options: ArchiveOptions): ArchiveStore {
  const db = openDatabase({
    file: join(options.folder, 'archive.db'),
    layouts: LAYOUTS,
    synchronous: 'FULL',
    secureDelete: true,
    mustExist: options.mustExist ?? false,
    readOnly: options.readOnly ?? false,
    ...(options.busyTimeoutMs === undefined ? {} : { busyTimeoutMs: options.busyTimeoutMs }),
    ...(options.maxPages === undefined ? {} : { maxPages: options.maxPages }),
  });
  const sql = loadStatements(db, QUERIES);

  const size = (): number => (sql.get('size').get() as { size: number }).size;
  const find = (id: string): ArchivedEntry | null =>
    (sql.get('findEntry').get(id) as ArchivedEntry | undefined) ?? null;
  const readNode = (level: number, index: number): Uint8Array => {
    const row = sql.get('node').get(level, index) as { hash: Uint8Array } | undefined;
    if (row === undefined) throw new Error(`the log has no node at level ${level}, index ${index}`);
    return row.hash;
  };
  const insert = (entry: NewEntry, seal: SealEntry): { entry: ArchivedEntry; existed: boolean } => {
    const known = find(entry.measurementId);
    if (known !== null) return { entry: known, existed: true };
    const index = size();
    const { receipt, nodes } = seal(index, readNode);
    const { measurementId, receivedAt, context, envelope } = entry;
    const stored = { index, measurementId, receivedAt, context, envelope, receipt };
    sql.get('insertEntry').run(stored);
    sql.get('insertNonce').run({ measurementId, nonce: entry.nonce });
    nodes.forEach((node: TreeNode) => sql.get('insertNode').run(node));
    if (entry.privatePart !== null) sql.get('insertPrivatePart').run({ measurementId, ...entry.privatePart });
    return { entry: stored, existed: false };
  };
  const append = db.transaction(insert);

  return {
    append: (entry, seal) => append.immediate(entry, seal),
    size,
    find,
    readNode,
    entriesFrom: (index, limit) => sql.get('entriesFrom').all(index, limit) as ArchivedEntry[],
    nonce: (id) => (sql.get('nonce').get(id) as { nonce: Uint8Array } | undefined)?.nonce ?? null,
    saveCheckpoint(checkpointSize, note, signedAt) {
      sql.get('insertCheckpoint').run({ size: checkpointSize, note, signedAt });
    },
    latestCheckpoint: () =>
      (sql.get('latestCheckpoint').get() as { size: number; note: string } | undefined) ?? null,
    saveSnapshot(snapshot) {
      sql.get('insertSnapshot').run(snapshot);
    },
    snapshot: (sha256) => (sql.get('snapshot').get(sha256) as Snapshot | undefined) ?? null,
    currentContext: () => (sql.get('currentContext').get() as { sha256: string } | undefined)?.sha256 ?? null,
    putInForce(context, at) {
      sql.get('putInForce').run({ sha256: context, since: at });
    },
    privatePart: (id) =>
      (sql.get('privatePart').get(id) as { envelope: Uint8Array } | undefined)?.envelope ?? null,
    erasePrivateParts(now) {
      const { changes } = sql.get('erasePrivateParts').run(now);
      // Deleted pages are overwritten, but older copies may stand in the write-ahead log until it is emptied.
      if (changes > 0) db.pragma('wal_checkpoint(TRUNCATE)');
      return changes;
    },
    ...createDiaryStore(db, sql),
    ...createAlertStore(db, sql),
    close() {
      db.close();
    },
  };
}
