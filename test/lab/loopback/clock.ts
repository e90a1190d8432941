import { performance } from 'node:perf_hooks';
import type { LabClock } from '../../../probe/net/context.ts';

/** Nothing of the client has happened for so long, twice in a row: it only waits. Real milliseconds. */
const QUIET_MS = 20;

/** The clock of one client: of its probe and of what punishes it. */
export interface ClientClock extends LabClock {
  /** Something is under way and takes real time; nothing is skipped until the function given back was called. */
  busy(): () => void;
  /** The same for so many real milliseconds: for what ends where the lab can't see it, such as an unanswered SYN. */
  busyFor(ms: number): void;
}

interface Waiter {
  readonly deadline: number;
  readonly finish: (waited: boolean) => void;
}

/**
 * A virtual clock runs as the real one does, but as soon as the client does nothing but wait it jumps to the end of the
 * shortest wait. Waits that run side by side so end in their order, and what follows the first is over before the second
 * ends. `virtual` false: real time.
 */
export function createClientClock(virtual: boolean): ClientClock {
  const waiters = new Set<Waiter>();
  let skipped = 0;
  let underWay = 0;
  let quietRounds = 0;
  let timer: NodeJS.Timeout | undefined;

  const now = (): number => performance.now() + skipped;
  const finishDue = (): void => {
    for (const waiter of [...waiters].sort((a, b) => a.deadline - b.deadline))
      if (waiter.deadline <= now()) waiter.finish(true);
  };
  const tick = (): void => {
    timer = undefined;
    finishDue();
    if (waiters.size === 0) return;
    const next = Math.min(...[...waiters].map((waiter) => waiter.deadline));
    quietRounds = underWay > 0 ? 0 : quietRounds + 1;
    if (virtual && quietRounds > 1) {
      skipped += Math.max(0, next - now());
      quietRounds = 0;
      finishDue();
    }
    schedule();
  };
  const schedule = (): void => {
    if (waiters.size === 0 || timer !== undefined) return;
    const next = Math.min(...[...waiters].map((waiter) => waiter.deadline)) - now();
    timer = setTimeout(tick, Math.max(0, virtual ? Math.min(next, QUIET_MS) : next));
  };
  const busy = (): (() => void) => {
    underWay++;
    quietRounds = 0;
    let over = false;
    return () => {
      if (over) return;
      over = true;
      underWay--;
    };
  };
  return {
    now,
    busy,
    busyFor: (ms) => void setTimeout(busy(), ms).unref(),
    wait: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted === true) {
          resolve(false);
          return;
        }
        const stop = (): void => waiter.finish(false);
        const waiter: Waiter = {
          deadline: now() + ms,
          finish: (waited) => {
            waiters.delete(waiter);
            signal?.removeEventListener('abort', stop);
            resolve(waited);
          },
        };
        waiters.add(waiter);
        signal?.addEventListener('abort', stop, { once: true });
        // A shorter wait than the one that the timer is set to.
        clearTimeout(timer);
        timer = undefined;
        schedule();
      }),
  };
}
