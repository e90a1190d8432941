import { setMaxListeners } from 'node:events';

/** Why an operation was ended from our side, in the words of the failure vocabulary. */
export type StopReason = 'generic_timeout_error' | 'interrupted';

/** Calls `act` when the signal fires; the returned function takes it back. One run's signal serves every operation. */
export function onAbort(signal: AbortSignal, act: () => void): () => void {
  setMaxListeners(0, signal); // many at once are no leak here, and Node would warn on the volunteer's terminal
  signal.addEventListener('abort', act, { once: true });
  return () => signal.removeEventListener('abort', act);
}

/**
 * Calls `stop` once, when the time is over or the signal fires (also when it fired before), unless the returned
 * function was called first. Leaves neither timer nor listener behind.
 */
export function stopWhen(
  signal: AbortSignal,
  timeoutMs: number,
  stop: (reason: StopReason) => void,
): () => void {
  let over = false;
  let grace: NodeJS.Immediate | undefined;
  const dispose = (): void => {
    over = true;
    clearTimeout(timer);
    if (grace !== undefined) clearImmediate(grace);
    forget();
  };
  const fire = (reason: StopReason): void => {
    if (over) return;
    dispose();
    stop(reason);
  };
  // Timers run before sockets are polled: after a busy spell the answer may lie in the kernel already. Look once more
  // before calling it silence.
  const timer = setTimeout(() => {
    grace = setImmediate(() => fire('generic_timeout_error'));
  }, timeoutMs);
  const forget = onAbort(signal, () => fire('interrupted'));
  if (signal.aborted) queueMicrotask(() => fire('interrupted'));
  return dispose;
}

/** Resolves true after `ms`, false when the signal fired first. */
export function sleep(ms: number, signal?: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) {
      resolve(false);
      return;
    }
    const timer = setTimeout(() => {
      forget?.();
      resolve(true);
    }, ms);
    const forget =
      signal &&
      onAbort(signal, () => {
        clearTimeout(timer);
        resolve(false);
      });
  });
}
