/**
 * What is usual of a group: by hour of the week, the worst share of it that was missing in each such hour. Hours, not minutes, are
 * counted, because the minutes of an hour are no independent looks; so the decision's threshold is a rate of false events by
 * the hour. An hour of few looks leans on the hours beside it, on the same hour of other days, and on wider groups.
 */
import type { SilenceEvent, SilenceState } from '../../../shared/model/index.ts';
import { MINUTE_MS } from './hour-peak.ts';

export const HOUR_MS = 60 * MINUTE_MS;
const HOURS_OF_DAY = 24;
const HOURS_OF_WEEK = 7 * HOURS_OF_DAY;
const DAY_MS = HOURS_OF_DAY * HOUR_MS;
/** Almaty's time; where it is not the members', the hours have other names and are learnt all the same. */
const LOCAL_OFFSET_MS = 5 * HOUR_MS;
/** 1970-01-01 was a Thursday. */
const EPOCH_WEEKDAY_MS = 3 * DAY_MS;

/** An hour is folded so long after its end: an event of it may still be confirmed, and then it is left out. */
export const FOLD_DELAY_MS = 3 * DAY_MS;
/** At its end half of the group may still be missing: they come back one by one. */
const RETURNING_MS = HOUR_MS;

/** Sums over looks at one hour of the week, each with its weight. Shares are of the worst minutes. */
export interface UsualHour {
  readonly weight: number;
  readonly share: number;
  readonly square: number;
  /** Of 1 / members: what chance alone adds to the spread. */
  readonly inverse: number;
}

/** What is kept of a group's past; plain JSON. */
export interface UsualTable {
  /** Start of the newest hour in it, milliseconds since 1970; null: nothing yet. */
  readonly through: number | null;
  /** By hour of the week. */
  readonly hours: readonly UsualHour[];
  /** Hours with enough members, and silences among them that no habit explains and nothing confirmed; fading. */
  readonly watched: number;
  readonly silent: number;
  /** Start of the newest hour of such a silence. */
  readonly silentAt: number | null;
}

export interface Stretch {
  /** Milliseconds since 1970, `to` exclusive; null: goes on. */
  readonly from: number;
  readonly to: number | null;
}

const NOTHING: UsualHour = { weight: 0, share: 0, square: 0, inverse: 0 };

export function emptyUsual(): UsualTable {
  const hours = Array.from({ length: HOURS_OF_WEEK }, () => NOTHING);
  return { through: null, hours, watched: 0, silent: 0, silentAt: null };
}

/** 0 (Monday 00:00) … 167, of Almaty's time since 2024. */
export function hourOfWeek(at: number): number {
  const hours = Math.floor((at + LOCAL_OFFSET_MS + EPOCH_WEEKDAY_MS) / HOUR_MS) % HOURS_OF_WEEK;
  return (hours + HOURS_OF_WEEK) % HOURS_OF_WEEK;
}

/** The states in which a silence was somebody's doing and not the group's way. */
const NOT_USUAL: ReadonlySet<SilenceState> = new Set([
  'shutdown_confirmed',
  'foreign_cut',
  'collector_blocked',
]);

/**
 * Of a group's events, the stretches that teach nothing. Of one that was never confirmed its beginning counts as usual: so a flat
 * whose router fails is soon known to be one.
 */
export function leftOut(
  events: readonly Pick<SilenceEvent, 'state' | 'onset' | 'openedAt' | 'endedAt'>[],
): readonly Stretch[] {
  return events.map((event) => ({
    from: NOT_USUAL.has(event.state) ? event.onset.after : event.openedAt + HOUR_MS,
    to: event.endedAt === null ? null : event.endedAt + RETURNING_MS,
  }));
}

/** Of a group's own silences, those that nothing has confirmed and that a table does not count yet. `through`: as in the table. */
export function unlearntSilences(
  events: readonly Pick<SilenceEvent, 'state' | 'openedAt'>[],
  through: number | null,
): number {
  const since = through === null ? Number.NEGATIVE_INFINITY : through + HOUR_MS;
  return events.filter(({ state, openedAt }) => !NOT_USUAL.has(state) && openedAt >= since).length;
}
