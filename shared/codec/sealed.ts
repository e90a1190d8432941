/**
 * What a probe stores and sends: one submission, encrypted to the collector. Pure.
 *
 *   file      = "KSL1" ‖ key id (8 bytes) ‖ HPKE (RFC 9180) encapsulated key (32) ‖ ciphertext
 *   plaintext = inflated length (4, big-endian) ‖ deflated length (4) ‖ DEFLATE (RFC 1951) of the JSON ‖ zeros
 *   JSON      = {"envelope": <DSSE measurement>, "private": <DSSE private part>, "reply_key": <base64>}; only the first is needed,
 *               for the last see sealed-reply.ts
 *
 * The zeros bring the *file* to one of a few sizes, so that its length does not tell which site was measured. It is
 * compressed before it is encrypted: nobody who watches can mix chosen text into a measurement again and again and
 * compare lengths, and volunteers pay for data.
 */
import { deflateSync } from 'fflate';
import { toHex, fromHex, utf8 } from './base64.ts';
import { boundedInflate } from './bounded-inflate.ts';
import { concatBytes } from './bytes.ts';
import { InvalidInputError } from './decoded.ts';
import type { Decoded } from './decoded.ts';
import { sha256 } from './digest.ts';
import { HPKE_OVERHEAD_BYTES, open, seal } from './hpke.ts';

/** HTTP media type of a sealed submission. */
export const SEALED_MEDIA_TYPE = 'application/vnd.kuager.sealed';

const MAGIC = utf8('KSL1');
export const HPKE_KEY_ID_BYTES = 8;
const HEADER_BYTES = MAGIC.length + HPKE_KEY_ID_BYTES;
const LENGTHS_BYTES = 8;
const INFO = utf8('kuager sealed submission v1');

const KIB = 1024;
/**
 * Sizes of a sealed file in bytes. Steps of at most a half above 16 KiB: finer ones would tell more, coarser ones cost
 * more data. The smallest is a heartbeat's, of which there are some hundreds a day; no measurement is as short.
 */
export const SEALED_SIZES: readonly number[] = [
  1, 4, 8, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048,
].map((n) => n * KIB);
/** Bytes of JSON in one sealed file. */
export const MAX_SEALED_PLAINTEXT_BYTES = 8 * 1024 * KIB;

export type SealedError = 'not_sealed' | 'unknown_key' | 'cannot_open' | 'bad_content';

/** Id of an X25519 public key: the first 8 bytes of its SHA-256, lower-case hex. */
export function hpkeKeyId(publicKey: Uint8Array): string {
  return toHex(sha256(publicKey).subarray(0, HPKE_KEY_ID_BYTES));
}

/** Whether a file begins as a sealed submission does. */
export function looksSealed(bytes: Uint8Array): boolean {
  return bytes.length >= HEADER_BYTES && MAGIC.every((byte, i) => byte === bytes[i]);
}

/** Key id of a sealed file, lower-case hex; null when it is none. */
export function sealedKeyId(bytes: Uint8Array): string | null {
  return looksSealed(bytes) ? toHex(bytes.subarray(MAGIC.length, HEADER_BYTES)) : null;
}

function twoLengths(a: number, b: number): Uint8Array {
  const out = new Uint8Array(LENGTHS_BYTES);
  const view = new DataView(out.buffer);
  view.setUint32(0, a);
  view.setUint32(4, b);
  return out;
}

function pad(plaintext: Uint8Array): Uint8Array {
  const packed = deflateSync(plaintext, { level: 9 });
  const overhead = HEADER_BYTES + HPKE_OVERHEAD_BYTES;
  const size = SEALED_SIZES.find((n) => n >= overhead + LENGTHS_BYTES + packed.length);
  if (size === undefined || plaintext.length > MAX_SEALED_PLAINTEXT_BYTES)
    throw new InvalidInputError('too_large', `${plaintext.length} bytes do not fit into a sealed submission`);
  const out = new Uint8Array(size - overhead);
  out.set(twoLengths(plaintext.length, packed.length));
  out.set(packed, LENGTHS_BYTES);
  return out;
}

/**
 * Seals `plaintext` (UTF-8 JSON, see above) to the holder of the key. `hpkeKey` is a raw X25519 public key, `keyid` the
 * collector's name for it (16 hex digits), `ephemeralSeed` 32 fresh random bytes. Throws `too_large`, `bad_key`.
 */
export function sealTo(input: {
  readonly keyid: string;
  readonly hpkeKey: Uint8Array;
  readonly plaintext: Uint8Array;
  readonly ephemeralSeed: Uint8Array;
}): Uint8Array {
  const keyid = fromHex(input.keyid);
  if (keyid?.length !== HPKE_KEY_ID_BYTES)
    throw new InvalidInputError('bad_key', `a key id has ${2 * HPKE_KEY_ID_BYTES} hex digits`);
  const header = concatBytes(MAGIC, keyid);
  const sealed = seal({
    recipientPublicKey: input.hpkeKey,
    info: INFO,
    aad: header,
    plaintext: pad(input.plaintext),
    ephemeralSeed: input.ephemeralSeed,
  });
  return concatBytes(header, sealed);
}

/**
 * The JSON bytes inside, inflated with a bound. `keys`: private keys by key id (lower-case hex). Untrusted input; never
 * throws for it. Zeros behind the content are required, so that one submission has one file length only.
 */
export function openSealed(
  bytes: Uint8Array,
  keys: ReadonlyMap<string, Uint8Array>,
): Decoded<Uint8Array, SealedError> {
  const keyid = sealedKeyId(bytes);
  if (keyid === null) return { error: 'not_sealed' };
  if (!SEALED_SIZES.includes(bytes.length)) return { error: 'not_sealed', detail: `${bytes.length} bytes` };
  const key = keys.get(keyid);
  if (key === undefined) return { error: 'unknown_key', detail: keyid };
  const padded = open({
    recipientPrivateKey: key,
    info: INFO,
    aad: bytes.subarray(0, HEADER_BYTES),
    sealed: bytes.subarray(HEADER_BYTES),
  });
  if (padded === null) return { error: 'cannot_open' };
  const view = new DataView(padded.buffer, padded.byteOffset, padded.length);
  const size = view.getUint32(0);
  const end = LENGTHS_BYTES + view.getUint32(4);
  if (size > MAX_SEALED_PLAINTEXT_BYTES || end > padded.length)
    return { error: 'bad_content', detail: 'lengths' };
  if (padded.subarray(end).some((byte) => byte !== 0)) return { error: 'bad_content', detail: 'padding' };
  const inflated = boundedInflate(padded.subarray(LENGTHS_BYTES, end), size);
  return 'ok' in inflated ? inflated : { error: 'bad_content', detail: inflated.error };
}
