/**
 * Does the address answer? An outside request is context, never proof: at most `suspected`, but where sites of unrelated
 * owners fall silent together. The row "TCP fails" of the table of pairs.
 */
import { registrableName } from '../codec/registrable.ts';
import type { Observation, TcpObservation } from '../model/index.ts';
import { canonicalAddress, type Case, type Hop, type Pair } from './case.ts';
import {
  atControl,
  canonicalEquals,
  controlReached,
  endingOf,
  methodOf,
  responseOf,
  truthfulAddresses,
} from './predicates.ts';
import type { Finding, Rule } from './rule.ts';

/** Sites of so many owners on one address, and no owner's own choice explains its silence. */
const UNRELATED_OWNERS = 3;
/** Tries of one address before its failure counts; documents of other probes have but one. */
const TRIES = 2;

const samePlace = (a: TcpObservation, b: TcpObservation): boolean =>
  a.port === b.port && canonicalAddress(a.address) === canonicalAddress(b.address);

/** Every address of the hop was tried and none answered, not even once, a second attempt and pairs included. */
function allFailed(c: Case, hop: Hop): boolean {
  if (hop.tcp.length === 0 || responseOf(hop) !== null) return false;
  // What connected before and fails after is being punished, or a line that flaps: no matter of the address.
  return !c.observations.some(
    (o) =>
      o.kind === 'tcp' &&
      o.vantage === 'probe' &&
      o.failure === null &&
      hop.tcp.some((own) => samePlace(own, o)),
  );
}

const isV6 = (o: TcpObservation): boolean => o.address.includes(':');

/** Failures of addresses that are the site's by the word of somebody honest; a forged address proves nothing. */
function failuresAtTrueAddresses(c: Case, hop: Hop): readonly TcpObservation[] {
  const truth = truthfulAddresses(c, hop);
  return hop.tcp.filter((o) => o.failure !== null && (truth.size === 0 || canonicalEquals(truth, o.address)));
}

/** The failure that says most: one family being unreachable says less than silence of the other. */
function telling(failures: readonly TcpObservation[]): TcpObservation | undefined {
  return failures.find((o) => endingOf(o.failure) !== 'unreachable') ?? failures[0];
}

/** Some address was tried again and failed again; a connect that was made once may have lost its packets. */
function repeated(c: Case, failures: readonly TcpObservation[]): boolean {
  return !c.ours || failures.some((o) => failures.filter((other) => samePlace(o, other)).length >= TRIES);
}

/** Names of the pair that show the control a trusted chain at its address, one for each owner. */
function unrelatedSiblings(c: Case, hop: Hop, address: string, names: readonly string[]): readonly string[] {
  const listed = new Set(c.controlExtras.siblings[canonicalAddress(address)] ?? []);
  const own = registrableName(hop.host);
  const owners = new Map<string, string>();
  for (const name of names) {
    const owner = registrableName(name);
    if (listed.has(name) && owner !== own && !owners.has(owner)) owners.set(owner, name);
  }
  return [...owners.values()].sort();
}

/** The pair's connects, when each of them failed as the site's own did. */
function failedLike(site: TcpObservation, pair: Pair<TcpObservation>): readonly TcpObservation[] {
  const made = pair.steps.flatMap((o) => o ?? []);
  const like = made.filter((o) => samePlace(o, site) && endingOf(o.failure) === endingOf(site.failure));
  return like.length === pair.record.steps.length ? like : [];
}

function siblingsFinding(c: Case, hop: Hop, pair: Pair<TcpObservation>): Finding | null {
  const [first] = pair.steps;
  const own = first == null ? [] : hop.tcp.filter((o) => o.failure !== null && samePlace(o, first));
  const [site] = own;
  const method = site === undefined ? null : methodOf('tcp', site.failure);
  const control = site === undefined ? undefined : atControl(c.control?.tcp, site);
  if (site === undefined || method === null || control?.failure !== null) return null;
  const failed = failedLike(site, pair);
  const siblings = unrelatedSiblings(c, hop, site.address, pair.record.siblings ?? []);
  if (failed.length < UNRELATED_OWNERS || siblings.length < UNRELATED_OWNERS) return null;
  const n = own.length + failed.length;
  return {
    outcome: 'interfered',
    layer: 'tcp',
    method,
    evidence: 'strong',
    host: hop.host,
    depth: hop.depth,
    because: [...own, ...failed, control],
    counterfactuals: [pair.record.id],
    scope: { level: 'address', affected: canonicalAddress(site.address), siblings },
    repeats: { n, m: n },
  };
}

export const TCP_RULES: readonly Rule[] = [
  {
    id: 'tcp.siblings_fail',
    layer: 'tcp',
    claim:
      'An address on which sites of at least three unrelated owners stand fails here every time, and the control connects to it: no one origin chose that.',
    evidence: 'strong',
    outcomes: ['interfered'],
    alternatives: ['hosting_filters_country'],
    fires: (c) =>
      c.hops.flatMap((hop): Finding[] => {
        if (!allFailed(c, hop)) return [];
        const pairs = c.tcpPairs.filter(
          ({ record }) => record.kind === 'tcp.siblings_at_address' && record.suspect === hop.host,
        );
        const found = pairs.map((pair) => siblingsFinding(c, hop, pair));
        // One pair that does not agree, and it is no rule that holds.
        return found.includes(null) ? [] : found.flatMap((f) => f ?? []);
      }),
  },
  {
    id: 'tcp.control_connects',
    layer: 'tcp',
    claim: 'No address of the site answers here, and the control connected to the same address and port.',
    evidence: 'weak',
    outcomes: ['suspected'],
    alternatives: ['origin_filters_country', 'transient_failure', 'address_shared_with_other_sites'],
    fires: (c): readonly Finding[] =>
      c.hops.flatMap((hop) => {
        if (!allFailed(c, hop)) return [];
        // A redirect's target is not in the control's list; a page that came from there says that it answers.
        const reached = hop.depth > 0 && controlReached(c, hop) ? c.control?.http : undefined;
        const failures = failuresAtTrueAddresses(c, hop).filter(
          (o) => reached !== undefined || atControl(c.control?.tcp, o)?.failure === null,
        );
        // Nobody's IPv4 works there, and this line's IPv6 may not work at all.
        if (failures.every(isV6) && hop.tcp.some((o) => !isV6(o))) return [];
        const symptom = telling(failures);
        const method = symptom === undefined ? null : methodOf('tcp', symptom.failure);
        if (method === null || !repeated(c, failures)) return [];
        const control: readonly Observation[] =
          reached === undefined ? failures.flatMap((o) => atControl(c.control?.tcp, o) ?? []) : [reached];
        return [
          {
            outcome: 'suspected',
            layer: 'tcp',
            method,
            evidence: 'weak',
            host: hop.host,
            depth: hop.depth,
            because: [...failures, ...control],
            repeats: { n: failures.length, m: hop.tcp.length },
          },
        ];
      }),
  },
];
