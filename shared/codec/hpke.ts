/**
 * Hybrid public key encryption, RFC 9180, base mode, one message a key: https://www.rfc-editor.org/rfc/rfc9180.html
 * Suite: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20Poly1305.
 *
 * ChaCha20Poly1305 rather than AES-128-GCM because AES without hardware means look-up tables, whose timing depends on
 * the key; ChaCha20 needs additions, rotations and XOR only, so plain code stays free of such leaks on any device.
 */
import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { x25519 } from '@noble/curves/ed25519.js';
import { expand, extract } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { utf8 } from './base64.ts';
import { concatBytes } from './bytes.ts';
import { InvalidInputError } from './decoded.ts';

export const HPKE_KEY_BYTES = 32;
/** What sealing adds: the encapsulated key and the authentication tag. */
export const HPKE_OVERHEAD_BYTES = 32 + 16;

const AEAD_KEY_BYTES = 32;
const AEAD_NONCE_BYTES = 12;

/** Two bytes, big-endian: I2OSP(n, 2). */
const twoBytes = (n: number): Uint8Array => Uint8Array.of(n >>> 8, n & 255);

const KEM_ID = twoBytes(0x0020);
const KDF_ID = twoBytes(0x0001);
const AEAD_ID = twoBytes(0x0003);
const KEM_SUITE = concatBytes(utf8('KEM'), KEM_ID);
const HPKE_SUITE = concatBytes(utf8('HPKE'), KEM_ID, KDF_ID, AEAD_ID);
const VERSION = utf8('HPKE-v1');
const BASE_MODE = Uint8Array.of(0);
const EMPTY = new Uint8Array(0);

/** RFC 9180 section 4, LabeledExtract. */
function labeledExtract(suite: Uint8Array, salt: Uint8Array, label: string, ikm: Uint8Array): Uint8Array {
  return extract(sha256, concatBytes(VERSION, suite, utf8(label), ikm), salt);
}

/** RFC 9180 section 4, LabeledExpand. */
function labeledExpand(
  suite: Uint8Array,
  prk: Uint8Array,
  label: string,
  info: Uint8Array,
  length: number,
): Uint8Array {
  return expand(sha256, prk, concatBytes(twoBytes(length), VERSION, suite, utf8(label), info), length);
}

export interface HpkeKeyPair {
  readonly privateKey: Uint8Array;
  readonly publicKey: Uint8Array;
}

/** RFC 9180 section 7.1.3, DeriveKeyPair for X25519. Throws `bad_key` for a seed of fewer than 32 bytes. */
export function deriveHpkeKeyPair(seed: Uint8Array): HpkeKeyPair {
  if (seed.length < HPKE_KEY_BYTES)
    throw new InvalidInputError(
      'bad_key',
      `an HPKE seed has at least ${HPKE_KEY_BYTES} bytes, got ${seed.length}`,
    );
  const privateKey = labeledExpand(
    KEM_SUITE,
    labeledExtract(KEM_SUITE, EMPTY, 'dkp_prk', seed),
    'sk',
    EMPTY,
    HPKE_KEY_BYTES,
  );
  return { privateKey, publicKey: x25519.getPublicKey(privateKey) };
}

/** Section 4.1, the shared secret of DHKEM from the Diffie-Hellman result. */
function sharedSecret(dh: Uint8Array, encapsulated: Uint8Array, recipient: Uint8Array): Uint8Array {
  const prk = labeledExtract(KEM_SUITE, EMPTY, 'eae_prk', dh);
  return labeledExpand(KEM_SUITE, prk, 'shared_secret', concatBytes(encapsulated, recipient), HPKE_KEY_BYTES);
}

/** Section 5.1, the key schedule of base mode. Sequence number 0 only, so the base nonce is the nonce. */
function cipher(secret: Uint8Array, info: Uint8Array, aad: Uint8Array): ReturnType<typeof chacha20poly1305> {
  const context = concatBytes(
    BASE_MODE,
    labeledExtract(HPKE_SUITE, EMPTY, 'psk_id_hash', EMPTY),
    labeledExtract(HPKE_SUITE, EMPTY, 'info_hash', info),
  );
  const prk = labeledExtract(HPKE_SUITE, secret, 'secret', EMPTY);
  const key = labeledExpand(HPKE_SUITE, prk, 'key', context, AEAD_KEY_BYTES);
  const nonce = labeledExpand(HPKE_SUITE, prk, 'base_nonce', context, AEAD_NONCE_BYTES);
  return chacha20poly1305(key, nonce, aad);
}

/**
 * Encrypts one message to the holder of `recipientPrivateKey`; gives the encapsulated key followed by the ciphertext.
 * `ephemeralSeed` is 32 fresh random bytes (RFC 9180's ikmE): used twice, it would reuse key and nonce.
 * Throws `bad_key` when the seed is short or the recipient's key is none (wrong length, low order).
 */
export function seal(input: {
  readonly recipientPublicKey: Uint8Array;
  readonly info: Uint8Array;
  readonly aad: Uint8Array;
  readonly plaintext: Uint8Array;
  readonly ephemeralSeed: Uint8Array;
}): Uint8Array {
  const { recipientPublicKey, info, aad, plaintext } = input;
  const ephemeral = deriveHpkeKeyPair(input.ephemeralSeed);
  let dh: Uint8Array;
  try {
    dh = x25519.getSharedSecret(ephemeral.privateKey, recipientPublicKey);
  } catch (cause) {
    throw new InvalidInputError('bad_key', 'the recipient key is not a usable X25519 key', { cause });
  }
  const secret = sharedSecret(dh, ephemeral.publicKey, recipientPublicKey);
  return concatBytes(ephemeral.publicKey, cipher(secret, info, aad).encrypt(plaintext));
}

/** Of private keys as they are held: making a public key takes as long as opening, and a collector opens with one key all day. */
const publicKeys = new WeakMap<Uint8Array, Uint8Array>();

function publicKeyOf(privateKey: Uint8Array): Uint8Array {
  const key = publicKeys.get(privateKey) ?? x25519.getPublicKey(privateKey);
  publicKeys.set(privateKey, key);
  return key;
}

/**
 * The message, or null for anything that was not sealed to this key with this `info` and `aad`. Throws `bad_key` only
 * for a private key of the wrong length, which is our own.
 */
export function open(input: {
  readonly recipientPrivateKey: Uint8Array;
  readonly info: Uint8Array;
  readonly aad: Uint8Array;
  readonly sealed: Uint8Array;
}): Uint8Array | null {
  const { recipientPrivateKey, info, aad, sealed } = input;
  if (recipientPrivateKey.length !== HPKE_KEY_BYTES)
    throw new InvalidInputError('bad_key', `an HPKE private key has ${HPKE_KEY_BYTES} bytes`);
  if (sealed.length < HPKE_OVERHEAD_BYTES) return null;
  const encapsulated = sealed.subarray(0, HPKE_KEY_BYTES);
  try {
    // Both calls throw on hostile input: a low-order point, a tag that does not match.
    const dh = x25519.getSharedSecret(recipientPrivateKey, encapsulated);
    const secret = sharedSecret(dh, encapsulated, publicKeyOf(recipientPrivateKey));
    return cipher(secret, info, aad).decrypt(sealed.subarray(HPKE_KEY_BYTES));
  } catch {
    return null;
  }
}
