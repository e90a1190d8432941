/** What must hold of everything that reads a chain, whatever the chain. */
import { createHash } from 'node:crypto';
import {
  appraiseChain,
  createRoots,
  forgeryPoints,
  readCertificate,
} from '../../shared/observe/chain/index.ts';
import { RootsError } from '../../shared/observe/chain/roots.ts';
import { judgeCase } from '../../shared/judge/index.ts';
import type { ChainAppraisal, TlsObservation } from '../../shared/model/index.ts';
import { matchKnownAuthority, type AuthorityMatch } from '../../shared/rules/known-authority.ts';
import { pemOf } from '../../test/unit/codec/helpers/certificate-maker.ts';
import { draft, type GoldenDocument } from '../../test/golden/build.ts';
import type { Corpus } from './corpus.ts';
import type { FuzzCase } from './make-case.ts';
import { linksHold, readByNode, signedByKey, spkiByOthers, type Openssl } from './oracle.ts';

/** Processor time of one appraisal; the budget of signatures takes about half of it in the dearest algorithm. */
export const APPRAISAL_CPU_MS = 2_000;
/** Of one document with such a chain, judged. */
export const JUDGING_CPU_MS = 4_000;

export interface Counts {
  trusted: number;
  known: number;
  imitations: number;
  unreadable: number;
  documents: number;
  /** Untrusted by us, trusted by OpenSSL: of those that were asked. */
  stricter: number;
  /** Paths trusted by us of which OpenSSL can't read a certificate; signatures hold all the same. */
  beyond: number;
  asked: number;
  slowestMs: number;
}

export const noCounts = (): Counts => ({
  trusted: 0,
  known: 0,
  imitations: 0,
  unreadable: 0,
  documents: 0,
  stricter: 0,
  beyond: 0,
  asked: 0,
  slowestMs: 0,
});

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const copied = (chain: readonly Uint8Array[]): Uint8Array[] => chain.map((der) => der.slice());

/** Milliseconds of processor time, so that a busy machine is no finding. */
function timed<T>(work: () => T): { value: T; ms: number } {
  const before = process.cpuUsage();
  const value = work();
  const { user, system } = process.cpuUsage(before);
  return { value, ms: (user + system) / 1000 };
}

export interface Checker {
  /** What is wrong, one sentence each. Throws what the readers throw: the caller counts that as well. */
  check(wanted: FuzzCase, more: { readonly document: boolean; readonly strictness: boolean }): string[];
  readonly counts: Counts;
}

/** `openssl` null: node:crypto alone is asked whether a trusted path holds. */
export function createChecker(corpus: Corpus, openssl: Openssl | null): Checker {
  const counts = noCounts();
  const { roots, fingerprints } = corpus.context;
  const rootsByHash = new Map(
    corpus.context.roots.pem.split(/(?<=-----END CERTIFICATE-----\n)/).flatMap((pem) => {
      const der = Buffer.from(pem.replace(/-----.*-----/g, ''), 'base64');
      return der.length === 0 ? [] : [[sha256(der), new Uint8Array(der)] as const];
    }),
  );
  const agreed = new Map<string, string[]>();

  const appraise = ({ chain, host, at }: FuzzCase): ChainAppraisal =>
    appraiseChain({ chain: copied(chain), host, at, roots });

  /** The certificates behind the hashes that an appraisal followed. */
  const followedOf = (wanted: FuzzCase, appraisal: ChainAppraisal): Uint8Array[] => {
    const byHash = new Map([...wanted.chain.map((der) => [sha256(der), der] as const), ...rootsByHash]);
    return appraisal.followed.flatMap((hash) => byHash.get(hash) ?? []);
  };

  const askOpenssl = ({ chain, host, at }: FuzzCase, others: readonly Uint8Array[]): string | null =>
    openssl!.objection({ leaf: chain[0]!, others, rootsPem: corpus.rootsPem, host, at });

  /** OpenSSL refuses an issuer whose key id is not the one that the child names; Go and browsers take it for a hint. */
  function hintsAreFollowed(path: readonly Uint8Array[]): boolean {
    const read = path.map(readCertificate).flatMap((each) => ('error' in each ? [] : [each]));
    return read.slice(1).every((issuer, i) => {
      const [named, own] = [read[i]?.authorityKeyId ?? null, issuer.subjectKeyId];
      return named === null || own === null || named === own;
    });
  }

  /** A chain that we trust must be trusted by others. */
  function checkTrust(wanted: FuzzCase, appraisal: ChainAppraisal): string[] {
    const key = JSON.stringify([appraisal.followed, wanted.host, wanted.at]);
    const before = agreed.get(key);
    if (before !== undefined) return before;
    const path = followedOf(wanted, appraisal);
    const problems: string[] = [];
    if (path.length !== appraisal.followed.length) problems.push('followed a certificate that was not there');
    if (!rootsByHash.has(appraisal.followed.at(-1) ?? '')) problems.push('trusted, but not up to a root');
    if (!linksHold(path)) problems.push('trusted, but node:crypto sees no signatures that hold');
    // With our path alone: of several issuers of one name it tries the first and no other.
    const objection = openssl === null ? null : askOpenssl(wanted, path.slice(1));
    if (path.some((der) => readByNode(der) === null)) counts.beyond += 1;
    else if (objection !== null && hintsAreFollowed(path))
      problems.push(`trusted, but not by OpenSSL: ${objection}`);
    agreed.set(key, problems);
    return problems;
  }

  /** Whether this certificate of a path is what the match says it found. */
  function bears({ by }: AuthorityMatch, der: Uint8Array): boolean {
    const { knownHashes, knownKeys, knownByKeyId } = corpus;
    switch (by) {
      case 'hash':
        return knownHashes.has(sha256(der));
      case 'key':
        return knownKeys.some((key) => Buffer.compare(spkiByOthers(der) ?? der, key) === 0);
      case 'signature':
        return knownKeys.some((key) => signedByKey(der, key));
      case 'key_id': {
        // By name, its attributes in any order, and key id alone, where nobody has the key.
        const bytes = Buffer.from(der);
        return (
          bytes.includes(knownByKeyId.commonName) && bytes.includes(Buffer.from(knownByKeyId.keyId, 'hex'))
        );
      }
      case 'imitation':
        return true;
    }
  }

  /** A known authority must have had a hand in the leaf, by signatures that others find as well. */
  function checkMatch(wanted: FuzzCase, appraisal: ChainAppraisal, match: AuthorityMatch): string[] {
    if (match.by === 'imitation')
      return match.id.startsWith('imitates:') ? [] : [`${match.id} by its name alone`];
    const path = followedOf(wanted, appraisal);
    const place = path.findIndex((der) => bears(match, der));
    if (place < 0) return [`known authority by ${match.by}, which nothing followed bears`];
    return linksHold(path.slice(0, place + 1))
      ? []
      : [`known authority by ${match.by}, over signatures that don't hold`];
  }

  function observationOf({ chain, host }: FuzzCase, appraisal: ChainAppraisal): TlsObservation {
    return {
      id: 'tls-1-0',
      kind: 'tls',
      vantage: 'probe',
      depth: 0,
      counterfactual: null,
      transaction: 1,
      startedAt: 0,
      duration: 0,
      failure: appraisal.failure,
      address: '11.0.0.10',
      port: 443,
      serverName: host,
      alpn: null,
      splitClientHello: false,
      chain,
      appraisal,
    };
  }

  function documentOf({ chain }: FuzzCase, failure: string | null): GoldenDocument {
    const d = draft('https://open-letters.example/');
    d.lookup(['11.0.0.10']);
    d.tcp('11.0.0.10', 443);
    d.tls({ chain, ...(failure === null ? {} : { failure }) });
    return d.document();
  }

  function checkDocument(
    wanted: FuzzCase,
    appraisal: ChainAppraisal,
    match: AuthorityMatch | null,
  ): string[] {
    counts.documents += 1;
    const problems: string[] = [];
    const { value: result, ms } = timed(() =>
      judgeCase(documentOf(wanted, appraisal.failure), corpus.context),
    );
    if (ms > JUDGING_CPU_MS) problems.push(`judging took ${Math.round(ms)} ms`);
    if ('problems' in result) return problems;
    const { outcome, authority } = result.verdict;
    const again = judgeCase(documentOf(wanted, appraisal.failure), corpus.context);
    if (JSON.stringify('verdict' in again && again.verdict) !== JSON.stringify(result.verdict))
      problems.push('judged twice, two verdicts');
    if (outcome === 'interfered' && (match === null || match.by === 'imitation'))
      problems.push(`interfered by ${String(authority)} though nobody known signed it`);
    return problems;
  }

  return {
    counts,
    check(wanted, { document, strictness }) {
      const problems: string[] = [];
      const { value: appraisal, ms } = timed(() => appraise(wanted));
      counts.slowestMs = Math.max(counts.slowestMs, ms);
      if (ms > APPRAISAL_CPU_MS) problems.push(`appraisal took ${Math.round(ms)} ms`);
      if (JSON.stringify(appraise(wanted)) !== JSON.stringify(appraisal))
        problems.push('appraised twice, two appraisals');
      if (appraisal.unreadable.length > 0) counts.unreadable += 1;
      if (wanted.chain.length > 0 && appraisal.trusted !== (appraisal.failure === null))
        problems.push(`trusted ${String(appraisal.trusted)}, failure ${String(appraisal.failure)}`);
      if (appraisal.trusted) {
        counts.trusted += 1;
        problems.push(...checkTrust(wanted, appraisal));
      } else if (strictness && openssl !== null && wanted.chain.length > 0) {
        counts.asked += 1;
        const others = wanted.chain.slice(1).filter((der) => readByNode(der) !== null);
        if (askOpenssl(wanted, others) === null) counts.stricter += 1;
      }
      const match = matchKnownAuthority(observationOf(wanted, appraisal), fingerprints.authorities);
      if (match !== null) {
        counts[match.by === 'imitation' ? 'imitations' : 'known'] += 1;
        problems.push(...checkMatch(wanted, appraisal, match));
      }
      if (document) problems.push(...checkDocument(wanted, appraisal, match));
      for (const der of wanted.chain.slice(0, 3)) checkAsRoot(der);
      problems.push(...checkForgery(wanted));
      return problems;
    },
  };
}

/** With the last certificate of the chain in the place of the origin's. */
function checkForgery({ chain, host }: FuzzCase): string[] {
  const [shown, origin] = [chain[0], chain.at(-1)].map((der) =>
    der === undefined ? null : readCertificate(der),
  );
  if (shown == null || origin == null || 'error' in shown || 'error' in origin) return [];
  const points = forgeryPoints(shown, origin, host);
  if (JSON.stringify(points) !== JSON.stringify(forgeryPoints(shown, origin, host)))
    return ['compared twice, two results'];
  return shown === origin && points.length > 0 ? ['forged from itself'] : [];
}

/** As an operator's extra root: refused with an error of its own, or read. */
function checkAsRoot(der: Uint8Array): void {
  try {
    const roots = createRoots(pemOf(der));
    const read = readCertificate(der);
    if (!('error' in read)) roots.has(read);
    roots.bySpki('');
  } catch (error) {
    if (!(error instanceof RootsError)) throw error;
  }
}
