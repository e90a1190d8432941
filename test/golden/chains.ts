/**
 * Real DER chains for hand-written documents. Four authorities, made once per process: one of the roots snapshot, one
 * whose interception is on record, one that nobody knows, and one that only borrows the name of the known one.
 */
import { createHash } from 'node:crypto';
import {
  makeAuthority,
  makeCertificate,
  makeKey,
  makeLeaf,
  altNames,
  basicConstraints,
  keyUsage,
  name,
  pemOf,
  type Authority,
} from '../unit/codec/helpers/certificate-maker.ts';

const KNOWN_NAME = { C: 'ZZ', CN: 'Golden Security Certificate' } as const;
export const KNOWN_AUTHORITY_ID = 'golden-known-root';

function namedAuthority(attributes: Readonly<Record<string, string>>): Authority {
  const own = name(attributes);
  const key = makeKey('p256');
  const der = makeCertificate({
    subject: own,
    issuer: own,
    publicKey: key.publicKey,
    signWith: key.privateKey,
    extensions: [basicConstraints(true), keyUsage(4)],
  });
  return { name: own, key, der };
}

const publicRoot = makeAuthority('Golden Public Root');
const knownRoot = namedAuthority(KNOWN_NAME);
const imitator = namedAuthority(KNOWN_NAME);
const unknownRoot = makeAuthority('Golden Gateway');
const PRODUCT_NAME = { O: 'Golden Lab', CN: 'Golden Shield Personal Root' } as const;
const productRoot = namedAuthority(PRODUCT_NAME);

const spkiOf = (authority: Authority): Buffer =>
  authority.key.publicKey.export({ type: 'spki', format: 'der' });
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export const ROOTS_PEM = pemOf(publicRoot.der);
/** In the form of testlists/fingerprints/interception.json. */
export const INTERCEPTION_JSON = JSON.stringify({
  version: 1,
  roots: [
    {
      id: KNOWN_AUTHORITY_ID,
      name: KNOWN_NAME,
      sha256: sha256(knownRoot.der),
      spki_sha256: sha256(spkiOf(knownRoot)),
      public_key: spkiOf(knownRoot).toString('base64'),
    },
  ],
  products: [{ id: 'golden-shield', vendor: 'Golden Lab', name: { CN: PRODUCT_NAME.CN } }],
});

export type Chain = readonly Uint8Array[];

/** Each call signs a new leaf: two chains for one name are two certificates. */
export const chains = {
  trusted: (host: string): Chain => [makeLeaf(publicRoot, [host])],
  expired: (host: string): Chain => [makeLeaf(publicRoot, [host], { notAfter: '210101000000Z' })],
  /** Signed by the authority on record, which does not send its own certificate. */
  known: (host: string): Chain => [makeLeaf(knownRoot, [host])],
  imitation: (host: string): Chain => [makeLeaf(imitator, [host]), imitator.der],
  unknown: (host: string): Chain => [makeLeaf(unknownRoot, [host]), unknownRoot.der],
  /** By a security product on the device. */
  product: (host: string): Chain => [makeLeaf(productRoot, [host])],
  selfSigned(host: string): Chain {
    const key = makeKey('p256');
    const own = name({ CN: host });
    const parts = { subject: own, issuer: own, publicKey: key.publicKey, signWith: key.privateKey };
    return [makeCertificate({ ...parts, extensions: [altNames([host])] })];
  },
} as const;

/** What a descriptor promises of a reflector's key: hex SHA-256 of the leaf's SubjectPublicKeyInfo. */
export function reflectorIdentity(host: string): { readonly chain: Chain; readonly spkiSha256: string } {
  const key = makeKey('p256');
  const spki = key.publicKey.export({ type: 'spki', format: 'der' });
  return { chain: [makeLeaf(unknownRoot, [host], { key })], spkiSha256: sha256(spki) };
}
