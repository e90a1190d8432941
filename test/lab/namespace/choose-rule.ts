import type { AddressRule, CensorRule } from '../../scenarios/scenario.ts';
import { decide } from '../loopback/decide.ts';
import type { Matched, Takes } from '../loopback/decide.ts';
import { readFirstBytes } from '../loopback/first-bytes.ts';
import { matches } from '../loopback/names.ts';

/** `bytes` is what the client has sent to `address` so far, `first` its first segment alone. Null: no rule. */
export function chooseRule(
  rules: readonly CensorRule[],
  bytes: Buffer,
  first: Buffer,
  address: string,
  takes: Takes,
): Matched | 'not yet' {
  const seen = readFirstBytes(bytes);
  return seen.kind === 'need more' ? 'not yet' : decide(rules, seen, readFirstBytes(first), address, takes);
}

/**
 * The first rule for this address and port, null for none. `spared`: addresses inside the operator's own network, which
 * a rule for everything leaves alone.
 */
export function chooseAddressRule(
  rules: readonly CensorRule[],
  address: string,
  port: number | null,
  spared: ReadonlySet<string>,
): AddressRule | null {
  const rule = rules.find(
    (r): r is AddressRule =>
      r.on === 'address' &&
      (r.port === undefined || r.port === port) &&
      (r.match === '*' ? !spared.has(address) : matches(r.match, address)),
  );
  return rule ?? null;
}
