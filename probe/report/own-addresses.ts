/** Which addresses are the volunteer's: those of the device's interfaces and those by which the world sees it. Pure. */
import { cidrContains, formatIp, ipClass, parseCidr, parseIp } from '../../shared/codec/ip.ts';
import type { Cidr, Ip } from '../../shared/codec/ip.ts';
import { ReportError } from './errors.ts';

/** The part of `os.networkInterfaces()` that matters here. */
export type Interfaces = Readonly<
  Record<string, readonly { readonly address: string; readonly mac?: string }[] | undefined>
>;

/**
 * Every address and hardware address of the device and every public one that a reflector reported, without loopback.
 * Hardware addresses belong here because login pages of public networks carry them in their URLs.
 */
export function collectOwnAddresses(interfaces: Interfaces, publicAddresses: readonly string[]): string[] {
  const own = new Set(publicAddresses);
  for (const entries of Object.values(interfaces)) {
    for (const { address, mac } of entries ?? []) {
      own.add(address);
      if (mac !== undefined && mac !== '00:00:00:00:00:00') own.add(mac);
    }
  }
  return [...own].filter((text) => !isLoopback(text));
}

function isLoopback(text: string): boolean {
  const ip = parseIp(text);
  return ip !== null && ['loopback', 'unspecified'].includes(ipClass(ip));
}

/** Prefix lengths of IPv6 networks of which one volunteer's device holds many addresses, temporary ones included. */
const OWN_V6_PREFIX_BITS = 64;
const SINGLE_V6_BITS = 128;
const UNIQUE_LOCAL = parseCidr('fc00::/7') as Cidr;

export interface OwnAddresses {
  readonly v4: readonly Uint8Array[];
  /** `base` with the bits past `prefix` kept: the very address the device had. */
  readonly v6: readonly Cidr[];
  readonly mac: readonly Uint8Array[];
}

const MAC = /^[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}$/i;

function mappedV4(ip: Ip): Ip {
  const b = ip.bytes;
  const mapped = ip.family === 6 && b.subarray(0, 10).every((x) => x === 0) && b[10] === 255 && b[11] === 255;
  return mapped ? { family: 4, bytes: b.slice(12) } : ip;
}

/**
 * A globally routable or unique-local IPv6 address stands for its whole /64; link-local ones are told apart only by
 * their last half, so they stand for themselves. Loopback is left out: it is the same for everybody, and as a DNS
 * answer it is evidence. Throws `BAD_OWN_ADDRESS` for a text that is no address: scrubbing must fail closed.
 */
export function readOwnAddresses(texts: readonly string[]): OwnAddresses {
  const v4 = new Map<string, Uint8Array>();
  const v6 = new Map<string, Cidr>();
  const mac = new Map<string, Uint8Array>();
  for (const text of texts) {
    if (MAC.test(text)) {
      mac.set(
        text.toLowerCase().replaceAll('-', ':'),
        Uint8Array.from(text.split(/[:-]/), (h) => Number.parseInt(h, 16)),
      );
      continue;
    }
    const parsed = parseIp(text);
    if (parsed === null)
      throw new ReportError(
        'BAD_OWN_ADDRESS',
        'an address of this device could not be read; nothing was reported',
      );
    const ip = mappedV4(parsed);
    const kind = ipClass(ip);
    if (kind === 'loopback' || kind === 'unspecified') continue;
    if (ip.family === 4) {
      v4.set(formatIp(ip), ip.bytes);
    } else {
      const shared = kind === 'link_local' || kind === 'multicast';
      v6.set(formatIp(ip), { base: ip, prefix: shared ? SINGLE_V6_BITS : OWN_V6_PREFIX_BITS });
    }
  }
  return { v4: [...v4.values()], v6: [...v6.values()], mac: [...mac.values()] };
}

/** Whether `ip` is the volunteer's, carried inside an IPv6 address or not. */
export function isOwn(own: OwnAddresses, ip: Ip): boolean {
  const plain = mappedV4(ip);
  if (plain.family === 4) return own.v4.some((bytes) => plain.bytes.every((byte, i) => byte === bytes[i]));
  return own.v6.some((cidr) => cidrContains(cidr, plain));
}

/** A resolver's address that tells where the volunteer sits: inside a home, an office or the volunteer's own /64. */
export function isTellingResolver(own: OwnAddresses, ip: Ip): boolean {
  const plain = mappedV4(ip);
  if (isOwn(own, plain)) return true;
  return ['private', 'shared', 'link_local'].includes(ipClass(plain)) || cidrContains(UNIQUE_LOCAL, plain);
}
