import { equalBytes } from '../../codec/bytes.ts';
import { nameKey, type Certificate } from '../../codec/x509.ts';
import { isExpired, isNotYetValid, issuerViolation, leafViolation, type Violation } from './path-rules.ts';
import type { Roots } from './roots.ts';
import type { Verifier } from './verifier.ts';

/** Branches followed; certificates of one name can be ordered in more ways than there is time for. */
const MAX_STEPS = 500;

export interface PathSearch {
  /** Leaf first, root last; null when there is none. One whose dates hold is preferred. */
  readonly path: readonly Certificate[] | null;
  /** When there is no path: the rule that was in the way where signatures did hold. */
  readonly violation: Violation | null;
  /** False when the search was given up: no path then means little. */
  readonly complete: boolean;
}

interface PathQuery {
  readonly leaf: Certificate;
  /** Everything presented, in any order; the leaf may be among it. */
  readonly presented: readonly Certificate[];
  /** Milliseconds since 1970 UTC. */
  readonly at: number;
  readonly roots: Roots;
  readonly verifier: Verifier;
}

/** The same authority: name and key, whatever else the certificate says. Twice in a path, it makes a loop. */
function sameAuthority(a: Certificate, b: Certificate): boolean {
  return equalBytes(a.subject.der, b.subject.der) && equalBytes(a.publicKey.der, b.publicKey.der);
}

/** Presented certificates that bear the name of a certificate's issuer, those with the right key identifier first. */
function candidates(
  presented: readonly Certificate[],
  path: readonly Certificate[],
  child: Certificate,
): Certificate[] {
  const named = presented.filter(
    (other) =>
      equalBytes(other.subject.der, child.issuer.der) && !path.some((seen) => sameAuthority(seen, other)),
  );
  const rank = (other: Certificate): number =>
    child.authorityKeyId !== null && other.subjectKeyId === child.authorityKeyId ? 0 : 1;
  return named.sort((a, b) => rank(a) - rank(b));
}

/**
 * Looks for a path from the leaf to a root of the snapshot (RFC 5280 6.1, with the rules of `path-rules.ts`). Dates of
 * leaf and intermediates are not required, dates of the root are: an expired root is no root. Revocation, certificate
 * transparency and partial distrust are not looked at.
 */
export function findPath(query: PathQuery): PathSearch {
  const { leaf, presented, at, roots, verifier } = query;
  const dated = (path: readonly Certificate[]): boolean =>
    path.every((c) => !isExpired(c, at) && !isNotYetValid(c, at));
  if (roots.has(leaf)) return { path: [leaf], violation: null, complete: true };
  let violation: Violation | null = leafViolation(leaf);
  if (violation !== null) return { path: null, violation, complete: true };

  let best: readonly Certificate[] | null = null;
  let steps = 0;
  /** Returns true when the search is over. */
  const extend = (path: readonly Certificate[], child: Certificate): boolean => {
    if (++steps > MAX_STEPS) return true;
    const admit = (issuer: Certificate, isRoot: boolean): boolean => {
      if (!verifier.signed(issuer, child)) return false;
      const found = issuerViolation(issuer, path, isRoot);
      violation ??= found;
      return found === null;
    };
    for (const root of roots.bySubject(child.issuer.der)) {
      if (!dated([root]) || !admit(root, true)) continue;
      best ??= [...path, root];
      if (!dated(path)) continue;
      best = [...path, root];
      return true;
    }
    return candidates(presented, path, child).some(
      (next) => admit(next, false) && extend([...path, next], next),
    );
  };
  extend([leaf], leaf);
  return { path: best, violation: best === null ? violation : null, complete: steps <= MAX_STEPS };
}

/**
 * The presented chain from the leaf upwards as far as names and signatures lead, for want of a path: the leaf alone when
 * its issuer was not presented.
 */
export function followChain(
  leaf: Certificate,
  presented: readonly Certificate[],
  verifier: Verifier,
): readonly Certificate[] {
  const chain = [leaf];
  for (let child: Certificate | undefined = leaf; child !== undefined;) {
    const signedByOther: Certificate | undefined = candidates(presented, chain, child).find((other) =>
      verifier.signed(other, child as Certificate),
    );
    if (signedByOther !== undefined) chain.push(signedByOther);
    child = signedByOther;
  }
  return chain;
}

/** The presented certificates without repetitions, in their order. */
export function withoutDuplicates(certificates: readonly Certificate[]): Certificate[] {
  const seen = new Map<string, Certificate[]>();
  return certificates.filter((certificate) => {
    const key = `${nameKey(certificate.subject.der)} ${certificate.serial}`;
    const alike = seen.get(key) ?? [];
    if (alike.some((other) => equalBytes(other.der, certificate.der))) return false;
    seen.set(key, [...alike, certificate]);
    return true;
  });
}
