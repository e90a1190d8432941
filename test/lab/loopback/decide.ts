import type { AddressRule, CensorRule, HostRule, SniRule } from '../../scenarios/scenario.ts';
import type { FirstBytes } from './first-bytes.ts';
import { canonical, matches } from './names.ts';

/** What the first bytes of a connection bring about; null: nothing. */
export type Matched = SniRule | HostRule | null;

/**
 * The first rule that matches. `seen` is what all bytes so far show, `first` what the first segment alone showed, for
 * boxes that do not reassemble; `address` is where the connection goes, null for unknown: rules that stand at one address
 * then don't match.
 */
export function decide(
  rules: readonly CensorRule[],
  seen: FirstBytes,
  first: FirstBytes,
  address: string | null = null,
): Matched {
  if (seen.kind !== 'tls' && seen.kind !== 'http') return null;
  const sees = (rule: SniRule | HostRule): boolean =>
    (rule.at === undefined || (address !== null && canonical(rule.at) === canonical(address))) &&
    (rule.reassembles !== false || first.kind === seen.kind);
  if (seen.kind === 'tls') {
    const rule = rules.find((r): r is SniRule => r.on === 'sni' && matches(r.match, seen.sni) && sees(r));
    return rule ?? null;
  }
  const rule = rules.find(
    (r): r is HostRule =>
      r.on === 'host' && matches(r.match, seen.host) && seen.path.startsWith(r.path ?? '') && sees(r),
  );
  return rule ?? null;
}

/** The first rule for this address and port. */
export function addressAction(
  rules: readonly CensorRule[],
  address: string,
  port: number,
): AddressRule['action'] {
  const rule = rules.find(
    (r): r is AddressRule =>
      r.on === 'address' &&
      matches(canonical(r.match), canonical(address)) &&
      (r.port === undefined || r.port === port),
  );
  return rule?.action ?? { kind: 'pass' };
}
