/**
 * What was seen while the collector could not be reached: looks → spans → outage journal. Pure.
 *
 * A device that slept saw nothing: a stretch without looks lies between two spans and in none, so that sleep is never told as an
 * outage. Two clocks: the wall clock may be wrong or set, the device's time since its start (which counts sleep) ends with a restart.
 */
import {
  MAX_JOURNAL_SPANS,
  type JournalSpan,
  type LineOfMember,
  type OutageJournal,
  type Reach,
} from '../../shared/model/index.ts';

export const REACHES = ['gateway', 'domestic', 'foreign', 'dns', 'collector'] as const;
export type Reaches = Readonly<Record<(typeof REACHES)[number], Reach>>;

/** Where on its clocks the device is. */
export interface Moment {
  /** Milliseconds since 1970. */
  readonly wall: number;
  /** Seconds since the device was started, sleep included. */
  readonly uptime: number;
  /** Changes with each start of the device; where the system doesn't say, with each start of the program. */
  readonly boot: string;
}

export interface Look extends Moment {
  readonly reach: Reaches;
}

/** Equal looks, joined. */
export interface Stretch {
  readonly first: Moment;
  readonly last: Moment;
  readonly looks: number;
  readonly reach: Reaches;
}

/** Two looks further apart than this have something between them that nobody saw. Seconds. */
export const MAX_LOOK_DISTANCE_S = 8 * 60;
/** Older spans have no age any more; what the collector takes. Seconds. */
const MAX_AGE_S = 90 * 24 * 3600;

export const sameReach = (a: Reaches, b: Reaches): boolean => REACHES.every((what) => a[what] === b[what]);

/** The later one is of the same start of the device. */
const sameBoot = (earlier: Moment, later: Moment): boolean =>
  earlier.boot === later.boot && later.uptime >= earlier.uptime;

function joins(stretch: Stretch, look: Look): boolean {
  const { last } = stretch;
  return (
    sameReach(stretch.reach, look.reach) &&
    sameBoot(last, look) &&
    look.uptime - last.uptime <= MAX_LOOK_DISTANCE_S
  );
}

/** Two neighbours as one: what they differ in is not known of the whole. */
function merge(a: Stretch, b: Stretch): Stretch {
  const reach = Object.fromEntries(
    REACHES.map((what) => [what, a.reach[what] === b.reach[what] ? a.reach[what] : 'unknown']),
  ) as Reaches;
  const together = sameBoot(a.first, b.last);
  // Across a restart there is one clock left, the wall's.
  const last = together ? b.last : { ...a.last, wall: Math.max(a.last.wall, b.last.wall) };
  return { first: a.first, last, looks: a.looks + b.looks, reach };
}

/** With one more look; beyond MAX_JOURNAL_SPANS the oldest two are told as one. */
export function addLook(stretches: readonly Stretch[], look: Look): readonly Stretch[] {
  const { reach, ...moment } = look;
  const end = stretches.at(-1);
  if (end !== undefined && joins(end, look))
    return [...stretches.slice(0, -1), { ...end, last: moment, looks: end.looks + 1 }];
  const more = [...stretches, { first: moment, last: moment, looks: 1, reach }];
  const [a, b] = more;
  return more.length <= MAX_JOURNAL_SPANS || a === undefined || b === undefined
    ? more
    : [merge(a, b), ...more.slice(2)];
}

export const looksIn = (stretches: readonly Stretch[]): number => stretches.reduce((n, s) => n + s.looks, 0);

/** Whole minutes, rounded down. */
const minute = (ms: number): string => `${new Date(ms).toISOString().slice(0, 16)}:00Z`;

function span({ first, last, looks, reach }: Stretch, sealed: Moment): JournalSpan {
  const age = (moment: Moment): number => Math.max(0, Math.floor(sealed.uptime - moment.uptime));
  const known = sameBoot(first, sealed) && sameBoot(last, sealed) && age(first) <= MAX_AGE_S;
  return {
    from: minute(first.wall),
    // Set back meanwhile: the other clock tells how long it was, and where there is none, nobody knows.
    to: minute(known ? last.wall : Math.max(first.wall, last.wall)),
    from_age_s: known ? age(first) : null,
    to_age_s: known ? age(last) : null,
    looks,
    ...reach,
  };
}

/** `stretches`: at least one. The same arguments give the same journal, so that one sealed twice is the same note. */
export function journalOf(
  line: LineOfMember,
  stretches: readonly Stretch[],
  sealed: Moment & { readonly clockOffsetMinutes: number | null; readonly over: boolean },
): Omit<OutageJournal, 'x_key'> {
  const { cc, asn, access, region } = line;
  return {
    kind: 'journal',
    cc,
    asn,
    access,
    region,
    sealed_at: minute(sealed.wall),
    clock_offset_minutes: sealed.clockOffsetMinutes,
    over: sealed.over,
    spans: stretches.map((s) => span(s, sealed)),
  };
}
