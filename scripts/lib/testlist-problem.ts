import { parseCsv } from '../../shared/codec/csv.ts';
import type { CsvRow } from '../../shared/codec/csv.ts';

/** One thing wrong with a file under testlists/. `file` is relative to the repository. */
export interface Problem {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

/** Collects the problems of one file. */
export class Report {
  readonly problems: Problem[] = [];
  private readonly file: string;

  constructor(file: string) {
    this.file = file;
  }

  add(line: number, message: string): void {
    this.problems.push({ file: this.file, line, message });
  }

  /** Reports every value of `values` that occurred before, ignoring empty ones. */
  duplicates(what: string, values: readonly { readonly line: number; readonly value: string }[]): void {
    const first = new Map<string, number>();
    for (const { line, value } of values) {
      const before = first.get(value);
      if (before !== undefined) this.add(line, `${what} ${value} is already on line ${before}`);
      else if (value !== '') first.set(value, line);
    }
  }
}

/**
 * Reads a CSV file whose header must be exactly `columns`, in order. Problems of form go to the report;
 * with another header no row is returned, since its fields would have no meaning.
 */
export function readTable(report: Report, text: string, columns: readonly string[]): readonly CsvRow[] {
  const table = parseCsv(text);
  for (const problem of table.problems) report.add(problem.line, problem.message);
  if (text.includes('\r')) report.add(1, 'line ends must be LF');
  if (table.header.join(',') === columns.join(',')) return table.rows;
  report.add(1, `columns must be ${columns.join(',')}`);
  return [];
}

/** Text of column `name`; a name that is not a column is our own mistake. */
export function field(row: CsvRow, columns: readonly string[], name: string): string {
  const value = row.fields[columns.indexOf(name)];
  if (value === undefined) throw new Error(`no column ${name}`);
  return value;
}

/** True for a real calendar day written YYYY-MM-DD. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const at = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
}
