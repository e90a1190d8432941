import type { Verdict } from '../../shared/model/index.ts';
import type { Expectation } from '../scenarios/index.ts';

function wantedAuthority({ authority }: Expectation, knownId: string): string | null {
  if (authority === 'known') return knownId;
  return authority === 'imitates' ? `imitates:${knownId}` : (authority ?? null);
}

/**
 * Where a verdict is not what a scenario expects, as `what: got instead of wanted`; none when it is as expected. `knownId`
 * is the id of the lab's own fingerprint entry.
 */
export function differences(verdict: Verdict | null, wanted: Expectation, knownId: string): string[] {
  if (verdict === null) return ['no verdict'];
  if (wanted.orOutcomes?.includes(verdict.outcome) === true) return [];
  const pairs: (readonly [string, unknown, unknown])[] = [
    ['outcome', verdict.outcome, wanted.outcome],
    ['method', verdict.method, wanted.method],
    ['cause', verdict.cause, wanted.cause],
    ['authority', verdict.authority, wantedAuthority(wanted, knownId)],
  ];
  // A verdict about nothing on the path may keep the layer that it was found on.
  if (wanted.method !== null) pairs.push(['layer', verdict.layer, wanted.layer]);
  if (wanted.evidence !== undefined) pairs.push(['evidence', verdict.evidence, wanted.evidence]);
  if (wanted.scope !== undefined) pairs.push(['scope', verdict.scope.level, wanted.scope]);
  return pairs
    .filter(([, got, expected]) => got !== expected)
    .map(([what, got, expected]) => `${what}: ${String(got)} instead of ${String(expected)}`);
}
