/** One line of the scenario report. */
import type { ScenarioRow } from '../../test/lab/run-scenarios.ts';
import type { Scenario } from '../../test/scenarios/index.ts';
import type { NamespaceRow } from './namespace-rows.ts';
import type { Judged } from './scoring.ts';

export interface Row {
  readonly lab: string;
  readonly scenario: Scenario;
  readonly skipped: string | null;
  readonly seconds: number;
  readonly judged: Judged | null;
  readonly evidence: string;
  readonly differs: readonly string[];
}

export function rowOf(lab: string, row: ScenarioRow | NamespaceRow): Row {
  const { scenario, skipped, result, differs } = row;
  const verdict = result?.verdict ?? null;
  return {
    lab,
    scenario,
    skipped,
    seconds: result?.seconds ?? 0,
    judged:
      verdict === null
        ? null
        : {
            truth: scenario.truth,
            outcome: verdict.outcome,
            method: verdict.method,
            expectedMethod: scenario.expect.orOutcomes === undefined ? scenario.expect.method : null,
          },
    evidence: verdict?.evidence ?? '',
    // What the collector says of all probes together is asked on loopback only.
    differs: 'differsTogether' in row ? [...differs, ...row.differsTogether] : differs,
  };
}
