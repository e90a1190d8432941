/**
 * The collector's answer to a sealed submission, for its sender's eyes only. Pure.
 *
 *   answer    = nonce (12) ‖ ChaCha20-Poly1305 (RFC 8439) of the plaintext
 *   plaintext = length (2, big-endian) ‖ text ‖ zeros, the smallest of SEALED_REPLY_SIZES that holds it
 *
 * The key travels inside the sealed submission (`reply_key`). A receipt names a measurement that will be published: in
 * the clear it would tell whoever reads this connection, or sends the same bytes again, whose measurement that is.
 */
import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { fromBase64, fromUtf8, toBase64, utf8 } from './base64.ts';
import { concatBytes } from './bytes.ts';
import { InvalidInputError } from './decoded.ts';

export const REPLY_KEY_BYTES = 32;
export const REPLY_NONCE_BYTES = 12;
const TAG_BYTES = 16;
const LENGTH_BYTES = 2;
/**
 * A receipt has about 450 bytes: all receipts have the first size, since the number of digits of a log index is a hint too, and
 * heartbeats are answered some hundreds of times a day.
 */
const SEALED_REPLY_SIZES: readonly number[] = [640, 2048];
const AAD = utf8('kuager sealed reply v1');

/** Base64. `nonce`: fresh random bytes, since the same submission can be answered again. Throws `too_large`, `bad_key`. */
export function sealReply(input: {
  readonly key: Uint8Array;
  readonly nonce: Uint8Array;
  readonly text: string;
}): string {
  const { key, nonce } = input;
  if (key.length !== REPLY_KEY_BYTES || nonce.length !== REPLY_NONCE_BYTES)
    throw new InvalidInputError('bad_key', 'the key or nonce of a sealed reply has another length');
  const text = utf8(input.text);
  const size = SEALED_REPLY_SIZES.find((n) => n >= text.length + LENGTH_BYTES);
  if (size === undefined)
    throw new InvalidInputError('too_large', `${text.length} bytes do not fit into a sealed reply`);
  const padded = new Uint8Array(size);
  new DataView(padded.buffer).setUint16(0, text.length);
  padded.set(text, LENGTH_BYTES);
  return toBase64(concatBytes(nonce, chacha20poly1305(key, nonce, AAD).encrypt(padded)));
}

/** The text; null for anything that was not sealed with this key. Untrusted input; never throws. */
export function openReply(sealed: string, key: Uint8Array): string | null {
  const bytes = fromBase64(sealed);
  if (key.length !== REPLY_KEY_BYTES) return null;
  const size = (bytes?.length ?? 0) - REPLY_NONCE_BYTES - TAG_BYTES;
  if (bytes === null || !SEALED_REPLY_SIZES.includes(size)) return null;
  const nonce = bytes.subarray(0, REPLY_NONCE_BYTES);
  let padded: Uint8Array;
  try {
    padded = chacha20poly1305(key, nonce, AAD).decrypt(bytes.subarray(REPLY_NONCE_BYTES));
  } catch {
    return null;
  }
  const end = LENGTH_BYTES + new DataView(padded.buffer, padded.byteOffset).getUint16(0);
  if (end > padded.length || padded.subarray(end).some((byte) => byte !== 0)) return null;
  return fromUtf8(padded.subarray(LENGTH_BYTES, end));
}
