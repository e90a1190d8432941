/**
 * Work that may take only so long, in real time. Not by `AbortSignal.any([signal, AbortSignal.timeout(ms)])`: nothing but
 * weak references holds that timeout, and once Node 20 has collected it, it never fires.
 */

/** What `work` comes to, or null when it takes longer than `ms`, or the signal fires first. `work` itself goes on. */
export async function within<T>(ms: number, work: Promise<T>, signal: AbortSignal): Promise<T | null> {
  if (signal.aborted) return null;
  const over = new AbortController();
  const late = new Promise<null>((resolve) => {
    const timer = setTimeout(() => resolve(null), ms);
    over.signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
    signal.addEventListener('abort', () => resolve(null), { once: true, signal: over.signal });
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    over.abort();
  }
}

/** Runs `work` with a signal that fires with `signal`, and after `ms` with a `TimeoutError`. Rejects as `work` does. */
export async function withDeadline<T>(
  ms: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(new DOMException('too late', 'TimeoutError')), ms);
  try {
    return await work(AbortSignal.any([signal, over.signal]));
  } finally {
    clearTimeout(timer);
  }
}
