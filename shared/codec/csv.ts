/**
 * Reading comma-separated text (RFC 4180) that somebody else wrote: a test list, a table of networks.
 * Beyond the RFC, because such files come from spreadsheets and editors: a leading byte order mark and empty
 * lines are skipped, and LF or CR alone ends a line as CRLF does.
 */

/** Longest text read, in UTF-16 code units; a test list of this size would take days to measure. */
export const MAX_CSV_CHARS = 8 * 1024 * 1024;
/** Most data rows read from one text. */
export const MAX_CSV_ROWS = 100_000;
/** Most fields in one row. */
export const MAX_CSV_FIELDS = 64;
/** Longest single field, in UTF-16 code units. */
export const MAX_CSV_FIELD_CHARS = 16 * 1024;
/** Most problems listed; a file worse than this is not a CSV file. */
export const MAX_CSV_PROBLEMS = 1_000;

/** One data row. `line` is the 1-based line on which the row begins (a quoted field may span several). */
export interface CsvRow {
  readonly line: number;
  readonly fields: readonly string[];
}

export interface CsvProblem {
  readonly line: number;
  readonly message: string;
}

export interface CsvTable {
  readonly header: readonly string[];
  readonly rows: readonly CsvRow[];
  readonly problems: readonly CsvProblem[];
}

type RecordResult =
  | { readonly ok: true; readonly fields: readonly string[]; readonly next: number }
  | { readonly ok: false; readonly message: string; readonly next: number };

/**
 * Parses a whole text. Never throws: a row that can't be read (stray or missing quote, wrong number of fields,
 * a limit passed) is left out of `rows` and named in `problems`, and reading goes on with the next line.
 * Every row in `rows` has exactly as many fields as `header`.
 */
export function parseCsv(text: string): CsvTable {
  if (text.length > MAX_CSV_CHARS) {
    return {
      header: [],
      rows: [],
      problems: [{ line: 1, message: `longer than ${MAX_CSV_CHARS} characters` }],
    };
  }
  const rows: CsvRow[] = [];
  const problems: CsvProblem[] = [];
  let header: readonly string[] | undefined;
  let at = text.startsWith('\uFEFF') ? 1 : 0;
  let line = 1;
  while (at < text.length) {
    if (problems.length >= MAX_CSV_PROBLEMS) {
      problems.push({ line, message: 'too many problems: the rest was not read' });
      break;
    }
    const start = at;
    const startLine = line;
    const record = readRecord(text, start);
    at = record.next;
    line += countLineEnds(text, start, at);
    if (!record.ok) {
      problems.push({ line: startLine, message: record.message });
      // A header that can't be read gives the rows below it no meaning.
      if (header === undefined) break;
      continue;
    }
    if (record.fields.length === 1 && record.fields[0] === '' && isLineEnd(text, start)) continue;
    if (header === undefined) {
      header = record.fields;
    } else if (record.fields.length !== header.length) {
      const message = `${record.fields.length} fields where the header has ${header.length}`;
      problems.push({ line: startLine, message });
    } else if (rows.length >= MAX_CSV_ROWS) {
      problems.push({ line: startLine, message: `more than ${MAX_CSV_ROWS} rows: the rest was not read` });
      break;
    } else {
      rows.push({ line: startLine, fields: record.fields });
    }
  }
  if (header === undefined && problems.length === 0) problems.push({ line: 1, message: 'no header row' });
  return { header: header ?? [], rows, problems };
}

/** Reads one record from `start`; `next` is where the following line begins. */
function readRecord(text: string, start: number): RecordResult {
  const fields: string[] = [];
  let at = start;
  for (;;) {
    const quoted = text[at] === '"';
    const end = quoted ? endOfQuoted(text, at) : endOfPlain(text, at);
    // A quote without an end would swallow every row after it: give up this line only.
    if (end === undefined) return failed(text, start, 'a quoted field has no closing quote or is too long');
    if (end - at > MAX_CSV_FIELD_CHARS)
      return failed(text, end, `a field is longer than ${MAX_CSV_FIELD_CHARS} characters`);
    if (fields.length === MAX_CSV_FIELDS) return failed(text, at, `more than ${MAX_CSV_FIELDS} fields`);
    fields.push(quoted ? text.slice(at + 1, end - 1).replaceAll('""', '"') : text.slice(at, end));
    if (end >= text.length || isLineEnd(text, end)) return { ok: true, fields, next: afterLine(text, end) };
    if (text[end] !== ',') {
      return failed(text, end, quoted ? 'text after a closing quote' : 'a quote inside an unquoted field');
    }
    at = end + 1;
  }
}

/** Index after the closing quote, or undefined when there is none within the limit. */
function endOfQuoted(text: string, open: number): number | undefined {
  const limit = Math.min(text.length, open + 2 * MAX_CSV_FIELD_CHARS);
  for (let i = open + 1; i < limit; i++) {
    if (text[i] !== '"') continue;
    if (text[i + 1] !== '"') return i + 1;
    i++;
  }
  return undefined;
}

/** Index of the comma, line end or (wrongly placed) quote that ends an unquoted field. */
function endOfPlain(text: string, from: number): number {
  let i = from;
  while (i < text.length && text[i] !== ',' && text[i] !== '"' && !isLineEnd(text, i)) i++;
  return i;
}

function isLineEnd(text: string, at: number): boolean {
  return text[at] === '\n' || text[at] === '\r';
}

/** Index of the line that follows the one `at` lies on. */
function afterLine(text: string, at: number): number {
  let i = at;
  while (i < text.length && !isLineEnd(text, i)) i++;
  return text[i] === '\r' && text[i + 1] === '\n' ? i + 2 : Math.min(i + 1, text.length);
}

function failed(text: string, at: number, message: string): RecordResult {
  return { ok: false, message, next: afterLine(text, at) };
}

function countLineEnds(text: string, from: number, to: number): number {
  let count = 0;
  for (let i = from; i < to; i++) {
    if (text[i] === '\n' || (text[i] === '\r' && text[i + 1] !== '\n')) count++;
  }
  return count;
}
