/** One holder per key at a time, first come first served; an aborted waiter leaves the queue. */
export class EndpointLocks {
  readonly #tails = new Map<string, Promise<void>>();

  /** Resolves with the release function. After an abort it resolves at once; the caller looks at its signal. */
  async acquire(key: string, signal: AbortSignal): Promise<() => void> {
    const before = this.#tails.get(key) ?? Promise.resolve();
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const tail = before.then(() => held);
    this.#tails.set(key, tail);
    void tail.then(() => {
      if (this.#tails.get(key) === tail) this.#tails.delete(key);
    });
    const aborted = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await Promise.race([before, aborted]);
    return release;
  }
}
