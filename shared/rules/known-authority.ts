/**
 * Is a presented certificate the work of a known interception authority? Order: hash or key → signature by the known key
 * (the root is often absent and the intermediate expired) → issuer name with key id, where no key is on record to check a
 * signature with. A known name with another key imitates. The state's ordinary PKI shares a country and a CN family: neither ever matches here.
 */
import type { Certificate } from '../codec/x509.ts';
import { sha256Hex } from '../codec/digest.ts';
import { isChainFailure } from '../failure/failure.ts';
import type { CertificateFacts, MatchedBy, TlsObservation } from '../model/index.ts';
import { readCertificate, signedBy } from '../observe/chain/index.ts';
import type { KnownAuthority } from './fingerprints.ts';
import { bearsName, type Attributes, type ListedName } from './listed-names.ts';

/** What is looked at: a handshake's, or a certificate by itself. */
type ShownChain = Pick<TlsObservation, 'chain' | 'appraisal'>;

export interface AuthorityMatch {
  readonly id: string;
  readonly by: MatchedBy;
}

const PROOFS: ReadonlySet<MatchedBy> = new Set<MatchedBy>(['hash', 'key', 'signature']);

/**
 * Made with a recorded key; a name, or a name with a key identifier, is text that anybody can write. Whether the other end
 * holds the leaf's key is another question: `keyWasProven`.
 */
export const isProof = (match: AuthorityMatch | null): match is AuthorityMatch =>
  match !== null && PROOFS.has(match.by);

/** By attribute, order aside: roots of one family were issued with differently ordered names. */
function sameName(known: ListedName, attributes: Attributes): boolean {
  const { length } = Object.keys(known);
  return length > 1 && length === attributes.length && bearsName(attributes, known);
}

function matchHash(facts: CertificateFacts, known: readonly KnownAuthority[]): AuthorityMatch | null {
  const byHash = known.find((k) => k.sha256 === facts.sha256 || (k.sha1 !== null && k.sha1 === facts.sha1));
  if (byHash !== undefined) return { id: byHash.id, by: 'hash' };
  const byKey = known.find((k) => k.spkiSha256 !== null && k.spkiSha256 === facts.spkiSha256);
  return byKey === undefined ? null : { id: byKey.id, by: 'key' };
}

/** The same certificate mostly comes in many handshakes. */
function signerOf(cert: Certificate, known: readonly KnownAuthority[]): KnownAuthority | undefined {
  const before = signersBefore.get(cert);
  if (before?.known === known) return before.signer;
  const signer = known.find((k) => k.publicKey !== null && signedBy(cert, k.publicKey));
  signersBefore.set(cert, { known, signer });
  return signer;
}
interface Signer {
  readonly known: readonly KnownAuthority[];
  readonly signer: KnownAuthority | undefined;
}
const signersBefore = new WeakMap<Certificate, Signer>();

function matchIssuer(
  cert: Certificate,
  facts: CertificateFacts,
  known: readonly KnownAuthority[],
): AuthorityMatch | null {
  const named = known.filter((k) => sameName(k.name, cert.issuer.attributes));
  const bySignature = signerOf(cert, known);
  if (bySignature !== undefined) return { id: bySignature.id, by: 'signature' };
  const byKeyId = named.find((k) => k.subjectKeyId !== null && k.subjectKeyId === facts.authorityKeyId);
  // Name and key id are text that anybody can write; with the public key at hand a signature has to hold.
  if (byKeyId !== undefined && byKeyId.publicKey === null) return { id: byKeyId.id, by: 'key_id' };
  return named[0] === undefined ? null : { id: `imitates:${named[0].id}`, by: 'imitation' };
}

/**
 * The best match over the certificates that had a hand in the first one; null when none of them has to do with a known
 * authority. Any server can append a known root to its own chain, as any page can quote a block page: it accuses nobody.
 */
export function matchKnownAuthority(o: ShownChain, known: readonly KnownAuthority[]): AuthorityMatch | null {
  // Several rules ask for every handshake, and signatures are dear.
  const before = matchesBefore.get(o);
  if (before?.known === known) return before.match;
  const match = findMatch(o, known);
  matchesBefore.set(o, { known, match });
  return match;
}
interface Matched {
  readonly known: readonly KnownAuthority[];
  readonly match: AuthorityMatch | null;
}
const matchesBefore = new WeakMap<ShownChain, Matched>();

function findMatch(o: ShownChain, known: readonly KnownAuthority[]): AuthorityMatch | null {
  const followed = new Set(o.appraisal?.followed ?? []);
  const certificates = (o.appraisal?.certificates ?? []).filter((facts) => followed.has(facts.sha256));
  for (const facts of certificates) {
    const match = matchHash(facts, known);
    if (match !== null) return match;
  }
  // A chain that leads to a root of the snapshot was not made by a key outside it; signatures need no checking.
  if (o.appraisal?.pathToRoot === true) return null;
  let imitation: AuthorityMatch | null = null;
  for (const der of o.chain) {
    const cert = readCertificate(der);
    if ('error' in cert) continue;
    // By all of its bytes: another certificate beside the chain may repeat issuer and serial number of one in it.
    const sha256 = sha256Hex(der);
    const facts = certificates.find((f) => f.sha256 === sha256);
    const match = facts === undefined ? null : matchIssuer(cert, facts, known);
    if (match !== null && match.by !== 'imitation') return match;
    imitation ??= match;
  }
  return imitation;
}

/**
 * The other end went on after its chain, for which it needs the leaf's key. Where the handshake broke off the chain may be
 * somebody else's, shown again: forged chains are public once they are published as evidence.
 */
export function keyWasProven(o: TlsObservation): boolean {
  return o.failure === null || isChainFailure(o.failure);
}
