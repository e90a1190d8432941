/**
 * Certificates of a PKCS #12 file (RFC 7292) as Java writes its list of roots: in the clear, or under a password that
 * everybody knows, with PBES2. The integrity check is not made: it only shows that somebody knew the same password.
 */
import { createDecipheriv, pbkdf2Sync } from 'node:crypto';
import {
  decodeOid,
  decodeSmallInteger,
  DerError,
  DerReader,
  TAG,
  contextConstructed,
} from '../../shared/codec/der.ts';
import { UnreadStore } from './device-files.ts';

/** Java's own default, and none. */
const PASSWORDS = ['changeit', ''];
/** RFC 8018 asks for 1000; Java uses 10,000. More would be a trap. */
const MAX_ITERATIONS = 1_000_000;
const MAX_BAGS = 4096;

const OID = {
  data: '1.2.840.113549.1.7.1',
  encryptedData: '1.2.840.113549.1.7.6',
  certBag: '1.2.840.113549.1.12.10.1.3',
  x509: '1.2.840.113549.1.9.22.1',
  friendlyName: '1.2.840.113549.1.9.20',
  pbes2: '1.2.840.113549.1.5.13',
  pbkdf2: '1.2.840.113549.1.5.12',
} as const;
const DIGESTS: Readonly<Record<string, string>> = {
  '1.2.840.113549.2.7': 'sha1',
  '1.2.840.113549.2.9': 'sha256',
  '1.2.840.113549.2.10': 'sha384',
  '1.2.840.113549.2.11': 'sha512',
};
const CIPHERS: Readonly<Record<string, { readonly name: string; readonly keyBytes: number }>> = {
  '2.16.840.1.101.3.4.1.2': { name: 'aes-128-cbc', keyBytes: 16 },
  '2.16.840.1.101.3.4.1.22': { name: 'aes-192-cbc', keyBytes: 24 },
  '2.16.840.1.101.3.4.1.42': { name: 'aes-256-cbc', keyBytes: 32 },
};

export interface BagCertificate {
  readonly name: string | null;
  readonly der: Uint8Array;
}

const oid = (reader: DerReader): string => decodeOid(reader.read(TAG.oid).content);

interface Encryption {
  readonly salt: Uint8Array;
  readonly iterations: number;
  readonly digest: string;
  readonly cipher: { readonly name: string; readonly keyBytes: number };
  readonly iv: Uint8Array;
}

function readEncryption(algorithm: DerReader): Encryption {
  if (oid(algorithm) !== OID.pbes2) throw new UnreadStore('encrypted');
  const parameters = algorithm.enter(TAG.sequence);
  const derivation = parameters.enter(TAG.sequence);
  if (oid(derivation) !== OID.pbkdf2) throw new UnreadStore('encrypted');
  const inner = derivation.enter(TAG.sequence);
  const salt = inner.read(TAG.octetString).content;
  const iterations = decodeSmallInteger(inner.read(TAG.integer).content, MAX_ITERATIONS);
  inner.optional(TAG.integer);
  const prf = inner.optional(TAG.sequence);
  const digest = prf === null ? 'sha1' : DIGESTS[oid(new DerReader(prf.content))];
  const scheme = parameters.enter(TAG.sequence);
  const cipher = CIPHERS[oid(scheme)];
  if (digest === undefined || cipher === undefined || iterations < 1) throw new UnreadStore('encrypted');
  return { salt, iterations, digest, cipher, iv: scheme.read(TAG.octetString).content };
}

function decrypt(e: Encryption, content: Uint8Array): Uint8Array {
  for (const password of PASSWORDS) {
    const key = pbkdf2Sync(password, e.salt, e.iterations, e.cipher.keyBytes, e.digest);
    try {
      const decipher = createDecipheriv(e.cipher.name, key, e.iv);
      const plain = new Uint8Array(Buffer.concat([decipher.update(content), decipher.final()]));
      if (plain[0] === TAG.sequence) return plain;
    } catch {
      // The wrong password: its padding does not come out.
    }
  }
  throw new UnreadStore('encrypted');
}

/** BMPString of the attribute `friendlyName`; Java keeps its aliases there. */
function nameOf(attributes: DerReader): string | null {
  while (!attributes.done) {
    const attribute = attributes.enter(TAG.sequence);
    if (oid(attribute) !== OID.friendlyName) continue;
    const bytes = attribute.enter(TAG.set).read(TAG.bmpString).content;
    return Buffer.from(bytes.subarray(0, bytes.length & ~1))
      .swap16()
      .toString('utf16le');
  }
  return null;
}

function bagsOf(safeContents: Uint8Array): BagCertificate[] {
  const bags = new DerReader(safeContents).enter(TAG.sequence);
  const found: BagCertificate[] = [];
  for (let i = 0; !bags.done; i++) {
    if (i >= MAX_BAGS) throw new UnreadStore('too_large');
    const bag = bags.enter(TAG.sequence);
    const kind = oid(bag);
    const value = bag.enter(contextConstructed(0));
    const attributes = bag.optional(TAG.set);
    if (kind !== OID.certBag) continue;
    const certificate = value.enter(TAG.sequence);
    if (oid(certificate) !== OID.x509) continue;
    const der = certificate.enter(contextConstructed(0)).read(TAG.octetString).content;
    found.push({ name: attributes === null ? null : nameOf(new DerReader(attributes.content)), der });
  }
  return found;
}

/** What one ContentInfo of the file holds. */
function contentOf(info: DerReader): Uint8Array {
  const kind = oid(info);
  const content = info.enter(contextConstructed(0));
  if (kind === OID.data) return content.read(TAG.octetString).content;
  if (kind !== OID.encryptedData) throw new UnreadStore('unknown_form');
  const encrypted = content.enter(TAG.sequence);
  encrypted.read(TAG.integer);
  const inner = encrypted.enter(TAG.sequence);
  if (oid(inner) !== OID.data) throw new UnreadStore('unknown_form');
  const encryption = readEncryption(inner.enter(TAG.sequence));
  const bytes = inner.read(0x80).content;
  return decrypt(encryption, bytes);
}

/** Throws {@link UnreadStore}. Certificates of private keys' owners are given like the others. */
export function readPkcs12(bytes: Uint8Array): readonly BagCertificate[] {
  try {
    const file = new DerReader(bytes).enter(TAG.sequence);
    file.read(TAG.integer);
    const safe = new DerReader(contentOf(file.enter(TAG.sequence))).enter(TAG.sequence);
    const found: BagCertificate[] = [];
    while (!safe.done) found.push(...bagsOf(contentOf(safe.enter(TAG.sequence))));
    return found;
  } catch (error) {
    if (error instanceof UnreadStore) throw error;
    throw new UnreadStore(error instanceof DerError ? 'damaged' : 'unknown_form', { cause: error });
  }
}
