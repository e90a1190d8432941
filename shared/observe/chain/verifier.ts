import { sha256Hex } from '../../codec/digest.ts';
import type { Certificate } from '../../codec/x509.ts';
import { verifyWithKey, type SignatureResult } from './signature.ts';

/**
 * Signatures checked for one chain. Honest chains need three or four; a chain made to waste time (many certificates of
 * one name) stops here, after about half a second in the dearest algorithm.
 */
export const MAX_SIGNATURE_CHECKS = 48;

/** Results remembered between appraisals; the same few intermediates, and one site's chain many times, make up most work. */
const MAX_REMEMBERED = 4096;
const remembered = new Map<string, SignatureResult>();

/** A signature over the same bytes by the same key always holds or never does, so remembering changes the time only. */
function verifyOnce(issuer: Certificate, certificate: Certificate): SignatureResult {
  const key = `${sha256Hex(issuer.publicKey.der)} ${sha256Hex(certificate.der)}`;
  const known = remembered.get(key);
  if (known !== undefined) return known;
  const result = verifyWithKey(issuer.publicKey, certificate);
  const [oldest] = remembered.keys();
  if (remembered.size >= MAX_REMEMBERED && oldest !== undefined) remembered.delete(oldest);
  remembered.set(key, result);
  return result;
}

/** Checks signatures for one appraisal: each pair once, all of them within a budget. */
export interface Verifier {
  /** `issuer` signed `certificate`; false too when that could not be checked. */
  signed(issuer: Certificate, certificate: Certificate): boolean;
  /** Signature algorithms and keys that could not be checked, as sentences; and the budget, when it ran out. */
  notes(): readonly string[];
}

/** Checks that several appraisals share, such as all of one document; each takes away what it uses. */
export interface SignatureBudget {
  left: number;
  /** What was checked already: the same pair costs nothing again. */
  readonly results?: Map<Certificate, Map<Certificate, boolean>>;
}

export function createVerifier(budget: SignatureBudget = { left: MAX_SIGNATURE_CHECKS }): Verifier {
  const results = budget.results ?? new Map<Certificate, Map<Certificate, boolean>>();
  const notes = new Set<string>();
  let checks = 0;
  /** Null: not checked. */
  const check = (issuer: Certificate, certificate: Certificate): boolean | null => {
    if (checks >= MAX_SIGNATURE_CHECKS || budget.left <= 0) {
      notes.add('more signatures than there is time to check');
      return null;
    }
    // Results remembered from other documents count as well: the outcome must not depend on what was judged before.
    checks += 1;
    budget.left -= 1;
    const result = verifyOnce(issuer, certificate);
    if (result !== 'unsupported') return result;
    const { oid } = certificate.signatureAlgorithm;
    notes.add(`signature ${oid} by key ${issuer.publicKey.algorithm.oid} not supported`);
    return false;
  };
  return {
    signed: (issuer, certificate) => {
      const byIssuer = results.get(issuer) ?? new Map<Certificate, boolean>();
      results.set(issuer, byIssuer);
      const known = byIssuer.get(certificate);
      if (known !== undefined) return known;
      const result = check(issuer, certificate);
      if (result !== null) byIssuer.set(certificate, result);
      return result === true;
    },
    notes: () => [...notes],
  };
}
