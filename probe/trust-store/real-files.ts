/** The device as it is. Nothing here opens a socket. */
import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { UnreadStore, type DeviceFile, type DeviceFiles, type UnreadReason } from './device-files.ts';

/** Entries of one folder that are looked at; /etc/ssl/certs has about 300. */
const MAX_ENTRIES = 4096;
/** Of all files of one device: its stores have some megabytes, and a folder of large ones must not fill the memory. Bytes. */
export const MAX_ALL_FILES = 128 * 1024 * 1024;
const TOOL_TIMEOUT_MS = 20_000;
/** A system's whole list of roots in base64 is below one MiB. Bytes. */
const MAX_TOOL_OUTPUT = 32 * 1024 * 1024;

/** Windows knows no O_NONBLOCK, and no pipes among its files. */
const READ_ONLY = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : '';

/** Null: nothing is there. */
function reasonOf(error: unknown): UnreadReason | null {
  const code = codeOf(error);
  if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(code)) return null;
  if (code === 'EACCES' || code === 'EPERM') return 'no_permission';
  return code === 'EBUSY' ? 'in_use' : 'damaged';
}

async function unlessAbsent<T>(step: () => Promise<T>): Promise<T | null> {
  try {
    return await step();
  } catch (error) {
    if (error instanceof UnreadStore) throw error;
    const reason = reasonOf(error);
    if (reason === null) return null;
    throw new UnreadStore(reason, { cause: error });
  }
}

/** Regular files only: a pipe in a folder of certificates would keep us waiting for ever. */
async function readFileBounded(
  path: string,
  maxBytes: number,
  room: { bytes: number },
): Promise<DeviceFile | null> {
  // Without O_NONBLOCK, opening a pipe waits for somebody who writes.
  const handle = await open(path, READ_ONLY);
  try {
    const info = await handle.stat();
    if (!info.isFile()) return null;
    if (info.size > Math.min(maxBytes, room.bytes)) throw new UnreadStore('too_large');
    room.bytes -= info.size;
    const bytes = Buffer.alloc(info.size);
    let length = 0;
    while (length < bytes.length) {
      const { bytesRead } = await handle.read(bytes, length, bytes.length - length, length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return { bytes: new Uint8Array(bytes.subarray(0, length)), modified: info.mtimeMs };
  } finally {
    await handle.close();
  }
}

function runTool(program: string, args: readonly string[]): Promise<string> {
  const options = { timeout: TOOL_TIMEOUT_MS, maxBuffer: MAX_TOOL_OUTPUT, windowsHide: true } as const;
  return new Promise((resolve, reject) => {
    execFile(program, [...args], options, (error, stdout) => {
      if (error === null) resolve(stdout);
      else if (codeOf(error) === 'ENOENT') reject(new UnreadStore('no_tool', { cause: error }));
      else reject(new UnreadStore(error.killed === true ? 'timed_out' : 'tool_failed', { cause: error }));
    });
  });
}

export function realFiles(): DeviceFiles {
  const room = { bytes: MAX_ALL_FILES };
  return {
    platform: process.platform,
    home: homedir(),
    environment: process.env,
    read: (path, maxBytes) => unlessAbsent(() => readFileBounded(path, maxBytes, room)),
    list: (path) =>
      unlessAbsent(async () => {
        const names = await readdir(path);
        if (names.length > MAX_ENTRIES) throw new UnreadStore('too_large');
        return names.sort();
      }),
    run: runTool,
  };
}
