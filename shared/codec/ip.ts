/**
 * IP literals, CIDR blocks and the special-purpose registries. Pure; used by the guards, the redactor, the control's
 * address filter and the bogon rules. Sources: IANA IPv4/IPv6 Special-Purpose Address Registries (RFC 6890, 8190).
 */

export interface Ip {
  readonly family: 4 | 6;
  /** 4 or 16 bytes, network order. */
  readonly bytes: Uint8Array;
}
export interface Cidr {
  readonly base: Ip;
  readonly prefix: number;
}
export type IpClass =
  | 'public'
  | 'unspecified'
  | 'loopback'
  | 'private'
  | 'shared'
  | 'link_local'
  | 'documentation'
  | 'benchmark'
  | 'multicast'
  | 'reserved';

const DECIMAL_OCTET = /^(0|[1-9]\d{0,2})$/;
const HEX_GROUP = /^[0-9a-fA-F]{1,4}$/;

function parseIpv4(text: string): Uint8Array | null {
  const parts = text.split('.');
  if (parts.length !== 4) return null;
  const bytes = new Uint8Array(4);
  for (const [i, part] of parts.entries()) {
    if (!DECIMAL_OCTET.test(part) || Number(part) > 255) return null;
    bytes[i] = Number(part);
  }
  return bytes;
}

function parseGroups(text: string): number[] | null {
  if (text === '') return [];
  const out: number[] = [];
  const parts = text.split(':');
  for (const [i, part] of parts.entries()) {
    const v4 = i === parts.length - 1 && part.includes('.') ? parseIpv4(part) : null;
    if (v4 !== null) out.push((v4[0]! << 8) | v4[1]!, (v4[2]! << 8) | v4[3]!);
    else if (HEX_GROUP.test(part)) out.push(Number.parseInt(part, 16));
    else return null;
  }
  return out;
}

function parseIpv6(text: string): Uint8Array | null {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const head = parseGroups(halves[0] ?? '');
  const tail = halves.length === 2 ? parseGroups(halves[1] ?? '') : [];
  if (head === null || tail === null) return null;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null;
  const groups = [...head, ...new Array<number>(missing).fill(0), ...tail];
  const bytes = new Uint8Array(16);
  groups.forEach((g, i) => {
    bytes[i * 2] = g >> 8;
    bytes[i * 2 + 1] = g & 255;
  });
  return bytes;
}

/** Strict literals only: no octal, hex or short IPv4 forms, no brackets; a zone id (`%eth0`) is dropped. */
export function parseIp(text: string): Ip | null {
  const v4 = parseIpv4(text);
  if (v4 !== null) return { family: 4, bytes: v4 };
  const v6 = text.includes(':') ? parseIpv6(text.split('%')[0] ?? '') : null;
  return v6 === null ? null : { family: 6, bytes: v6 };
}

/** RFC 5952 for IPv6. */
export function formatIp(ip: Ip): string {
  if (ip.family === 4) return ip.bytes.join('.');
  const groups: number[] = [];
  for (let i = 0; i < 16; i += 2) groups.push((ip.bytes[i]! << 8) | ip.bytes[i + 1]!);
  let best = { start: -1, length: 1 };
  for (let i = 0; i < 8; i++) {
    let length = 0;
    while (i + length < 8 && groups[i + length] === 0) length++;
    if (length > best.length) best = { start: i, length };
  }
  const hex = groups.map((g) => g.toString(16));
  if (best.start < 0) return hex.join(':');
  return `${hex.slice(0, best.start).join(':')}::${hex.slice(best.start + best.length).join(':')}`;
}

/** `10.0.0.0/8`, `::1/128`, or a bare literal (one address). */
export function parseCidr(text: string): Cidr | null {
  const [address, prefixText, ...rest] = text.trim().split('/');
  const base = parseIp(address ?? '');
  if (base === null || rest.length > 0) return null;
  const width = base.family === 4 ? 32 : 128;
  if (prefixText === undefined) return { base, prefix: width };
  if (!/^\d{1,3}$/.test(prefixText) || Number(prefixText) > width) return null;
  return { base, prefix: Number(prefixText) };
}

export function cidrContains(cidr: Cidr, ip: Ip): boolean {
  if (cidr.base.family !== ip.family) return false;
  for (let bit = 0; bit < cidr.prefix; bit += 8) {
    const i = bit / 8;
    const keep = Math.min(8, cidr.prefix - bit);
    const mask = (0xff << (8 - keep)) & 0xff;
    if ((cidr.base.bytes[i]! & mask) !== (ip.bytes[i]! & mask)) return false;
  }
  return true;
}

/**
 * The IPv4 address inside an IPv6 one, for every way there is to carry it: v4-mapped, v4-compatible, NAT64
 * (64:ff9b::/96), 6to4 and Teredo's server part. A filter that forgets one of them can be walked around.
 */
export function embeddedIpv4(ip: Ip): Ip | null {
  if (ip.family === 4) return null;
  const b = ip.bytes;
  const zero = (from: number, to: number): boolean => b.slice(from, to).every((x) => x === 0);
  const at = (from: number): Ip => ({ family: 4, bytes: b.slice(from, from + 4) });
  if (zero(0, 10) && b[10] === 0xff && b[11] === 0xff) return at(12);
  if (zero(0, 12) && !zero(12, 15)) return at(12);
  if (b[0] === 0x00 && b[1] === 0x64 && b[2] === 0xff && b[3] === 0x9b && zero(4, 12)) return at(12);
  if (b[0] === 0x20 && b[1] === 0x02) return at(2);
  if (b[0] === 0x20 && b[1] === 0x01 && b[2] === 0 && b[3] === 0) return at(4);
  return null;
}

const SPECIAL: readonly (readonly [string, IpClass])[] = [
  ['0.0.0.0/8', 'unspecified'],
  ['127.0.0.0/8', 'loopback'],
  ['10.0.0.0/8', 'private'],
  ['172.16.0.0/12', 'private'],
  ['192.168.0.0/16', 'private'],
  ['100.64.0.0/10', 'shared'],
  ['169.254.0.0/16', 'link_local'],
  ['192.0.2.0/24', 'documentation'],
  ['198.51.100.0/24', 'documentation'],
  ['203.0.113.0/24', 'documentation'],
  ['198.18.0.0/15', 'benchmark'],
  ['192.0.0.0/24', 'reserved'],
  ['192.88.99.0/24', 'reserved'],
  ['224.0.0.0/4', 'multicast'],
  ['240.0.0.0/4', 'reserved'],
  ['::/128', 'unspecified'],
  ['::1/128', 'loopback'],
  ['fc00::/7', 'private'],
  ['fe80::/10', 'link_local'],
  ['fec0::/10', 'private'],
  ['2001:db8::/32', 'documentation'],
  ['3fff::/20', 'documentation'],
  ['2001:2::/48', 'benchmark'],
  ['100::/64', 'reserved'],
  ['64:ff9b:1::/48', 'private'],
  ['ff00::/8', 'multicast'],
];
const SPECIAL_CIDRS = SPECIAL.map(([text, name]) => ({ cidr: parseCidr(text)!, name }));

/** `public` is everything that is globally reachable by assignment; an embedded IPv4 address decides for its carrier. */
export function ipClass(ip: Ip): IpClass {
  const found = SPECIAL_CIDRS.find(({ cidr }) => cidrContains(cidr, ip));
  if (found !== undefined) return found.name;
  const inner = embeddedIpv4(ip);
  if (inner !== null) return ipClass(inner);
  return ip.family === 6 && (ip.bytes[0]! & 0xe0) !== 0x20 ? 'reserved' : 'public';
}

/** An address that no public name should resolve to ("bogon"). */
export function isBogon(address: string): boolean {
  const ip = parseIp(address);
  return ip !== null && ipClass(ip) !== 'public';
}

const HOME_CLASSES: ReadonlySet<IpClass> = new Set([
  'loopback',
  'private',
  'link_local',
  'unspecified',
  'multicast',
]);

/** An address that leads to this device or into its own network; what can't be read counts as one. */
export function leadsHome(address: string): boolean {
  const ip = parseIp(address);
  return ip === null || HOME_CLASSES.has(ipClass(ip));
}

/** `1.2.3.4:443`, `[::1]:443` → parts; null when it is not an endpoint of a literal address. */
export function parseEndpoint(text: string): { address: string; port: number } | null {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
  const ip = match === null ? null : parseIp(match[1] ?? match[2] ?? '');
  const port = Number(match?.[3]);
  if (ip === null || (match?.[1] !== undefined) !== (ip.family === 6) || port > 65535) return null;
  return { address: formatIp(ip), port };
}

/** A URL's host name without the brackets of an IPv6 literal. */
export const withoutBrackets = (hostname: string): string => hostname.replace(/^\[|\]$/g, '');

export function formatEndpoint(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
