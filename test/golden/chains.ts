/**
 * Real DER chains for hand-written documents. Authorities are made once per process: one of the roots snapshot with an
 * issuer below it, one whose interception is on record, one on record by name and key identifier only, one that nobody
 * knows, and one that only borrows the name of the known one.
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
  tlv,
  type Authority,
} from '../unit/codec/helpers/certificate-maker.ts';

const KNOWN_NAME = { C: 'ZZ', CN: 'Golden Security Certificate' } as const;
export const KNOWN_AUTHORITY_ID = 'golden-known-root';
/** Nobody kept its certificate. */
export const NAMED_AUTHORITY_ID = 'golden-named-root';
const NAMED_NAME = { C: 'ZZ', CN: 'Golden Lost Certificate' } as const;
const NAMED_KEY_ID = '4c'.repeat(20);

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
const publicIssuer = makeAuthority('Golden Public Issuer', { parent: publicRoot });
const knownRoot = namedAuthority(KNOWN_NAME);
const imitator = namedAuthority(KNOWN_NAME);
const namedRoot = namedAuthority(NAMED_NAME);
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
    { id: NAMED_AUTHORITY_ID, name: NAMED_NAME, subject_key_id: NAMED_KEY_ID },
  ],
  products: [{ id: 'golden-shield', vendor: 'Golden Lab', name: { CN: PRODUCT_NAME.CN } }],
});

export type Chain = readonly Uint8Array[];

/** Numbers whose last four octets alone differ, and days that lie six hours apart, as of one that is copied. */
const ORIGIN = { serial: 0x3c51_9a77_0e2b_0000_0001n, notBefore: '260901120000Z', notAfter: '261201120000Z' };
const MOVED = { serial: 0x3c51_9a77_0e2b_7f3e_5d11n, notBefore: '260901060000Z', notAfter: '261201060000Z' };

const authorityKeyId = (hex: string) => ({
  oid: '2.5.29.35',
  value: tlv(0x30, tlv(0x80, Buffer.from(hex, 'hex'))),
});

/** Each call signs a new leaf: two chains for one name are two certificates. */
export const chains = {
  trusted: (host: string): Chain => [makeLeaf(publicRoot, [host])],
  expired: (host: string): Chain => [makeLeaf(publicRoot, [host], { notAfter: '210101000000Z' })],
  /** Signed by the authority on record, which does not send its own certificate. */
  known: (host: string): Chain => [makeLeaf(knownRoot, [host])],
  /** The same, with it. */
  knownWhole: (host: string): Chain => [makeLeaf(knownRoot, [host]), knownRoot.der],
  /** A certificate on record lies beside a chain that it has nothing to do with. */
  besideKnown: (host: string): Chain => [makeLeaf(unknownRoot, [host]), unknownRoot.der, knownRoot.der],
  /** What was signed by the key on record lies beside a chain of another's, whose issuer and number it repeats. */
  besideSigned: (host: string): Chain => {
    const serial = 77n;
    return [makeLeaf(imitator, [host], { serial }), imitator.der, makeLeaf(knownRoot, [host], { serial })];
  },
  /** By the authority that is on record by name and key identifier. */
  named: (host: string): Chain => [makeLeaf(namedRoot, [host], { more: [authorityKeyId(NAMED_KEY_ID)] })],
  /** By an issuer below the root, which is sent too. */
  issued: (host: string): Chain => [makeLeaf(publicIssuer, [host], ORIGIN), publicIssuer.der],
  /** The same site’s next one, six hours apart and with a number in the row; its issuer was forgotten. */
  reissued: (host: string): Chain => [makeLeaf(publicIssuer, [host], MOVED)],
  /** As `issued`, copied by somebody unknown, dates moved and the end of the number changed. */
  copied: (host: string): Chain => [makeLeaf(unknownRoot, [host], MOVED), unknownRoot.der],
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

/** What a device's store would hold of them. */
export const STORED = {
  known: knownRoot.der,
  imitation: imitator.der,
  unknown: unknownRoot.der,
  product: productRoot.der,
  public: publicRoot.der,
} as const;
