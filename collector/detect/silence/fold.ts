/** One more hour of a group's past, into what is usual of it. */
import type { GroupCount } from '../../../shared/model/index.ts';
import {
  MIN_ACTIVE,
  MINUTE_MS,
  missingThrough,
  observedMinutes,
  shareOf,
  type Missing,
} from './hour-peak.ts';
import { isUnlikely, usualAt } from './usual-fit.ts';
import { HOUR_MS, hourOfWeek, type Stretch, type UsualHour, type UsualTable } from './usual-table.ts';

/** Minutes of an hour that must be observed for it to be learnt from. */
const MIN_MINUTES = 30;
/** What a week leaves of an older look's weight: half after three months. */
const WEEKLY_FADE = 0.5 ** (1 / 13);
/** What an hour leaves of the count of silences: half after two years. */
const HOURLY_FADE = 0.5 ** (1 / (2 * 365 * 24));

/** Looks at an hour of the week after which its habits are known. */
const KNOWN_LOOKS = 1.5;
/** One that lasts, or begins again so soon, is one. */
const SAME_SILENCE_MS = 24 * HOUR_MS;

const isLeftOut = (minute: number, stretches: readonly Stretch[]): boolean =>
  stretches.some(({ from, to }) => minute >= from && (to === null || minute < to));

function worst(hour: number, counts: readonly GroupCount[], out: readonly Stretch[]): Missing | null {
  const inHour = counts.filter((c) => c.minute >= hour && c.minute < hour + HOUR_MS);
  const minutes = observedMinutes(inHour.filter((c) => !isLeftOut(c.minute, out)));
  if ([...minutes.values()].filter((m) => m.active >= MIN_ACTIVE).length < MIN_MINUTES) return null;
  let found: Missing | null = null;
  for (let minute = hour; minute < hour + HOUR_MS; minute += MINUTE_MS) {
    const missing = missingThrough(minutes, minute);
    if (missing !== null && (found === null || shareOf(missing) > shareOf(found))) found = missing;
  }
  return found;
}

const look = (old: UsualHour, { overdue, active }: Missing): UsualHour => {
  const share = overdue / active;
  return {
    weight: old.weight * WEEKLY_FADE + 1,
    share: old.share * WEEKLY_FADE + share,
    square: old.square * WEEKLY_FADE + share * share,
    inverse: old.inverse * WEEKLY_FADE + 1 / active,
  };
};

/**
 * The table with one more hour in it; hours come in their order, and one that is in it already (after a crash) changes nothing.
 * `hour`: its start, milliseconds since 1970; `counts`: its minutes, in any order, those missing were not observed.
 */
export function foldHour(
  table: UsualTable,
  hour: number,
  counts: readonly GroupCount[],
  out: readonly Stretch[],
): UsualTable {
  if (table.through !== null && hour <= table.through) return table;
  const missing = worst(hour, counts, out);
  if (missing === null) return { ...table, through: hour };
  const at = hourOfWeek(hour);
  // What is new may become a habit: only an hour that is known can be broken with.
  const isKnown = table.hours[at]!.weight >= KNOWN_LOOKS;
  const isOdd = isKnown && isUnlikely(missing.overdue, missing.active, usualAt(hour, [table]));
  const isNew = isOdd && (table.silentAt === null || hour - table.silentAt > SAME_SILENCE_MS);
  return {
    through: hour,
    hours: table.hours.map((old, i) => (i === at ? look(old, missing) : old)),
    watched: table.watched * HOURLY_FADE + 1,
    silent: table.silent * HOURLY_FADE + (isNew ? 1 : 0),
    silentAt: isOdd ? hour : table.silentAt,
  };
}
