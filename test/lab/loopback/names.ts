import type { NameRule } from '../../scenarios/scenario.ts';

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
}

/** Host → addresses, as the world knows them. */
export type Zone = ReadonlyMap<string, readonly string[]>;

const RCODE = {
  nxdomain: 'NXDOMAIN',
  servfail: 'SERVFAIL',
  refused: 'REFUSED',
  no_answer: 'NOERROR',
} as const;

/** The replies in the order in which they arrive, none for silence. The first rule that matches decides. */
export function resolveName(zone: Zone, rules: readonly NameRule[], hostname: string): readonly NameReply[] {
  const known = zone.get(hostname.toLowerCase().replace(/\.$/, ''));
  const truth: NameReply =
    known === undefined ? { rcode: 'NXDOMAIN', addresses: [] } : { rcode: 'NOERROR', addresses: known };
  const action = rules.find((rule) => matches(rule.match, hostname))?.action ?? { kind: 'pass' };
  switch (action.kind) {
    case 'pass':
      return [truth];
    case 'silence':
      return [];
    case 'answer':
      return [{ rcode: 'NOERROR', addresses: action.addresses }];
    case 'race':
      return [{ rcode: 'NOERROR', addresses: action.addresses }, truth];
    default:
      return [{ rcode: RCODE[action.kind], addresses: [] }];
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
