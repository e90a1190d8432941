/** Names in other alphabets as people write them: labels of DNS (`xn--…`) → Unicode, RFC 3492 sections 5 and 6.2. */
const BASE = 36;
const T_MIN = 1;
const T_MAX = 26;
const SKEW = 38;
const DAMP = 700;
const INITIAL_BIAS = 72;
const INITIAL_N = 0x80;
const MAX_CODE_POINT = 0x10ffff;
const PREFIX = 'xn--';
/** Characters of a label, RFC 1035 section 2.3.4. */
const MAX_LABEL_CHARS = 63;
/** Letters, marks and digits: what could be drawn as something else, or not at all, stays as it is. */
const SHOWABLE = /^[\p{L}\p{M}\p{N}-]+$/u;

function adapted(delta: number, points: number, isFirst: boolean): number {
  let d = isFirst ? Math.floor(delta / DAMP) : Math.floor(delta / 2);
  d += Math.floor(d / points);
  let k = 0;
  for (; d > ((BASE - T_MIN) * T_MAX) / 2; k += BASE) d = Math.floor(d / (BASE - T_MIN));
  return k + Math.floor(((BASE - T_MIN + 1) * d) / (d + SKEW));
}

function digitOf(char: string): number | null {
  const code = char.charCodeAt(0);
  if (code >= 0x61 && code <= 0x7a) return code - 0x61;
  return code >= 0x30 && code <= 0x39 ? code - 0x30 + 26 : null;
}

/** The part after `xn--`, lower case; null: it is no Punycode. */
export function decodePunycode(text: string): string | null {
  if (text.length > MAX_LABEL_CHARS || !/^[a-z0-9-]*$/.test(text)) return null;
  const end = text.lastIndexOf('-');
  const points = [...text.slice(0, Math.max(0, end))].map((char) => char.charCodeAt(0));
  let [n, i, bias] = [INITIAL_N, 0, INITIAL_BIAS];
  for (let at = end < 0 ? 0 : end + 1; at < text.length;) {
    const before = i;
    let weight = 1;
    for (let k = BASE; ; k += BASE) {
      const digit = at < text.length ? digitOf(text[at]!) : null;
      if (digit === null) return null;
      at += 1;
      i += digit * weight;
      if (i > Number.MAX_SAFE_INTEGER) return null;
      const threshold = Math.min(T_MAX, Math.max(T_MIN, k - bias));
      if (digit < threshold) break;
      weight *= BASE - threshold;
    }
    const length = points.length + 1;
    bias = adapted(i - before, length, before === 0);
    n += Math.floor(i / length);
    i %= length;
    if (n > MAX_CODE_POINT || (n >= 0xd800 && n <= 0xdfff)) return null;
    points.splice(i, 0, n);
    i += 1;
  }
  return String.fromCodePoint(...points);
}

/** A domain in its own letters with its ASCII form behind it; others, and what can't be shown, as they are. */
export function shownDomain(domain: string): string {
  const labels = domain.split('.').map((label) => {
    const decoded = label.startsWith(PREFIX) ? decodePunycode(label.slice(PREFIX.length)) : null;
    return decoded !== null && SHOWABLE.test(decoded) ? decoded : label;
  });
  const own = labels.join('.');
  return own === domain ? domain : `${own} (${domain})`;
}
