import { equalBytes } from '../../codec/bytes.ts';
import { utf8 } from '../../codec/base64.ts';
import { sha256Hex } from '../../codec/digest.ts';
import { parsePem } from '../../codec/pem.ts';
import { nameKey, parseCertificate, readSubjectDer, type Certificate } from '../../codec/x509.ts';

export type RootsErrorCode = 'roots_broken_pem' | 'roots_unreadable_certificate' | 'roots_empty';

/** A root snapshot that cannot be used: our own fault or the operator's, never the network's. */
export class RootsError extends Error {
  override readonly name = 'RootsError';
  readonly code: RootsErrorCode;

  constructor(code: RootsErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** The trusted roots of one snapshot. Its certificates are read when they are first asked for. */
export interface Roots {
  /** Lower-case hex over the UTF-8 of `pem`; goes into every verdict. */
  readonly sha256: string;
  readonly pem: string;
  readonly count: number;
  /** Roots with this subject (DER), in the order of the snapshot. */
  bySubject(subjectDer: Uint8Array): readonly Certificate[];
  /** Roots with this public key; lower-case hex of the SHA-256 over SubjectPublicKeyInfo. Reads the whole snapshot. */
  bySpki(spkiSha256: string): readonly Certificate[];
  /** This very certificate is in the snapshot. */
  has(certificate: Certificate): boolean;
}

type Slot = { readonly der: Uint8Array; certificate: Certificate | null };

function load(slot: Slot): Certificate {
  if (slot.certificate === null) {
    const parsed = parseCertificate(slot.der);
    if ('error' in parsed)
      throw new RootsError('roots_unreadable_certificate', `a root cannot be read: ${parsed.error}`);
    slot.certificate = parsed;
  }
  return slot.certificate;
}

function index(pem: string): { slots: Slot[]; bySubject: Map<string, Slot[]> } {
  const { blocks, errors } = parsePem(pem);
  if (errors[0] !== undefined) throw new RootsError('roots_broken_pem', errors[0]);
  if (blocks.length === 0) throw new RootsError('roots_empty', 'no certificate in the snapshot');
  const slots: Slot[] = [];
  const bySubject = new Map<string, Slot[]>();
  blocks.forEach((der, i) => {
    const subject = readSubjectDer(der);
    if (subject === null)
      throw new RootsError('roots_unreadable_certificate', `root ${i + 1} cannot be read`);
    const slot: Slot = { der, certificate: null };
    slots.push(slot);
    const key = nameKey(subject);
    const same = bySubject.get(key);
    if (same === undefined) bySubject.set(key, [slot]);
    else same.push(slot);
  });
  return { slots, bySubject };
}

/**
 * Reads a snapshot: the text of a PEM file, comments allowed. Throws {@link RootsError}; a certificate whose outline is
 * sound but whose details are not shows only when it is first asked for, and throws then.
 */
export function createRoots(pem: string): Roots {
  const { slots, bySubject } = index(pem);
  let bySpki: Map<string, Certificate[]> | null = null;
  const indexBySpki = (): Map<string, Certificate[]> => {
    const map = new Map<string, Certificate[]>();
    for (const certificate of slots.map(load)) {
      const key = sha256Hex(certificate.publicKey.der);
      map.set(key, [...(map.get(key) ?? []), certificate]);
    }
    return map;
  };
  const find = (subjectDer: Uint8Array): readonly Slot[] => bySubject.get(nameKey(subjectDer)) ?? [];
  return {
    sha256: sha256Hex(utf8(pem)),
    pem,
    count: slots.length,
    bySubject: (subjectDer) => find(subjectDer).map(load),
    bySpki: (spkiSha256) => (bySpki ??= indexBySpki()).get(spkiSha256) ?? [],
    has: (certificate) => find(certificate.subject.der).some((slot) => equalBytes(slot.der, certificate.der)),
  };
}

/**
 * The snapshot with further PEM texts behind it, hash included: a verdict under other roots is a different verdict. The
 * same object when there is nothing to add. Throws {@link RootsError}, also when a text holds no certificate.
 */
export function withExtraRoots(roots: Roots, extra: readonly string[]): Roots {
  if (extra.length === 0) return roots;
  for (const pem of extra) index(pem);
  return createRoots([roots.pem, ...extra].map((pem) => (pem.endsWith('\n') ? pem : `${pem}\n`)).join(''));
}
