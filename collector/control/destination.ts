/**
 * Which addresses and ports the control may be sent to. Everything here is decided on an address literal that was
 * parsed once; names never reach this file. Whoever asks the control for a measurement is untrusted.
 */
import { cidrContains, embeddedIpv4, formatIp, ipClass, parseCidr, parseIp } from '../../shared/codec/ip.ts';
import type { Cidr } from '../../shared/codec/ip.ts';

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}
/** Why an endpoint is out of bounds. */
export type Refusal = 'not_an_address' | 'address_not_public' | 'own_address' | 'port_not_allowed';

/** What a refused connection is called in a reply. */
export function failureOfRefusal(refusal: Refusal): string {
  return refusal === 'port_not_allowed' ? 'permission_denied' : 'dns_bogon_error';
}

/** Below this number only the two ports of the web are measured; above it any that browsers would open. */
const FIRST_UNPRIVILEGED_PORT = 1024;
const WEB_PORTS: ReadonlySet<number> = new Set([80, 443]);
/**
 * Ports above 1023 of protocols that can be harmed by bytes that look like HTTP or TLS.
 * Source: WHATWG Fetch, "bad port" (https://fetch.spec.whatwg.org/#bad-port).
 */
export const BAD_PORTS: ReadonlySet<number> = new Set([
  1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
]); // prettier-ignore

/**
 * Addresses inside public space that no website has: the metadata and DHCP service of one hosting company (it answers
 * only from inside), and IETF protocol assignments of IPv6.
 */
const ALSO_REFUSED: readonly Cidr[] = ['168.63.129.16/32', '2001::/23'].map((text) => {
  const cidr = parseCidr(text);
  if (cidr === null) throw new Error(`not a CIDR: ${text}`);
  return cidr;
});

export interface DestinationRules {
  /** `--lab-allow`: blocks that are reachable although they are not public. */
  readonly allow: readonly Cidr[];
  /** The machine's own addresses: a packet to them never passes the firewall that protects them from outside. */
  readonly ownAddresses: readonly string[];
}

export function portRefusal(port: number): Refusal | null {
  const web = WEB_PORTS.has(port);
  const high =
    Number.isInteger(port) && port >= FIRST_UNPRIVILEGED_PORT && port <= 65_535 && !BAD_PORTS.has(port);
  return web || high ? null : 'port_not_allowed';
}

/** Authoritative name servers have no other port: a zone names its servers, never their ports. */
export const DNS_PORT = 53;

/**
 * Null when the control may connect to this literal. Carriers of an IPv4 address (v4-mapped, v4-compatible, NAT64,
 * 6to4, Teredo) are refused whatever they carry: no public name needs them, and each is a way around a filter. An allowed
 * block matches only literals of its own family, so allowing 127.0.0.0/8 does not allow ::ffff:127.0.0.1.
 */
export function addressRefusal(address: string, rules: DestinationRules): Refusal | null {
  const ip = address.includes('%') ? null : parseIp(address);
  if (ip === null) return 'not_an_address';
  if (rules.allow.some((cidr) => cidrContains(cidr, ip))) return null;
  if (ipClass(ip) !== 'public' || embeddedIpv4(ip) !== null) return 'address_not_public';
  if (ALSO_REFUSED.some((cidr) => cidrContains(cidr, ip))) return 'address_not_public';
  return rules.ownAddresses.includes(formatIp(ip)) ? 'own_address' : null;
}
