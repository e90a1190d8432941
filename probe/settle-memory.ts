/**
 * Collects garbage once nothing happens any more. The engine does so when it needs room, which a program that does nothing for minutes
 * never does: it would keep what starting took (some 17 MB) for good.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Free pages of the young generation go back to the system only once little was allocated between two collections. Milliseconds. */
const QUIET_MS = 10_000;
const COLLECTIONS = 3;

let collect: (() => void) | null = null;
let timer: NodeJS.Timeout | null = null;

function collector(): () => void {
  setFlagsFromString('--expose-gc');
  const found: unknown = runInNewContext('globalThis.gc');
  return typeof found === 'function' ? (found as () => void) : () => undefined;
}

export function settleMemory(): void {
  if (timer !== null) clearInterval(timer);
  let left = COLLECTIONS;
  timer = setInterval(() => {
    collect ??= collector();
    collect();
    left--;
    if (left === 0 && timer !== null) clearInterval(timer);
  }, QUIET_MS).unref();
}
