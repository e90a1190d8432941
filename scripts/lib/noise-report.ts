/** A noise report in words: each cell, then all of them together. Pure. */
import { ALL_SCENARIOS } from '../../test/scenarios/index.ts';
import { LOSSES, ROUND_TRIPS, type NoiseRow } from './noise-rows.ts';
import { score, wilsonUpper, type Judged, type Score, type Share } from './scoring.ts';
import { renderTable } from './table.ts';

/** What is good enough; see the project's figures. Shares. */
const MAX_SUSPECTED = 0.01;
const MIN_RIGHT_METHOD = 0.98;

function judgedOf(row: NoiseRow): Judged | null {
  const scenario = ALL_SCENARIOS.find((s) => s.name === row.scenario);
  if (scenario === undefined) return null;
  const { truth, expect } = scenario;
  const { outcome, method } = row;
  return { truth, outcome, method, expectedMethod: expect.orOutcomes === undefined ? expect.method : null };
}

const percent = (x: number): string => `${(100 * x).toFixed(1)} %`;
/** What should not be, with the upper end of its interval; and what should. */
const rare = (s: Share): string => (s.n === 0 ? '' : `${s.k} of ${s.n}, ≤ ${percent(wilsonUpper(s))}`);
const usual = (s: Share): string => (s.n === 0 ? '' : `${s.k} of ${s.n}, ${percent(s.k / s.n)}`);

const isGood = ({ accused, suspected, missed, rightMethod }: Score): boolean =>
  accused.k === 0 &&
  missed.k === 0 &&
  suspected.k <= MAX_SUSPECTED * suspected.n &&
  rightMethod.k >= MIN_RIGHT_METHOD * rightMethod.n;

function lineOf(
  name: string,
  rows: readonly NoiseRow[],
): { readonly cells: string[]; readonly good: boolean } {
  const s = score(rows.flatMap((row) => judgedOf(row) ?? []));
  const lateMs = rows.map((row) => row.lateMs).sort((a, b) => a - b);
  const median = lateMs[Math.floor(lateMs.length / 2)] ?? 0;
  const shares = [
    rare(s.accused),
    rare(s.suspected),
    rare(s.missed),
    usual(s.rightMethod),
    usual(s.unsettled),
  ];
  return { cells: [name, ...shares, `${median} ms`], good: isGood(s) };
}

const HEADER = ['lost, round trip', 'accused', 'suspected', 'missed', 'right method', 'left open', 'late'];
/** What the columns count. */
const LEGEND = [
  'accused: innocent or undecidable called interfered; suspected: benign called suspected; missed: interference called accessible, refused or down;',
  'right method: of the interference that was found; left open: interference called insufficient or laid on the line; ≤: upper end of a 95 % interval',
];

export interface NoiseReport {
  readonly text: string;
  /** No cell has an accused innocent or a miss, and the rest is within its limits. */
  readonly good: boolean;
}

export function noiseReport(rows: readonly NoiseRow[], columns: number): NoiseReport {
  const lines = LOSSES.flatMap((loss) =>
    ROUND_TRIPS.map((roundTrip) =>
      lineOf(
        `${100 * loss} %, ${roundTrip} ms`,
        rows.filter((row) => row.loss === loss && row.roundTrip === roundTrip),
      ),
    ),
  );
  const all = lineOf('all', rows);
  const wrong = rows.filter((row) => row.differs.length > 0);
  const listed = wrong.map(
    (row) =>
      `  ${row.scenario}, ${100 * row.loss} %, ${row.roundTrip} ms, seed ${row.seed}: ${row.differs.join('; ')}`,
  );
  const table = renderTable(
    HEADER,
    [...lines, all].map((line) => line.cells),
    columns,
  );
  return {
    text: [table, '', ...LEGEND, '', `not as expected: ${wrong.length} of ${rows.length}`, ...listed].join(
      '\n',
    ),
    good: lines.every((line) => line.good) && all.good,
  };
}
