import type { Verdict } from '../../shared/model/index.ts';
import { authorityId } from '../scenarios/authorities.ts';
import type { Expectation } from '../scenarios/index.ts';

/**
 * Where a verdict is not what a scenario expects, as `what: got instead of wanted`; none when it is as expected.
 */
export function differences(verdict: Verdict | null, wanted: Expectation): string[] {
  if (verdict === null) return ['no verdict'];
  if (wanted.orOutcomes?.includes(verdict.outcome) === true) return [];
  const pairs: (readonly [string, unknown, unknown])[] = [
    ['outcome', verdict.outcome, wanted.outcome],
    ['method', verdict.method, wanted.method],
    ['cause', verdict.cause, wanted.cause],
    ['authority', verdict.authority, wanted.authority === undefined ? null : authorityId(wanted.authority)],
  ];
  // A verdict about nothing on the path may keep the layer that it was found on.
  if (wanted.method !== null) pairs.push(['layer', verdict.layer, wanted.layer]);
  if (wanted.evidence !== undefined) pairs.push(['evidence', verdict.evidence, wanted.evidence]);
  if (wanted.scope !== undefined) pairs.push(['scope', verdict.scope.level, wanted.scope]);
  const trigger = verdict.interception?.trigger;
  if (wanted.trigger !== undefined) pairs.push(['trigger', trigger?.keyed, wanted.trigger]);
  if (wanted.sparesUntrusted !== undefined)
    pairs.push(['spares untrusted', trigger?.sparesUntrusted, wanted.sparesUntrusted]);
  return pairs
    .filter(([, got, expected]) => got !== expected)
    .map(([what, got, expected]) => `${what}: ${String(got)} instead of ${String(expected)}`);
}
