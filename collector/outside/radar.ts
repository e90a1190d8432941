/** Answers of Cloudflare Radar's API: annotations/outages and traffic_anomalies. Pure; README.md says what is read. */
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { OutsideSignal, OutsideWeight } from '../../shared/model/index.ts';
import {
  asnOf,
  countryOf,
  linkOf,
  readRows,
  timeOfText,
  wordsOf,
  type Reading,
  type RowReading,
} from './fields.ts';
import { regionCode } from './regions.ts';

const SOURCE = 'Cloudflare Radar';
const OUTAGE_CENTER = 'https://radar.cloudflare.com/outage-center';
/** Networks or countries that one outage is said of. */
const MAX_PLACES = 100;
/** A part of the country that isn't named. */
const SOME_REGION = '?';
/** Causes by which somebody may have had it cut, and no cause at all; every other one speaks against that. */
const MAY_BE_ORDERED: ReadonlySet<string> = new Set(['GOVERNMENT_DIRECTED', 'UNKNOWN', '']);
const WHOLE_COUNTRY = 'NATIONWIDE';
const PART_OF_COUNTRY = 'REGIONAL';

const MaybeText = Type.Optional(Type.Union([Type.String(), Type.Null()]));
const Asn = Type.Union([Type.Integer(), Type.String({ maxLength: 20 })]);
const Outage = Type.Object({
  startDate: Type.String({ maxLength: 40 }),
  endDate: MaybeText,
  locations: Type.Optional(Type.Array(Type.String(), { maxItems: MAX_PLACES })),
  asns: Type.Optional(Type.Array(Asn, { maxItems: MAX_PLACES })),
  eventType: MaybeText,
  outage: Type.Optional(
    Type.Union([Type.Object({ outageCause: MaybeText, outageType: MaybeText }), Type.Null()]),
  ),
  linkedUrl: MaybeText,
  scope: MaybeText,
});
const Anomaly = Type.Object({
  startDate: Type.String({ maxLength: 40 }),
  endDate: MaybeText,
  type: MaybeText,
  status: MaybeText,
  locationDetails: Type.Optional(Type.Union([Type.Object({ code: Type.String() }), Type.Null()])),
  asnDetails: Type.Optional(
    Type.Union([
      Type.Object({
        asn: Asn,
        locations: Type.Optional(Type.Union([Type.Object({ code: Type.String() }), Type.Null()])),
      }),
      Type.Null(),
    ]),
  ),
});
const outageRow = Compile(Outage);
const anomalyRow = Compile(Anomaly);

type Times = Pick<OutsideSignal, 'from' | 'to'>;
function timesOf(startDate: string, endDate: string | null | undefined): Times | null {
  const from = timeOfText(startDate);
  const isOpen = endDate === undefined || endDate === null || endDate === '';
  const to = isOpen ? null : timeOfText(endDate);
  if (from === null || (!isOpen && to === null) || (to !== null && to < from)) return null;
  return { from, to };
}

function outageWeight(eventType: string, cause: string, type: string): OutsideWeight {
  if (eventType !== '' && eventType !== 'OUTAGE') return 'none';
  if (!MAY_BE_ORDERED.has(cause)) return 'against';
  return type === WHOLE_COUNTRY ? 'strong' : 'weak';
}

function readOutage(row: unknown): RowReading {
  if (!outageRow.Check(row)) return 'no outage of Radar';
  const times = timesOf(row.startDate, row.endDate);
  if (times === null) return 'its times are none';
  const countries = (row.locations ?? []).map(countryOf).filter((cc) => cc !== null);
  const networks = (row.asns ?? []).map(asnOf).filter((asn) => asn !== null);
  if (countries.length === 0 && networks.length === 0) return 'an outage without a place';
  const cause = row.outage?.outageCause ?? '';
  const type = row.outage?.outageType ?? '';
  const scope = wordsOf(row.scope);
  const regionIn = (cc: string | null): string | null =>
    type === PART_OF_COUNTRY
      ? ((scope === null ? null : regionCode(cc, scope)) ?? scope ?? SOME_REGION)
      : null;
  const common = {
    source: SOURCE,
    kind: 'outage',
    domain: null,
    ...times,
    value: null,
    note: wordsOf([cause, type].filter((word) => word !== '').join(', ')),
    url: linkOf(row.linkedUrl) ?? OUTAGE_CENTER,
    weight: outageWeight(row.eventType ?? '', cause, type),
  } as const;
  // With one country the networks are meant in it; with several it isn't said which is in which.
  const [only = null] = countries.length === 1 ? countries : [];
  if (networks.length > 0)
    return networks.map((asn) => ({ ...common, cc: only, asn, region: regionIn(only) }));
  // A network's outage without its number: it isn't the country's.
  const weight = type === WHOLE_COUNTRY || type === PART_OF_COUNTRY ? common.weight : 'none';
  return countries.map((cc) => ({ ...common, cc, asn: null, region: regionIn(cc), weight }));
}

function readAnomaly(row: unknown): RowReading {
  if (!anomalyRow.Check(row)) return 'no anomaly of Radar';
  const times = timesOf(row.startDate, row.endDate);
  if (times === null) return 'its times are none';
  const asn = asnOf(row.asnDetails?.asn);
  const cc = countryOf(row.asnDetails?.locations?.code ?? row.locationDetails?.code);
  if (asn === null && cc === null) return 'an anomaly without a place';
  return [
    {
      source: SOURCE,
      kind: 'traffic_anomaly',
      cc,
      asn,
      region: null,
      domain: null,
      ...times,
      value: null,
      note: wordsOf(row.status),
      url: OUTAGE_CENTER,
      weight: row.status === 'VERIFIED' ? 'weak' : 'none',
    },
  ];
}

/** `result`: of the answer. Null: neither of the two. */
export function readRadar(result: Readonly<Record<string, unknown>>): Reading | null {
  const { annotations, trafficAnomalies } = result;
  if (Array.isArray(annotations)) return readRows(annotations, 'annotations', readOutage);
  if (Array.isArray(trafficAnomalies)) return readRows(trafficAnomalies, 'trafficAnomalies', readAnomaly);
  return null;
}
