import { md5, sha1 } from '@noble/hashes/legacy.js';
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js';
import { DerError, DerReader, TAG, contextConstructed, decodeSmallInteger } from '../../codec/der.ts';
import { readAlgorithm, type Algorithm } from '../../codec/x509-key.ts';

/** A hash function as signatures need it. */
export interface Digest {
  readonly hash: (message: Uint8Array) => Uint8Array;
  /** Output, in octets. */
  readonly size: number;
  /** Collisions can be bought: recognised, so that a chain can be followed, but never part of a valid path. */
  readonly weak: boolean;
  /** DER of DigestInfo up to the hash value (RFC 8017 9.2, note 1). */
  readonly infoPrefix: readonly number[];
}

export type RsaScheme =
  | { readonly kind: 'pkcs1'; readonly digest: Digest }
  | { readonly kind: 'pss'; readonly digest: Digest; readonly saltLength: number };

/** How a signature is to be checked. */
export type Scheme =
  RsaScheme | { readonly kind: 'ecdsa'; readonly digest: Digest } | { readonly kind: 'ed25519' };

/** `oid`: content octets of the digest's object identifier. */
function digest(hash: Digest['hash'], size: number, weak: boolean, oid: readonly number[]): Digest {
  const algorithm = [TAG.oid, oid.length, ...oid, TAG.null, 0];
  const inner = [TAG.sequence, algorithm.length, ...algorithm, TAG.octetString, size];
  return { hash, size, weak, infoPrefix: [TAG.sequence, inner.length + size, ...inner] };
}

const NIST_HASH = [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02];
const MD5 = digest(md5, 16, true, [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x05]);
const SHA1 = digest(sha1, 20, true, [0x2b, 0x0e, 0x03, 0x02, 0x1a]);
const SHA256 = digest(sha256, 32, false, [...NIST_HASH, 1]);
const SHA384 = digest(sha384, 48, false, [...NIST_HASH, 2]);
const SHA512 = digest(sha512, 64, false, [...NIST_HASH, 3]);

const DIGESTS: ReadonlyMap<string, Digest> = new Map([
  ['1.3.14.3.2.26', SHA1],
  ['2.16.840.1.101.3.4.2.1', SHA256],
  ['2.16.840.1.101.3.4.2.2', SHA384],
  ['2.16.840.1.101.3.4.2.3', SHA512],
]);

const FIXED: ReadonlyMap<string, Scheme> = new Map<string, Scheme>([
  ['1.2.840.113549.1.1.4', { kind: 'pkcs1', digest: MD5 }],
  ['1.2.840.113549.1.1.5', { kind: 'pkcs1', digest: SHA1 }],
  ['1.3.14.3.2.29', { kind: 'pkcs1', digest: SHA1 }],
  ['1.2.840.113549.1.1.11', { kind: 'pkcs1', digest: SHA256 }],
  ['1.2.840.113549.1.1.12', { kind: 'pkcs1', digest: SHA384 }],
  ['1.2.840.113549.1.1.13', { kind: 'pkcs1', digest: SHA512 }],
  ['1.2.840.10045.4.1', { kind: 'ecdsa', digest: SHA1 }],
  ['1.2.840.10045.4.3.2', { kind: 'ecdsa', digest: SHA256 }],
  ['1.2.840.10045.4.3.3', { kind: 'ecdsa', digest: SHA384 }],
  ['1.2.840.10045.4.3.4', { kind: 'ecdsa', digest: SHA512 }],
  ['1.3.101.112', { kind: 'ed25519' }],
]);

export const OID_RSA = '1.2.840.113549.1.1.1';
export const OID_PSS = '1.2.840.113549.1.1.10';
const OID_MGF1 = '1.2.840.113549.1.1.8';
/** Larger salts than any key within bounds could hold. */
const MAX_SALT_BYTES = 1024;
/** RFC 8017 A.2.3: what an absent field stands for. */
const DEFAULT_SALT_BYTES = 20;

function readDigest(reader: DerReader): Digest | null {
  return DIGESTS.get(readAlgorithm(reader).oid) ?? null;
}

function readMaskDigest(reader: DerReader): Digest | null {
  const { oid, params } = readAlgorithm(reader);
  return oid === OID_MGF1 && params !== null ? readDigest(new DerReader(params)) : null;
}

/** RSASSA-PSS-params; null when something in them is not supported, such as two different digests. */
function readPss(params: Uint8Array | null): Scheme | null {
  const sequence =
    params === null ? new DerReader(new Uint8Array()) : new DerReader(params).enter(TAG.sequence);
  const field = (number: number): DerReader | null => {
    const element = sequence.optional(contextConstructed(number));
    return element && new DerReader(element.content);
  };
  const hashField = field(0);
  const maskField = field(1);
  const salt = field(2)?.read(TAG.integer).content;
  const trailer = field(3)?.read(TAG.integer).content;
  sequence.end();
  const hash = hashField === null ? SHA1 : readDigest(hashField);
  const maskHash = maskField === null ? SHA1 : readMaskDigest(maskField);
  if (hash === null || hash !== maskHash) return null;
  if (trailer !== undefined && decodeSmallInteger(trailer, 1) !== 1) return null;
  const saltLength = salt === undefined ? DEFAULT_SALT_BYTES : decodeSmallInteger(salt, MAX_SALT_BYTES);
  return { kind: 'pss', digest: hash, saltLength };
}

/** AlgorithmIdentifier of a signature → scheme; null when unknown. */
export function schemeOf(algorithm: Algorithm): Scheme | null {
  if (algorithm.oid !== OID_PSS) return FIXED.get(algorithm.oid) ?? null;
  try {
    return readPss(algorithm.params);
  } catch (error) {
    if (error instanceof DerError) return null;
    throw error;
  }
}

/** A digest whose collisions are practical (MD5, SHA-1). */
export function isWeak(scheme: Scheme): boolean {
  return scheme.kind !== 'ed25519' && scheme.digest.weak;
}
