/** What a noise report keeps of each measurement, as lines of a file that a later run goes on with. Pure. */
import { METHODS, OUTCOMES, type Method, type Outcome } from '../../shared/model/index.ts';

/** Shares of packets lost on the access line, each way. */
export const LOSSES = [0, 0.02, 0.05];
/** Milliseconds there and back. */
export const ROUND_TRIPS = [20, 150, 400];
export interface NoiseRow {
  readonly scenario: string;
  /** Share of packets lost, each way. */
  readonly loss: number;
  /** Milliseconds there and back. */
  readonly roundTrip: number;
  readonly seed: number;
  readonly outcome: Outcome;
  readonly method: Method | null;
  readonly differs: readonly string[];
  readonly seconds: number;
  /** How much later than they were due packets went out: the latest of each hundred, milliseconds. */
  readonly lateMs: number;
  /** What a row that differs was made of: rules that fired, by id. */
  readonly rules: readonly string[];
}

/** First line of the file: rows of different rules are not one report. */
interface Header {
  readonly noise: 1;
  readonly ruleset: string;
}

/** Which measurement of the report a row is. */
export type NoiseKey = Pick<NoiseRow, 'scenario' | 'loss' | 'roundTrip' | 'seed'>;

export const rowKey = ({ scenario, loss, roundTrip, seed }: NoiseKey): string =>
  [scenario, loss, roundTrip, seed].join(' ');

export const headerLine = (ruleset: string): string =>
  `${JSON.stringify({ noise: 1, ruleset } satisfies Header)}\n`;

const isText = (x: unknown): x is string => typeof x === 'string';
const isNumber = (x: unknown): x is number => typeof x === 'number' && Number.isFinite(x);
const areTexts = (x: unknown): x is string[] => Array.isArray(x) && x.every(isText);

function rowOf(x: unknown): NoiseRow | null {
  if (typeof x !== 'object' || x === null) return null;
  const row = x as Partial<Record<keyof NoiseRow, unknown>>;
  const sound =
    isText(row.scenario) &&
    [row.loss, row.roundTrip, row.seed, row.seconds, row.lateMs].every(isNumber) &&
    OUTCOMES.some((o) => o === row.outcome) &&
    (row.method === null || METHODS.some((m) => m === row.method)) &&
    areTexts(row.differs) &&
    areTexts(row.rules);
  return sound ? (row as NoiseRow) : null;
}

const parsed = (line: string): unknown => {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
};

/**
 * Rows of a file, each measurement once. The last line may be cut off, as an interrupted run leaves it. Throws, in one line,
 * for a file that is no such report, or one of other rules.
 */
export function readRows(text: string, ruleset: string): readonly NoiseRow[] {
  if (text === '') return [];
  const lines = text.split('\n');
  const header = parsed(lines[0] ?? '') as Partial<Header> | null;
  if (header?.noise !== 1) throw new Error('not the rows of a noise report');
  if (header.ruleset !== ruleset)
    throw new Error(`rows of ruleset ${String(header.ruleset)}; this is ${ruleset}`);
  const rows = new Map<string, NoiseRow>();
  for (const [i, line] of lines.slice(1).entries()) {
    if (line === '') continue;
    const row = rowOf(parsed(line));
    if (row !== null) rows.set(rowKey(row), row);
    else if (i < lines.length - 2) throw new Error(`line ${i + 2} is no row of a noise report`);
  }
  return [...rows.values()];
}
