/** Answers of OONI's aggregation API: how many measurements of a domain were anomalous. Pure; README.md says what is read. */
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { asnOf, countryOf, readRows, timeOfText, type Reading, type RowReading } from './fields.ts';

const HOUR_MS = 3_600_000;
const GRAIN_MS: Readonly<Record<string, number>> = {
  hour: HOUR_MS,
  day: 24 * HOUR_MS,
  week: 7 * 24 * HOUR_MS,
};
const MAX_DOMAIN_CHARS = 253;

const Count = Type.Integer({ minimum: 0 });
const Row = Type.Object({
  measurement_start_day: Type.String({ maxLength: 40 }),
  anomaly_count: Count,
  confirmed_count: Count,
  ok_count: Count,
  measurement_count: Count,
  domain: Type.Optional(Type.String({ maxLength: MAX_DOMAIN_CHARS })),
  probe_cc: Type.Optional(Type.String()),
  probe_asn: Type.Optional(Type.Union([Type.Integer(), Type.String({ maxLength: 20 })])),
});
const aggregationRow = Compile(Row);

/** Rows name what their axes are; the rest is in the address that was asked. */
function readRow(row: unknown, asked: URL | null): RowReading {
  if (!aggregationRow.Check(row)) return 'no row of an aggregation by day or hour';
  const from = timeOfText(row.measurement_start_day);
  if (from === null) return 'its day is none';
  const param = (name: string): string | null => asked?.searchParams.get(name) ?? null;
  const domain = (row.domain ?? param('domain') ?? '').toLowerCase();
  if (domain === '' || domain.length > MAX_DOMAIN_CHARS)
    return 'it names no domain, nor does an address in sources.csv';
  const cc = countryOf(row.probe_cc ?? param('probe_cc'));
  const asn = asnOf(row.probe_asn ?? param('probe_asn'));
  const grain = GRAIN_MS[param('time_grain') ?? (row.measurement_start_day.includes('T') ? 'hour' : 'day')];
  if (grain === undefined) return 'its time_grain is none of hour, day, week';
  const unusual = row.anomaly_count + row.confirmed_count;
  const judged = unusual + row.ok_count;
  if (judged === 0) return [];
  return [
    {
      source: 'OONI',
      kind: 'aggregation',
      cc,
      asn,
      region: null,
      domain,
      from,
      to: from + grain,
      value: unusual / judged,
      note: `${unusual}/${judged}`,
      url: asked?.href ?? null,
      weight: 'none',
    },
  ];
}

/** `asked`: the address that the file came from, as far as it is known. */
export function readOoni(rows: readonly unknown[], asked: URL | null): Reading {
  return readRows(rows, 'result', (row) => readRow(row, asked));
}
