/** A plain table for terminals: columns as wide as their text, the last one folded to what is left. Pure. */
const GAP = '  ';
const MIN_LAST_COLUMN = 30;

/** Columns on screen: combining marks take none, wide East Asian characters don't occur here. */
const width = (text: string): number => [...text.normalize('NFC')].length;

function fold(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && width(line) + 1 + width(word) > columns) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

const pad = (text: string, columns: number): string => text + ' '.repeat(Math.max(0, columns - width(text)));

export function renderTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  columns: number,
): string {
  const fixed = header
    .slice(0, -1)
    .map((name, i) => Math.max(width(name), ...rows.map((r) => width(r[i] ?? ''))));
  const used = fixed.reduce((sum, w) => sum + w + GAP.length, 0);
  const last = Math.max(MIN_LAST_COLUMN, columns - used);
  const render = (cells: readonly string[]): string[] => {
    const folded = fold(cells.at(-1) ?? '', last);
    return folded.map((text, i) =>
      [...fixed.map((w, c) => pad(i === 0 ? (cells[c] ?? '') : '', w)), text].join(GAP).trimEnd(),
    );
  };
  const rule = [...fixed, Math.min(last, 40)].map((w) => '─'.repeat(w)).join(GAP);
  return [...render(header), rule, ...rows.flatMap(render)].join('\n');
}
