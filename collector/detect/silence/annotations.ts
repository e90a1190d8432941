/** What a reader may want to know beside a silence. Written beside it, and looked at by nothing that decides. */
import { parseCsv } from '../../../shared/codec/csv.ts';
import type { MessageId } from '../../../shared/i18n/index.ts';
import type { SilenceEvent } from '../../../shared/model/index.ts';
import { MINUTE_MS } from './hour-peak.ts';

/** A day on which something is held: an election, a rally, a day of remembrance. */
export interface CalendarDay {
  /** `2026-03-21`, local. */
  readonly date: string;
  readonly title: string;
  readonly source: string;
}

const HOUR_MS = 60 * MINUTE_MS;
/** All of Kazakhstan; until then Almaty was an hour ahead (government decree of 2024, in force 2024-03-01 00:00 local time). */
const CLOCK_CHANGE_MS = Date.parse('2024-02-29T18:00:00Z');
const OFFSET_BEFORE_MS = 6 * HOUR_MS;
const OFFSET_SINCE_MS = 5 * HOUR_MS;
/** On the hour: the bracket holds a full hour of local time and is no wider than this, or it would hold one by chance. */
const MAX_BRACKET_MS = 20 * MINUTE_MS;

export const MAX_CALENDAR_DAYS = 5_000;
const MAX_TITLE_CHARS = 200;
const MAX_SOURCE_CHARS = 500;
/** Lines of error that are handed back. */
const MAX_PROBLEMS = 20;
const HEADER = 'date,title,source';
const DATE = /^\d{4}-\d{2}-\d{2}$/;

/** Milliseconds that Almaty's clocks were ahead of UTC. */
export function localOffsetMs(at: number): number {
  return at < CLOCK_CHANGE_MS ? OFFSET_BEFORE_MS : OFFSET_SINCE_MS;
}

/** `2026-03-21`, as Almaty's clocks have it. */
export function localDate(at: number): string {
  return new Date(at + localOffsetMs(at)).toISOString().slice(0, 10);
}

const isDate = (text: string): boolean => {
  if (!DATE.test(text)) return false;
  const at = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
};

/** Control characters, and those that turn the direction of text: titles go into mails. */
const UNSHOWABLE = /\p{C}/u;

function problemOf(date: string, title: string, source: string): string | null {
  if (!isDate(date)) return 'date must be a day as 2026-03-21';
  if (title === '' || title.length > MAX_TITLE_CHARS)
    return `title must have 1 to ${MAX_TITLE_CHARS} characters`;
  if (source === '' || source.length > MAX_SOURCE_CHARS)
    return `source must have 1 to ${MAX_SOURCE_CHARS} characters`;
  if (UNSHOWABLE.test(title + source)) return 'title and source must be one line of plain text';
  return null;
}

/** Rows `date,title,source` under that header. A bad row is left out and named; the rest is read. */
export function readCalendar(text: string): {
  readonly days: readonly CalendarDay[];
  readonly problems: readonly string[];
} {
  const table = parseCsv(text);
  const problems = table.problems.map(({ line, message }) => `line ${line}: ${message}`);
  if (table.header.join(',') !== HEADER)
    return {
      days: [],
      problems: [...problems, `line 1: the header must be ${HEADER}`].slice(0, MAX_PROBLEMS),
    };
  const days: CalendarDay[] = [];
  for (const { line, fields } of table.rows) {
    const [date, title, source] = fields.map((field) => field.trim()) as [string, string, string];
    const problem =
      days.length >= MAX_CALENDAR_DAYS
        ? `more than ${MAX_CALENDAR_DAYS} days: the rest was not read`
        : problemOf(date, title, source);
    if (problem === null) days.push({ date, title, source });
    else problems.push(`line ${line}: ${problem}`);
    if (days.length >= MAX_CALENDAR_DAYS && problem !== null) break;
  }
  return { days, problems: problems.slice(0, MAX_PROBLEMS) };
}

const ON_THE_HOUR: MessageId = 'annotation.silence.on_the_hour';
const CALENDAR_DAY: MessageId = 'annotation.silence.calendar';

function isOnTheHour({ after, before }: SilenceEvent['onset']): boolean {
  // Both offsets are whole hours: a full hour here is one there.
  return before - after <= MAX_BRACKET_MS && Math.floor(before / HOUR_MS) * HOUR_MS >= after;
}

/** Days of the calendar on which it began, in the calendar's order, and whether it began on the hour. */
export function annotationsOf(
  { onset }: Pick<SilenceEvent, 'onset'>,
  calendar: readonly CalendarDay[],
): SilenceEvent['annotations'] {
  const dates = new Set([localDate(onset.after), localDate(onset.before)]);
  const days = calendar.filter(({ date }) => dates.has(date));
  return [
    ...(isOnTheHour(onset) ? [{ id: ON_THE_HOUR, text: null }] : []),
    ...days.map(({ title, source }) => ({ id: CALENDAR_DAY, text: `${title} (${source})` })),
  ];
}
