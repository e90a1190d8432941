/**
 * The KUAGER_ONLY wall of the collector: in tests, demos and benchmarks no socket may be opened to any other
 * destination. It guards against our own mistakes, so breaking it is an exception, not a network failure.
 */
import { cidrContains, parseCidr, parseIp } from '../../shared/codec/ip.ts';
import type { Cidr } from '../../shared/codec/ip.ts';

type GuardErrorCode = 'BAD_KUAGER_ONLY' | 'DESTINATION_FORBIDDEN';

export class GuardError extends Error {
  override readonly name = 'GuardError';
  readonly code: GuardErrorCode;
  constructor(code: GuardErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

interface Guard {
  /** False: everything passes. */
  readonly active: boolean;
  covers(address: string): boolean;
  /** @throws GuardError DESTINATION_FORBIDDEN */
  check(address: string): void;
}

/**
 * @param only comma-separated CIDR blocks of either family; undefined or blank: no guard.
 * @throws GuardError BAD_KUAGER_ONLY: a wall with an unreadable plan must not stand open.
 */
export function createGuard(only: string | undefined): Guard {
  const blocks = (only ?? '')
    .split(',')
    .filter((text) => text.trim() !== '')
    .map((text): Cidr => {
      const cidr = parseCidr(text);
      if (cidr === null)
        throw new GuardError('BAD_KUAGER_ONLY', `KUAGER_ONLY: "${text.trim()}" is not a CIDR block`);
      return cidr;
    });
  const active = blocks.length > 0;
  const covers = (address: string): boolean => {
    const ip = parseIp(address);
    return !active || (ip !== null && blocks.some((block) => cidrContains(block, ip)));
  };
  return {
    active,
    covers,
    check(address) {
      if (!covers(address)) throw new GuardError('DESTINATION_FORBIDDEN', `KUAGER_ONLY forbids ${address}`);
    },
  };
}
