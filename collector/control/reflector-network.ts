/**
 * The reflector's signed word on the network that an asker comes from. It names network, country and hour and nothing
 * else, and Ed25519 is deterministic (RFC 8032, 5.1.6), so everybody in that network gets the same bytes in that hour:
 * a measurement that carries them says no more of its maker than `probe_asn` does.
 */
import { toBase64, utf8 } from '../../shared/codec/base64.ts';
import { PAYLOAD_TYPES, preAuthEncoding } from '../../shared/codec/dsse.ts';
import { publicKeyOf, sign } from '../../shared/codec/ed25519.ts';
import type { NetworkStatement, SignedControlReply } from '../../shared/model/index.ts';

const HOUR_MS = 3_600_000;
/** Signed statements kept for the hour; signing costs a millisecond or two, and askers come in from few networks. */
const MAX_KEPT = 4096;

export interface KnownNetwork {
  readonly cc: string;
  readonly asn: number;
}

export interface NetworkWord {
  /** JSON of a `SignedControlReply`; null when nothing is known of the address. */
  about(address: string): string | null;
}

export interface NetworkWordOptions {
  readonly lookup: (address: string) => KnownNetwork | null;
  /** Ed25519, 32 bytes. */
  readonly seed: Uint8Array;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}

const hourOf = (ms: number): string =>
  new Date(Math.floor(ms / HOUR_MS) * HOUR_MS).toISOString().replace('.000Z', 'Z');

export function createNetworkWord({ lookup, seed, nowMs }: NetworkWordOptions): NetworkWord {
  const keyid = toBase64(publicKeyOf(seed));
  const kept = new Map<string, string>();
  let keptFor = '';
  const signed = (statement: NetworkStatement): string => {
    const { cc, asn, hour } = statement;
    const payload = JSON.stringify({ cc, asn, hour });
    const payloadType = PAYLOAD_TYPES.network;
    const sig = toBase64(sign(preAuthEncoding(payloadType, utf8(payload)), seed));
    return JSON.stringify({ payloadType, payload, keyid, sig } satisfies SignedControlReply);
  };
  return {
    about(address) {
      const network = lookup(address);
      if (network === null) return null;
      const hour = hourOf(nowMs());
      if (hour !== keptFor) kept.clear();
      keptFor = hour;
      const key = `${network.cc} ${network.asn}`;
      const text = kept.get(key) ?? signed({ ...network, hour });
      if (!kept.has(key) && kept.size >= MAX_KEPT) kept.delete(kept.keys().next().value ?? '');
      kept.set(key, text);
      return text;
    },
  };
}
