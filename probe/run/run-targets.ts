/** The loop: bounded concurrency, budgets of time and bytes, a clean end. One slow target holds up nobody else. */
import { Slots, type Slot } from './slots.ts';

export interface Budget {
  /** Measurements under way at once. */
  readonly concurrency: number;
  /** Bytes, both directions; Infinity: no bound. */
  readonly maxBytes: number;
  readonly bytesUsed: () => number;
}

export type StopReason = 'done' | 'stopped' | 'time' | 'bytes';

export interface RunEnd {
  readonly reason: StopReason;
  readonly finished: number;
  /** Targets that were not begun or not finished. */
  readonly left: number;
}

/**
 * Runs `work` for every item in order of the list. An item whose work was cut off by `signal` counts as left; its
 * partial result is `work`'s own affair. `work` must not reject; if it does, the run stops and the error comes out. While
 * an item only waits (`slot.yield`) the next one is worked on; the run has ended when all of them have.
 */
export async function runTargets<T>(
  items: readonly T[],
  work: (item: T, signal: AbortSignal, slot: Slot) => Promise<void>,
  budget: Budget,
  signal: AbortSignal,
): Promise<RunEnd> {
  const bytes = new AbortController();
  const crash = new AbortController();
  const all = AbortSignal.any([signal, bytes.signal, crash.signal]);
  let finished = 0;
  let failure: { readonly error: unknown } | null = null;
  const watch = setInterval(() => {
    if (budget.bytesUsed() >= budget.maxBytes) bytes.abort();
  }, BYTE_CHECK_MS);
  const slots = new Slots(Math.max(1, budget.concurrency));
  const tasks = items.map((item) =>
    slots
      .run(async (slot) => {
        if (all.aborted) return;
        await work(item, all, slot);
        if (!all.aborted) finished++;
      })
      .catch((error: unknown) => {
        failure ??= { error };
        crash.abort();
      }),
  );
  await Promise.all(tasks);
  clearInterval(watch);
  if (failure !== null) throw (failure as { error: unknown }).error;
  const reason =
    finished === items.length
      ? 'done'
      : bytes.signal.aborted
        ? 'bytes'
        : isTimeout(signal)
          ? 'time'
          : 'stopped';
  return { reason, finished, left: items.length - finished };
}

/** How often the byte budget is looked at. Milliseconds. */
const BYTE_CHECK_MS = 100;

function isTimeout(signal: AbortSignal): boolean {
  return signal.reason instanceof DOMException && signal.reason.name === 'TimeoutError';
}
