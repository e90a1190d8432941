/** What an access line does to packets: it loses some, sends the rest at its rate, and takes its time. Pure. */

/** A queue of a home router: what would wait longer is dropped. Milliseconds. */
const MAX_QUEUE_MS = 1000;
/** …but this much always fits, or a slow line would let nothing pass. Bytes. */
const MIN_QUEUE_BYTES = 6000;
const BITS = 8;

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export interface LineSettings {
  /** One way, milliseconds. */
  readonly delayMs?: number;
  readonly bitsPerSecond?: number;
  /** Share of the packets that are lost, 0 to 1. */
  readonly loss?: number;
}

/** One direction of a line. Gives the moment at which a packet arrives, null when it doesn't. */
export function createLine(settings: LineSettings, random: () => number) {
  const { delayMs = 0, bitsPerSecond = Number.POSITIVE_INFINITY, loss = 0 } = settings;
  let freeAt = 0;
  return (bytes: number, nowMs: number): number | null => {
    if (loss > 0 && random() < loss) return null;
    if (bitsPerSecond === Number.POSITIVE_INFINITY) return nowMs + delayMs;
    const begins = Math.max(nowMs, freeAt);
    const waitsMs = begins - nowMs;
    const fits = (waitsMs / 1000) * (bitsPerSecond / BITS) <= MIN_QUEUE_BYTES;
    if (waitsMs > MAX_QUEUE_MS && !fits) return null;
    freeAt = begins + (bytes * BITS * 1000) / bitsPerSecond;
    return freeAt + delayMs;
  };
}

export type OneWay = ReturnType<typeof createLine>;
