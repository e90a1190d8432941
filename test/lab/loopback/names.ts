import { formatIp, parseIp } from '../../../shared/codec/ip.ts';
import type { CensorRule, NameRule } from '../../scenarios/scenario.ts';

/** One spelling for each address. */
export function canonical(address: string): string {
  const ip = parseIp(address);
  return ip === null ? address : formatIp(ip);
}

/** `*`, `*.name` (the name and everything under it) or the exact value; case and a trailing dot don't matter. */
export function matches(pattern: string, value: string | null): boolean {
  if (pattern === '*') return true;
  if (value === null) return false;
  const name = value.toLowerCase().replace(/\.$/, '');
  if (!pattern.startsWith('*.')) return name === pattern;
  return name === pattern.slice(2) || name.endsWith(pattern.slice(1));
}

export interface NameReply {
  readonly rcode: 'NOERROR' | 'NXDOMAIN' | 'SERVFAIL' | 'REFUSED';
  readonly addresses: readonly string[];
  /** INFO-CODE of an Extended DNS Error (RFC 8914). */
  readonly extendedError?: number;
}

/** Host → addresses, as the world knows them. */
export type Zone = ReadonlyMap<string, readonly string[]>;

const RCODE = {
  nxdomain: 'NXDOMAIN',
  servfail: 'SERVFAIL',
  refused: 'REFUSED',
  no_answer: 'NOERROR',
} as const;

/** The first rule for this name; null: nobody interferes. */
export function nameRule(rules: readonly CensorRule[], hostname: string): NameRule | null {
  const rule = rules.find((r): r is NameRule => r.on === 'name' && matches(r.match, hostname));
  return rule === undefined || rule.action.kind === 'pass' ? null : rule;
}

/** Null: the name is unknown. */
export function addressesOf(zone: Zone, hostname: string): readonly string[] | null {
  return zone.get(hostname.toLowerCase().replace(/\.$/, '')) ?? null;
}

/** The replies in the order in which they arrive, none for silence. The first rule that matches decides. */
export function resolveName(
  zone: Zone,
  rules: readonly CensorRule[],
  hostname: string,
): readonly NameReply[] {
  const known = addressesOf(zone, hostname);
  const truth: NameReply =
    known === null ? { rcode: 'NXDOMAIN', addresses: [] } : { rcode: 'NOERROR', addresses: known };
  const rule = nameRule(rules, hostname);
  if (rule === null) return [truth];
  const { action } = rule;
  const marked = rule.extendedError === undefined ? {} : { extendedError: rule.extendedError };
  switch (action.kind) {
    case 'pass':
      return [truth];
    case 'silence':
      return [];
    case 'answer':
      return [{ rcode: 'NOERROR', addresses: action.addresses, ...marked }];
    case 'race':
      return [{ rcode: 'NOERROR', addresses: action.addresses, ...marked }, truth];
    default:
      return [{ rcode: RCODE[action.kind], addresses: [], ...marked }];
  }
}

export type Looked = { readonly addresses: readonly string[] } | { readonly failure: string };

/** What getaddrinfo makes of it; only glibc's view of an error is modelled. */
export function asLookup(replies: readonly NameReply[]): Looked {
  const first = replies[0];
  if (first === undefined) return { failure: 'dns_temporary_failure' };
  if (first.rcode === 'NXDOMAIN') return { failure: 'dns_nxdomain_error' };
  if (first.rcode !== 'NOERROR') return { failure: 'dns_temporary_failure' };
  return first.addresses.length === 0 ? { failure: 'dns_no_answer' } : { addresses: first.addresses };
}
