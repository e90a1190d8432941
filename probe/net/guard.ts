import { cidrContains, parseCidr, parseIp } from '../../shared/codec/ip.ts';
import type { Cidr, Ip } from '../../shared/codec/ip.ts';

/** A socket was about to leave the networks that KUAGER_ONLY allows: our own fault, never a measurement result. */
export class DestinationForbidden extends Error {
  readonly code = 'DESTINATION_FORBIDDEN' as const;
  constructor(destination: string) {
    super(`KUAGER_ONLY forbids ${destination}`);
    this.name = 'DestinationForbidden';
  }
}

/** KUAGER_ONLY is set and is not a list of CIDR blocks. */
export class BadDestinationGuard extends Error {
  readonly code = 'BAD_KUAGER_ONLY' as const;
  constructor(part: string) {
    super(`KUAGER_ONLY: "${part}" is not an address block; expected e.g. 127.0.0.0/8,::1/128`);
    this.name = 'BadDestinationGuard';
  }
}

export interface DestinationGuard {
  /** False when every destination is allowed. */
  readonly active: boolean;
  allows(address: string): boolean;
  /** Throws `DestinationForbidden`; what is not an address literal is forbidden while the guard is active. */
  check(address: string): void;
}

/** The kernel sends a v4-mapped IPv6 destination as IPv4, so it must be judged as IPv4. */
function asSent(ip: Ip): Ip {
  const mapped =
    ip.family === 6 &&
    ip.bytes.subarray(0, 10).every((b) => b === 0) &&
    ip.bytes[10] === 255 &&
    ip.bytes[11] === 255;
  return mapped ? { family: 4, bytes: ip.bytes.slice(12) } : ip;
}

/**
 * The wall around every socket of the probe. `only` is the text of KUAGER_ONLY: comma-separated CIDR blocks of both
 * families, undefined for no wall. A text that is set but empty is refused: a wall that fails must fail closed.
 * Throws `BadDestinationGuard`.
 */
export function createDestinationGuard(only: string | undefined): DestinationGuard {
  if (only === undefined) return { active: false, allows: () => true, check: () => undefined };
  const blocks: Cidr[] = only.split(',').map((part) => {
    const cidr = parseCidr(part);
    if (cidr === null) throw new BadDestinationGuard(part.trim());
    return cidr;
  });
  const allows = (address: string): boolean => {
    const ip = parseIp(address);
    return ip !== null && blocks.some((block) => cidrContains(block, asSent(ip)));
  };
  return {
    active: true,
    allows,
    check: (address) => {
      if (!allows(address)) throw new DestinationForbidden(address);
    },
  };
}
