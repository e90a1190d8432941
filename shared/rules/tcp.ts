/**
 * Does the address answer? An outside request is context, never proof: at most `suspected`, but where sites of unrelated
 * owners fall silent together. The row "TCP fails" of the table of pairs.
 */
import { registrableName } from '../codec/registrable.ts';
import type { Observation, TcpObservation } from '../model/index.ts';
import { canonicalAddress, type Case, type Hop, type Pair } from './case.ts';
import { atControl, controlReached, endingOf, methodOf } from './predicates.ts';
import type { Finding, Rule } from './rule.ts';
import {
  allFailed,
  failuresAtTrueAddresses,
  isV6,
  ownServerDied,
  repeated,
  samePlace,
  telling,
} from './tcp-facts.ts';
import { TCP_ELSEWHERE_RULES } from './tcp-elsewhere.ts';

/** Sites of so many owners on one address, and no owner's own choice explains its silence. */
const UNRELATED_OWNERS = 3;
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
  ...TCP_ELSEWHERE_RULES,
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
        if (!allFailed(c, hop) || ownServerDied(c, hop)) return [];
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
