/**
 * Runs expensive work for many callers: the same question is worked on once, its answer kept for a while, and only so
 * many questions at a time. All of it in memory, and bounded.
 */
type ControlErrorCode = 'CONTROL_BUSY' | 'CONTROL_ABORTED';

/** CONTROL_BUSY: try again later (503). CONTROL_ABORTED: the caller went away before the answer. */
export class ControlError extends Error {
  override readonly name = 'ControlError';
  readonly code: ControlErrorCode;
  constructor(code: ControlErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

interface WorkPoolLimits {
  /** Questions worked on at a time. */
  readonly concurrency: number;
  /** Questions that wait; the next one is refused. */
  readonly queue: number;
  readonly cacheSeconds: number;
  readonly cacheEntries: number;
}
interface WorkPool<T> {
  /**
   * @throws ControlError; whatever the work throws.
   * @returns the answer and whether it was there already.
   */
  run(
    key: string,
    work: (signal: AbortSignal) => Promise<T>,
    signal: AbortSignal,
    /** Whether the answer is remembered; it is when absent. */
    keep?: boolean,
  ): Promise<{ value: T; cached: boolean }>;
}

interface Job<T> {
  readonly promise: Promise<T>;
  readonly controller: AbortController;
  waiting: number;
}

/** @param now monotonic milliseconds. */
export function createWorkPool<T>(limits: WorkPoolLimits, now: () => number): WorkPool<T> {
  const cache = new Map<string, { readonly value: T; readonly until: number }>();
  const jobs = new Map<string, Job<T>>();
  const queue: (() => void)[] = [];
  let running = 0;

  const enter = async (signal: AbortSignal): Promise<void> => {
    if (running >= limits.concurrency) {
      if (queue.length >= limits.queue)
        throw new ControlError('CONTROL_BUSY', 'too many requests are being worked on');
      await new Promise<void>((resolve, reject) => {
        const turn = (): void => {
          signal.removeEventListener('abort', giveUp);
          resolve();
        };
        // Whoever went away stands in nobody's way.
        const giveUp = (): void => {
          queue.splice(queue.indexOf(turn), 1);
          reject(new ControlError('CONTROL_ABORTED', 'nobody waits for the answer any more'));
        };
        signal.addEventListener('abort', giveUp, { once: true });
        queue.push(turn);
      });
    } else {
      running++;
    }
  };
  /** A place is handed to the next in line, not given back, so that nobody can slip in between. */
  const leave = (): void => {
    const next = queue.shift();
    if (next === undefined) running--;
    else next();
  };

  const remember = (key: string, value: T): void => {
    for (const [old, { until }] of cache) if (until <= now()) cache.delete(old);
    while (cache.size >= limits.cacheEntries) cache.delete(cache.keys().next().value ?? '');
    cache.set(key, { value, until: now() + limits.cacheSeconds * 1000 });
  };

  const start = (key: string, work: (signal: AbortSignal) => Promise<T>, keep: boolean): Job<T> => {
    const controller = new AbortController();
    const promise = (async () => {
      await enter(controller.signal);
      try {
        const value = await work(controller.signal);
        if (keep && !controller.signal.aborted && limits.cacheEntries > 0) remember(key, value);
        return value;
      } finally {
        leave();
      }
    })();
    const job: Job<T> = { promise, controller, waiting: 0 };
    const forget = (): void => {
      if (jobs.get(key) === job) jobs.delete(key);
    };
    jobs.set(key, job);
    promise.then(forget, forget);
    return job;
  };

  return {
    async run(key, work, signal, keep = true) {
      const known = cache.get(key);
      if (known !== undefined && known.until > now()) return { value: known.value, cached: true };
      const job = jobs.get(key) ?? start(key, work, keep);
      job.waiting++;
      let stop = (): void => undefined;
      const gone = new Promise<never>((_, reject) => {
        const onAbort = (): void => reject(new ControlError('CONTROL_ABORTED', 'the caller went away'));
        signal.addEventListener('abort', onAbort, { once: true });
        stop = () => signal.removeEventListener('abort', onAbort);
        if (signal.aborted) onAbort();
      });
      try {
        return { value: await Promise.race([job.promise, gone]), cached: false };
      } finally {
        stop();
        job.waiting--;
        // Work that nobody waits for any more stops; the next caller starts anew.
        if (job.waiting === 0 && jobs.get(key) === job) {
          jobs.delete(key);
          job.controller.abort();
        }
      }
    },
  };
}
