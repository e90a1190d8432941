import { parseIp } from '../../../shared/codec/ip.ts';
import type { AddressRule, CensorRule, HostRule, SniRule } from '../../scenarios/scenario.ts';
import type { FirstBytes } from './first-bytes.ts';
import { canonical, matches } from './names.ts';

/** What the first bytes of a connection bring about; null: nothing. */
export type Matched = SniRule | HostRule | null;

/** Whether this connection is one of those that a rule for every nth takes; counts it. */
export type Takes = (rule: SniRule | HostRule) => boolean;

/** What one box remembers of the connections that its rules would match. */
export function countingBox(): Takes {
  const seen = new Map<SniRule | HostRule, number>();
  return (rule) => {
    if (!('every' in rule) || rule.every === undefined) return true;
    const nth = (seen.get(rule) ?? 0) + 1;
    seen.set(rule, nth);
    return nth % rule.every === 0;
  };
}

/**
 * The first rule that matches. `seen` is what all bytes so far show, `first` what the first segment alone showed, for
 * boxes that do not reassemble; `address` is where the connection goes, null for unknown: rules that stand at one address
 * then don't match. Asked once a connection.
 */
export function decide(
  rules: readonly CensorRule[],
  seen: FirstBytes,
  first: FirstBytes,
  address: string | null = null,
  takes: Takes = () => true,
): Matched {
  if (seen.kind !== 'tls' && seen.kind !== 'http') return null;
  const sees = (rule: SniRule | HostRule): boolean =>
    (rule.at === undefined || (address !== null && canonical(rule.at) === canonical(address))) &&
    (!('family' in rule) || rule.family === undefined || rule.family === familyOf(address)) &&
    (rule.reassembles !== false || first.kind === seen.kind) &&
    takes(rule);
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

const familyOf = (address: string | null): 4 | 6 | null =>
  address === null ? null : (parseIp(address)?.family ?? null);

/** Connections to everywhere are looked at, also where nothing stands. */
export const standsEverywhere = (rules: readonly CensorRule[]): boolean =>
  rules.some((r) => (r.on === 'sni' || r.on === 'host') && r.match === '*' && r.at === undefined);

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
