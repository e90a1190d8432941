import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { Database as Connection } from 'better-sqlite3';
import { CollectorError, storageError } from '../../errors.ts';

const LOCK_FILE = 'in-use.lock';

/**
 * Takes the data folder for one writing process. The lock is SQLite's own on an empty database: the operating system
 * drops it with the process, however that ends, so that no stale lock file is ever left to judge. Throws DATA_IN_USE.
 */
export function lockDataFolder(folder: string): { release(): void } {
  let db: Connection | undefined;
  try {
    db = new Database(join(folder, LOCK_FILE), { timeout: 0 });
    db.pragma('locking_mode = EXCLUSIVE');
    db.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    db?.close();
    if (storageError(error) === 'STORAGE_BUSY')
      throw new CollectorError('DATA_IN_USE', `another kuager-collector uses ${folder}`, { cause: error });
    throw error;
  }
  const held = db;
  return {
    release() {
      held.close();
    },
  };
}
