/** Counts events by address in memory. Addresses are forgotten two windows after they were last heard of. */
import { formatIp, parseIp } from '../../shared/codec/ip.ts';

export interface RateLimit {
  /** Counts one event (or `amount`); the estimate of this key's sum in the window that ends now, this one included. */
  count(key: string, amount?: number): number;
}

/** Keys that are remembered per window; beyond it, the oldest are forgotten. */
const MAX_TRACKED_KEYS = 50_000;

/**
 * A sliding window made of two fixed ones: the previous one counts in proportion to how much of it is still inside.
 * @param clock monotonic milliseconds.
 */
export function createRateLimit(
  windowMs: number,
  clock: () => number,
  maxKeys = MAX_TRACKED_KEYS,
): RateLimit {
  let start = clock();
  let current = new Map<string, number>();
  let previous = new Map<string, number>();
  return {
    count(key, amount = 1) {
      const elapsed = clock() - start;
      if (elapsed >= windowMs) {
        previous = elapsed < 2 * windowMs ? current : new Map();
        current = new Map();
        start += Math.floor(elapsed / windowMs) * windowMs;
      }
      const known = current.get(key);
      const count = (known ?? 0) + amount;
      if (known === undefined && current.size >= maxKeys) current.delete(current.keys().next().value ?? '');
      current.set(key, count);
      const share = 1 - (clock() - start) / windowMs;
      return count + (previous.get(key) ?? 0) * share;
    },
  };
}

/** One subscriber: an IPv4 address, or the /64 of an IPv6 one. An IPv4 address in IPv6 clothes is itself. */
export function subscriberKey(address: string): string {
  const ip = parseIp(plainAddress(address));
  if (ip === null) return 'unreadable';
  if (ip.family === 4) return formatIp(ip);
  const prefix = new Uint8Array(16);
  prefix.set(ip.bytes.subarray(0, 8));
  return `${formatIp({ family: 6, bytes: prefix })}/64`;
}

/** A dual-stack listener reports IPv4 peers as ::ffff:a.b.c.d, and link-local ones with a zone. */
export function plainAddress(address: string): string {
  const bare = address.split('%')[0] ?? '';
  return /^::ffff:\d+\.\d+\.\d+\.\d+$/i.test(bare) ? bare.slice('::ffff:'.length) : bare;
}
