/** How many targets are worked on at once; one that only waits lends its slot to the next. */
export interface Slot {
  /** Gives the slot away while `wait` runs, and comes back with the next free one. */
  yield<T>(wait: () => Promise<T>): Promise<T>;
}

export class Slots {
  #free: number;
  readonly #queue: (() => void)[] = [];

  constructor(size: number) {
    this.#free = size;
  }

  /** Resolves when `work` has ended; it runs as soon as a slot is free. */
  async run<T>(work: (slot: Slot) => Promise<T>): Promise<T> {
    await this.#take(false);
    try {
      return await work({
        yield: async (wait) => {
          this.#give();
          try {
            return await wait();
          } finally {
            // Before those that have not begun: what waited is older.
            await this.#take(true);
          }
        },
      });
    } finally {
      this.#give();
    }
  }

  #take(first: boolean): Promise<void> {
    if (this.#free > 0) {
      this.#free--;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      if (first) this.#queue.unshift(resolve);
      else this.#queue.push(resolve);
    });
  }

  #give(): void {
    const next = this.#queue.shift();
    if (next === undefined) this.#free++;
    else next();
  }
}
