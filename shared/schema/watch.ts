/** Heartbeats and outage journals: allow-lists like the measurement's, and what a schema can't say of a journal's spans. */
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import {
  HEARTBEAT_PERIOD_SECONDS,
  MAX_JOURNAL_SPANS,
  type Heartbeat,
  type JournalSpan,
  type OutageJournal,
} from '../model/index.ts';
import { asn, countryCode, exact, key256, orNull } from './fields.ts';
import type { FieldProblem, Validated } from './measurement.ts';

/** Problems reported for one document; the count goes on, the list does not. */
const MAX_PROBLEMS = 20;
/** Numbers grow by one a beat, or by a range that was kept on the disk ahead: far below this in a key's life. */
const MAX_SEQUENCE = 2 ** 40;
/** A key lives 60 days at most, and a journal is signed by the key of its time. Seconds. */
export const MAX_JOURNAL_AGE_S = 90 * 24 * 3600;
/** Looks in one span: one a minute for as long. */
const MAX_LOOKS = MAX_JOURNAL_AGE_S / 60;
/** A clock that stopped is decades away; beyond ten years it is no offset any more. Minutes. */
const MAX_OFFSET_MINUTES = 10 * 366 * 24 * 60;

const line = {
  cc: countryCode,
  asn,
  access: Type.Union([Type.Literal('mobile'), Type.Literal('fixed'), Type.Literal('unknown')]),
  region: orNull(Type.String({ pattern: '^[A-Z]{2}-[A-Z0-9]{1,3}$' })),
};

const heartbeat = exact({
  kind: Type.Literal('heartbeat'),
  x_key: key256,
  ...line,
  period_s: Type.Integer({ minimum: HEARTBEAT_PERIOD_SECONDS.min, maximum: HEARTBEAT_PERIOD_SECONDS.max }),
  sequence: Type.Integer({ minimum: 0, maximum: MAX_SEQUENCE }),
  leaving: Type.Boolean(),
});

/** Whole minutes: a journal says nothing finer of anybody's day. */
const utcMinute = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:00Z$' });
const age = orNull(Type.Integer({ minimum: 0, maximum: MAX_JOURNAL_AGE_S }));
const reach = Type.Union([Type.Literal('up'), Type.Literal('down'), Type.Literal('unknown')]);

const span = exact({
  from: utcMinute,
  to: utcMinute,
  from_age_s: age,
  to_age_s: age,
  looks: Type.Integer({ minimum: 1, maximum: MAX_LOOKS }),
  gateway: reach,
  domestic: reach,
  foreign: reach,
  dns: reach,
  collector: reach,
});

const journal = exact({
  kind: Type.Literal('journal'),
  x_key: key256,
  ...line,
  sealed_at: utcMinute,
  clock_offset_minutes: orNull(Type.Integer({ minimum: -MAX_OFFSET_MINUTES, maximum: MAX_OFFSET_MINUTES })),
  over: Type.Boolean(),
  spans: Type.Array(span, { minItems: 1, maxItems: MAX_JOURNAL_SPANS }),
});

const compileHeartbeat = () => Compile(heartbeat);
const compileJournal = () => Compile(journal);
/** Compiled on first use: start-up of the command line must not pay for it. */
let checkHeartbeat: ReturnType<typeof compileHeartbeat> | undefined;
let checkJournal: ReturnType<typeof compileJournal> | undefined;

interface Check {
  Errors(value: unknown): readonly { readonly instancePath: string; readonly message: string }[];
}

function problemsOf(check: Check, value: unknown): readonly FieldProblem[] {
  return check
    .Errors(value)
    .slice(0, MAX_PROBLEMS)
    .map((error) => ({ path: error.instancePath, message: error.message }));
}

/** Milliseconds since 1970; NaN for a day that no calendar has, which Date.parse would take for another one. */
function minuteMs(text: string): number {
  const ms = Date.parse(text);
  return Number.isNaN(ms) || new Date(ms).toISOString() !== text.replace('Z', '.000Z') ? Number.NaN : ms;
}

/**
 * A span runs forward by either clock. From one span to the next only the monotonic clock has to: the wall clock of a device without
 * a battery starts anew with it, and that is no reason to lose its journal.
 */
function spanProblems(spans: readonly JournalSpan[]): readonly FieldProblem[] {
  const problems: FieldProblem[] = [];
  let lastAge: number | null = null;
  spans.forEach((s, i) => {
    const at = (field: string, message: string): void =>
      void problems.push({ path: `/spans/${i}/${field}`, message });
    for (const field of ['from', 'to'] as const)
      if (Number.isNaN(minuteMs(s[field]))) at(field, 'must be a date');
    const { from_age_s: fromAge, to_age_s: toAge } = s;
    if ((fromAge === null) !== (toAge === null)) at('to_age_s', 'must be known where from_age_s is');
    if (fromAge === null || toAge === null) {
      if (minuteMs(s.from) > minuteMs(s.to)) at('to', 'must not lie before from');
      if (lastAge !== null) at('from_age_s', 'must be known after a span whose age is');
      return;
    }
    if (toAge > fromAge) at('to_age_s', 'must not be more than from_age_s');
    if (lastAge !== null && fromAge > lastAge) at('from_age_s', 'must follow the span before');
    lastAge = toAge;
  });
  return problems.slice(0, MAX_PROBLEMS);
}

/** Reports every bad field (up to MAX_PROBLEMS). Never throws. */
export function validateHeartbeat(value: unknown): Validated<Heartbeat> {
  const check = (checkHeartbeat ??= compileHeartbeat());
  return check.Check(value) ? { ok: value as Heartbeat } : { problems: problemsOf(check, value) };
}

/** The same; spans are in order. Whether its times can be right depends on today: see the collector's ingest/. */
export function validateJournal(value: unknown): Validated<OutageJournal> {
  const check = (checkJournal ??= compileJournal());
  if (!check.Check(value)) return { problems: problemsOf(check, value) };
  const journalRead = value as OutageJournal;
  const problems = [
    ...(Number.isNaN(minuteMs(journalRead.sealed_at))
      ? [{ path: '/sealed_at', message: 'must be a date' }]
      : []),
    ...spanProblems(journalRead.spans),
  ];
  return problems.length === 0 ? { ok: journalRead } : { problems };
}
