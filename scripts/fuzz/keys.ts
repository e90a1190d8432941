/** Keys of every kind that a certificate may bear, made from a seed so that the same certificates come of it each time. */
import {
  checkPrimeSync,
  constants,
  createPrivateKey,
  createPublicKey,
  sign,
  type KeyObject,
} from 'node:crypto';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js';
import { oid, small, tlv } from '../../test/unit/codec/helpers/certificate-maker.ts';
import type { Random } from './random.ts';

export interface SigningKey {
  readonly kind: string;
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Uint8Array;
  /** AlgorithmIdentifier of its signatures, DER. */
  readonly algorithm: Uint8Array;
  sign(tbs: Uint8Array): Uint8Array;
}

const NULL = tlv(5);
const EXPONENT = 65_537n;
const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');
const bytesOf = (value: bigint): Buffer => {
  const digits = value.toString(16);
  return Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex');
};
const bigintOf = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex')}`);

function inverse(value: bigint, modulus: bigint): bigint {
  let [r, next, t, following] = [modulus, value % modulus, 0n, 1n];
  while (next !== 0n) {
    const quotient = r / next;
    [r, next] = [next, r - quotient * next];
    [t, following] = [following, t - quotient * following];
  }
  return ((t % modulus) + modulus) % modulus;
}

function primeFrom(random: Random, bits: number): bigint {
  const top = 3n << BigInt(bits - 2);
  let candidate = bigintOf(random.bytes(bits / 8)) | top | 1n;
  while ((candidate - 1n) % EXPONENT === 0n || !checkPrimeSync(candidate)) candidate += 2n;
  return candidate;
}

function rsaPrivateKey(random: Random, bits: number): KeyObject {
  const [p, q] = [primeFrom(random, bits / 2), primeFrom(random, bits / 2)];
  const d = inverse(EXPONENT, (p - 1n) * (q - 1n));
  const numbers = { n: p * q, e: EXPONENT, d, p, q, dp: d % (p - 1n), dq: d % (q - 1n), qi: inverse(q, p) };
  const jwk = Object.fromEntries(
    Object.entries(numbers).map(([field, value]) => [field, base64url(bytesOf(value))]),
  );
  return createPrivateKey({ key: { kty: 'RSA', ...jwk }, format: 'jwk' });
}

const spkiOf = (key: KeyObject): Uint8Array =>
  new Uint8Array(createPublicKey(key).export({ type: 'spki', format: 'der' }));

const PKCS1 = { md5: 4, sha1: 5, sha256: 11, sha512: 13 } as const;

/** One RSA key in several uses: by PKCS #1 with four digests, and by PSS with a salt of 32 octets. */
function rsaKeys(random: Random, bits: number): SigningKey[] {
  const key = rsaPrivateKey(random, bits);
  const spki = spkiOf(key);
  const plain = (Object.keys(PKCS1) as (keyof typeof PKCS1)[]).map((hash) => ({
    kind: `rsa${bits}-${hash}`,
    spki,
    algorithm: tlv(0x30, oid(`1.2.840.113549.1.1.${PKCS1[hash]}`), NULL),
    sign: (tbs: Uint8Array) => sign(hash, tbs, key),
  }));
  const digest = tlv(0x30, oid('2.16.840.1.101.3.4.2.1'), NULL);
  const params = tlv(
    0x30,
    tlv(0xa0, digest),
    tlv(0xa1, tlv(0x30, oid('1.2.840.113549.1.1.8'), digest)),
    tlv(0xa2, small(32)),
  );
  const padding = constants.RSA_PKCS1_PSS_PADDING;
  const pss = {
    kind: `rsa${bits}-pss`,
    spki,
    algorithm: tlv(0x30, oid('1.2.840.113549.1.1.10'), params),
    sign: (tbs: Uint8Array) => sign('sha256', tbs, { key, padding, saltLength: 32 }),
  };
  return [...plain, pss];
}

const CURVES = [
  { kind: 'p256', curve: p256, crv: '1.2.840.10045.3.1.7', hash: sha256, algorithm: '1.2.840.10045.4.3.2' },
  { kind: 'p384', curve: p384, crv: '1.3.132.0.34', hash: sha384, algorithm: '1.2.840.10045.4.3.3' },
  { kind: 'p521', curve: p521, crv: '1.3.132.0.35', hash: sha512, algorithm: '1.2.840.10045.4.3.4' },
] as const;

function ecKey(random: Random, { kind, curve, crv, hash, algorithm }: (typeof CURVES)[number]): SigningKey {
  const secret = curve.utils.randomSecretKey(random.bytes(curve.lengths.seed ?? 0));
  const point = tlv(3, Uint8Array.of(0), curve.getPublicKey(secret, false));
  return {
    kind,
    spki: tlv(0x30, tlv(0x30, oid('1.2.840.10045.2.1'), oid(crv)), point),
    algorithm: tlv(0x30, oid(algorithm)),
    // RFC 6979: without it, each run would have signatures of other lengths.
    sign: (tbs) => curve.sign(hash(tbs), secret, { prehash: false }).toBytes('der'),
  };
}

/** Ed25519 and Ed448 (RFC 8410). */
function edwardsKey(random: Random, kind: string, id: string, seedBytes: number): SigningKey {
  const seed = tlv(4, tlv(4, random.bytes(seedBytes)));
  const der = Buffer.from(tlv(0x30, small(0), tlv(0x30, oid(id)), seed));
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  return { kind, spki: spkiOf(key), algorithm: tlv(0x30, oid(id)), sign: (tbs) => sign(null, tbs, key) };
}

/** DSA in shape only: nobody here checks its signatures. */
function dsaKey(random: Random): SigningKey {
  const number = (bytes: number): Uint8Array => tlv(2, Uint8Array.of(0x40), random.bytes(bytes - 1));
  const params = tlv(0x30, number(256), number(32), number(256));
  const signature = tlv(0x30, number(32), number(32));
  return {
    kind: 'dsa',
    spki: tlv(0x30, tlv(0x30, oid('1.2.840.10040.4.1'), params), tlv(3, Uint8Array.of(0), number(256))),
    algorithm: tlv(0x30, oid('2.16.840.1.101.3.4.3.2')),
    sign: () => signature,
  };
}

/** Keys of every kind, `ordinary` ones being those that public authorities use. */
export function makeKeys(random: Random): { readonly ordinary: SigningKey[]; readonly odd: SigningKey[] } {
  const rsa = [rsaKeys(random, 2048), rsaKeys(random, 2048), rsaKeys(random, 2048), rsaKeys(random, 2048)];
  const ec = CURVES.map((curve) => ecKey(random, curve));
  const all = [...rsa.flat(), ...ec, edwardsKey(random, 'ed25519', '1.3.101.112', 32)];
  const isOrdinary = ({ kind }: SigningKey): boolean => kind === 'rsa2048-sha256' || kind === 'p256';
  return {
    ordinary: all.filter(isOrdinary),
    odd: [
      ...all.filter((key) => !isOrdinary(key)),
      ...rsaKeys(random, 1024),
      edwardsKey(random, 'ed448', '1.3.101.113', 57),
      dsaKey(random),
    ],
  };
}
