/** The system as it is: time since its start, and short files of /proc and /sys. */
import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { uptime } from 'node:os';
import type { SystemFacts } from './commands/world.ts';

const BOOT_ID_FILE = '/proc/sys/kernel/random/boot_id';
/** A routing table of some thousand lines; more is cut off. */
const MAX_BYTES = 256 * 1024;

/** Such files don't say how long they are. */
function text(path: string): string | null {
  if (process.platform !== 'linux') return null;
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return null;
  }
  try {
    const bytes = Buffer.alloc(MAX_BYTES);
    let length = 0;
    for (let read = -1; read !== 0 && length < MAX_BYTES; length += read)
      read = readSync(file, bytes, length, MAX_BYTES - length, null);
    return bytes.subarray(0, length).toString('utf8');
  } catch {
    return null;
  } finally {
    closeSync(file);
  }
}

export function realSystem(): SystemFacts {
  const boot = text(BOOT_ID_FILE)?.trim() ?? '';
  return {
    // On Linux the clock that goes on while the device sleeps.
    uptime,
    bootId: /^[0-9a-f-]{36}$/.test(boot) ? boot : `program ${randomUUID()}`,
    text,
  };
}
