/**
 * What the log records of a document: SHA-256(nonce ‖ payload). The Merkle leaf hash of RFC 6962
 * (https://www.rfc-editor.org/rfc/rfc6962.html#section-2.1) is then taken over these 32 bytes.
 *
 * The log can't be rewritten, so it must not say anything about a document that was withdrawn. A bare hash would: who
 * has a copy, or can guess it, could confirm it. With the nonce erased, the leaf is 32 bytes that fit any document.
 */
import { concatBytes } from '../codec/bytes.ts';
import { InvalidInputError } from '../codec/decoded.ts';
import { sha256 } from '../codec/digest.ts';

export const NONCE_BYTES = 32;

/** The leaf's 32 bytes. The nonce (32 random bytes, one per document) has a fixed length, so the seam is unambiguous. */
export function leafData(nonce: Uint8Array, payload: Uint8Array): Uint8Array {
  if (nonce.length !== NONCE_BYTES)
    throw new InvalidInputError('bad_size', `a leaf nonce has ${NONCE_BYTES} bytes, got ${nonce.length}`);
  return sha256(concatBytes(nonce, payload));
}
