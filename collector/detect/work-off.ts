/** Works off what is due, in pieces that leave time for other work. */

const DUE_AT_ONCE = 64;
/** What takes long rests so many times as long before it is done again beside other work. */
const REST_FACTOR = 20;
/** Work shorter than this needs no rest. Milliseconds. */
const QUICK_MS = 25;

export interface WorkOffOptions {
  /** Keys of what is due, at most `limit`; those that were done are no longer among them. */
  readonly due: (limit: number) => Promise<readonly string[]>;
  readonly work: (key: string) => Promise<void>;
  readonly monotonicMs: () => number;
}

/** Until the time is up, or it is aborted; true: nothing is left. Without an end nothing rests. */
export type WorkOff = (budgetMs: number, signal?: AbortSignal) => Promise<boolean>;

export function createWorkOff(options: WorkOffOptions): WorkOff {
  const restingUntil = new Map<string, number>();
  const rests = (key: string): boolean => {
    const until = restingUntil.get(key);
    if (until === undefined) return false;
    if (options.monotonicMs() < until) return true;
    restingUntil.delete(key);
    return false;
  };

  return async (budgetMs, signal) => {
    const end = options.monotonicMs() + budgetMs;
    for (;;) {
      const due = await options.due(DUE_AT_ONCE);
      if (due.length === 0) return true;
      const ready = Number.isFinite(budgetMs) ? due.filter((key) => !rests(key)) : due;
      if (ready.length === 0) return false;
      for (const key of ready) {
        if (signal?.aborted === true) return false;
        const started = options.monotonicMs();
        await options.work(key);
        const now = options.monotonicMs();
        const took = now - started;
        if (took > QUICK_MS) restingUntil.set(key, now + took * REST_FACTOR);
        if (now >= end) return false;
      }
      // Requests are served in between.
      await new Promise(setImmediate);
    }
  };
}
