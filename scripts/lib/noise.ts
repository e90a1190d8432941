/** Scenarios on bad lines: every cell of loss and delay with every seed, all in one queue. */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setMaxListeners } from 'node:events';
import { RULESET_VERSION } from '../../shared/rules/index.ts';
import type { SeriesResult } from '../../test/lab/namespace/run.ts';
import { inTurn, startingOrder } from '../../test/lab/run-scenarios.ts';
import type { Scenario } from '../../test/scenarios/index.ts';
import { labsAtATime, seriesOf, type NamespaceRow } from './namespace-rows.ts';
import {
  headerLine,
  LOSSES,
  readRows,
  ROUND_TRIPS,
  rowKey,
  type NoiseKey,
  type NoiseRow,
} from './noise-rows.ts';

/** A lab is built once for so many measurements; a device that waits out a punishment takes minutes for each. */
const RUNS_PER_LAB = 5;

export interface NoiseOptions {
  readonly seeds: number;
  /** Rows that are there are kept, new ones are added. */
  readonly file: string;
  readonly signal: AbortSignal;
  /** Told after each measurement. */
  readonly progress: (line: string) => void;
}

function keptRows(file: string): readonly NoiseRow[] {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const rows = readRows(text, RULESET_VERSION);
  if (text === '') writeFileSync(file, headerLine(RULESET_VERSION));
  // A line that was cut off stays the last of its kind.
  else if (!text.endsWith('\n'))
    writeFileSync(file, headerLine(RULESET_VERSION) + rows.map((r) => `${JSON.stringify(r)}\n`).join(''));
  return rows;
}

function noiseRow(planned: NoiseKey, { differs }: NamespaceRow, result: SeriesResult): NoiseRow | null {
  if (result.verdict === null) return null;
  const { outcome, method, rules } = result.verdict;
  const ids = differs.length === 0 ? [] : [...new Set(rules.map((rule) => rule.id))];
  const { seconds, lateMs } = result;
  return { ...planned, outcome, method, differs, rules: ids, seconds, lateMs };
}

/** The slowest cells first: a long wait at the end would be one for everybody. */
function plannedOf(scenario: Scenario, seeds: number): readonly NoiseKey[] {
  const cells = LOSSES.flatMap((loss) => ROUND_TRIPS.map((roundTrip) => ({ loss, roundTrip })));
  return cells
    .reverse()
    .flatMap((cell) =>
      Array.from({ length: seeds }, (_, i) => ({ scenario: scenario.name, ...cell, seed: i + 1 })),
    );
}

const chunks = <T>(items: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));

/**
 * Measures what the file lacks; gives all rows of these scenarios and seeds, and what came to no verdict. Ends early, with
 * what there is, when `signal` fires. Throws, in one line, for a file that is none of its own.
 */
export async function runNoise(
  scenarios: readonly Scenario[],
  { seeds, file, signal, progress }: NoiseOptions,
): Promise<{
  readonly rows: readonly NoiseRow[];
  readonly failed: readonly string[];
  readonly planned: number;
}> {
  // A line that is already bad in a way of its own would not be this cell's line.
  const plain = scenarios.filter(({ line }) => line?.loss === undefined && line?.delayMs === undefined);
  const wanted = new Set(plain.flatMap((s) => plannedOf(s, seeds).map(rowKey)));
  const rows = new Map(keptRows(file).map((row) => [rowKey(row), row]));
  const failed: string[] = [];
  const atATime = labsAtATime();
  setMaxListeners(atATime + 1, signal);
  const labs = startingOrder(plain).flatMap((scenario) => {
    const left = plannedOf(scenario, seeds).filter((p) => !rows.has(rowKey(p)));
    return chunks(left, RUNS_PER_LAB).map((planned) => ({ scenario, planned }));
  });
  let done = [...rows.keys()].filter((key) => wanted.has(key)).length;
  await inTurn(labs, atATime, async ({ scenario, planned }) => {
    if (signal.aborted) return;
    const runs = planned.map(({ seed, loss, roundTrip }) => ({ seed, line: { loss, delayMs: roundTrip } }));
    const take = (made: NamespaceRow, index: number, result: SeriesResult | null): void => {
      const which = planned[index];
      if (which === undefined) return;
      const row = result === null ? null : noiseRow(which, made, result);
      const what = `${rowKey(which)}: ${row?.outcome ?? 'NO VERDICT'}`;
      if (row === null) failed.push(`${what}: ${made.differs.join('; ')}`);
      else {
        rows.set(rowKey(row), row);
        appendFileSync(file, `${JSON.stringify(row)}\n`);
      }
      progress(
        `${++done} of ${wanted.size}  ${what}${made.differs.length === 0 ? '' : `  (${made.differs.join('; ')})`}`,
      );
    };
    await seriesOf(scenario, runs, take, signal);
  });
  const made = [...rows.values()].filter((row) => wanted.has(rowKey(row)));
  return { rows: made, failed, planned: wanted.size };
}
