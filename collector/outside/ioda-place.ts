/** IODA's entities → places, and their pages. Pure. */
import { Type, type Static } from 'typebox';
import type { OutsideSignal } from '../../shared/model/index.ts';
import { asnOf, countryOf, wordsOf } from './fields.ts';
import { regionCode } from './regions.ts';

export const IodaEntity = Type.Object({
  type: Type.String({ maxLength: 40 }),
  code: Type.String({ minLength: 1, maxLength: 40 }),
  name: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  attrs: Type.Optional(Type.Union([Type.Record(Type.String(), Type.Unknown()), Type.Null()])),
});
export type IodaEntity = Static<typeof IodaEntity>;

type Place = Pick<OutsideSignal, 'cc' | 'asn' | 'region'>;

const DASHBOARD = 'https://ioda.inetintel.cc.gatech.edu';
/** The last parts of `geo.netacuity.AS.KZ.1234`: the country and IODA's own number of the region. */
const QUALIFIED_REGION = /\.([A-Z]{2})\.\d+$/;
/** A network within a country. */
const NETWORK_IN_COUNTRY = /^(\d{1,10})-([A-Z]{2})$/;

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** Null: nothing that members stand in (a continent, a county). */
export function placeOf({ type, code, name, attrs }: IodaEntity): Place | null {
  if (type === 'country') {
    const cc = countryOf(code);
    return cc === null ? null : { cc, asn: null, region: null };
  }
  if (type === 'asn') {
    const asn = asnOf(code);
    return asn === null ? null : { cc: null, asn, region: null };
  }
  if (type === 'geoasn') {
    const [, network, country] = NETWORK_IN_COUNTRY.exec(code) ?? [];
    const asn = asnOf(network);
    return asn === null ? null : { cc: countryOf(country), asn, region: null };
  }
  if (type !== 'region') return null;
  const qualified = QUALIFIED_REGION.exec(text(attrs?.['fqid']) ?? '')?.[1];
  const cc = countryOf(text(attrs?.['country_code']) ?? qualified);
  const own = wordsOf(name) ?? `IODA ${code}`;
  return cc === null ? null : { cc, asn: null, region: regionCode(cc, own) ?? own };
}

/** `country/KZ` → an entity; null: it is none. */
export function entityOfLocation(location: string, name: string | null): IodaEntity | null {
  const [, type, code] = /^([a-z]{1,40})\/([^/]{1,40})$/.exec(location) ?? [];
  return type === undefined || code === undefined ? null : { type, code, name };
}

/** Its page around that time. */
export function pageOf({ type, code }: IodaEntity, from: number, to: number | null): string {
  const DAY_S = 86_400;
  const since = Math.floor(from / 1000) - DAY_S;
  const until = Math.ceil((to ?? from) / 1000) + DAY_S;
  return `${DASHBOARD}/${encodeURIComponent(type)}/${encodeURIComponent(code)}?from=${since}&until=${until}`;
}
