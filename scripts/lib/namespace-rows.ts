/** Scenarios with real packets, as rows of the report; several labs side by side. */
import { availableParallelism, totalmem } from 'node:os';
import { documentDifferences } from '../../test/lab/archived.ts';
import { differences } from '../../test/lab/compare.ts';
import { inTurn } from '../../test/lab/run-scenarios.ts';
import { runSeriesInNamespaces, type SeriesResult } from '../../test/lab/namespace/run.ts';
import type { Run } from '../../test/lab/namespace/job.ts';
import type { Scenario } from '../../test/scenarios/index.ts';
import type { Verdict } from '../../shared/model/index.ts';

export interface NamespaceRow {
  readonly scenario: Scenario;
  readonly skipped: string | null;
  readonly result: { readonly verdict: Verdict | null; readonly seconds: number } | null;
  readonly differs: readonly string[];
}

/** Of a lab's time a twentieth is work, the rest is waiting; with many more than this the path's packets go out late. */
const LABS_PER_CORE = 24;
/** Four programs of some 70 MB. */
const LAB_BYTES = 300 * 1024 * 1024;

/** How many labs this machine bears side by side; half of its memory is left to others. */
export function labsAtATime(): number {
  const byMemory = Math.floor(totalmem() / 2 / LAB_BYTES);
  return Math.max(1, Math.min(LABS_PER_CORE * availableParallelism(), byMemory));
}

/** The scenario once for each run, in one lab. What the lab itself fails at is a row without a result. */
export async function seriesOf(
  scenario: Scenario,
  runs: readonly Run[],
  onRow: (row: NamespaceRow, index: number, result: SeriesResult | null) => void,
  signal?: AbortSignal,
): Promise<void> {
  const left = new Set(runs.keys());
  const take = (result: SeriesResult): void => {
    left.delete(result.index);
    const differs = differences(result.verdict, scenario.expect);
    onRow({ scenario, skipped: null, result, differs }, result.index, result);
  };
  try {
    // The task of npm has just built them, where the source was newer.
    const programs = 'built';
    await runSeriesInNamespaces(scenario, runs, take, {
      programs,
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    if (signal?.aborted === true) return;
    const reason = (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
    for (const index of left)
      onRow({ scenario, skipped: null, result: null, differs: [reason] }, index, null);
  }
}

/** Each scenario once, in a lab of its own. */
export async function runNamespaces(scenarios: readonly Scenario[]): Promise<NamespaceRow[]> {
  const rows = new Map<string, NamespaceRow>();
  await inTurn(scenarios, labsAtATime(), (scenario) =>
    seriesOf(scenario, [{ seed: 1 }], (row, _, result) => {
      const more = result === null ? [] : documentDifferences(result.archived, scenario.expect);
      rows.set(scenario.name, { ...row, differs: [...row.differs, ...more] });
      process.stderr.write(`${scenario.name}: ${row.result?.verdict?.outcome ?? row.differs[0] ?? ''}\n`);
    }),
  );
  return scenarios.flatMap((s) => rows.get(s.name) ?? []);
}
