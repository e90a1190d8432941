/** Whose a network was on a day, and what kind of line it is: testlists/networks.csv. Its columns are in testlists/README.md. */
import { parseCsv } from '../codec/csv.ts';

/** `hosting` is nobody's own line; everything that is not one of the three others is `unknown`. */
export type Access = 'mobile' | 'fixed' | 'hosting' | 'unknown';

export interface Networks {
  /** The owner's name on that day (milliseconds since 1970); null for a network or a day that is not on record. */
  ownerOf(asn: number, atMs: number): string | null;
  accessOf(asn: number, atMs: number): Access;
  /** A network of an operator that connects people, as far as is known: not hosting, not one organisation's own. */
  isOperator(asn: number, atMs: number): boolean;
}

interface Period {
  readonly owner: string;
  readonly access: string;
  /** First day that counts and first that no longer does, milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
}

const ACCESS: readonly string[] = ['mobile', 'fixed', 'hosting'] satisfies readonly Access[];
const NOT_OPERATORS: ReadonlySet<string> = new Set(['hosting', 'enterprise']);

const isAccess = (text: string): text is Access => ACCESS.includes(text);

/** Days without a time are UTC for `Date.parse`; empty is "since ever" or "until now". */
function day(text: string, otherwise: number): number {
  const ms = text === '' ? Number.NaN : Date.parse(text);
  return Number.isNaN(ms) ? otherwise : ms;
}

/** Rows that can't be read are left out; scripts/check-testlists finds them. */
export function readNetworks(csv: string): Networks {
  const { header, rows } = parseCsv(csv);
  const periods = new Map<number, Period[]>();
  for (const { fields } of rows) {
    const at = (column: string): string => fields[header.indexOf(column)] ?? '';
    const asn = Number(at('asn'));
    if (!Number.isInteger(asn) || asn <= 0 || at('owner') === '') continue;
    const period = {
      owner: at('owner'),
      access: at('access'),
      from: day(at('from'), Number.NEGATIVE_INFINITY),
      to: day(at('to'), Number.POSITIVE_INFINITY),
    };
    periods.set(asn, [...(periods.get(asn) ?? []), period]);
  }
  const find = (asn: number, atMs: number): Period | undefined =>
    periods.get(asn)?.find((p) => p.from <= atMs && atMs < p.to);
  return {
    ownerOf: (asn, atMs) => find(asn, atMs)?.owner ?? null,
    accessOf(asn, atMs) {
      const access = find(asn, atMs)?.access ?? '';
      return isAccess(access) ? access : 'unknown';
    },
    isOperator(asn, atMs) {
      const period = find(asn, atMs);
      return period !== undefined && !NOT_OPERATORS.has(period.access);
    },
  };
}

/** `AS64500` → 64500; null for `AS0`, which stands for "not known", and for anything else. */
export function asnOf(text: string): number | null {
  const asn = /^AS(\d{1,10})$/.exec(text)?.[1];
  return asn === undefined || Number(asn) === 0 ? null : Number(asn);
}
