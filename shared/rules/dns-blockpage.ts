/** The resolver sends a name to an address on record as a block page's. Bogons on record are left to `dns.bogon_answer`. */
import type { DnsObservation } from '../model/index.ts';
import { canonicalAddress, type Case, type Hop } from './case.ts';
import {
  controlAnswer,
  isBogonAnswer,
  perHop,
  RESOLVER_ALTERNATIVES,
  secondOpinion,
  wireDisagrees,
  type DnsFinding,
} from './dns-facts.ts';
import { sendsEveryNameThere } from './dns-pairs.ts';
import { overtaken } from './dns-replies.ts';
import { servesName, truthfulAddresses, usedByDevice } from './predicates.ts';
import { accusesNetwork } from './resolvers.ts';
import type { Rule } from './rule.ts';

/** Filters of one organisation and products accuse no network: see testlists/README.md. */
const OF_NETWORKS: ReadonlySet<string> = new Set(['nat', 'isp']);

/** Answers on the wire too: what libc says may come from a file on this device. */
function heardOnTheWire(c: Case, hop: Hop, listed: (o: DnsObservation) => boolean): boolean {
  return !c.ours || hop.dns.some((o) => o.path === 'wire' && !o.late && listed(o));
}

/** The addresses of a block page in place of the site's; null too when nobody else could be asked for the true ones. */
export function givesBlockPage(c: Case, hop: Hop): DnsFinding | null {
  const known = new Set(
    c.fingerprints.blockPages
      .filter((f) => f.where === 'address' && OF_NETWORKS.has(f.scope))
      .map((f) => canonicalAddress(f.pattern)),
  );
  if (known.size === 0) return null;
  const isListed = (o: DnsObservation): boolean =>
    !isBogonAnswer(o) && o.addresses.some((a) => known.has(canonicalAddress(a)));
  const given = usedByDevice(hop).filter(isListed);
  const truth = truthfulAddresses(c, hop);
  const others = [...controlAnswer(c, hop), ...secondOpinion(hop)];
  if (given.length === 0 || others.length === 0) return null;
  // The operator's own notice has that address for everybody, and whatever shows its certificate there is the site.
  const addresses = given.flatMap((o) => o.addresses).filter((a) => known.has(canonicalAddress(a)));
  if (addresses.some((a) => truth.has(canonicalAddress(a)) || servesName(c, hop, a))) return null;
  // Somebody else's answer slipped in ahead, a file on this device, or a log-in before every name: other rules say so.
  if (overtaken(c, hop).length > 0 || wireDisagrees(c, hop, given).length > 0) return null;
  if (!heardOnTheWire(c, hop, isListed) || sendsEveryNameThere(c, hop).length > 0) return null;
  return {
    outcome: 'interfered',
    method: 'dns.blockpage_address',
    evidence: 'confirmed',
    because: [...given, ...others],
  };
}

export const DNS_BLOCKPAGE_RULES: readonly Rule[] = [
  {
    id: 'dns.blockpage_address',
    layer: 'dns',
    claim:
      'The resolver answers with an address that is on record as a block page’s; control or a second resolver know another.',
    evidence: 'confirmed',
    outcomes: ['interfered'],
    alternatives: RESOLVER_ALTERNATIVES,
    standsAlone: true,
    fires: (c) => perHop(c, (hop) => (accusesNetwork(c, hop) ? givesBlockPage(c, hop) : null)),
  },
];
