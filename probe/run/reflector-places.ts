/**
 * Where pairs are made, shared by all targets of a run: at most one suspicious name in flight per address and port, and a
 * place at which the path punishes this client is left alone until it was seen alive again.
 */
import { formatEndpoint } from '../../shared/codec/ip.ts';
import type { ReflectorDescriptor } from '../../shared/model/index.ts';
import type { Endpoint, Net } from '../net/net.ts';
import { placesOf, type ReflectorPlace } from '../plan/pairs.ts';

/** After an innocuous name died: when to look again. Punishments of 60 and 180 s are known. Seconds. */
const LOOK_AGAIN_AFTER_S = [60, 185] as const;
/** A place that was still dead at the last look may be tried again so much later. Seconds. */
const FORGET_LOST_AFTER_S = 600;
const MS_PER_SECOND = 1000;
/**
 * A look at a place that answered before gives up after so much; time for TCP to send its first packet three times (after
 * 1 and 3 s). Seconds.
 */
const MIN_LOOK_S = 4;
/** … or after so many times as long as the slowest answer took. */
const LOOK_FACTOR = 10;

interface Punished {
  /** When an innocuous name first died there, in seconds of the net's clock. */
  readonly since: number;
  /** Looks that found it dead. */
  readonly looks: number;
}

interface State {
  busy: boolean;
  punished: Punished | null;
}

export interface HeldPlace {
  readonly place: ReflectorPlace;
  /** It was being punished: see whether it is alive before anything else. */
  readonly probation: boolean;
  release(): void;
}

export class ReflectorPlaces {
  readonly #places: readonly ReflectorPlace[];
  readonly #states = new Map<string, State>();
  readonly #net: Pick<Net, 'now' | 'sleep'>;
  readonly #onWait: ((waiting: number, seconds: number) => void) | undefined;
  #changed = new AbortController();
  /** Address → the slowest answer that it gave, in seconds. */
  readonly #slowest = new Map<string, number>();
  #waiting = 0;
  /** The end of the wait that was last told to `onWait`, in seconds of the net's clock. */
  #toldUntil = Number.NEGATIVE_INFINITY;
  #clientWide = false;

  /** `onWait`, once for each moment that is waited for: how many wait by now, and how many seconds there are to wait. */
  constructor(
    reflectors: readonly ReflectorDescriptor[],
    net: Pick<Net, 'now' | 'sleep'>,
    onWait?: (waiting: number, seconds: number) => void,
  ) {
    this.#places = placesOf(reflectors);
    this.#net = net;
    this.#onWait = onWait;
    for (const { endpoint } of this.#places)
      this.#states.set(keyOf(endpoint), { busy: false, punished: null });
  }

  /** The path punished everything of this client, not one address and port: from then on one name at a time. */
  get clientWide(): boolean {
    return this.#clientWide;
  }

  /** Nothing was answered at any place, and all looks are used up: the line is dead, or reflectors can't be reached. */
  get lost(): boolean {
    const states = [...this.#states.values()];
    return states.length > 0 && states.every((s) => s.punished !== null && this.#givenUp(s.punished));
  }

  /** How long to look at a place, by what it took before; undefined: it never answered. Milliseconds. */
  lookTimeoutMs({ endpoint }: ReflectorPlace): number | undefined {
    const slowest = this.#slowest.get(endpoint.address);
    return slowest === undefined
      ? undefined
      : Math.ceil(Math.max(MIN_LOOK_S, LOOK_FACTOR * slowest) * MS_PER_SECOND);
  }

  /** Some place is being punished. */
  get punishing(): boolean {
    return [...this.#states.values()].some(
      (s) => s.punished !== null && s.punished.looks < LOOK_AGAIN_AFTER_S.length,
    );
  }

  /** All places, the healthy ones first, each group in the reflectors' own order. */
  inOrder(): readonly ReflectorPlace[] {
    const sick = (p: ReflectorPlace): number => Number(this.#state(p).punished !== null);
    return [...this.#places].sort((a, b) => sick(a) - sick(b));
  }

  /**
   * The next free place of a service, or `only` that one: a healthy one, else one whose time to look again has come.
   * Null when there is none, when all were given up, or after an abort.
   */
  async acquire(
    service: ReflectorPlace['service'],
    signal: AbortSignal,
    only?: ReflectorPlace,
  ): Promise<HeldPlace | null> {
    const mine = this.#places.filter(
      (p) => p.service === service && (only === undefined || sameEndpoint(p.endpoint, only.endpoint)),
    );
    while (!signal.aborted && mine.length > 0) {
      const states = mine.map((place) => ({ place, state: this.#state(place) }));
      const somebody = this.#clientWide && [...this.#states.values()].some((s) => s.busy);
      const free = states.find(({ state }) => !state.busy && state.punished === null);
      if (free !== undefined && !somebody) return this.#hold(free.place, false);
      if (somebody || states.some(({ state }) => state.busy || state.punished === null)) {
        await this.#waitForChange(signal);
        continue;
      }
      const due = states
        .map(({ place, state }) => ({ place, at: this.#lookAt(state.punished!) }))
        .filter((x): x is { place: ReflectorPlace; at: number } => x.at !== null)
        .sort((a, b) => a.at - b.at)[0];
      if (due === undefined) return null;
      const seconds = due.at - this.#net.now();
      if (seconds <= 0) return this.#hold(due.place, true);
      await this.#waitFor(due.at, signal);
    }
    return null;
  }

  /** Another address or port, for one innocuous look: a free one of the same kind first. Null: there is no other. */
  besides(place: ReflectorPlace): ReflectorPlace | null {
    const strangeness = (p: ReflectorPlace): number =>
      4 * Number(this.#state(p).busy) +
      2 * Number(p.service !== place.service) +
      Number(p.reflector.name !== place.reflector.name);
    const others = this.#places.filter(
      (p) =>
        p.service !== 'self_signed' &&
        !sameEndpoint(p.endpoint, place.endpoint) &&
        this.#state(p).punished === null,
    );
    return others.sort((a, b) => strangeness(a) - strangeness(b))[0] ?? null;
  }

  /** An innocuous name died there. `since`: when what is waited out began, in seconds of the net's clock; absent: now. */
  died(place: ReflectorPlace, since = this.#net.now()): void {
    const state = this.#state(place);
    state.punished =
      state.punished === null ? { since, looks: 0 } : { ...state.punished, looks: state.punished.looks + 1 };
    // What punishes the client punishes all places alike: one look speaks for all of them.
    if (this.#clientWide) this.#all(state.punished);
    this.#notify();
  }

  /** An innocuous name died there and elsewhere. */
  diedEverywhere(place: ReflectorPlace, since?: number): void {
    this.#clientWide = true;
    this.#state(place).punished = null;
    this.died(place, since);
  }

  /** An innocuous name was answered there; `seconds`: how long it took. */
  alive(place: ReflectorPlace, seconds: number): void {
    const { address } = place.endpoint;
    this.#slowest.set(address, Math.max(seconds, this.#slowest.get(address) ?? 0));
    this.#state(place).punished = null;
    if (this.#clientWide) this.#all(null);
    this.#notify();
  }

  #all(punished: Punished | null): void {
    for (const state of this.#states.values()) state.punished = punished;
  }

  #state(place: ReflectorPlace): State {
    const state = this.#states.get(keyOf(place.endpoint));
    if (state === undefined) throw new TypeError('not a place of this run');
    return state;
  }

  #lookAt({ since, looks }: Punished): number | null {
    const next = LOOK_AGAIN_AFTER_S[looks];
    if (next !== undefined) return since + next;
    const forgotten = since + LOOK_AGAIN_AFTER_S.at(-1)! + FORGET_LOST_AFTER_S;
    return this.#net.now() >= forgotten ? forgotten : null;
  }

  #givenUp(punished: Punished): boolean {
    return punished.looks >= LOOK_AGAIN_AFTER_S.length && this.#lookAt(punished) === null;
  }

  #hold(place: ReflectorPlace, probation: boolean): HeldPlace {
    const state = this.#state(place);
    state.busy = true;
    return {
      place,
      probation,
      release: () => {
        state.busy = false;
        this.#notify();
      },
    };
  }

  async #waitFor(until: number, signal: AbortSignal): Promise<void> {
    const seconds = until - this.#net.now();
    this.#waiting++;
    // Every change wakes all that wait, and they wait on: that is no news.
    if (until !== this.#toldUntil) this.#onWait?.(this.#waiting, seconds);
    this.#toldUntil = until;
    await this.#net.sleep(seconds * MS_PER_SECOND, AbortSignal.any([signal, this.#changed.signal]));
    this.#waiting--;
  }

  async #waitForChange(signal: AbortSignal): Promise<void> {
    const either = AbortSignal.any([signal, this.#changed.signal]);
    if (either.aborted) return;
    await new Promise<void>((resolve) => either.addEventListener('abort', () => resolve(), { once: true }));
  }

  #notify(): void {
    const before = this.#changed;
    this.#changed = new AbortController();
    before.abort();
  }
}

const keyOf = (e: Endpoint): string => formatEndpoint(e.address, e.port);
const sameEndpoint = (a: Endpoint, b: Endpoint): boolean => a.address === b.address && a.port === b.port;
