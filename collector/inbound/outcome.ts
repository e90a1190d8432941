/**
 * What handshakes with an innocuous, a listed and again the innocuous name say together. Pure.
 *
 * It can't exclude the server: one that treats names differently looks like somebody on the way. So only a chain made
 * with a recorded authority's key accuses; a death that the innocuous name doesn't have is suspected at most, and what
 * servers say themselves (an alert, a default certificate) not even that.
 */
import { isProof, type AuthorityMatch } from '../../shared/rules/index.ts';
import type { ChainAppraisal, Evidence, Outcome } from '../../shared/model/index.ts';

/** How one handshake ended. `unreachable`: no TCP connection. `not_tls`: bytes that are none of TLS. */
export type Ending = 'chain' | 'reset' | 'closed' | 'silence' | 'alert' | 'not_tls' | 'unreachable';

export interface Shown {
  readonly name: string;
  readonly ending: Ending;
  /** Of the vocabulary; null when a chain was shown and the handshake finished. */
  readonly failure: string | null;
  /** DER, wire order. */
  readonly chain: readonly Uint8Array[];
  readonly appraisal: ChainAppraisal | null;
  readonly known: AuthorityMatch | null;
}
/** Innocuous, listed, innocuous. */
export interface Attempt {
  readonly before: Shown;
  readonly listed: Shown;
  readonly after: Shown;
}

export type InboundFinding =
  /** A chain under a recorded authority's key. */
  | 'known_authority'
  /** A chain in a recorded authority's name, with another key. */
  | 'imitated_authority'
  /** A chain for the listed name that no root vouches for, where the innocuous name gets a trusted path. */
  | 'untrusted_chain_for_name'
  | 'reset'
  | 'closed'
  | 'silence'
  /** Bytes that are no TLS, e.g. a page. */
  | 'not_tls'
  /** The server, or somebody in its place, refuses the name with an alert: servers do that. */
  | 'alert'
  /** Another chain, for another name or under a trusted root: servers do that too. */
  | 'other_chain'
  | 'no_difference'
  /** The innocuous name got no handshake either. */
  | 'no_comparison'
  | 'unreachable'
  /** Attempts differ. */
  | 'flapping'
  /** KUAGER_ONLY, a private address, or a port that is never contacted. */
  | 'not_contacted';

export interface Decision {
  readonly finding: InboundFinding;
  readonly outcome: Extract<Outcome, 'interfered' | 'suspected' | 'accessible' | 'insufficient'>;
  readonly evidence: Evidence | null;
  readonly authority: string | null;
  /** Attempts that showed it, of those made. */
  readonly repeats: { readonly n: number; readonly m: number };
}

/** Attempts before a difference counts. */
export const ATTEMPTS_THAT_COUNT = 3;
/** Of these, chains of a recorded authority that prove it: partial interception is one connection in a few. */
const KNOWN_THAT_COUNT = 2;

const SUSPICIOUS: ReadonlySet<InboundFinding> = new Set([
  'imitated_authority',
  'untrusted_chain_for_name',
  'reset',
  'closed',
  'silence',
  'not_tls',
]);

function chainFinding(listed: Shown, innocuous: Shown): InboundFinding {
  const [shown, other] = [listed.appraisal, innocuous.appraisal];
  if (isProof(listed.known)) return 'known_authority';
  if (listed.known !== null) return 'imitated_authority';
  if (shown === null || other === null || shown.leafSha256 === other.leafSha256) return 'no_difference';
  if (shown.unknownAuthority && !shown.wrongName && other.pathToRoot) return 'untrusted_chain_for_name';
  return 'other_chain';
}

/** One attempt by itself. */
export function findingOf({ before, listed, after }: Attempt): InboundFinding {
  if (listed.ending === 'chain' && isProof(listed.known)) return 'known_authority';
  if ([before, listed, after].every(({ ending }) => ending === 'unreachable')) return 'unreachable';
  const passes = [before, after].filter(({ ending }) => ending === 'chain').length;
  if (passes === 0) return 'no_comparison';
  if (passes === 1) return 'flapping';
  if (listed.ending === 'chain') return chainFinding(listed, after);
  // A connection that was refused once was not refused for its name, which nobody had seen yet.
  return listed.ending === 'unreachable' ? 'flapping' : listed.ending;
}

/** Whether this much settles it: nothing was different, or it was seen often enough. */
export function isSettled(attempts: readonly Attempt[]): boolean {
  const findings = attempts.map(findingOf);
  const quiet: readonly InboundFinding[] = ['no_difference', 'unreachable'];
  return attempts.length >= ATTEMPTS_THAT_COUNT || (findings.length === 1 && quiet.includes(findings[0]!));
}

function outcomeOf(finding: InboundFinding): Pick<Decision, 'outcome' | 'evidence'> {
  if (SUSPICIOUS.has(finding)) return { outcome: 'suspected', evidence: 'weak' };
  return finding === 'no_difference'
    ? { outcome: 'accessible', evidence: null }
    : { outcome: 'insufficient', evidence: null };
}

/** All attempts with one name at one server; at least one. */
export function decide(attempts: readonly Attempt[]): Decision {
  const findings = attempts.map(findingOf);
  const m = attempts.length;
  const known = attempts.filter((_, i) => findings[i] === 'known_authority');
  if (known.length > 0) {
    const authority = known[0]!.listed.known!.id;
    const sure = known.length >= KNOWN_THAT_COUNT;
    return {
      finding: 'known_authority',
      outcome: sure ? 'interfered' : 'suspected',
      evidence: sure ? 'confirmed' : 'weak',
      authority,
      repeats: { n: known.length, m },
    };
  }
  const [first] = findings;
  const finding = first !== undefined && findings.every((f) => f === first) ? first : 'flapping';
  const named = finding === 'imitated_authority' ? attempts[0]?.listed.known : null;
  return {
    finding,
    ...outcomeOf(finding),
    authority: named?.id ?? null,
    repeats: { n: finding === 'flapping' ? 0 : m, m },
  };
}
