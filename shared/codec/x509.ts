import { equalBytes } from './bytes.ts';
import { toHex } from './base64.ts';
import {
  DerError,
  DerReader,
  TAG,
  contextConstructed,
  contextPrimitive,
  decodeInteger,
  decodeSmallInteger,
  decodeWholeBits,
} from './der.ts';
import { NO_EXTENSIONS, readExtensions, type Extensions } from './x509-extensions.ts';
import { readAlgorithm, readPublicKey, type Algorithm, type PublicKeyInfo } from './x509-key.ts';
import { decodeName, type Name } from './x509-name.ts';
import { decodeTime, type CertificateTime } from './x509-time.ts';

/** Longest certificate that is read. Public ones with a hundred names stay under 8 KiB. */
export const MAX_CERTIFICATE_BYTES = 64 * 1024;

/** The facts of one X.509 certificate (RFC 5280 4.1). Byte arrays are views of the input: do not change it. */
export interface Certificate extends Extensions {
  readonly der: Uint8Array;
  /** The bytes that are signed. */
  readonly tbs: Uint8Array;
  readonly version: 1 | 2 | 3;
  /** Lower-case hex without leading zero octets; negative ones (forbidden, but in use) with a minus sign. */
  readonly serial: string;
  readonly signatureAlgorithm: Algorithm;
  /** The copy inside the signed part; a signature holds only when both say the same. */
  readonly signedAlgorithm: Algorithm;
  readonly signature: Uint8Array;
  readonly issuer: Name;
  readonly subject: Name;
  /** Issuer and subject are the same bytes. */
  readonly selfIssued: boolean;
  readonly notBefore: CertificateTime;
  readonly notAfter: CertificateTime;
  readonly publicKey: PublicKeyInfo;
}

function decodeSerial(content: Uint8Array): string {
  const value = decodeInteger(content);
  const digits = (value < 0n ? -value : value).toString(16);
  return `${value < 0n ? '-' : ''}${digits.length % 2 === 0 ? '' : '0'}${digits}`;
}

function readVersion(tbs: DerReader): 1 | 2 | 3 {
  const explicit = tbs.optional(contextConstructed(0));
  if (explicit === null) return 1;
  const reader = new DerReader(explicit.content);
  const version = decodeSmallInteger(reader.read(TAG.integer).content, 2);
  reader.end();
  return version === 2 ? 3 : version === 1 ? 2 : 1;
}

/** The content of the one SEQUENCE that is there. */
function onlyElement(reader: DerReader): DerReader {
  const content = reader.enter(TAG.sequence);
  reader.end();
  return content;
}

function readCertificate(der: Uint8Array): Certificate {
  const certificate = onlyElement(new DerReader(der));
  const signed = certificate.read(TAG.sequence);
  const signatureAlgorithm = readAlgorithm(certificate);
  const signature = decodeWholeBits(certificate.read(TAG.bitString).content);
  certificate.end();

  const tbs = new DerReader(signed.content);
  const version = readVersion(tbs);
  const serial = decodeSerial(tbs.read(TAG.integer).content);
  const signedAlgorithm = readAlgorithm(tbs);
  const issuer = decodeName(tbs.read(TAG.sequence));
  const validity = tbs.enter(TAG.sequence);
  const notBefore = decodeTime(validity.read());
  const notAfter = decodeTime(validity.read());
  validity.end();
  const subject = decodeName(tbs.read(TAG.sequence));
  const publicKey = readPublicKey(tbs);
  // Unique identifiers of version 2: obsolete, skipped.
  tbs.optional(contextPrimitive(1));
  tbs.optional(contextPrimitive(2));
  const extensions = tbs.optional(contextConstructed(3));
  tbs.end();
  const list = extensions && new DerReader(extensions.content);

  return {
    der,
    tbs: signed.raw,
    version,
    serial,
    signatureAlgorithm,
    signedAlgorithm,
    signature,
    issuer,
    subject,
    selfIssued: equalBytes(issuer.der, subject.der),
    notBefore,
    notAfter,
    publicKey,
    ...(list === null ? NO_EXTENSIONS : readExtensions(onlyElement(list))),
  };
}

/**
 * DER → the facts of a certificate, or why it cannot be read. Never throws, whatever the bytes; the time it takes grows
 * with {@link MAX_CERTIFICATE_BYTES} at most. Nothing is verified here.
 */
export function parseCertificate(der: Uint8Array): Certificate | { readonly error: string } {
  if (der.length > MAX_CERTIFICATE_BYTES) return { error: `longer than ${MAX_CERTIFICATE_BYTES} bytes` };
  try {
    return readCertificate(der);
  } catch (error) {
    if (error instanceof DerError) return { error: error.message };
    throw error;
  }
}

/** A name as a map key: equal for equal DER only. */
export function nameKey(nameDer: Uint8Array): string {
  return toHex(nameDer);
}

/**
 * The DER of the subject alone, at a tenth of the price of {@link parseCertificate}; null when the outline up to the
 * public key cannot be read. For an index over many certificates of which few are ever needed.
 */
export function readSubjectDer(der: Uint8Array): Uint8Array | null {
  if (der.length > MAX_CERTIFICATE_BYTES) return null;
  try {
    const tbs = new DerReader(der).enter(TAG.sequence).enter(TAG.sequence);
    tbs.optional(contextConstructed(0));
    tbs.read(TAG.integer);
    // Signature algorithm, issuer, validity.
    for (let skipped = 0; skipped < 3; skipped++) tbs.read(TAG.sequence);
    const subject = tbs.read(TAG.sequence).raw;
    tbs.read(TAG.sequence);
    return subject;
  } catch (error) {
    if (error instanceof DerError) return null;
    throw error;
  }
}
