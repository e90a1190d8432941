/**
 * One line, many targets. Where the path punishes the whole client for a name, a measurement beside it would die of its
 * neighbour: such a name is said while nothing else is under way.
 */
export class Line {
  #measuring = 0;
  #alone = false;
  #wake: (() => void)[] = [];

  /** Waits while somebody wants to be alone. */
  async measure<T>(work: () => Promise<T>): Promise<T> {
    while (this.#alone) await this.#changed();
    this.#measuring++;
    try {
      return await work();
    } finally {
      this.#measuring--;
      this.#notify();
    }
  }

  /** Waits until what is under way has ended; nothing begins meanwhile. */
  async alone<T>(work: () => Promise<T>): Promise<T> {
    while (this.#alone) await this.#changed();
    this.#alone = true;
    try {
      while (this.#measuring > 0) await this.#changed();
      return await work();
    } finally {
      this.#alone = false;
      this.#notify();
    }
  }

  #changed(): Promise<void> {
    return new Promise((resolve) => this.#wake.push(resolve));
  }

  #notify(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
}
