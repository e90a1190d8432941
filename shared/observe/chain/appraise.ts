import { sha1Hex, sha256Hex } from '../../codec/digest.ts';
import { parseCertificate, type Certificate } from '../../codec/x509.ts';
import type { CertificateFacts, ChainAppraisal } from '../../model/observation.ts';
import { namesHost } from './host.ts';
import { hasRegularDates, isExpired, isNotYetValid, mayServe } from './path-rules.ts';
import { findPath, followChain, withoutDuplicates, type PathSearch } from './path.ts';
import type { Roots } from './roots.ts';
import { createVerifier, type SignatureBudget } from './verifier.ts';

/** Certificates of one chain that are read; servers present two to five. */
export const MAX_CHAIN_CERTIFICATES = 16;

export interface ChainQuestion {
  /** DER in wire order, leaf first. Untrusted. */
  readonly chain: readonly Uint8Array[];
  /** Name or address the client asked for; null when there is no name to compare. */
  readonly host: string | null;
  /** Start of the measurement, rounded down to ten minutes; milliseconds since 1970 UTC. */
  readonly at: number;
  readonly roots: Roots;
  /** Shared by the appraisals of one document; absent: this chain has its own. */
  readonly budget?: SignatureBudget;
}

function factsOf(certificate: Certificate): CertificateFacts {
  return {
    sha256: sha256Hex(certificate.der),
    sha1: sha1Hex(certificate.der),
    spkiSha256: sha256Hex(certificate.publicKey.der),
    subject: certificate.subject.text,
    issuer: certificate.issuer.text,
    serial: certificate.serial,
    notBefore: certificate.notBefore.iso,
    notAfter: certificate.notAfter.iso,
    subjectKeyId: certificate.subjectKeyId,
    authorityKeyId: certificate.authorityKeyId,
  };
}

/** The same bytes mostly come many times in a document, as one array: read once. */
const parsedBefore = new WeakMap<Uint8Array, ReturnType<typeof parseCertificate>>();
/** Untrusted DER → certificate, or why it is none. */
export const readCertificate = (der: Uint8Array): ReturnType<typeof parseCertificate> =>
  remembered(parsedBefore, der, parseCertificate);
const factsBefore = new WeakMap<Certificate, CertificateFacts>();

function remembered<K extends object, V>(memory: WeakMap<K, V>, key: K, make: (key: K) => V): V {
  const known = memory.get(key);
  if (known !== undefined) return known;
  const value = make(key);
  memory.set(key, value);
  return value;
}

interface ReadChain {
  readonly leaf: Certificate | null;
  readonly readable: readonly Certificate[];
  readonly unreadable: readonly string[];
}

function readChain(chain: readonly Uint8Array[]): ReadChain {
  const readable: Certificate[] = [];
  const unreadable: string[] = [];
  let leaf: Certificate | null = null;
  chain.slice(0, MAX_CHAIN_CERTIFICATES).forEach((der, position) => {
    const parsed = readCertificate(der);
    if ('error' in parsed) {
      unreadable.push(`certificate ${position}: ${parsed.error}`);
      return;
    }
    readable.push(parsed);
    if (position === 0) leaf = parsed;
  });
  if (chain.length > MAX_CHAIN_CERTIFICATES) {
    unreadable.push(`certificates ${MAX_CHAIN_CERTIFICATES} to ${chain.length - 1}: too many`);
  }
  return { leaf, readable, unreadable };
}

/** The highest authority seen; see {@link ChainAppraisal}. A path ends at its root even if others have signed that, too. */
function authorityOf(
  followed: readonly Certificate[],
  isPath: boolean,
): { spki: Certificate | null; name: string | null } {
  const top = followed.at(-1);
  if (top === undefined) return { spki: null, name: null };
  if (isPath || top.selfIssued) return { spki: top, name: top.subject.text };
  // Its issuer was not presented: the name is known, the key is not, so the nearest key below it stands in.
  const lastCa = followed.findLast((certificate) => certificate.basicConstraints?.ca === true);
  return { spki: lastCa ?? null, name: top.issuer.text };
}

/**
 * The one failure a client would report, in the order of Go's `x509.Certificate.Verify`, on which the vocabulary rests:
 * dates of the leaf, then its name, then the path, then dates further up.
 */
function failureOf(appraisal: {
  leafDated: boolean;
  pathDated: boolean;
  acceptable: boolean;
  wrongName: boolean;
  search: PathSearch;
}): string | null {
  if (!appraisal.leafDated) return 'ssl_invalid_certificate';
  if (appraisal.wrongName) return 'ssl_invalid_hostname';
  if (appraisal.search.path === null) {
    return appraisal.search.violation === 'certificate' ? 'ssl_invalid_certificate' : 'ssl_unknown_authority';
  }
  return appraisal.pathDated && appraisal.acceptable ? null : 'ssl_invalid_certificate';
}

/** Without a leaf nothing can be said about authority, dates or name; the chain is untrusted and accuses nobody. */
function withoutLeaf(read: ReadChain, leafDer: Uint8Array | undefined): ChainAppraisal {
  return {
    pathToRoot: false,
    trusted: false,
    expired: false,
    notYetValid: false,
    wrongName: false,
    selfSigned: false,
    unknownAuthority: false,
    unreadable: read.unreadable,
    leafSha256: leafDer === undefined ? null : sha256Hex(leafDer),
    leafSpkiSha256: null,
    authoritySpkiSha256: null,
    authorityName: null,
    certificates: read.readable.map((c) => remembered(factsBefore, c, factsOf)),
    followed: [],
    failure: 'ssl_invalid_certificate',
  };
}

/**
 * Appraises a presented chain against a root snapshot at a time; the same answer wherever and whenever it is run. Every
 * fact stands on its own: `expired` and `notYetValid` are about the leaf and all that was followed above it, roots of the
 * snapshot aside. Never throws on anything in `chain`; work is bounded by {@link MAX_CHAIN_CERTIFICATES} and the
 * verifier's budget. What could not be read or checked is listed in `unreadable`.
 */
export function appraiseChain({ chain, host, at, roots, budget }: ChainQuestion): ChainAppraisal {
  const read = readChain(chain);
  const { leaf } = read;
  if (leaf === null) return withoutLeaf(read, chain[0]);

  const verifier = createVerifier(budget);
  const presented = withoutDuplicates(read.readable);
  const search = findPath({ leaf, presented, at, roots, verifier });
  const { path } = search;
  const followed = path ?? followChain(leaf, presented, verifier);
  // A root answers for its own dates in `findPath`, unless it is the leaf itself.
  const dated = path !== null && path.length > 1 ? path.slice(0, -1) : followed;
  const expired = dated.some((certificate) => isExpired(certificate, at));
  const notYetValid = dated.some((certificate) => isNotYetValid(certificate, at));
  const wrongName = host !== null && !namesHost(leaf, host);
  const acceptable = mayServe(leaf) && followed.every(hasRegularDates);
  const authority = authorityOf(followed, path !== null);
  return {
    pathToRoot: path !== null,
    trusted: path !== null && !expired && !notYetValid && !wrongName && acceptable,
    expired,
    notYetValid,
    wrongName,
    selfSigned: path === null && verifier.signed(leaf, leaf),
    unknownAuthority: path === null,
    unreadable: [
      ...read.unreadable,
      ...verifier.notes(),
      ...(search.complete ? [] : ['path search given up']),
    ],
    leafSha256: sha256Hex(leaf.der),
    leafSpkiSha256: sha256Hex(leaf.publicKey.der),
    authoritySpkiSha256: authority.spki && sha256Hex(authority.spki.publicKey.der),
    authorityName: authority.name,
    certificates: read.readable.map((c) => remembered(factsBefore, c, factsOf)),
    followed: followed.map((certificate) => sha256Hex(certificate.der)),
    failure: failureOf({
      leafDated: !isExpired(leaf, at) && !isNotYetValid(leaf, at),
      pathDated: !expired && !notYetValid,
      acceptable,
      wrongName,
      search,
    }),
  };
}
