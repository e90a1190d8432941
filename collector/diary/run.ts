/** Keeps the diary: every URL about once an interval, few at a time. What measuring and archiving are is passed in. */
import { firstDues, nextDue } from './schedule.ts';

/** URLs measured at a time. The control's own places are shared with volunteers, who come first. */
const DIARY_CONCURRENCY = 4;
/** After a time at which the control was busy, or measuring failed by a fault of ours. Milliseconds. */
const RETRY_MS = 5 * 60_000;
/** The clock is looked at this often: it may be set, and a machine may sleep. Milliseconds. */
const MAX_SLEEP_MS = 60_000;

export interface DiaryOptions {
  readonly urls: readonly string[];
  /** Null: only `runAll` measures. */
  readonly intervalMs: number | null;
  /** URL → when its newest entry came. */
  readonly last: ReadonlyMap<string, number>;
  /** Measures and archives; false when the control had no place. */
  readonly measure: (url: string, signal: AbortSignal) => Promise<boolean>;
  readonly nowMs: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  readonly onFault: (error: unknown, what: string) => void;
}

export interface Diary {
  /** Measures every URL now, due or not; how many entries came of it. A round under way is joined. */
  runAll(): Promise<number>;
  /** Starts nothing more, breaks off what runs, and returns when all of it has ended. */
  stop(): Promise<void>;
}

export function startDiary(options: DiaryOptions): Diary {
  const { urls, intervalMs, nowMs, onFault } = options;
  const due =
    intervalMs === null ? new Map<string, number>() : firstDues(urls, options.last, nowMs(), intervalMs);
  const running = new Map<string, Promise<boolean>>();
  const stopping = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  /** Under way: nothing is started for being due meanwhile. */
  let round: Promise<number> | null = null;

  const visit = async (url: string): Promise<boolean> => {
    let written = false;
    try {
      written = await options.measure(url, stopping.signal);
    } catch (error) {
      if (!stopping.signal.aborted) onFault(error, `the diary of ${url}`);
    }
    if (intervalMs !== null)
      due.set(
        url,
        written ? nextDue(nowMs(), intervalMs, options.random()) : nowMs() + Math.min(RETRY_MS, intervalMs),
      );
    return written;
  };
  const measure = (url: string): Promise<boolean> => {
    const known = running.get(url);
    if (known !== undefined) return known;
    const visited = visit(url).finally(() => {
      running.delete(url);
      schedule();
    });
    running.set(url, visited);
    return visited;
  };

  const schedule = (): void => {
    clearTimeout(timer);
    if (stopping.signal.aborted || round !== null) return;
    const waiting = [...due].filter(([url]) => !running.has(url)).sort(([, a], [, b]) => a - b);
    const ready = waiting.filter(([, at]) => at <= nowMs()).slice(0, DIARY_CONCURRENCY - running.size);
    const next = waiting[ready.length]?.[1];
    for (const [url] of ready) void measure(url);
    // With all places taken, the next one to end calls again.
    if (next === undefined || running.size >= DIARY_CONCURRENCY) return;
    timer = setTimeout(schedule, Math.min(Math.max(next - nowMs(), 0), MAX_SLEEP_MS));
    timer.unref();
  };
  schedule();

  const measureAll = async (): Promise<number> => {
    let written = 0;
    const left = [...urls];
    const worker = async (): Promise<void> => {
      for (let url = left.shift(); url !== undefined; url = left.shift()) {
        // What was started for being due takes its places until it ends.
        while (!running.has(url) && running.size >= DIARY_CONCURRENCY) await Promise.race(running.values());
        if (stopping.signal.aborted) return;
        if (await measure(url)) written += 1;
      }
    };
    await Promise.all(Array.from({ length: DIARY_CONCURRENCY }, worker));
    return written;
  };

  return {
    runAll() {
      round ??= measureAll().finally(() => {
        round = null;
        schedule();
      });
      return round;
    },
    async stop() {
      stopping.abort(new Error('the collector stops'));
      clearTimeout(timer);
      await Promise.allSettled([...running.values(), round]);
    },
  };
}
