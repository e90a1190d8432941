/**
 * Ed25519 signatures, RFC 8032 section 5.1: https://www.rfc-editor.org/rfc/rfc8032.html#section-5.1
 *
 * RFC 8032 lets verifiers differ on points outside the prime-order subgroup, so one signature could count as valid in
 * one program and not in the next. Evidence must not depend on who checks it: both the key and the signature's R have
 * to be canonical members of that subgroup, where all conforming verifiers agree.
 */
import { ed25519 } from '@noble/curves/ed25519.js';
import { toHex } from './base64.ts';
import { concatBytes } from './bytes.ts';
import { InvalidInputError } from './decoded.ts';
import { sha256 } from './digest.ts';

export const ED25519_KEY_BYTES = 32;
export const ED25519_SEED_BYTES = 32;
export const ED25519_SIGNATURE_BYTES = 64;

function inPrimeOrderSubgroup(encoded: Uint8Array): boolean {
  const point = ed25519.Point.fromBytes(encoded, false);
  return !point.isSmallOrder() && point.isTorsionFree();
}

/**
 * Answers given lately. A measurement is looked at again after each of its rounds, with the same few signatures in it, and
 * checking one takes a phone a hundredth of a second.
 */
const answers = new Map<string, boolean>();
const MAX_ANSWERS = 512;

/** Whether the 64-byte signature is `publicKey`'s over `message`. False, never an exception, for malformed input. */
export function verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
  if (signature.length !== ED25519_SIGNATURE_BYTES || publicKey.length !== ED25519_KEY_BYTES) return false;
  // Both have a fixed length, so that no other question has these bytes.
  const question = toHex(sha256(concatBytes(publicKey, signature, message)));
  const known = answers.get(question);
  if (known !== undefined) return known;
  const answer = check(signature, message, publicKey);
  const oldest = answers.size < MAX_ANSWERS ? undefined : answers.keys().next().value;
  if (oldest !== undefined) answers.delete(oldest);
  answers.set(question, answer);
  return answer;
}

function check(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
  try {
    return (
      ed25519.verify(signature, message, publicKey, { zip215: false }) &&
      inPrimeOrderSubgroup(publicKey) &&
      inPrimeOrderSubgroup(signature.subarray(0, ED25519_KEY_BYTES))
    );
  } catch {
    // The library throws for encodings that are no point.
    return false;
  }
}

function requireSeed(seed: Uint8Array): void {
  if (seed.length !== ED25519_SEED_BYTES)
    throw new InvalidInputError(
      'bad_key',
      `an Ed25519 seed has ${ED25519_SEED_BYTES} bytes, got ${seed.length}`,
    );
}

/** The 64-byte signature; deterministic. Throws `bad_key` unless the seed (RFC 8032's private key) has 32 bytes. */
export function sign(message: Uint8Array, seed: Uint8Array): Uint8Array {
  requireSeed(seed);
  return ed25519.sign(message, seed);
}

/** The 32-byte public key of a 32-byte seed. Throws `bad_key` for another length. */
export function publicKeyOf(seed: Uint8Array): Uint8Array {
  requireSeed(seed);
  return ed25519.getPublicKey(seed);
}

/** How people compare keys: `sha256:` and the hex SHA-256 of the 32 raw bytes. Throws `bad_key` for another length. */
export function fingerprint(publicKey: Uint8Array): string {
  if (publicKey.length !== ED25519_KEY_BYTES)
    throw new InvalidInputError(
      'bad_key',
      `an Ed25519 key has ${ED25519_KEY_BYTES} bytes, got ${publicKey.length}`,
    );
  return `sha256:${toHex(sha256(publicKey))}`;
}
