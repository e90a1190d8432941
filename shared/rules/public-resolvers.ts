/** Well-known resolvers and what each filters on its users' wish: testlists/resolvers.csv. */
import { parseCsv } from '../codec/csv.ts';
import { parseCidr, type Cidr } from '../codec/ip.ts';

export type Filters = 'none' | 'malware' | 'family' | 'ads';
const FILTERS: readonly string[] = ['none', 'malware', 'family', 'ads'] satisfies readonly Filters[];
const isFilters = (text: string): text is Filters => FILTERS.includes(text);

export interface PublicResolver {
  readonly addresses: Cidr;
  readonly operator: string;
  readonly asn: number;
  readonly filters: Filters;
}

/** Rows that can't be read are left out; scripts/check-testlists finds them. */
export function readResolvers(csv: string): readonly PublicResolver[] {
  const { header, rows } = parseCsv(csv);
  return rows.flatMap(({ fields }) => {
    const at = (column: string): string => fields[header.indexOf(column)] ?? '';
    const [addresses, asn, filters] = [parseCidr(at('address')), Number(at('asn')), at('filters')];
    if (addresses === null || !Number.isInteger(asn) || !isFilters(filters)) return [];
    return [{ addresses, operator: at('operator'), asn, filters }];
  });
}
