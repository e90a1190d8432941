import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import Database from 'better-sqlite3';
import type { Database as Connection } from 'better-sqlite3';
import { readAsset } from '../../assets.ts';
import { CollectorError, storageError } from '../../errors.ts';

/** Waiting blocks every other request of the process: long enough for another program's commit, no longer. */
const SERVE_BUSY_TIMEOUT_MS = 500;

export interface OpenOptions {
  readonly file: string;
  /**
   * The .sql files of the layout, by their path from the project's root: the first makes an empty database, each further
   * one is a step that an older database still has to take. `PRAGMA user_version` says how many were taken.
   */
  readonly layouts: readonly string[];
  /** FULL: a commit is on the disk when it returns. NORMAL: it may be lost with the power, and can be computed again. */
  readonly synchronous: 'FULL' | 'NORMAL';
  /** Overwrite what is deleted. */
  readonly secureDelete: boolean;
  readonly mustExist: boolean;
  readonly busyTimeoutMs?: number;
  /** For commands that only look, beside a running collector: whatever would write throws. */
  readonly readOnly?: boolean;
  /** Test hook for a full disk: the database may not grow past so many pages. */
  readonly maxPages?: number;
}

const versionOf = (db: Connection): number => Number(db.pragma('user_version', { simple: true }));

/** All steps or none. */
function takeSteps(db: Connection, layouts: readonly string[]): void {
  db.transaction(() => {
    // Read again: another process may have taken them between our look and our lock.
    for (const layout of layouts.slice(versionOf(db))) db.exec(readAsset(layout));
    db.pragma(`user_version = ${layouts.length}`);
  }).immediate();
}

/**
 * Opens a database, creating its layout if it is new, bringing it up to date if it is older. Throws DATA_MISSING, DATA_TOO_NEW, DATA_DAMAGED, STORAGE_FULL or
 * STORAGE_BUSY.
 */
export function openDatabase(options: OpenOptions): Connection {
  const name = basename(options.file);
  if (options.mustExist && !existsSync(options.file))
    throw new CollectorError('DATA_MISSING', `there is no ${name} in the data folder`);
  let db: Connection | undefined;
  try {
    db = new Database(options.file, { timeout: options.busyTimeoutMs ?? SERVE_BUSY_TIMEOUT_MS });
    db.pragma('journal_mode = WAL');
    db.pragma(`synchronous = ${options.synchronous}`);
    db.pragma('fullfsync = ON');
    db.pragma('trusted_schema = OFF');
    if (options.secureDelete) db.pragma('secure_delete = ON');
    if (options.maxPages !== undefined) db.pragma(`max_page_count = ${options.maxPages}`);
    const { layouts } = options;
    const version = versionOf(db);
    if (version > layouts.length)
      throw new CollectorError(
        'DATA_TOO_NEW',
        `${name} has layout ${version}, this program knows ${layouts.length}`,
      );
    if (version < layouts.length) takeSteps(db, layouts);
    if (options.readOnly === true) db.pragma('query_only = ON');
    return db;
  } catch (error) {
    db?.close();
    if (error instanceof CollectorError) throw error;
    const code = storageError(error);
    const detail = error instanceof Error ? error.message : String(error);
    throw new CollectorError(code ?? 'DATA_DAMAGED', `${name} can't be opened: ${detail}`, { cause: error });
  }
}
