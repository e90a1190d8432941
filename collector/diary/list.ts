/** A test list (Citizen Lab's columns; only `url` is required) → the URLs of the diary. Bad rows are named, the rest stays. */
import { parseCsv } from '../../shared/codec/csv.ts';

/** A longer one is no address of a page. Characters. */
const MAX_URL_CHARS = 2_048;

/** The form in which entries and measurements are compared: no fragment. Null for what the control can't fetch. */
export function diaryUrl(text: string): URL | null {
  if (text.length > MAX_URL_CHARS || !URL.canParse(text)) return null;
  const url = new URL(text);
  url.hash = '';
  const plain = url.username === '' && url.password === '' && url.hostname !== '';
  return plain && ['http:', 'https:'].includes(url.protocol) ? url : null;
}

export interface DiaryList {
  readonly urls: readonly string[];
  readonly problems: readonly { readonly line: number; readonly message: string }[];
}

export function readDiaryList(text: string): DiaryList {
  const { header, rows, problems } = parseCsv(text);
  const column = header.indexOf('url');
  if (column < 0) return { urls: [], problems: [{ line: 1, message: 'no column "url" in the first line' }] };
  const urls = new Set<string>();
  const bad = [...problems];
  for (const { line, fields } of rows) {
    const field = (fields[column] ?? '').trim();
    const url = diaryUrl(field);
    if (url === null)
      bad.push({ line, message: `${JSON.stringify(field.slice(0, 60))} is no http or https URL` });
    else urls.add(url.href);
  }
  return { urls: [...urls], problems: bad };
}
