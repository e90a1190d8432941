/** Scenarios with real packets, as rows of the report; one lab each, several side by side. */
import { availableParallelism } from 'node:os';
import { differences } from '../../test/lab/compare.ts';
import { inTurn } from '../../test/lab/run-scenarios.ts';
import { runInNamespaces, type NamespaceOptions } from '../../test/lab/namespace/run.ts';
import type { Line, Scenario } from '../../test/scenarios/index.ts';
import type { Verdict } from '../../shared/model/index.ts';

export interface NamespaceRow {
  readonly scenario: Scenario;
  readonly skipped: string | null;
  readonly result: { readonly verdict: Verdict | null; readonly seconds: number } | null;
  readonly differs: readonly string[];
}

/** Most of a lab's time is waiting; more than this and the programs wait for the processor instead. */
const LABS_PER_CORE = 3;

async function rowOf(scenario: Scenario, options: NamespaceOptions): Promise<NamespaceRow> {
  try {
    const result = await runInNamespaces(scenario, options);
    const differs = differences(result.verdict, scenario.expect, result.knownAuthority);
    return { scenario, skipped: null, result, differs };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { scenario, skipped: null, result: null, differs: [reason.split('\n')[0] ?? ''] };
  }
}

export async function runNamespaces(
  scenarios: readonly Scenario[],
  options: NamespaceOptions = {},
): Promise<NamespaceRow[]> {
  const rows = new Map<string, NamespaceRow>();
  await inTurn(scenarios, LABS_PER_CORE * availableParallelism(), async (scenario) => {
    const row = await rowOf(scenario, options);
    rows.set(scenario.name, row);
    process.stderr.write(`${scenario.name}: ${row.result?.verdict?.outcome ?? row.differs[0] ?? ''}\n`);
  });
  return scenarios.flatMap((s) => rows.get(s.name) ?? []);
}

/** Shares of packets lost on the access line, each way. */
const LOSSES = [0, 0.02, 0.05];
/** Milliseconds there and back. */
const ROUND_TRIPS = [20, 150, 400];

/** Every cell of loss and delay with every seed; `report` is told each cell's rows and says whether they are good. */
export async function runNoise(
  scenarios: readonly Scenario[],
  seeds: number,
  report: (cell: string, rows: readonly NamespaceRow[]) => boolean,
): Promise<boolean> {
  // A line that is already bad in a way of its own would not be this cell's line.
  const plain = scenarios.filter(({ line }) => line?.loss === undefined && line?.delayMs === undefined);
  let good = true;
  for (const loss of LOSSES)
    for (const roundTrip of ROUND_TRIPS) {
      const line: Partial<Line> = { loss, delayMs: roundTrip };
      const rows: NamespaceRow[] = [];
      for (let seed = 1; seed <= seeds; seed++) rows.push(...(await runNamespaces(plain, { seed, line })));
      good = report(`${100 * loss} % lost each way, ${roundTrip} ms there and back`, rows) && good;
    }
  return good;
}
