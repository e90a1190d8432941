/** HTML that nobody vouches for: a title is text for comparing and showing, never markup. */

/** Characters of a body that are searched for a title and kept for fingerprints. */
export const BODY_TEXT_CHARS = 65_536;
const MAX_TITLE_CHARS = 300;

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
};

function decodeEntities(text: string): string {
  return text.replace(/&(#x[0-9a-f]{1,6}|#\d{1,7}|[a-z]{2,6});/gi, (whole, name: string) => {
    if (!name.startsWith('#')) return ENTITIES[name.toLowerCase()] ?? whole;
    const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

/** The text of the first `<title>`, white space folded; null when there is none. */
export function titleOf(html: string): string | null {
  const head = html.slice(0, BODY_TEXT_CHARS);
  const open = /<title\b[^>]{0,200}>/i.exec(head);
  if (open === null) return null;
  const rest = head.slice(open.index + open[0].length);
  const end = rest.search(/<\/title/i);
  const text = decodeEntities(rest.slice(0, end < 0 ? MAX_TITLE_CHARS : Math.min(end, MAX_TITLE_CHARS)));
  return text.replace(/\s+/g, ' ').trim();
}
