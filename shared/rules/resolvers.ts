/**
 * Whose resolver gave an answer? What a resolver filters on its user's wish is no interference by the network: a family
 * filter, a company's own, a private DNS of a phone. Known ones: testlists/resolvers.csv.
 */
import { cidrContains, parseEndpoint, parseIp } from '../codec/ip.ts';
import type { DnsObservation } from '../model/index.ts';
import type { Case, Hop } from './case.ts';
import { asnOf } from './networks.ts';
import type { PublicResolver } from './public-resolvers.ts';

/**
 * `network`: the operator's own, or nothing says that it is not. `unknown`: nobody could be asked whose it is.
 * `filter`: chosen by somebody on this side, and it filters or may. `foreign`: of somebody else, but none that its users
 * choose for filtering: what it says is not proven to be this network's doing, nor the user's wish.
 */
export type ResolverRole = 'network' | 'unknown' | 'filter' | 'foreign';

/** RFC 8914, 4.16 to 4.19. Only the second says that somebody else than resolver and user wanted it. */
const POLICY_CODES: ReadonlySet<number> = new Set([15, 17, 18]);
const CENSORED = 16;

const replies = (hop: Hop): readonly DnsObservation[] => hop.dns.filter((o) => o.path !== 'second');

/** The resolver's own word that it filters: Blocked, Filtered, Prohibited. */
export function saysItFilters(hop: Hop): readonly DnsObservation[] {
  return replies(hop).filter((o) => o.extendedError !== null && POLICY_CODES.has(o.extendedError));
}
const saysItMust = (hop: Hop): boolean => replies(hop).some((o) => o.extendedError === CENSORED);

function listed(c: Case, hop: Hop): PublicResolver | undefined {
  const wire = hop.dns.filter((o) => o.path === 'wire').map((o) => o.resolver ?? '');
  const texts = [c.network.resolverAddress, ...wire].map((text) => parseEndpoint(text)?.address ?? text);
  const ips = texts.flatMap((text) => parseIp(text) ?? []);
  return c.fingerprints.resolvers.find((r) => ips.some((ip) => cidrContains(r.addresses, ip)));
}

function roleOfPublic(c: Case, asn: number, known: PublicResolver | undefined): ResolverRole | null {
  if (known !== undefined) return known.filters === 'none' ? 'foreign' : 'filter';
  // The address was a router's: which of its operator's services stands behind is not known. A filter needs a sign.
  const services = c.fingerprints.resolvers.filter((r) => r.asn === asn);
  if (services.length === 0) return null;
  return services.every((r) => r.filters !== 'none') ? 'filter' : 'foreign';
}

/**
 * By the network that the resolver's questions come from (whoami), and by its address where that is a well-known one. A
 * well-known address whose questions come from the network itself is answered by the network.
 */
export function resolverRole(c: Case, hop: Hop): ResolverRole {
  const probe = c.network.statement?.asn ?? asnOf(c.network.probeAsn);
  const known = listed(c, hop);
  const asn = asnOf(c.network.resolverAsn) ?? known?.asn ?? null;
  // The resolver's own word is no proof, since censors can write it too, but as good a reason to doubt.
  const unsure = (): ResolverRole => (saysItFilters(hop).length > 0 ? 'foreign' : 'unknown');
  if (asn === null) return unsure();
  const owner = (n: number): string | null => c.networks.ownerOf(n, c.startedAt);
  const own = asn === probe || (probe !== null && owner(asn) !== null && owner(asn) === owner(probe));
  // A sinkhole at home and a filter that the subscriber ordered ask from this network too, and say so.
  if (own) return saysItFilters(hop).length > 0 ? 'foreign' : 'network';
  if (saysItMust(hop)) return 'foreign';
  if (saysItFilters(hop).length > 0 && probe !== null) return 'filter';
  const role = roleOfPublic(c, asn, known);
  if (role !== null) return role;
  if (probe === null || !c.ours) return unsure();
  return c.networks.isOperator(asn, c.startedAt) ? 'foreign' : 'filter';
}

/** What the resolver does may be held against the network: it is the network's, or nobody knows that it isn't. */
export function accusesNetwork(c: Case, hop: Hop): boolean {
  const role = resolverRole(c, hop);
  return role === 'network' || role === 'unknown';
}
