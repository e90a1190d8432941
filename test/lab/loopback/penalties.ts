import type { Residual } from '../../scenarios/scenario.ts';

const MS_PER_SECOND = 1000;

/** An open connection of the client. */
export interface Flow {
  /** Address and port as the lab's world names them; null: anywhere else. */
  readonly place: string | null;
  /** Nothing passes any more, in either direction. */
  freeze(): void;
}

/**
 * What the path does to one client after it has fired: for a while packets of the same server address and port, or of
 * everything, are dropped; open connections die with it. Time is the client's own clock.
 */
export class Penalties {
  readonly #now: () => number;
  readonly #flows = new Set<Flow>();
  readonly #until = new Map<string, number>();
  #everythingUntil = Number.NEGATIVE_INFINITY;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** `by` is the connection that set it off: what happens to it is the rule's own action. */
  punish(residual: Residual, by: Flow): void {
    const until = this.#now() + residual.seconds * MS_PER_SECOND;
    if (residual.scope === 'client') this.#everythingUntil = Math.max(this.#everythingUntil, until);
    else if (by.place !== null)
      this.#until.set(by.place, Math.max(this.#until.get(by.place) ?? until, until));
    for (const flow of this.#flows) if (flow !== by && this.active(flow.place)) flow.freeze();
  }

  /** Of everything, as after a neighbour behind the same address was punished. */
  punishAll(seconds: number): void {
    this.#everythingUntil = this.#now() + seconds * MS_PER_SECOND;
    for (const flow of this.#flows) flow.freeze();
  }

  /** `place` null: only what hits everything counts. */
  active(place: string | null): boolean {
    const here = place === null ? undefined : this.#until.get(place);
    return this.#now() < Math.max(this.#everythingUntil, here ?? Number.NEGATIVE_INFINITY);
  }

  /** Gives back how to take the connection off the list. */
  watch(flow: Flow): () => void {
    this.#flows.add(flow);
    return () => void this.#flows.delete(flow);
  }
}
