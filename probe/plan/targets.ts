/** Test lists and URLs → targets. Pure; every bad row is named with its line and left out, the others stay. */
import { parseCsv } from '../../shared/codec/csv.ts';
import { RISKY_CATEGORIES, type Target } from '../../shared/model/index.ts';

export interface ListProblem {
  readonly line: number;
  readonly message: string;
}
export interface TargetList {
  readonly targets: readonly Target[];
  readonly problems: readonly ListProblem[];
}

/** A URL that a test list names, longer than this, is no address of a page. Characters. */
const MAX_URL_CHARS = 2_048;
/** Marks a row whose category alone does not tell that it is risky. */
const RISK_MARK = 'risk=opt-in';

/** Why this can't be measured, in one clause; null when it can. */
export function urlProblem(text: string): string | null {
  if (text.length > MAX_URL_CHARS) return `is longer than ${MAX_URL_CHARS} characters`;
  if (!URL.canParse(text)) return 'is not a URL; write it as https://name/';
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    return `has the scheme ${url.protocol.slice(0, -1)}; only http and https are measured`;
  if (url.username !== '' || url.password !== '') return 'contains a user name or password; take it out';
  return url.hostname === '' ? 'has no host name' : null;
}

/** The form that is measured and published: host in ASCII, no fragment. */
export function normalUrl(text: string): string {
  const url = new URL(text);
  url.hash = '';
  return url.href;
}

export function isRisky(target: Target): boolean {
  return RISKY_CATEGORIES.has(target.categoryCode) || target.notes.includes(RISK_MARK);
}

function collect(
  rows: readonly { line: number; target: Target }[],
  problems: readonly ListProblem[],
): TargetList {
  const seen = new Set<string>();
  const targets: Target[] = [];
  const all = [...problems];
  for (const { line, target } of rows) {
    const problem = urlProblem(target.url);
    if (problem !== null) {
      all.push({ line, message: `"${target.url.slice(0, 60)}" ${problem}` });
      continue;
    }
    const url = normalUrl(target.url);
    if (!seen.has(url)) targets.push({ ...target, url });
    seen.add(url);
  }
  return { targets, problems: all };
}

/** Citizen Lab's columns; only `url` is required. */
export function readTargetCsv(text: string): TargetList {
  const { header, rows, problems } = parseCsv(text);
  const column = (name: string): number => header.indexOf(name);
  if (column('url') < 0)
    return { targets: [], problems: [{ line: 1, message: 'no column "url" in the first line' }] };
  const read = rows.map(({ line, fields }) => {
    const at = (name: string): string => fields[column(name)] ?? '';
    return {
      line,
      target: {
        url: at('url').trim(),
        categoryCode: at('category_code'),
        source: at('source'),
        dateAdded: at('date_added'),
        notes: at('notes'),
      },
    };
  });
  return collect(read, problems);
}

/** One URL a line, a remark behind ` #`; empty lines and lines that begin with # are passed over. A CSV with a `url` column is read as one. */
export function readInputFile(text: string): TargetList {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  if (/^"?url"?(,|$)/.test(lines[0] ?? '')) return readTargetCsv(text);
  const rows = lines.flatMap((raw, i) => {
    const url = raw.replace(/\s#.*$/, '').trim();
    if (url === '' || url.startsWith('#')) return [];
    return [{ line: i + 1, target: { url, categoryCode: '', source: '', dateAdded: '', notes: '' } }];
  });
  return collect(rows, []);
}
