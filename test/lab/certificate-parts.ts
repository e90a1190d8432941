import {
  constants,
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  privateEncrypt,
  randomBytes,
} from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import forge from 'node-forge';

/**
 * What certificates of the lab are made of. node-forge writes them and nothing else is asked of it: OpenSSL signs, and
 * nobody verifies with it.
 */

export const DAY_MS = 24 * 3600 * 1000;
const AUTHORITY_DAYS = 3650;
const SERIAL_BYTES = 16;
/** How far both dates of a copied certificate are moved: what research saw in 2019. */
const COPIED_DATES_SHIFT_MS = 6 * 3600 * 1000;
/** Bytes at the end of a copied serial number that differ from the origin's. */
const COPIED_SERIAL_BYTES = 4;
/** DER of a DigestInfo for SHA-256 up to the digest itself (RFC 8017, 9.2, note 1). */
const SHA256_DIGEST_INFO = Buffer.from('3031300d060960864801650304020105000420', 'hex');

export interface Key {
  readonly pub: forge.pki.PublicKey;
  readonly priv: KeyObject;
  readonly pem: string;
}
export interface Authority {
  readonly cert: forge.pki.Certificate;
  readonly key: KeyObject;
}
export type Attributes = readonly (readonly [string, string])[];
export interface Dates {
  readonly from: number;
  readonly to: number;
}

/** Private keys that are ready (PKCS #8, PEM). */
const stock: string[] = [];

/** Keys for labs that are built one after the other: making them takes longer than the rest of a lab. Each is used once. */
export function stockKeys(pems: readonly string[]): void {
  stock.push(...pems);
}

/** RSA-2048, PKCS #8, PEM. */
export async function makeKeyPem(): Promise<string> {
  const pair = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  return pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

export async function makeKey(): Promise<Key> {
  const pem = stock.shift() ?? (await makeKeyPem());
  const priv = createPrivateKey(pem);
  const spki = createPublicKey(priv).export({ type: 'spki', format: 'pem' }).toString();
  return { pub: forge.pki.publicKeyFromPem(spki), priv, pem };
}

function newSerial(): string {
  const bytes = randomBytes(SERIAL_BYTES);
  // A serial number is positive (RFC 5280, 4.1.2.2) and its DER has no leading zero byte.
  bytes[0] = (bytes[0]! & 0x3f) | 0x40;
  return bytes.toString('hex');
}

function attributes(list: Attributes): forge.pki.CertificateField[] {
  return list.map(([shortName, value]) => ({
    shortName,
    value,
    valueTagClass: (shortName === 'C' ? forge.asn1.Type.PRINTABLESTRING : forge.asn1.Type.UTF8) as never,
  }));
}

/** A key in the shape that node-forge signs with; its own arithmetic takes fifty times as long. */
function signer(key: KeyObject): forge.pki.rsa.PrivateKey {
  const sign = (digest: forge.md.MessageDigest): string => {
    const hashed = Buffer.from(digest.digest().getBytes(), 'binary');
    const info = Buffer.concat([SHA256_DIGEST_INFO, hashed]);
    return privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, info).toString('binary');
  };
  return { sign } as unknown as forge.pki.rsa.PrivateKey;
}

interface Wanted extends Dates {
  readonly subject: forge.pki.CertificateField[];
  readonly key: Key;
  readonly serial?: string;
  readonly extensions: readonly object[];
}

function sign(wanted: Wanted, issuer: Authority | null): forge.pki.Certificate {
  const cert = forge.pki.createCertificate();
  cert.publicKey = wanted.key.pub;
  cert.serialNumber = wanted.serial ?? newSerial();
  cert.validity.notBefore = new Date(wanted.from);
  cert.validity.notAfter = new Date(wanted.to);
  cert.setSubject(wanted.subject);
  cert.setIssuer(issuer === null ? wanted.subject : issuer.cert.subject.attributes);
  cert.setExtensions([...wanted.extensions]);
  cert.sign(signer(issuer?.key ?? wanted.key.priv), forge.md.sha256.create());
  return cert;
}

/** A certificate authority; `issuer` null: a root. Valid for ten years unless `dates` say otherwise. */
export function makeAuthority(
  name: Attributes,
  key: Key,
  issuer: Authority | null,
  now: number,
  dates: Dates = { from: now - 30 * DAY_MS, to: now + AUTHORITY_DAYS * DAY_MS },
): Authority {
  const extensions = [
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    { name: 'subjectKeyIdentifier' },
  ];
  return { cert: sign({ subject: attributes(name), key, ...dates, extensions }, issuer), key: key.priv };
}

const LEAF_EXTENSIONS = [
  { name: 'basicConstraints', cA: false, critical: true },
  { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true },
  { name: 'extKeyUsage', serverAuth: true },
];

function subjectAltName(names: readonly string[]): object {
  const altNames = names.map((name) =>
    /^[\d.]+$|:/.test(name) ? { type: 7, ip: name } : { type: 2, value: name },
  );
  return { name: 'subjectAltName', altNames };
}

/** A server's certificate for names and IP literals; `issuer` null: self-signed. */
export function makeLeaf(
  names: readonly string[],
  key: Key,
  issuer: Authority | null,
  dates: Dates,
): forge.pki.Certificate {
  const subject = attributes([['CN', names[0] ?? '']]);
  return sign({ subject, key, ...dates, extensions: [...LEAF_EXTENSIONS, subjectAltName(names)] }, issuer);
}

/** Subject, names and serial of the origin's certificate, both dates shifted, the other extensions gone. */
export function copyLeaf(originDer: Uint8Array, key: Key, issuer: Authority): forge.pki.Certificate {
  const der = forge.util.createBuffer(Buffer.from(originDer).toString('binary'));
  const origin = forge.pki.certificateFromAsn1(forge.asn1.fromDer(der));
  const altName = origin.getExtension('subjectAltName') as { altNames: object[] } | null;
  const tail = randomBytes(COPIED_SERIAL_BYTES).toString('hex');
  return sign(
    {
      subject: origin.subject.attributes,
      key,
      from: origin.validity.notBefore.getTime() - COPIED_DATES_SHIFT_MS,
      to: origin.validity.notAfter.getTime() - COPIED_DATES_SHIFT_MS,
      serial: origin.serialNumber.slice(0, -tail.length) + tail,
      extensions: altName === null ? [] : [{ name: 'subjectAltName', altNames: altName.altNames }],
    },
    issuer,
  );
}

export const toPem = (cert: forge.pki.Certificate): string =>
  forge.pki.certificateToPem(cert).replaceAll('\r', '');
export const chainPem = (...certs: readonly forge.pki.Certificate[]): string => certs.map(toPem).join('');
export const hexDigest = (algorithm: string, bytes: Uint8Array): string =>
  createHash(algorithm).update(bytes).digest('hex');
