/**
 * Certificates of one file, whatever form a system keeps them in: PEM, DER, OpenSSL's `TRUSTED CERTIFICATE`, and
 * p11-kit's objects, which say for themselves whether they are trusted. Pure.
 */
import { parsePem } from '../../shared/codec/pem.ts';
import { UnreadStore } from './device-files.ts';

export interface FileCertificate {
  readonly der: Uint8Array;
  /** What the file itself says; null: nothing. */
  readonly trusted: boolean | null;
}

/** A whole system's bundle is 0.3 MB, p11-kit's text 2 MB. */
export const MAX_CERTIFICATE_FILE_BYTES = 8 * 1024 * 1024;
/** Roots of one file; systems bring about 150. */
const MAX_CERTIFICATES = 2000;
const SEQUENCE = 0x30;
const LABELS = ['CERTIFICATE', 'X509 CERTIFICATE', 'TRUSTED CERTIFICATE'];
const P11_OBJECT = '[p11-kit-object-v1]';

/** The first DER element of several: what follows a trusted certificate is OpenSSL's own note on it. */
function firstElement(der: Uint8Array): Uint8Array {
  const first = der[1] ?? 0;
  if (first < 0x80) return der.subarray(0, 2 + first);
  const digits = first & 0x7f;
  if (digits === 0 || digits > 4) return der;
  let length = 0;
  for (let i = 0; i < digits; i++) length = length * 256 + (der[2 + i] ?? 0);
  return der.subarray(0, 2 + digits + length);
}

function blocksOf(text: string, trusted: boolean | null): FileCertificate[] {
  return LABELS.flatMap((label) =>
    parsePem(text, label).blocks.map((der) => ({
      der: label.startsWith('TRUSTED') ? firstElement(der) : der,
      trusted,
    })),
  );
}

function p11Trust(object: string): boolean | null {
  if (/^x-distrusted:\s*true/m.test(object)) return false;
  return /^trusted:\s*true/m.test(object) ? true : null;
}

/** Throws {@link UnreadStore} for a file of absurd size; one without certificates gives none. */
export function readCertificateFile(bytes: Uint8Array): readonly FileCertificate[] {
  if (bytes[0] === SEQUENCE) return [{ der: bytes, trusted: null }];
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  const found = text.includes(P11_OBJECT)
    ? text.split(P11_OBJECT).flatMap((object) => blocksOf(object, p11Trust(object)))
    : blocksOf(text, null);
  if (found.length > MAX_CERTIFICATES) throw new UnreadStore('too_large');
  return found;
}
