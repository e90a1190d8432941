/**
 * Writing to the state folder so that a crash at any moment leaves either the old file or the new one, and so that
 * nobody else on the device can read it. The only place in report/ that knows how.
 */
import { randomBytes } from 'node:crypto';
import { chmod, link, mkdir, open, opendir, readFile, rename, stat, unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ReportError } from './errors.ts';

const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;
/** Begins the names of files that are still being written; what a crash leaves is swept later. */
export const TEMPORARY_PREFIX = '.tmp-';
/** A temporary file this old belongs to nobody any more. */
const TEMPORARY_MAX_AGE_MS = 60 * 60_000;

export const errorCode = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

/** Node's error → ours: a full disk is told apart because the user can do something about it. */
function storageError(error: unknown): ReportError {
  const code = errorCode(error);
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG')
    return new ReportError(
      'SPOOL_DISK_FULL',
      'the disk is full: free some space and run again; what was stored before is safe',
      {
        cause: error,
      },
    );
  return new ReportError(
    'STATE_NOT_WRITABLE',
    `the state folder can't be used (${code ?? 'unknown error'}): check its owner and rights`,
    {
      cause: error,
    },
  );
}

/** Runs a storage step; every failure comes out as `SPOOL_DISK_FULL` or `STATE_NOT_WRITABLE`. */
export async function storing<T>(step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    throw error instanceof ReportError ? error : storageError(error);
  }
}

/** Makes the folder when missing and takes others' rights away when there. */
export async function ensurePrivateFolder(path: string): Promise<void> {
  await storing(async () => {
    await mkdir(path, { recursive: true, mode: FOLDER_MODE });
    const { mode } = await stat(path);
    if ((mode & 0o077) !== 0) await chmod(path, FOLDER_MODE);
  });
}

/** Makes a rename or unlink durable; systems that can't open folders don't need it. */
export async function syncFolder(path: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, 'r');
    await handle.sync();
  } catch (error) {
    if (!['EISDIR', 'EPERM', 'EACCES', 'EINVAL', 'ENOTSUP'].includes(errorCode(error) ?? '')) throw error;
  } finally {
    await handle?.close();
  }
}

async function writeTemporary(folder: string, bytes: Uint8Array | string): Promise<string> {
  const path = join(folder, `${TEMPORARY_PREFIX}${randomBytes(8).toString('hex')}`);
  const handle = await open(path, 'wx', FILE_MODE);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } catch (error) {
    await handle.close();
    await unlink(path).catch(() => undefined);
    throw error;
  }
  await handle.close();
  return path;
}

/** The whole new content or the old one; durable when it returns. */
export async function writeAtomically(path: string, bytes: Uint8Array | string): Promise<void> {
  await storing(async () => {
    const temporary = await writeTemporary(dirname(path), bytes);
    await rename(temporary, path);
    await syncFolder(dirname(path));
  });
}

/** As above, but the first of several writers wins; false when the file was there already. */
export async function createAtomically(path: string, bytes: Uint8Array | string): Promise<boolean> {
  return storing(async () => {
    const temporary = await writeTemporary(dirname(path), bytes);
    try {
      await link(temporary, path);
    } catch (error) {
      if (errorCode(error) === 'EEXIST') return false;
      throw error;
    } finally {
      await unlink(temporary);
    }
    await syncFolder(dirname(path));
    return true;
  });
}

/** Null when there is no such file or it is longer than `maxBytes`. */
export async function readBounded(path: string, maxBytes: number): Promise<Uint8Array | null> {
  try {
    if ((await stat(path)).size > maxBytes) return null;
    return new Uint8Array(await readFile(path));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw storageError(error);
  }
}

/** Names in a folder, unsorted, at most `limit`, without temporary files; empty when there is no folder. */
export async function listFolder(path: string, limit: number): Promise<{ names: string[]; more: boolean }> {
  const names: string[] = [];
  try {
    for await (const entry of await opendir(path)) {
      if (!entry.isFile() || entry.name.startsWith(TEMPORARY_PREFIX)) continue;
      if (names.length >= limit) return { names, more: true };
      names.push(entry.name);
    }
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw storageError(error);
  }
  return { names, more: false };
}

/** Removes what writers that were killed left behind. */
export async function sweepTemporary(path: string, nowMs: number): Promise<void> {
  await storing(async () => {
    for await (const entry of await opendir(path)) {
      if (!entry.isFile() || !entry.name.startsWith(TEMPORARY_PREFIX)) continue;
      const file = join(path, entry.name);
      const info = await stat(file).catch(() => null);
      if (info !== null && nowMs - info.mtimeMs > TEMPORARY_MAX_AGE_MS) await destroyFile(file);
    }
  });
}

/** Overwrites what an open file holds, in place. */
async function overwrite(handle: FileHandle): Promise<void> {
  const { size } = await handle.stat();
  await handle.write(randomBytes(size), 0, size, 0);
  await handle.sync();
}

/**
 * Overwrites a file, then removes it. Honest limits: flash storage, copy-on-write and journaling file systems and
 * backups may keep the old bytes somewhere; only full-disk encryption helps there. A file that is gone is fine.
 */
export async function destroyFile(path: string): Promise<void> {
  await storing(async () => {
    let handle: FileHandle;
    try {
      handle = await open(path, 'r+');
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return;
      throw error;
    }
    try {
      await overwrite(handle);
    } catch (error) {
      // A full copy-on-write disk can't even overwrite: removing matters more.
      if (errorCode(error) !== 'ENOSPC') throw error;
    } finally {
      await handle.close();
    }
    await unlink(path).catch((error: unknown) => {
      if (errorCode(error) !== 'ENOENT') throw error;
    });
    await syncFolder(dirname(path));
  });
}

/** Puts a new content in place and overwrites the old one, which others must not find. */
export async function replaceAndDestroy(path: string, bytes: Uint8Array): Promise<void> {
  await storing(async () => {
    const old = await open(path, 'r+');
    try {
      await writeAtomically(path, bytes);
      await overwrite(old);
    } finally {
      await old.close();
    }
  });
}
