import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';

/** Writes a new file and returns once it is on the disk. Fails if it exists. */
export function writeDurably(file: string, text: string | Uint8Array, mode: number): void {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  const handle = openSync(file, 'wx', mode);
  try {
    for (let at = 0; at < bytes.length;) at += writeSync(handle, bytes, at);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** A rename or a new name is durable only once its folder is. Windows has no such call and needs none. */
export function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
