/** A plain table for terminals. Columns are as wide as their text and the last one is folded; too narrow: stacked. Pure. */
import { fold, textWidth } from '../../shared/i18n/fold.ts';

const GAP = '  ';
const INDENT = '    ';
/** With less than this left for the last column, each row stands on lines of its own. */
const MIN_LAST_COLUMN = 50;
const MAX_RULE = 40;

const pad = (text: string, columns: number): string =>
  text + ' '.repeat(Math.max(0, columns - textWidth(text)));

function stacked(rows: readonly (readonly string[])[], columns: number): string {
  return rows
    .flatMap((cells) => [
      ...fold(
        cells
          .slice(0, -1)
          .filter((cell) => cell !== '')
          .join(GAP),
        columns,
      ),
      ...(cells.at(-1) === '' ? [] : fold(cells.at(-1) ?? '', columns - INDENT.length)).map(
        (l) => INDENT + l,
      ),
    ])
    .join('\n');
}

export function renderTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  columns: number,
): string {
  const fixed = header
    .slice(0, -1)
    .map((name, i) => Math.max(textWidth(name), ...rows.map((r) => textWidth(r[i] ?? ''))));
  const last = columns - fixed.reduce((sum, w) => sum + w + GAP.length, 0);
  const widest = Math.max(...rows.map((r) => textWidth(r.at(-1) ?? '')));
  if (last < Math.min(MIN_LAST_COLUMN, widest)) return stacked(rows, columns);
  const render = (cells: readonly string[]): string[] =>
    fold(cells.at(-1) ?? '', last).map((text, i) =>
      [...fixed.map((w, c) => pad(i === 0 ? (cells[c] ?? '') : '', w)), text].join(GAP).trimEnd(),
    );
  const rule = [...fixed, Math.min(last, MAX_RULE)].map((w) => '─'.repeat(w)).join(GAP);
  return [...render(header), rule, ...rows.flatMap(render)].join('\n');
}
