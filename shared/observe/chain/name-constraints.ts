import { equalBytes } from '../../codec/bytes.ts';
import { type Certificate } from '../../codec/x509.ts';
import type { GeneralNames, NameConstraints } from '../../codec/x509-extensions.ts';
import type { Name } from '../../codec/x509-name.ts';

/** Comparisons of one name with one subtree, per constrained authority; beyond it the path fails. */
const MAX_COMPARISONS = 100_000;

/**
 * RFC 5280 4.2.1.10: a name lies in a subtree when labels are added on its left, zero included. A leading dot is not in
 * the specification but in use: it asks for at least one.
 */
function dnsWithin(name: string, subtree: string): boolean {
  if (subtree === '') return true;
  if (subtree.startsWith('.')) return name.endsWith(subtree);
  return name === subtree || name.endsWith(`.${subtree}`);
}

/** The wildcard of a certificate could stand for a name in the subtree: `*.example.kz` and `www.example.kz`. */
function wildcardReaches(pattern: string, subtree: string): boolean {
  if (!pattern.startsWith('*.') || !subtree.endsWith(pattern.slice(1))) return false;
  const label = subtree.slice(0, subtree.length - pattern.length + 1);
  return label !== '' && !label.includes('.');
}

function ipWithin(ip: Uint8Array, subtree: Uint8Array): boolean {
  const size = ip.length;
  if (subtree.length !== 2 * size) return false;
  return ip.every((octet, i) => ((octet ^ (subtree[i] ?? 0)) & (subtree[size + i] ?? 0)) === 0);
}

function directoryWithin(name: Name, subtree: Name): boolean {
  return subtree.parts.every((part, i) => {
    const own = name.parts[i];
    return own !== undefined && equalBytes(part, own);
  });
}

interface Names {
  readonly dns: readonly string[];
  readonly ip: readonly Uint8Array[];
  readonly directory: readonly Name[];
  readonly otherForms: readonly number[];
}

/** What the constraints apply to: all alternative names, and the subject unless it is empty. */
function namesOf(certificate: Certificate): Names {
  const { altNames, subject } = certificate;
  const own = subject.parts.length > 0 ? [subject] : [];
  return {
    dns: (altNames?.dns ?? []).map((name) => name.toLowerCase()),
    ip: altNames?.ip ?? [],
    directory: [...own, ...(altNames?.directory ?? [])],
    otherForms: altNames?.otherForms ?? [],
  };
}

/** Forms we do not compare (mail, URI, …) fail as soon as a name of such a form meets a constraint on it. */
function meetsOtherForm(names: Names, subtrees: GeneralNames): boolean {
  return names.otherForms.some((form) => subtrees.otherForms.includes(form));
}

function isPermitted(names: Names, permitted: GeneralNames): boolean {
  const within = <T>(all: readonly T[], subtrees: readonly T[], test: (name: T, subtree: T) => boolean) =>
    subtrees.length === 0 || all.every((name) => subtrees.some((subtree) => test(name, subtree)));
  return (
    !meetsOtherForm(names, permitted) &&
    within(names.dns, lowerCase(permitted.dns), dnsWithin) &&
    within(names.ip, permitted.ip, ipWithin) &&
    within(names.directory, permitted.directory, directoryWithin)
  );
}

function isExcluded(names: Names, excluded: GeneralNames): boolean {
  const hits = <T>(all: readonly T[], subtrees: readonly T[], test: (name: T, subtree: T) => boolean) =>
    all.some((name) => subtrees.some((subtree) => test(name, subtree)));
  return (
    meetsOtherForm(names, excluded) ||
    hits(
      names.dns,
      lowerCase(excluded.dns),
      (name, tree) => dnsWithin(name, tree) || wildcardReaches(name, tree),
    ) ||
    hits(names.ip, excluded.ip, ipWithin) ||
    hits(names.directory, excluded.directory, directoryWithin)
  );
}

const lowerCase = (names: readonly string[]): string[] => names.map((name) => name.toLowerCase());

const size = (names: Names | null): number =>
  names === null ? 0 : names.dns.length + names.ip.length + names.directory.length;

/**
 * Whether the certificates below a constrained authority, leaf first, keep to its constraints. Self-issued ones above
 * the leaf are exempt (RFC 5280 6.1.3 b, c).
 */
export function satisfiesConstraints(constraints: NameConstraints, below: readonly Certificate[]): boolean {
  const { permitted, excluded } = constraints;
  let comparisons = 0;
  return below.every((certificate, depth) => {
    if (depth > 0 && certificate.selfIssued) return true;
    const names = namesOf(certificate);
    comparisons += size(names) * (size(permitted) + size(excluded));
    if (comparisons > MAX_COMPARISONS) return false;
    return (
      (permitted === null || isPermitted(names, permitted)) &&
      (excluded === null || !isExcluded(names, excluded))
    );
  });
}
