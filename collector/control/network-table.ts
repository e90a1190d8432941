/**
 * Networks as rows of text: `prefix,asn,cc`, separated by comma, semicolon or tab; `#` begins a comment and a first row
 * without a prefix is a heading. For labs and for operators whose source is a list. The longest prefix decides.
 */
import { parseCidr } from '../../shared/codec/ip.ts';
import type { Ip } from '../../shared/codec/ip.ts';
import type { Network } from './network-database.ts';

/** Beyond it the table of Maps would need more memory than a small server has. */
const MAX_ROWS = 2_000_000;
const SEPARATOR = /[,;\t]/;
const ASN = /^(?:AS)?(\d{1,10})$/i;
const MAX_ASN = 2 ** 32 - 1;
const COUNTRY = /^[A-Za-z]{2}$/;

const keyOf = (ip: Ip, prefix: number): string => {
  let key = '';
  for (let i = 0; i * 8 < prefix; i++) {
    const keep = Math.min(8, prefix - i * 8);
    key += String.fromCharCode((ip.bytes[i] ?? 0) & (0xff << (8 - keep)));
  }
  return key;
};

/** By family, then by prefix length, then by the prefix's own bits. */
type Rows = Readonly<Record<4 | 6, Map<number, Map<string, Network>>>>;

function readRow(
  line: string,
): { readonly ip: Ip; readonly prefix: number; readonly network: Network } | null {
  const [prefixText = '', asnText = '', cc = ''] = line
    .split(SEPARATOR)
    .map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'));
  const cidr = parseCidr(prefixText);
  const asn = Number(ASN.exec(asnText)?.[1] ?? Number.NaN);
  if (cidr === null || !(asn <= MAX_ASN) || !(cc === '' || COUNTRY.test(cc))) return null;
  return {
    ip: cidr.base,
    prefix: cidr.prefix,
    network: { asn: asn === 0 ? null : asn, cc: cc === '' ? null : cc.toUpperCase() },
  };
}

/**
 * @returns the look-up, or what is wrong, with its line. Pure.
 */
export function readNetworkTable(
  text: string,
): { readonly ok: (ip: Ip) => Network | null; readonly rows: number } | { readonly problem: string } {
  const table: Rows = { 4: new Map(), 6: new Map() };
  let count = 0;
  let line = 0;
  let headingAllowed = true;
  for (const raw of text.split('\n')) {
    line++;
    const trimmed = raw.trim();
    if (trimmed === '' || trimmed.startsWith('#')) continue;
    const row = readRow(trimmed);
    const heading = headingAllowed && /^"?(?:prefix|network|cidr)"?\b/i.test(trimmed);
    headingAllowed = false;
    if (row === null && heading) continue;
    if (row === null)
      return {
        problem: `line ${line} is not prefix,asn,cc: ${JSON.stringify(trimmed.slice(0, 60))}`,
      };
    if (++count > MAX_ROWS) return { problem: `more than ${MAX_ROWS} rows` };
    const byPrefix = table[row.ip.family];
    const rows = byPrefix.get(row.prefix) ?? new Map<string, Network>();
    byPrefix.set(row.prefix, rows);
    const key = keyOf(row.ip, row.prefix);
    if (rows.has(key)) return { problem: `line ${line} says a prefix for the second time` };
    rows.set(key, row.network);
  }
  if (count === 0) return { problem: 'no rows' };
  const longestFirst = {
    4: [...table[4]].sort(([a], [b]) => b - a),
    6: [...table[6]].sort(([a], [b]) => b - a),
  };
  return {
    rows: count,
    ok(ip) {
      for (const [prefix, rows] of longestFirst[ip.family]) {
        const found = rows.get(keyOf(ip, prefix));
        if (found !== undefined) return found;
      }
      return null;
    },
  };
}
