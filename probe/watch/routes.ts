/** The next hop, from what Linux says in /proc/net. Pure; the texts are read elsewhere. */
import { formatIp } from '../../shared/codec/ip.ts';

export const ROUTE_FILES = {
  v4: '/proc/net/route',
  v6: '/proc/net/ipv6_route',
  arp: '/proc/net/arp',
} as const;

/** linux/route.h */
const RTF_UP = 0x1;
const RTF_GATEWAY = 0x2;
const RTF_REJECT = 0x200;
/** linux/if_arp.h: the entry has a hardware address. */
const ATF_COM = 0x2;

export interface NextHop {
  readonly device: string;
  /** Null: none, packets go straight to the other end (dial-up, some mobile links). */
  readonly address: string | null;
}

/** Little-endian, as the kernel of nearly every machine prints it. */
function v4(hex: string): string | null {
  if (!/^[0-9A-F]{8}$/i.test(hex)) return null;
  const bytes = Uint8Array.from(hex.match(/../g)!.reverse(), (byte) => Number.parseInt(byte, 16));
  return formatIp({ family: 4, bytes });
}

function v6(hex: string): string | null {
  if (!/^[0-9a-f]{32}$/i.test(hex)) return null;
  return formatIp({
    family: 6,
    bytes: Uint8Array.from(hex.match(/../g)!, (byte) => Number.parseInt(byte, 16)),
  });
}

interface Route extends NextHop {
  readonly metric: number;
}

function routesV4(text: string): Route[] {
  return text.split('\n').flatMap((row) => {
    const [device, destination, gateway, flagsHex, , , metric, mask] = row.trim().split(/\s+/);
    const flags = Number.parseInt(flagsHex ?? '', 16);
    if (device === undefined || destination !== '00000000' || mask !== '00000000') return [];
    if (!(flags & RTF_UP) || flags & RTF_REJECT) return [];
    const address = flags & RTF_GATEWAY ? v4(gateway ?? '') : null;
    return [{ device, address, metric: Number(metric) || 0 }];
  });
}

function routesV6(text: string): Route[] {
  return text.split('\n').flatMap((row) => {
    const cells = row.trim().split(/\s+/);
    const [destination, length, , , gateway, metricHex, , , flagsHex, device] = cells;
    const flags = Number.parseInt(flagsHex ?? '', 16);
    if (device === undefined || !/^0{32}$/.test(destination ?? '') || length !== '00') return [];
    if (!(flags & RTF_UP) || flags & RTF_REJECT || device === 'lo') return [];
    const address = flags & RTF_GATEWAY ? v6(gateway ?? '') : null;
    return [{ device, address, metric: Number.parseInt(metricHex ?? '', 16) || 0 }];
  });
}

/**
 * The default route's next hop, IPv4 before IPv6. Null: there is none; `unknown`: the system doesn't say (texts are null).
 */
export function nextHop(v4Text: string | null, v6Text: string | null): NextHop | null | 'unknown' {
  if (v4Text === null && v6Text === null) return 'unknown';
  const best = (routes: Route[]): Route | undefined => routes.sort((a, b) => a.metric - b.metric)[0];
  const route = best(routesV4(v4Text ?? '')) ?? best(routesV6(v6Text ?? ''));
  return route === undefined ? null : { device: route.device, address: route.address };
}

/** Whether the neighbour table has a hardware address for it; null: it is not listed. */
export function neighbourKnown(arpText: string | null, address: string): boolean | null {
  for (const row of (arpText ?? '').split('\n')) {
    const [ip, , flags, hardware] = row.trim().split(/\s+/);
    if (ip !== address) continue;
    return (Number(flags) & ATF_COM) !== 0 && hardware !== '00:00:00:00:00:00';
  }
  return null;
}
