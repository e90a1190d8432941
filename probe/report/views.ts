/**
 * Other readings of the same text: percent-encoding, HTML and JavaScript escapes undone, NUL characters (UTF-16 read as
 * bytes) left out. Each keeps the way back to the original places. Pure.
 */

export interface View {
  readonly text: string;
  /** Index in the view → index in the original; null when they are the same. One entry past the end included. */
  readonly at: Uint32Array | null;
}

/** An address encoded more often than this is no accident. */
const MAX_LAYERS = 3;
const ESCAPE = /%([0-9a-f]{2})|&#x0*([0-9a-f]{2});|&#0*(\d{2,3});|\\u00([0-9a-f]{2})|\\x([0-9a-f]{2})|\0/gi;

function decodeOnce(view: View): View | null {
  const { text } = view;
  let out = '';
  let from = 0;
  const places: number[] = [];
  const copy = (to: number): void => {
    out += text.slice(from, to);
    for (let i = from; i < to; i++) places.push(i);
  };
  for (const match of text.matchAll(ESCAPE)) {
    const hex = match[1] ?? match[2] ?? match[4] ?? match[5];
    const code = hex !== undefined ? Number.parseInt(hex, 16) : Number(match[3] ?? 0);
    if (code > 0x7e) continue;
    copy(match.index);
    from = match.index + match[0].length;
    if (code !== 0) {
      out += String.fromCharCode(code);
      places.push(match.index);
    }
  }
  if (from === 0) return null;
  copy(text.length);
  places.push(text.length);
  return { text: out, at: Uint32Array.from(places, (i) => view.at?.[i] ?? i) };
}

/** The text itself first, then what each further layer of decoding makes of it. */
export function viewsOf(text: string): View[] {
  const views: View[] = [{ text, at: null }];
  for (let layer = 0; layer < MAX_LAYERS; layer++) {
    const next = decodeOnce(views[layer] as View);
    if (next === null) break;
    views.push(next);
  }
  return views;
}
