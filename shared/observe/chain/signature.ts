import { equalBytes } from '../../codec/bytes.ts';
import { ed25519 } from '@noble/curves/ed25519.js';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import { fromHex } from '../../codec/base64.ts';
import { DerError, DerReader, TAG, decodeInteger, decodeOid } from '../../codec/der.ts';
import { parsePublicKey, type PublicKeyInfo } from '../../codec/x509-key.ts';
import { type Certificate } from '../../codec/x509.ts';
import { MAX_MODULUS_BITS, parseRsaKey, verifyPkcs1, verifyPss } from './rsa.ts';
import { OID_PSS, OID_RSA, isWeak, schemeOf, type Digest, type RsaScheme } from './signature-algorithms.ts';

export type SignatureResult = boolean | 'unsupported';

const OID_EC_KEY = '1.2.840.10045.2.1';
const OID_ED25519 = '1.3.101.112';
const ED25519_KEY_BYTES = 32;
const CURVES: ReadonlyMap<string, { readonly curve: typeof p256; readonly bytes: number }> = new Map([
  ['1.2.840.10045.3.1.7', { curve: p256, bytes: 32 }],
  ['1.3.132.0.34', { curve: p384, bytes: 48 }],
  ['1.3.132.0.35', { curve: p521, bytes: 66 }],
]);

/** Fixed-width big-endian octets in hex; null when the number is negative or wider. */
function toFixed(value: bigint, bytes: number): string | null {
  const digits = value.toString(16);
  return value < 0n || digits.length > 2 * bytes ? null : digits.padStart(2 * bytes, '0');
}

/** Ecdsa-Sig-Value (RFC 3279 2.2.3) → r and s side by side; null when broken. */
function readEcdsaSignature(der: Uint8Array, bytes: number): Uint8Array | null {
  try {
    const outer = new DerReader(der);
    const sequence = outer.enter(TAG.sequence);
    outer.end();
    const r = sequence.read(TAG.integer).content;
    const s = sequence.read(TAG.integer).content;
    sequence.end();
    if (r.length > bytes + 1 || s.length > bytes + 1) return null;
    const left = toFixed(decodeInteger(r), bytes);
    const right = toFixed(decodeInteger(s), bytes);
    return left === null || right === null ? null : fromHex(left + right);
  } catch (error) {
    if (error instanceof DerError) return null;
    throw error;
  }
}

function namedCurve(key: PublicKeyInfo): { curve: typeof p256; bytes: number } | null {
  try {
    const { params } = key.algorithm;
    return params === null
      ? null
      : (CURVES.get(decodeOid(new DerReader(params).read(TAG.oid).content)) ?? null);
  } catch (error) {
    if (error instanceof DerError) return null;
    throw error;
  }
}

/** The curve library throws on points off the curve and numbers out of range: for us a signature that does not hold. */
function holds(check: () => boolean): boolean {
  try {
    return check();
  } catch {
    return false;
  }
}

function verifyEcdsa(key: PublicKeyInfo, digest: Digest, cert: Certificate): SignatureResult {
  const named = namedCurve(key);
  if (named === null) return 'unsupported';
  const signature = readEcdsaSignature(cert.signature, named.bytes);
  if (signature === null) return false;
  const hash = digest.hash(cert.tbs);
  // Certificates use either of the two valid s; `lowS` is a rule of other trades.
  return holds(() => named.curve.verify(signature, hash, key.key, { lowS: false, prehash: false }));
}

/** RFC 3279 2.3.1 has NULL there; absent it was met, and anything else is no RSA key for anybody. */
function rsaKeyOf(key: PublicKeyInfo): ReturnType<typeof parseRsaKey> {
  const { oid, params } = key.algorithm;
  if (oid === OID_RSA && params !== null && (params.length !== 2 || params[0] !== TAG.null)) return null;
  return parseRsaKey(key.key);
}

function verifyRsa(key: PublicKeyInfo, scheme: RsaScheme, cert: Certificate): SignatureResult {
  if (cert.signature.length > MAX_MODULUS_BITS / 8) return 'unsupported';
  const rsa = rsaKeyOf(key);
  if (rsa === null) return 'unsupported';
  if (scheme.kind === 'pkcs1') return verifyPkcs1(rsa, scheme.digest, cert.tbs, cert.signature);
  return verifyPss(rsa, scheme.digest, scheme.saltLength, cert.tbs, cert.signature);
}

/** A key that is bound to PSS verifies PSS only, with its own digest and at least its own salt (RFC 4055 3.1). */
function allowsPss(key: PublicKeyInfo, scheme: RsaScheme): boolean {
  if (scheme.kind !== 'pss') return false;
  if (key.algorithm.params === null) return true;
  const bound = schemeOf(key.algorithm);
  return bound?.kind === 'pss' && bound.digest === scheme.digest && bound.saltLength <= scheme.saltLength;
}

/**
 * Whether the signature on a certificate was made with this key (SubjectPublicKeyInfo DER). A signature by a weak digest
 * can hold here; {@link hasWeakSignature} says so. `'unsupported'`: the algorithm, curve or key size is not one we check.
 */
export function verifySignature(issuerSpki: Uint8Array, cert: Certificate): SignatureResult {
  const key = parsePublicKey(issuerSpki);
  return key === null ? 'unsupported' : verifyWithKey(key, cert);
}

/** {@link verifySignature} with a key that is already read. */
export function verifyWithKey(key: PublicKeyInfo, cert: Certificate): SignatureResult {
  // RFC 5280 4.1.1.2: the unsigned copy of the algorithm must repeat the signed one.
  if (!equalBytes(cert.signatureAlgorithm.der, cert.signedAlgorithm.der)) return false;
  const scheme = schemeOf(cert.signatureAlgorithm);
  if (scheme === null) return 'unsupported';
  const { oid } = key.algorithm;
  switch (scheme.kind) {
    case 'pkcs1':
    case 'pss':
      if (oid === OID_RSA || (oid === OID_PSS && allowsPss(key, scheme))) return verifyRsa(key, scheme, cert);
      return false;
    case 'ecdsa':
      return oid === OID_EC_KEY ? verifyEcdsa(key, scheme.digest, cert) : false;
    case 'ed25519':
      if (oid !== OID_ED25519) return false;
      return holds(() => ed25519.verify(cert.signature, cert.tbs, key.key, { zip215: false }));
  }
}

/** A kind of key that a server can have in TLS, readable and within the bounds of those that we check ourselves. */
export function isServerKey(key: PublicKeyInfo): boolean {
  switch (key.algorithm.oid) {
    case OID_RSA:
    case OID_PSS:
      return rsaKeyOf(key) !== null;
    case OID_EC_KEY:
      return namedCurve(key) !== null;
    case OID_ED25519:
      return key.key.length === ED25519_KEY_BYTES;
    default:
      return false;
  }
}

/** The certificate was signed with this key, as far as we can check. */
export function signedBy(cert: Certificate, spkiDer: Uint8Array): boolean {
  return verifySignature(spkiDer, cert) === true;
}

/** Signed over MD5 or SHA-1. */
export function hasWeakSignature(cert: Certificate): boolean {
  const scheme = schemeOf(cert.signatureAlgorithm);
  return scheme !== null && isWeak(scheme);
}
