import { toHex } from './base64.ts';
import {
  DerError,
  DerReader,
  TAG,
  contextConstructed,
  contextPrimitive,
  decodeBoolean,
  decodeOid,
  decodeSmallInteger,
  type DerElement,
} from './der.ts';
import { decodeName, latin1, type Name } from './x509-name.ts';

/** Extensions of one certificate; public ones have about a dozen. */
const MAX_EXTENSIONS = 100;
const MAX_PATH_LENGTH = 0xffff;
/** In the first octet of the BIT STRING: keyCertSign, bit 5 (RFC 5280 4.2.1.3). */
const KEY_CERT_SIGN_MASK = 0x04;
/** digitalSignature, keyEncipherment, keyAgreement, bits 0, 2 and 4: what servers use their keys for in TLS. */
const SERVER_USES_MASK = 0xa8;

/** Names of one GeneralNames or of one list of subtrees, sorted by form (RFC 5280 4.2.1.6). */
export interface GeneralNames {
  /** As written: case, wildcards and octets above 127 (as Latin-1) included. */
  readonly dns: readonly string[];
  /** 4 or 16 octets; in subtrees 8 or 32, address then mask. */
  readonly ip: readonly Uint8Array[];
  readonly directory: readonly Name[];
  /** Context tag numbers of the other forms that occur. */
  readonly otherForms: readonly number[];
}

export interface NameConstraints {
  /** Null: the list is absent, which permits everything; an empty form in it permits every name of that form. */
  readonly permitted: GeneralNames | null;
  readonly excluded: GeneralNames | null;
}

interface BasicConstraints {
  readonly ca: boolean;
  readonly pathLength: number | null;
}

interface KeyUsage {
  readonly keyCertSign: boolean;
  /** One of the uses at least that a server's key has in TLS. */
  readonly serverUse: boolean;
}

/** What the extensions say; null where the extension is absent (or broken). */
export interface Extensions {
  /** Object identifiers of all that are there, in their order. */
  readonly extensionIds: readonly string[];
  readonly altNames: GeneralNames | null;
  readonly basicConstraints: BasicConstraints | null;
  readonly keyUsage: KeyUsage | null;
  /** Object identifiers. */
  readonly extendedKeyUsage: readonly string[] | null;
  readonly nameConstraints: NameConstraints | null;
  /** Lower-case hex. */
  readonly subjectKeyId: string | null;
  readonly authorityKeyId: string | null;
  /** Critical extensions that nothing here understands. */
  readonly unknownCritical: readonly string[];
  /** Extensions that occur twice or whose content cannot be read; such a certificate makes no valid path. */
  readonly broken: readonly string[];
}

/**
 * GeneralName's choices that are not read: otherName, rfc822Name, x400Address, ediPartyName, URI, registeredID. A tag
 * beside these and the read ones is no name.
 */
const OTHER_FORMS: ReadonlySet<number> = new Set([
  contextConstructed(0),
  contextPrimitive(1),
  contextConstructed(3),
  contextConstructed(5),
  contextPrimitive(6),
  contextPrimitive(8),
]);

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** The context tag number of a name that is not read; throws {@link DerError} for what clients take for broken. */
function formOf({ tag, content }: DerElement): number {
  if (!OTHER_FORMS.has(tag)) throw new DerError('name of no known form');
  if (tag === contextPrimitive(8)) decodeOid(content);
  if (tag === contextConstructed(0)) {
    const otherName = new DerReader(content);
    decodeOid(otherName.read(TAG.oid).content);
    otherName.read(contextConstructed(0));
    otherName.end();
  }
  return tag & 0x1f;
}

/** The base of a GeneralSubtree; minimum and maximum must be absent or 0 and are ignored (RFC 5280 4.2.1.10). */
function readSubtree(reader: DerReader): DerElement {
  const subtree = reader.enter(TAG.sequence);
  const base = subtree.read();
  subtree.optional(contextPrimitive(0));
  subtree.optional(contextPrimitive(1));
  subtree.end();
  return base;
}

/** `subtrees`: each name is wrapped in a GeneralSubtree, a sequence of its own. */
function readGeneralNames(reader: DerReader, subtrees: boolean): GeneralNames {
  const dns: string[] = [];
  const ip: Uint8Array[] = [];
  const directory: Name[] = [];
  const otherForms = new Set<number>();
  while (!reader.done) {
    const element = subtrees ? readSubtree(reader) : reader.read();
    if (element.tag === contextPrimitive(2)) dns.push(latin1(element.content));
    else if (element.tag === contextPrimitive(7)) ip.push(element.content);
    else if (element.tag === contextConstructed(4)) {
      directory.push(decodeName(new DerReader(element.content).read(TAG.sequence)));
    } else otherForms.add(formOf(element));
  }
  return { dns, ip, directory, otherForms: [...otherForms] };
}

function readNameConstraints(reader: DerReader): NameConstraints {
  const sequence = reader.enter(TAG.sequence);
  const permitted = sequence.optional(contextConstructed(0));
  const excluded = sequence.optional(contextConstructed(1));
  sequence.end();
  return {
    permitted: permitted && readGeneralNames(new DerReader(permitted.content), true),
    excluded: excluded && readGeneralNames(new DerReader(excluded.content), true),
  };
}

function readBasicConstraints(reader: DerReader): BasicConstraints {
  const sequence = reader.enter(TAG.sequence);
  const ca = sequence.optional(TAG.boolean);
  const pathLength = sequence.optional(TAG.integer);
  sequence.end();
  return {
    ca: ca !== null && decodeBoolean(ca.content),
    pathLength: pathLength && decodeSmallInteger(pathLength.content, MAX_PATH_LENGTH),
  };
}

function readKeyUsage(reader: DerReader): KeyUsage {
  const { content } = reader.read(TAG.bitString);
  const unused = content[0] ?? 8;
  if (unused > 7) throw new DerError('key usage without bits');
  // X.690 11.2.1; whoever reads them nevertheless takes them for no use at all.
  if ((content.at(-1) ?? 0) & (0xff >> (8 - unused)))
    throw new DerError('key usage with bits behind its end');
  const first = content[1] ?? 0;
  return { keyCertSign: (first & KEY_CERT_SIGN_MASK) !== 0, serverUse: (first & SERVER_USES_MASK) !== 0 };
}

function readOids(reader: DerReader): string[] {
  const sequence = reader.enter(TAG.sequence);
  const oids: string[] = [];
  while (!sequence.done) oids.push(decodeOid(sequence.read(TAG.oid).content));
  return oids;
}

/** The key identifier only: issuer and serial number of the other form are of no use to us. */
function readAuthorityKeyId(reader: DerReader): string | null {
  const sequence = reader.enter(TAG.sequence);
  const id = sequence.optional(contextPrimitive(0));
  sequence.optional(contextConstructed(1));
  sequence.optional(contextPrimitive(2));
  sequence.end();
  return id && toHex(id.content);
}

const READERS: ReadonlyMap<string, (reader: DerReader, out: Mutable<Extensions>) => void> = new Map([
  ['2.5.29.14', (reader, out) => void (out.subjectKeyId = toHex(reader.read(TAG.octetString).content))],
  ['2.5.29.15', (reader, out) => void (out.keyUsage = readKeyUsage(reader))],
  ['2.5.29.17', (reader, out) => void (out.altNames = readGeneralNames(reader.enter(TAG.sequence), false))],
  ['2.5.29.19', (reader, out) => void (out.basicConstraints = readBasicConstraints(reader))],
  ['2.5.29.30', (reader, out) => void (out.nameConstraints = readNameConstraints(reader))],
  ['2.5.29.35', (reader, out) => void (out.authorityKeyId = readAuthorityKeyId(reader))],
  ['2.5.29.37', (reader, out) => void (out.extendedKeyUsage = readOids(reader))],
]);

/**
 * Understood without being read: certificate policies, policy mappings, policy constraints, inhibitAnyPolicy. Browsers
 * accept every policy for server authentication, so they cannot change the outcome.
 */
const POLICIES: ReadonlySet<string> = new Set(['2.5.29.32', '2.5.29.33', '2.5.29.36', '2.5.29.54']);

export const NO_EXTENSIONS: Extensions = {
  extensionIds: [],
  altNames: null,
  basicConstraints: null,
  keyUsage: null,
  extendedKeyUsage: null,
  nameConstraints: null,
  subjectKeyId: null,
  authorityKeyId: null,
  unknownCritical: [],
  broken: [],
};

/**
 * Extensions (RFC 5280 4.1.2.9) from the content of their SEQUENCE. A single extension that cannot be read is noted and
 * the rest is read all the same; throws {@link DerError} when the list itself is broken or too long.
 */
export function readExtensions(sequence: DerReader): Extensions {
  const unknownCritical: string[] = [];
  const broken: string[] = [];
  const out: Mutable<Extensions> = { ...NO_EXTENSIONS, unknownCritical, broken };
  const seen = new Set<string>();
  while (!sequence.done) {
    const extension = sequence.enter(TAG.sequence);
    const oid = decodeOid(extension.read(TAG.oid).content);
    const critical = extension.optional(TAG.boolean);
    const value = extension.read(TAG.octetString).content;
    extension.end();
    if (seen.has(oid)) broken.push(oid);
    else readOne(oid, value, out, broken);
    if (critical !== null && decodeBoolean(critical.content) && !READERS.has(oid) && !POLICIES.has(oid)) {
      unknownCritical.push(oid);
    }
    seen.add(oid);
    if (seen.size + broken.length > MAX_EXTENSIONS) throw new DerError('too many extensions');
  }
  out.extensionIds = [...seen];
  return out;
}

function readOne(oid: string, value: Uint8Array, out: Mutable<Extensions>, broken: string[]): void {
  try {
    const reader = new DerReader(value);
    const read = READERS.get(oid);
    if (read === undefined) return;
    read(reader, out);
    reader.end();
  } catch (error) {
    if (!(error instanceof DerError)) throw error;
    broken.push(oid);
  }
}
