/** Columns on screen: composed first, since combining marks take none; wide East Asian letters don't occur here. */
export const textWidth = (text: string): number => [...text.normalize('NFC')].length;

/** Lines of at most `columns`, broken between words; a longer word stands alone. */
export function fold(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && textWidth(line) + 1 + textWidth(word) > columns) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
