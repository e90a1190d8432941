import { loadKeys } from '../archive/keys.ts';
import type { CollectorKeys } from '../archive/keys.ts';
import { openArchive } from '../store/sqlite/archive.ts';
import { openDerived } from '../store/sqlite/derived.ts';
import type { ArchiveStore, DerivedStore } from '../store/store.ts';

/** A command may wait for a running collector's commit; nobody else waits for the command. */
const COMMAND_BUSY_TIMEOUT_MS = 10_000;

export interface OpenedFolder {
  readonly archive: ArchiveStore;
  readonly derived: DerivedStore;
  readonly keys: CollectorKeys;
  close(): Promise<void>;
}

/** The folder of a collector that has run, beside which one may be running. Throws DATA_MISSING, KEYS_MISSING, … */
export function openFolder(folder: string): OpenedFolder {
  const archive = openArchive({ folder, mustExist: true, busyTimeoutMs: COMMAND_BUSY_TIMEOUT_MS });
  try {
    const keys = loadKeys(folder);
    const derived = openDerived({ folder, busyTimeoutMs: COMMAND_BUSY_TIMEOUT_MS });
    return {
      archive,
      derived,
      keys,
      async close() {
        await derived.close();
        archive.close();
      },
    };
  } catch (error) {
    archive.close();
    throw error;
  }
}
