import { bytesToBigint, DerError, DerReader, TAG, decodeInteger } from '../../codec/der.ts';
import type { Digest } from './signature-algorithms.ts';

/** Keys outside these bounds are not tried: the lower one is what browsers still accept, the upper bounds the work. */
const MIN_MODULUS_BITS = 1024;
export const MAX_MODULUS_BITS = 8192;
const MAX_EXPONENT_BITS = 64;

interface RsaKey {
  readonly modulus: bigint;
  readonly exponent: bigint;
  readonly bits: number;
}

/** RSAPublicKey (RFC 8017 A.1.1) → key; null when it cannot be read or lies outside the bounds. */
export function parseRsaKey(der: Uint8Array): RsaKey | null {
  try {
    const outer = new DerReader(der);
    const sequence = outer.enter(TAG.sequence);
    outer.end();
    const modulusBytes = sequence.read(TAG.integer).content;
    const exponentBytes = sequence.read(TAG.integer).content;
    sequence.end();
    if (modulusBytes.length > MAX_MODULUS_BITS / 8 + 1 || exponentBytes.length > MAX_EXPONENT_BITS / 8 + 1)
      return null;
    const modulus = decodeInteger(modulusBytes);
    const exponent = decodeInteger(exponentBytes);
    if (modulus <= 0n || exponent < 3n || modulus % 2n === 0n || exponent % 2n === 0n) return null;
    const bits = modulus.toString(2).length;
    if (bits < MIN_MODULUS_BITS || bits > MAX_MODULUS_BITS || exponent >> BigInt(MAX_EXPONENT_BITS))
      return null;
    return { modulus, exponent, bits };
  } catch (error) {
    if (error instanceof DerError) return null;
    throw error;
  }
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  for (const bit of exponent.toString(2)) {
    result = (result * result) % modulus;
    if (bit === '1') result = (result * base) % modulus;
  }
  return result;
}

/** The signature opened with the public key, in `length` octets (RSAVP1 and I2OSP); null when it does not fit. */
function open(key: RsaKey, signature: Uint8Array, length: number): Uint8Array | null {
  if (signature.length !== Math.ceil(key.bits / 8)) return null;
  const value = bytesToBigint(signature);
  if (value >= key.modulus) return null;
  const digits = power(value, key.exponent, key.modulus).toString(16);
  if (digits.length > 2 * length) return null;
  const padded = digits.padStart(2 * length, '0');
  return Uint8Array.from({ length }, (_, i) => Number.parseInt(padded.slice(2 * i, 2 * i + 2), 16));
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/**
 * RSASSA-PKCS1-v1_5 (RFC 8017 8.2.2): the one correct encoding is built and compared as a whole, since taking the
 * opened signature apart is how forgeries with small exponents came about.
 */
export function verifyPkcs1(
  key: RsaKey,
  digest: Digest,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  const length = Math.ceil(key.bits / 8);
  const opened = open(key, signature, length);
  const info = Uint8Array.of(...digest.infoPrefix, ...digest.hash(message));
  if (opened === null || length < info.length + 11) return false;
  const expected = new Uint8Array(length).fill(0xff);
  expected.set([0, 1]);
  expected[length - info.length - 1] = 0;
  expected.set(info, length - info.length);
  return equal(opened, expected);
}

/** MGF1 (RFC 8017 B.2.1). */
function mask(digest: Digest, seed: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(length);
  for (let counter = 0, at = 0; at < length; counter++) {
    const block = digest.hash(Uint8Array.of(...seed, 0, 0, counter >> 8, counter & 255));
    out.set(block.subarray(0, length - at), at);
    at += block.length;
  }
  return out;
}

/** RSASSA-PSS (RFC 8017 8.1.2 and 9.1.2), mask generation with the same digest. */
export function verifyPss(
  key: RsaKey,
  digest: Digest,
  saltLength: number,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  const bits = key.bits - 1;
  const length = Math.ceil(bits / 8);
  const encoded = open(key, signature, length);
  const { size } = digest;
  if (encoded === null || length < size + saltLength + 2 || encoded[length - 1] !== 0xbc) return false;
  const dbLength = length - size - 1;
  const seed = encoded.subarray(dbLength, length - 1);
  const db = mask(digest, seed, dbLength);
  const unused = 8 * length - bits;
  if ((encoded[0] ?? 0) >> (8 - unused)) return false;
  db.forEach((byte, i) => {
    db[i] = byte ^ (encoded[i] ?? 0);
  });
  db[0] = (db[0] ?? 0) & (0xff >> unused);
  const zeros = dbLength - saltLength - 1;
  if (db.subarray(0, zeros).some((byte) => byte !== 0) || db[zeros] !== 1) return false;
  const salt = db.subarray(zeros + 1);
  return equal(seed, digest.hash(Uint8Array.of(...new Uint8Array(8), ...digest.hash(message), ...salt)));
}
