import { onAbort } from './stop.ts';

/** A counting semaphore, first come first served. */
export interface Slots {
  /** Resolves with the function that frees the slot, or null when the signal fired before there was one. */
  acquire(signal: AbortSignal): Promise<(() => void) | null>;
}

export function createSlots(size: number): Slots {
  let taken = 0;
  const waiting: (() => void)[] = [];
  const release = (): void => {
    taken--;
    waiting.shift()?.();
  };
  const take = (): (() => void) => {
    taken++;
    let held = true;
    return () => {
      if (held) release();
      held = false;
    };
  };
  return {
    acquire(signal) {
      if (signal.aborted) return Promise.resolve(null);
      if (taken < size) return Promise.resolve(take());
      return new Promise((resolve) => {
        const turn = (): void => {
          forget();
          resolve(take());
        };
        const forget = onAbort(signal, () => {
          waiting.splice(waiting.indexOf(turn), 1);
          resolve(null);
        });
        waiting.push(turn);
      });
    },
  };
}
