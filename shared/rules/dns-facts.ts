/** Questions about the names of a hop that several rules ask. */
import { formatIp, parseIp } from '../codec/ip.ts';
import type { DnsObservation, Method, Observation } from '../model/index.ts';
import { canonicalAddress, type Case, type Hop } from './case.ts';
import { looksLikeControls } from './page-difference.ts';
import {
  addressClass,
  classesOf,
  controlReached,
  provenWrong,
  responseOf,
  servesName,
  truthfulAddresses,
  usedByDevice,
} from './predicates.ts';
import type { Finding } from './rule.ts';

export const DENIALS: Readonly<Record<string, Method>> = {
  dns_nxdomain_error: 'dns.nxdomain',
  android_dns_cache_no_data: 'dns.nxdomain',
  dns_no_answer: 'dns.no_answer',
};
export const RESOLVER_FAULTS: Readonly<Record<string, Method>> = {
  dns_servfail_error: 'dns.servfail',
  dns_refused_error: 'dns.refused',
  generic_timeout_error: 'dns.timeout',
  dns_temporary_failure: 'dns.timeout',
};

/** What this evidence leaves open as long as nobody knows whose resolver it is. */
export const RESOLVER_ALTERNATIVES: readonly string[] = ['resolver_filter_chosen_by_user'];

const isBogon = (address: string): boolean => !['public', 'unreadable'].includes(addressClass(address));
export const isBogonAnswer = (o: DnsObservation): boolean => o.addresses.some(isBogon);

/** "There is no such name", or "it has no address": an answer, where a fault is none. */
export const deniesName = (o: DnsObservation | null | undefined): boolean =>
  o != null && o.addresses.length === 0 && o.failure !== null && Object.hasOwn(DENIALS, o.failure);
/** The first of the two alone. */
export const deniesExistence = (o: DnsObservation): boolean =>
  o.failure === 'dns_nxdomain_error' && o.addresses.length === 0;

/** An IPv6 address that a translator of the network's own made out of a true IPv4 one (RFC 6052, /96). */
function translates(address: string, truth: ReadonlySet<string>): boolean {
  const ip = parseIp(address);
  return ip?.family === 6 && truth.has(formatIp({ family: 4, bytes: ip.bytes.slice(12) }));
}

/** Over plain HTTP one of these addresses gave the control's page: in a lab or an intranet, a second server of the site. */
function servesPage(c: Case, hop: Hop, addresses: readonly string[]): boolean {
  const [answer, control] = [responseOf(hop), c.control?.http];
  if (hop.encrypted || answer?.address == null || control === undefined) return false;
  const from = canonicalAddress(answer.address);
  return addresses.some((a) => canonicalAddress(a) === from) && looksLikeControls(answer, control);
}

/** Bogon for this device, while those who are asked elsewhere get something of another kind. */
export function bogonAnswers(c: Case, hop: Hop): readonly DnsObservation[] {
  const truth = truthfulAddresses(c, hop);
  const elsewhere = classesOf(truth);
  // A private answer against a private truth, in a lab or an intranet: only if the truth is where the site is.
  const truthConnects =
    c.control?.tcp.some((t) => t.failure === null && truth.has(canonicalAddress(t.address))) ?? false;
  const isBogus = (family: readonly string[]): boolean =>
    family.some(isBogon) &&
    family.every((a) => !truth.has(canonicalAddress(a)) && !translates(a, truth) && !servesName(c, hop, a)) &&
    !servesPage(c, hop, family) &&
    (truth.size === 0 || family.some((a) => !elsewhere.has(addressClass(a))) || truthConnects);
  // Each family by itself: a forged A beside the true AAAA is forged all the same.
  return usedByDevice(hop).filter((o) =>
    [4, 6].some((family) => isBogus(o.addresses.filter((a) => parseIp(a)?.family === family))),
  );
}

export interface Denial {
  readonly method: Method;
  readonly by: readonly DnsObservation[];
}

export function denied(hop: Hop, table: Readonly<Record<string, Method>>): Denial | null {
  const used = usedByDevice(hop);
  // A family without an address is no denial: every query of the device has to fail.
  if (used.length === 0 || used.some((o) => o.addresses.length > 0)) return null;
  const by = used.filter((o) => o.failure !== null && Object.hasOwn(table, o.failure));
  const worst = by.find((o) => o.failure !== 'dns_no_answer') ?? by[0];
  return worst?.failure == null || by.length < used.length ? null : { method: table[worst.failure]!, by };
}

/**
 * The wire contradicts libc: the answer came from a file on this device. Others ask another resolver on the wire. Not where
 * the resolver was asked again and the same addresses came from there: of a forged reply and the true one, a line that loses
 * packets lets either through.
 */
export function wireDisagrees(c: Case, hop: Hop, used: readonly DnsObservation[]): readonly DnsObservation[] {
  if (!c.ours) return [];
  const local = new Set(used.flatMap((o) => o.addresses.map(canonicalAddress)));
  const again = c.dnsPairs.some(
    ({ record, suspect }) =>
      record.kind === 'dns.name_at_resolver' &&
      suspect?.hostname === hop.host &&
      suspect.path === 'wire' &&
      suspect.addresses.some((a) => local.has(canonicalAddress(a))),
  );
  if (again) return [];
  const wire = hop.dns.filter((o) => o.path === 'wire' && !o.late && o.addresses.length > 0);
  return wire.length > 0 && wire.every((o) => o.addresses.every((a) => !local.has(canonicalAddress(a))))
    ? wire
    : [];
}

/**
 * The resolver itself was heard on the wire to give such an address: what libc says may come from a file on this device.
 * Others are taken at their word, as they ask on the wire alone or not at all.
 */
export function bogonOnTheWire(c: Case, hop: Hop): boolean {
  return !c.ours || hop.dns.some((o) => o.path === 'wire' && !o.late && isBogonAnswer(o));
}

/** All that the resolver says on the wire is that there is no such name, or no address of it. */
export function denialsOnTheWire(c: Case, hop: Hop): readonly DnsObservation[] {
  const wire = hop.dns.filter((o) => o.path === 'wire' && !o.late);
  return c.ours && wire.every(deniesName) ? wire : [];
}

/** The wire contradicts libc, and what the resolver said there is the truth: it has no part in what this device believes. */
export function honestWire(c: Case, hop: Hop, used: readonly DnsObservation[]): readonly DnsObservation[] {
  const truth = truthfulAddresses(c, hop);
  const wire = wireDisagrees(c, hop, used);
  return wire.some((o) => o.addresses.some((a) => truth.has(canonicalAddress(a)))) ? wire : [];
}

export const secondOpinion = (hop: Hop): readonly DnsObservation[] =>
  hop.dns.filter((o) => o.path === 'second' && o.failure === null && o.addresses.length > 0);
export const controlAnswer = (c: Case, hop: Hop): readonly DnsObservation[] =>
  c.control !== null && c.control.dns.hostname === hop.host && c.control.dns.addresses.length > 0
    ? [c.control.dns]
    : [];

/** The control was asked for this very name and knows of none. */
export const controlDenial = (c: Case, hop: Hop): readonly DnsObservation[] =>
  c.control !== null && c.control.dns.hostname === hop.host && deniesExistence(c.control.dns)
    ? [c.control.dns]
    : [];
export const secondDenial = (hop: Hop): readonly DnsObservation[] =>
  hop.dns.filter((o) => o.path === 'second' && deniesExistence(o));

/** The zone above the input's name, asked without a cache, says that it does not exist. */
export const parentDenies = (c: Case, hop: Hop): boolean =>
  c.controlExtras.parent?.status === 'denied' && c.control?.dns.hostname === hop.host;

/** The same resolver gave the truth when this program asked it: what libc's own question lacked was luck. */
export function answeredOnTheWire(c: Case, hop: Hop): boolean {
  const truth = truthfulAddresses(c, hop);
  return (
    c.ours &&
    hop.dns.some(
      (o) =>
        o.path === 'wire' &&
        !o.late &&
        o.addresses.some((a) => truth.has(canonicalAddress(a)) || servesName(c, hop, a)),
    )
  );
}

/**
 * Whoever got a page from the hop's host by a redirect also resolved its name. A zone that delegates the name, while the
 * control's own question got lost, says no less.
 */
export function controlKnows(c: Case, hop: Hop): readonly Observation[] {
  const answer = controlAnswer(c, hop);
  if (answer.length > 0 || c.control === null) return answer;
  if (hop.depth > 0) return controlReached(c, hop) ? [c.control.http] : [];
  const { dns } = c.control;
  const lost = dns.hostname === hop.host && dns.failure !== null && !deniesName(dns);
  return lost && c.controlExtras.parent?.status === 'delegated' ? [dns] : [];
}

/** Every address that this device was given is proven to be somebody else's. */
export function allProvenWrong(c: Case, hop: Hop): boolean {
  const given = usedByDevice(hop).flatMap((o) => o.addresses);
  return given.length > 0 && given.every((a) => provenWrong(c, hop, a));
}

/** The site was there in the last days: an old answer, not an invented one. */
export function wasThereBefore(c: Case, addresses: readonly string[]): boolean {
  const earlier = new Set(c.controlExtras.earlierAddresses.map(canonicalAddress));
  return addresses.length > 0 && addresses.every((a) => earlier.has(canonicalAddress(a)));
}

export type DnsFinding = Omit<Finding, 'host' | 'depth' | 'layer'>;

export function perHop(c: Case, check: (hop: Hop) => DnsFinding | null): Finding[] {
  return c.hops.flatMap((hop) => {
    const found = check(hop);
    return found === null ? [] : [{ ...found, layer: 'dns' as const, host: hop.host, depth: hop.depth }];
  });
}
