/** The text of one file of others → signals. Which source it is from, its contents say. Pure. */
import { parseCsv } from '../../shared/codec/csv.ts';
import { asObject } from '../../shared/schema/read.ts';
import { linkOf, MAX_FILE_SIGNALS, type Reading } from './fields.ts';
import { readIoda } from './ioda.ts';
import { readOoni } from './ooni.ts';
import { readRadar } from './radar.ts';

/** `problem`: why nothing of it, or not all, was read; one line. */
export interface FileReading {
  readonly signals: Reading['signals'];
  readonly problem: string | null;
}

const unread = (problem: string): FileReading => ({ signals: [], problem });

function readJson(json: unknown, url: string | null): Reading | null {
  const top = asObject(json);
  if (top === null) return null;
  const { data, result } = top;
  if (Array.isArray(data)) return data.length === 0 ? { signals: [], problems: [] } : readIoda(data);
  const radar = asObject(result);
  if (radar !== null) return readRadar(radar);
  if (!Array.isArray(result)) return null;
  return readOoni(result, url === null ? null : new URL(url));
}

/** `url`: where it came from, if sources.csv says so. Never throws. */
export function readOutsideFile(text: string, url: string | null): FileReading {
  let json: unknown;
  try {
    json = JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text);
  } catch {
    return unread('it is no JSON');
  }
  const reading = readJson(json, url);
  if (reading === null) return unread('it is no answer of IODA, Cloudflare Radar or OONI');
  const { signals, problems } = reading;
  const [first] = problems;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  const tooMany =
    signals.length > MAX_FILE_SIGNALS
      ? `only the newest ${MAX_FILE_SIGNALS} of ${signals.length} signals count`
      : null;
  return {
    signals: signals
      .toSorted((a, b) => b.from - a.from)
      .slice(0, MAX_FILE_SIGNALS)
      .map((signal) => (url === null ? signal : { ...signal, url })),
    problem: first === undefined ? tooMany : `${first}${more}`,
  };
}

const HEADER = 'file,url';

/** `sources.csv`: which file came from where. */
export function readSources(text: string): {
  readonly urls: ReadonlyMap<string, string>;
  readonly problem: string | null;
} {
  const { header, rows, problems } = parseCsv(text);
  if (header.join(',') !== HEADER)
    return { urls: new Map(), problem: `line 1: the header must be ${HEADER}` };
  const urls = new Map<string, string>();
  const bad = problems.map(({ line, message }) => `line ${line}: ${message}`);
  for (const { line, fields } of rows) {
    const [file = '', address = ''] = fields.map((field) => field.trim());
    const url = linkOf(address);
    if (file === '' || url === null) bad.push(`line ${line}: a file and an http or https address are needed`);
    else urls.set(file, url);
  }
  const [first] = bad;
  const more = bad.length > 1 ? ` (and ${bad.length - 1} more)` : '';
  return { urls, problem: first === undefined ? null : `${first}${more}` };
}
