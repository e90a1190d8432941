import type { Case } from './case.ts';
import type { Finding } from './rule.ts';

/** A cause on the volunteer's side is about the whole measurement, not about one of its hops. */
export function localFinding(
  c: Case,
  rest: Pick<Finding, 'cause' | 'evidence' | 'because' | 'counterfactuals'>,
): Finding {
  return { ...rest, outcome: 'local', layer: null, host: c.hops[0]?.host ?? '', depth: 0 };
}
