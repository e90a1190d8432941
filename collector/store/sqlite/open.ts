import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import Database from 'better-sqlite3';
import type { Database as Connection } from 'better-sqlite3';
import { readAsset } from '../../assets.ts';
import { CollectorError, storageError } from '../../errors.ts';

/** The newest layout this program knows; `PRAGMA user_version` of both databases. */
const LAYOUT_VERSION = 1;
/** Waiting blocks every other request of the process: long enough for another program's commit, no longer. */
const SERVE_BUSY_TIMEOUT_MS = 500;

export interface OpenOptions {
  readonly file: string;
  /** The .sql file with the layout, by its path from the project's root. */
  readonly layout: string;
  /** FULL: a commit is on the disk when it returns. NORMAL: it may be lost with the power, and can be computed again. */
  readonly synchronous: 'FULL' | 'NORMAL';
  /** Overwrite what is deleted. */
  readonly secureDelete: boolean;
  readonly mustExist: boolean;
  readonly busyTimeoutMs?: number;
  /** Test hook for a full disk: the database may not grow past so many pages. */
  readonly maxPages?: number;
}

function createLayout(db: Connection, layout: string): void {
  db.transaction(() => {
    // Another process may have created it between our look and our lock.
    if (db.pragma('user_version', { simple: true }) !== 0) return;
    db.exec(readAsset(layout));
    db.pragma(`user_version = ${LAYOUT_VERSION}`);
  }).immediate();
}

/**
 * Opens a database, creating its layout if it is new. Throws DATA_MISSING, DATA_TOO_NEW, DATA_DAMAGED, STORAGE_FULL or
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
    const version = Number(db.pragma('user_version', { simple: true }));
    if (version > LAYOUT_VERSION)
      throw new CollectorError(
        'DATA_TOO_NEW',
        `${name} has layout ${version}, this program knows ${LAYOUT_VERSION}`,
      );
    if (version === 0) createLayout(db, options.layout);
    return db;
  } catch (error) {
    db?.close();
    if (error instanceof CollectorError) throw error;
    const code = storageError(error);
    const detail = error instanceof Error ? error.message : String(error);
    throw new CollectorError(code ?? 'DATA_DAMAGED', `${name} can't be opened: ${detail}`, { cause: error });
  }
}
