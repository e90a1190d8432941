/** When people's devices are on: shares of presence by local hour. Assumptions, not measurements; README.md. */

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
export const MINUTE_MS = 60_000;

/** Asia/Almaty has been UTC+5 since 2024-03-01; worlds without a date of their own lie after it. */
export const LOCAL_OFFSET_MS = 5 * HOUR_MS;

export const HABITS = ['always', 'phone', 'evening', 'office', 'night'] as const;
export type Habit = (typeof HABITS)[number];

/** Local hours in which a device with this habit is on, `from` (inclusive) to `to` (exclusive; beyond 24: next morning). */
interface Hours {
  readonly from: number;
  readonly to: number;
  readonly workdaysOnly: boolean;
}

const HOURS: Readonly<Record<Habit, Hours>> = {
  always: { from: 0, to: 24, workdaysOnly: false },
  phone: { from: 7, to: 24, workdaysOnly: false },
  evening: { from: 17, to: 25, workdaysOnly: false },
  office: { from: 9, to: 18, workdaysOnly: true },
  night: { from: 20, to: 26, workdaysOnly: false },
};

/** Public holidays of a simulated year, local month-day: the Republic's calendar of fixed days. */
const HOLIDAYS: ReadonlySet<string> = new Set([
  '01-01', '01-02', '01-07', '03-08', '03-21', '03-22', '03-23', '05-01', '05-07', '05-09',
  '07-06', '08-30', '10-25', '12-16', '12-17',
]); // prettier-ignore

const SUNDAY = 0;
const SATURDAY = 6;

export function isDayOff(localMidnightMs: number): boolean {
  const day = new Date(localMidnightMs);
  const weekday = day.getUTCDay();
  return weekday === SUNDAY || weekday === SATURDAY || HOLIDAYS.has(day.toISOString().slice(5, 10));
}

/** Local midnight of the day that `at` lies in, as if local time were UTC. */
export const localMidnight = (at: number): number => Math.floor((at + LOCAL_OFFSET_MS) / DAY_MS) * DAY_MS;

/**
 * The stretch of one local day in which the device is on, milliseconds since 1970 (UTC); null: not on that day.
 * `localMidnightMs` as `localMidnight` gives it.
 */
export function presence(
  habit: Habit,
  localMidnightMs: number,
): { readonly from: number; readonly to: number } | null {
  const hours = HOURS[habit];
  if (hours.workdaysOnly && isDayOff(localMidnightMs)) return null;
  const midnight = localMidnightMs - LOCAL_OFFSET_MS;
  return { from: midnight + hours.from * HOUR_MS, to: midnight + hours.to * HOUR_MS };
}
