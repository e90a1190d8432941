/** Answers of IODA's API, version 2: outages/alerts, outages/events, signals/raw. Pure; README.md says what is read. */
import { Type, type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import type { OutsideSignal, OutsideWeight } from '../../shared/model/index.ts';
import { readRows, timeOfSeconds, wordsOf, type Reading, type RowReading } from './fields.ts';
import { entityOfLocation, IodaEntity, pageOf, placeOf } from './ioda-place.ts';
import { lowStretches } from './ioda-series.ts';

/** Routes and answering addresses know no nights; traffic and background noise do. */
const STEADY: ReadonlySet<string> = new Set(['bgp', 'ping-slash24']);
/** Values of one series: two months of five minutes. */
const MAX_VALUES = 20_000;
const MAX_STEP_S = 86_400;

const optional = <T extends Parameters<typeof Type.Optional>[0]>(schema: T) => Type.Optional(schema);
const Datasource = Type.String({ minLength: 1, maxLength: 40 });
const MaybeNumber = optional(Type.Union([Type.Number(), Type.Null()]));

const Alert = Type.Object({
  datasource: Datasource,
  entity: IodaEntity,
  time: Type.Number(),
  level: Type.String({ maxLength: 20 }),
  value: MaybeNumber,
  historyValue: MaybeNumber,
});
const Event = Type.Object({
  datasource: Datasource,
  score: MaybeNumber,
  location: optional(Type.String({ maxLength: 100 })),
  location_name: optional(Type.Union([Type.String(), Type.Null()])),
  start: optional(Type.Number()),
  duration: optional(Type.Number({ minimum: 0 })),
  entity: optional(IodaEntity),
  from: optional(Type.Number()),
  until: optional(Type.Number()),
});
const Series = Type.Object({
  entityType: Type.String({ maxLength: 40 }),
  entityCode: Type.String({ minLength: 1, maxLength: 40 }),
  entityName: optional(Type.Union([Type.String(), Type.Null()])),
  entityFqid: optional(Type.Union([Type.String({ maxLength: 200 }), Type.Null()])),
  datasource: Datasource,
  from: Type.Number(),
  step: Type.Number({ exclusiveMinimum: 0, maximum: MAX_STEP_S }),
  values: Type.Array(Type.Unknown()),
});
const alertRow = Compile(Alert);
const eventRow = Compile(Event);
const seriesRow = Compile(Series);

interface Said {
  readonly kind: OutsideSignal['kind'];
  readonly datasource: string;
  readonly entity: IodaEntity;
  readonly from: number;
  readonly to: number | null;
  readonly value: number | null;
  readonly note: string | null;
  readonly weight: OutsideWeight;
}

function signalOf(said: Said): readonly OutsideSignal[] {
  const { kind, datasource, entity, from, to, value, note, weight } = said;
  const place = placeOf(entity);
  if (place === null) return [];
  const source = `IODA (${wordsOf(datasource) ?? '?'})`;
  return [
    { source, kind, ...place, domain: null, from, to, value, note, url: pageOf(entity, from, to), weight },
  ];
}

type AlertRow = Static<typeof Alert> & { readonly at: number };

function alertWeight(level: string, datasource: string): OutsideWeight {
  if (level !== 'critical') return 'none';
  return STEADY.has(datasource) ? 'strong' : 'weak';
}

/** Alerts of one series say when its level changed: from each that is not `normal` to the next other one. */
function stretchesOf(alerts: readonly AlertRow[]): readonly OutsideSignal[] {
  const sorted = alerts.toSorted((a, b) => a.at - b.at);
  const signals: OutsideSignal[] = [];
  let i = 0;
  while (i < sorted.length) {
    const { level, at: from, datasource, entity } = sorted[i]!;
    const run: AlertRow[] = [];
    for (; i < sorted.length && sorted[i]!.level === level; i += 1) run.push(sorted[i]!);
    if (level === 'normal') continue;
    const shares = run.flatMap(({ value, historyValue }) =>
      typeof value === 'number' && typeof historyValue === 'number' && historyValue > 0
        ? [value / historyValue]
        : [],
    );
    const value = shares.length === 0 ? null : shares.reduce((a, b) => Math.min(a, b));
    const weight = alertWeight(level, datasource);
    const to = sorted[i]?.at ?? null;
    signals.push(
      ...signalOf({ kind: 'alert', datasource, entity, from, to, value, note: wordsOf(level), weight }),
    );
  }
  return signals;
}

function readAlerts(rows: readonly unknown[]): Reading {
  const series = new Map<string, AlertRow[]>();
  const { problems } = readRows(rows, 'data', (row) => {
    if (!alertRow.Check(row)) return 'no alert of IODA';
    const at = timeOfSeconds(row.time);
    if (at === null) return 'its time is none';
    const key = JSON.stringify([row.datasource, row.entity.type, row.entity.code]);
    const alerts = series.get(key);
    if (alerts === undefined) series.set(key, [{ ...row, at }]);
    else alerts.push({ ...row, at });
    return [];
  });
  return { signals: [...series.values()].flatMap(stretchesOf), problems };
}

function readEvent(row: unknown): RowReading {
  if (!eventRow.Check(row)) return 'no event of IODA';
  const { datasource, score = null, location, location_name: name = null, entity } = row;
  const place = entity ?? (location === undefined ? null : entityOfLocation(location, name));
  const start = row.from ?? row.start;
  const end =
    row.until ?? (start === undefined || row.duration === undefined ? undefined : start + row.duration);
  const from = start === undefined ? null : timeOfSeconds(start);
  const to = end === undefined ? null : timeOfSeconds(end);
  if (place === null || from === null) return 'an event without a place or a time';
  if (to !== null && to < from) return 'it ends before it begins';
  return signalOf({
    kind: 'event',
    datasource,
    entity: place,
    from,
    to,
    value: score,
    note: null,
    weight: 'weak',
  });
}

function readSeries(row: unknown): RowReading {
  if (!seriesRow.Check(row)) return 'no series of IODA';
  const { entityType, entityCode, entityName = null, entityFqid = null, datasource } = row;
  if (row.values.length > MAX_VALUES) return `more than ${MAX_VALUES} values`;
  const from = timeOfSeconds(row.from);
  if (from === null) return 'its time is none';
  if (!STEADY.has(datasource)) return [];
  const entity = { type: entityType, code: entityCode, name: entityName, attrs: { fqid: entityFqid } };
  const values = row.values.map((value) => (typeof value === 'number' && value >= 0 ? value : null));
  return lowStretches(from, row.step * 1000, values).flatMap(({ from: begun, to, lowest }) =>
    signalOf({
      kind: 'signal',
      datasource,
      entity,
      from: begun,
      to,
      value: lowest,
      note: null,
      weight: 'strong',
    }),
  );
}

/** `rows`: the answer's `data`. Which of the three it is, its rows say. Null: none of them. */
export function readIoda(rows: readonly unknown[]): Reading | null {
  const flat = rows.flatMap((row) => (Array.isArray(row) ? (row as readonly unknown[]) : [row]));
  const has = (row: unknown, keys: readonly string[]): boolean =>
    typeof row === 'object' && row !== null && keys.every((key) => Object.hasOwn(row, key));
  if (flat.length === 0) return { signals: [], problems: [] };
  if (flat.some((row) => has(row, ['datasource', 'values']))) return readRows(flat, 'data', readSeries);
  if (flat.some((row) => has(row, ['datasource', 'level', 'time']))) return readAlerts(flat);
  if (flat.some((row) => has(row, ['datasource', 'start']) || has(row, ['datasource', 'from'])))
    return readRows(flat, 'data', readEvent);
  return null;
}
