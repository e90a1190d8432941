/** What the readers share: limits, times, places and words of files that somebody else wrote. Pure. */
import type { OutsideSignal } from '../../shared/model/index.ts';

/** Signals of one file; a country has some dozens of alerts a month. */
export const MAX_FILE_SIGNALS = 5_000;
/** Rows of one file that are looked at. */
export const MAX_ROWS = 20_000;
const MAX_NOTE_CHARS = 80;
const MAX_URL_CHARS = 2_000;
const MAX_ASN = 2 ** 32 - 1;
/** Nobody measured the internet before; what lies after is a mistake of units. */
const EARLIEST_MS = Date.UTC(2000, 0, 1);
const LATEST_MS = Date.UTC(2100, 0, 1);
/** A time without a zone is UTC, as the sources say. */
const ISO_TIME = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})?)?$/;
const HAS_ZONE = /T.*(Z|[+-]\d{2}:\d{2})$/;
const COUNTRY = /^[A-Z]{2}$/;
const ASN = /^(?:AS)?(\d{1,10})$/;

/** `problems`: one for each row that was left out, whatever their number. */
export interface Reading {
  readonly signals: readonly OutsideSignal[];
  readonly problems: readonly string[];
}

/** What a row comes to: signals, none, or what is wrong with it. */
export type RowReading = readonly OutsideSignal[] | string;

/** Rows one by one; `where` names the list in problems. */
export function readRows(
  rows: readonly unknown[],
  where: string,
  read: (row: unknown) => RowReading,
): Reading {
  const signals: OutsideSignal[] = [];
  const problems: string[] = [];
  if (rows.length > MAX_ROWS) problems.push(`${where}: only the first ${MAX_ROWS} rows were read`);
  for (const [i, row] of rows.slice(0, MAX_ROWS).entries()) {
    const found = read(row);
    if (typeof found === 'string') problems.push(`${where}[${i}]: ${found}`);
    else signals.push(...found);
  }
  return { signals, problems };
}

const inRange = (ms: number): number | null =>
  Number.isFinite(ms) && ms >= EARLIEST_MS && ms < LATEST_MS ? ms : null;

/** Seconds since 1970 → milliseconds; null: no time. */
export const timeOfSeconds = (seconds: number): number | null => inRange(seconds * 1000);

/** `2026-01-18T13:00:00Z`, `2026-01-18T13:00:00` or `2026-01-18` → milliseconds since 1970; null: no time. */
export function timeOfText(text: string): number | null {
  if (!ISO_TIME.test(text)) return null;
  return inRange(Date.parse(text.includes('T') && !HAS_ZONE.test(text) ? `${text}Z` : text));
}

export const countryOf = (text: string | null | undefined): string | null =>
  typeof text === 'string' && COUNTRY.test(text) ? text : null;

/** `9198`, `AS9198` or 9198; null: no network. */
export function asnOf(value: string | number | null | undefined): number | null {
  const digits = ASN.exec(String(value ?? ''))?.[1];
  const asn = Number(digits);
  return digits === undefined || asn === 0 || asn > MAX_ASN ? null : asn;
}

/** One line of printable text; null: nothing is left of it. */
export function wordsOf(text: string | null | undefined): string | null {
  const plain = (text ?? '')
    .slice(0, 4 * MAX_NOTE_CHARS)
    .replaceAll(/[\p{C}\p{Z}]+/gu, ' ')
    .trim();
  return plain === '' ? null : plain.slice(0, MAX_NOTE_CHARS);
}

/** An address that may be shown as a link; null: none. */
export function linkOf(text: string | null | undefined): string | null {
  if (typeof text !== 'string' || text.length > MAX_URL_CHARS || !URL.canParse(text)) return null;
  const url = new URL(text);
  const isPlain = url.username === '' && url.password === '';
  return isPlain && ['http:', 'https:'].includes(url.protocol) ? url.href : null;
}
