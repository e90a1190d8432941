import type { Certificate } from '../../codec/x509.ts';
import { satisfiesConstraints } from './name-constraints.ts';
import { hasWeakSignature, isServerKey } from './signature.ts';

/**
 * Why a certificate cannot take its place in a path though the signature holds. `authority`: the issuer had no right to
 * sign, which leaves the authority unknown; `certificate`: a known authority, but a certificate that is not valid here.
 */
export type Violation = 'authority' | 'certificate';

/**
 * Measurements state their start rounded down to ten minutes, so that a certificate issued within them was already valid:
 * sites switch to fresh certificates within seconds.
 */
export const START_ROUNDING_MS = 10 * 60 * 1000;

const EKU_SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const EKU_ANY = '2.5.29.37.0';

/** Past its last instant at the earliest time the measurement can have begun. */
export function isExpired(certificate: Certificate, at: number): boolean {
  return certificate.notAfter.ms < at;
}

/** Not valid yet at the latest time the measurement can have begun. */
export function isNotYetValid(certificate: Certificate, at: number): boolean {
  return certificate.notBefore.ms > at + START_ROUNDING_MS;
}

function isReadThrough(certificate: Certificate): boolean {
  return certificate.unknownCritical.length === 0 && certificate.broken.length === 0;
}

function allowsServers(certificate: Certificate): boolean {
  const usage = certificate.extendedKeyUsage;
  return usage === null || usage.includes(EKU_SERVER_AUTH) || usage.includes(EKU_ANY);
}

/** What forbids this certificate as the leaf of any path. */
export function leafViolation(leaf: Certificate): Violation | null {
  return isReadThrough(leaf) && allowsServers(leaf) ? null : 'certificate';
}

/**
 * Whether browsers would take this certificate for a server's if there is a path: not so an authority's own certificate in
 * the leaf's place, nor a key that nobody can use. Apart from {@link leafViolation}, because the path and its authority are what they are.
 */
export function mayServe(leaf: Certificate): boolean {
  return leafViolation(leaf) === null && (leaf.keyUsage?.serverUse ?? true) && isServerKey(leaf.publicKey);
}

/** Its dates are spelled as they have to be: others are read, but no client accepts them. */
export function hasRegularDates({ notBefore, notAfter }: Certificate): boolean {
  return notBefore.regular && notAfter.regular;
}

/** A root is trusted because it is in the snapshot: version 1, without any extension, is good enough. */
function maySign(issuer: Certificate, isRoot: boolean): boolean {
  const ca = issuer.basicConstraints?.ca ?? isRoot;
  return ca && (issuer.keyUsage?.keyCertSign ?? true);
}

/** Certificates that count against a path length: those between issuer and leaf that are not self-issued. */
function intermediates(below: readonly Certificate[]): number {
  return below.slice(1).filter((certificate) => !certificate.selfIssued).length;
}

/**
 * What forbids `issuer` above the certificates `below` (leaf first), whose last it has signed (RFC 5280 6.1.4 k to n).
 * A root's own extended key usage is not looked at.
 */
export function issuerViolation(
  issuer: Certificate,
  below: readonly Certificate[],
  isRoot: boolean,
): Violation | null {
  const child = below.at(-1);
  if (child === undefined || hasWeakSignature(child) || !maySign(issuer, isRoot)) return 'authority';
  if (!isReadThrough(issuer)) return 'certificate';
  if (!isRoot && !allowsServers(issuer)) return 'certificate';
  const limit = issuer.basicConstraints?.pathLength ?? Infinity;
  if (intermediates(below) > limit) return 'certificate';
  if (issuer.nameConstraints !== null && !satisfiesConstraints(issuer.nameConstraints, below))
    return 'certificate';
  return null;
}
