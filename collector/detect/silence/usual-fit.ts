/** The looks at a group's past → how many of it are overdue at worst in such an hour, as a beta-binomial; and what is too many. */
import { lnBetaBinomial, lnBinomial } from './beta-binomial.ts';
import { OPENS_AT, SILENT_SHARE } from './levels.ts';
import { hourOfWeek, type UsualHour, type UsualTable } from './usual-table.ts';

/** What a decision rests on. Plain JSON: alerts keep it. */
export interface UsualMisses {
  /** Beta counts of the share that is overdue at worst. */
  readonly alpha: number;
  readonly beta: number;
  /** Of all hours, those in which all are missing for one cause that is none of ours: a router, a power cut. For a small group. */
  readonly common: number;
  /** The group was watched for a week or longer: when its members come and go is known. */
  readonly habitsKnown: boolean;
}

const HOURS_OF_DAY = 24;
const HOURS_OF_WEEK = 168;
const HOURS_OF_YEAR = 365.25 * HOURS_OF_DAY;
const WORKDAYS = 5;

/** Of a look at the hour before and after: people are not punctual. */
const BESIDE = 0.3;
/** An hour of the week counts by its own looks; so many more are taken from the same hour of other days. */
const OTHER_DAYS = 3;
/** The same hour of a wider group is at most so many looks: the nearest one, and the next. */
const PARENTS = [2, 1] as const;
/** Looks taken from all hours: many where hours are alike, hardly any where they differ. */
const ALL_HOURS = { min: 0.2, max: 20 } as const;
/** Before anything was seen: half a look at a group that is likely to go to bed together. */
const BEFORE: UsualHour = { weight: 0.5, share: 0.15, square: 0.1, inverse: 0.05 };
/** Correlation of members within an hour. */
const CORRELATION = { min: 0.03, max: 0.6 } as const;
const SHARE = { min: 0.005, max: 0.95 } as const;

/** Before anything was seen: one silence of that kind in 50,000 hours; one that was seen counts for two. */
const COMMON_HOURS = 10_000;
const COMMON_SEEN = 0.2;
const COMMON_EACH = 2;
/** Of more members than so many, it is ever rarer (by the square) that they share a cause. */
const SHARED_BY = 10;

const sum = (looks: readonly UsualHour[]): UsualHour => ({
  weight: looks.reduce((total, l) => total + l.weight, 0),
  share: looks.reduce((total, l) => total + l.share, 0),
  square: looks.reduce((total, l) => total + l.square, 0),
  inverse: looks.reduce((total, l) => total + l.inverse, 0),
});

const times = (look: UsualHour, factor: number): UsualHour => ({
  weight: look.weight * factor,
  share: look.share * factor,
  square: look.square * factor,
  inverse: look.inverse * factor,
});

const atMost = (look: UsualHour, weight: number): UsualHour =>
  look.weight <= weight ? look : times(look, weight / look.weight);

const isWorkday = (hour: number): boolean => hour < WORKDAYS * HOURS_OF_DAY;

function around(table: UsualTable, hour: number): UsualHour {
  const at = (i: number): UsualHour => table.hours[(i + HOURS_OF_WEEK) % HOURS_OF_WEEK]!;
  return sum([at(hour), times(at(hour - 1), BESIDE), times(at(hour + 1), BESIDE)]);
}

const within = (value: number, { min, max }: { readonly min: number; readonly max: number }): number =>
  Math.min(max, Math.max(min, value));

/** How many looks all hours together are worth for one: the spread within hours, in that between them (Bühlmann's credibility). */
function credit(hours: readonly UsualHour[]): number {
  const seen = hours.filter((h) => h.weight > 1);
  const all = sum(seen);
  if (seen.length < 2) return ALL_HOURS.min;
  const free = seen.reduce((total, h) => total + h.weight - 1, 0);
  const inHours = seen.reduce((total, h) => total + h.square - h.share ** 2 / h.weight, 0) / free;
  const mean = all.share / all.weight;
  const spread = seen.reduce((total, h) => total + h.weight * (h.share / h.weight - mean) ** 2, 0);
  const between = (spread - (seen.length - 1) * inHours) / all.weight;
  return between <= 0 ? ALL_HOURS.max : within(inHours / between, ALL_HOURS);
}

/** Of a group and those wider: what all its hours have in common, once for all hours. */
interface Prepared {
  readonly tables: readonly UsualTable[];
  readonly all: UsualHour;
  readonly allLooks: number;
}

function prepare(tables: readonly UsualTable[]): Prepared {
  const hours = tables[0]?.hours ?? [];
  return { tables, all: sum([BEFORE, ...hours]), allLooks: credit(hours) };
}

const worth = (look: UsualHour, weight: number): UsualHour => times(look, weight / look.weight);

function pooled(hour: number, { tables, all, allLooks }: Prepared): UsualHour {
  const [own, ...parents] = tables;
  const wider = parents
    .slice(0, PARENTS.length)
    .map((parent, i) => atMost(around(parent, hour), PARENTS[i]!));
  if (own === undefined) return sum([all, ...wider]);
  const others = own.hours.filter(
    (_, i) => i % HOURS_OF_DAY === hour % HOURS_OF_DAY && isWorkday(i) === isWorkday(hour),
  );
  const sameHour = sum([...others, ...wider, worth(all, allLooks)]);
  return sum([around(own, hour), worth(sameHour, OTHER_DAYS)]);
}

function fit(hour: number, prepared: Prepared, unlearnt = 0): UsualMisses {
  const looks = pooled(hour, prepared);
  const mean = within(looks.share / looks.weight, SHARE);
  const spread = looks.square / looks.weight - mean * mean;
  const byChance = looks.inverse / looks.weight;
  // Variance of k/n of a beta-binomial: m(1 − m)(1/n + (1 − 1/n)ρ).
  const correlation = within((spread / (mean * (1 - mean)) - byChance) / (1 - byChance), CORRELATION);
  const counts = 1 / correlation - 1;
  const own = prepared.tables[0];
  const seen = COMMON_SEEN + COMMON_EACH * ((own?.silent ?? 0) + unlearnt);
  return {
    alpha: mean * counts,
    beta: (1 - mean) * counts,
    common: Math.min(1, seen / (COMMON_HOURS + (own?.watched ?? 0))),
    habitsKnown: (own?.watched ?? 0) >= HOURS_OF_WEEK,
  };
}

/**
 * `at`: milliseconds since 1970; `tables`: the group's own first, then its parents', the narrowest first; `unlearnt`: silences of the group
 * that nothing has confirmed and that are not in its table yet.
 */
export function usualAt(at: number, tables: readonly UsualTable[], unlearnt = 0): UsualMisses {
  return fit(hourOfWeek(at), prepare(tables), unlearnt);
}

/** ln of the probability that of so many this many are missing, in a usual hour. */
function lnUsual(overdue: number, active: number, usual: UsualMisses): number {
  const common = usual.common * Math.min(1, (SHARED_BY / active) ** 2);
  const apart = lnBetaBinomial(overdue, active, usual.alpha, usual.beta);
  const together = lnSilent(overdue, active);
  const most = Math.max(apart, together);
  return most + Math.log((1 - common) * Math.exp(apart - most) + common * Math.exp(together - most));
}

/** The same when the group is silent, at the share that suits best. */
function lnSilent(overdue: number, active: number): number {
  return lnBinomial(overdue, active, Math.max(SILENT_SHARE, overdue / active));
}

/** Base-10 logarithm of how much likelier a silence is than a usual hour. */
export function logRatio(overdue: number, active: number, usual: UsualMisses): number {
  return (lnSilent(overdue, active) - lnUsual(overdue, active, usual)) / Math.LN10;
}

/** The same, of a group that nothing but habit makes fall silent. */
export function isUnlikely(overdue: number, active: number, usual: UsualMisses): boolean {
  return isSilent(overdue, active, { ...usual, common: 0 });
}

/** So many are missing, and that is unlikely enough. */
export function isSilent(overdue: number, active: number, usual: UsualMisses): boolean {
  return overdue >= SILENT_SHARE * active && logRatio(overdue, active, usual) >= OPENS_AT;
}

/** Of more members the number is no greater. */
const MAX_COUNTED = 200;

function usualChance(active: number, usual: UsualMisses): number {
  let chance = 0;
  for (let overdue = active; overdue > 0 && isSilent(overdue, active, usual); overdue -= 1)
    chance += Math.exp(lnUsual(overdue, active, usual));
  return chance;
}

/** False events in a year of a group with so many active members at all hours. */
export function expectedFalse(tables: readonly UsualTable[], active: number): number {
  const members = Math.min(active, MAX_COUNTED);
  const prepared = prepare(tables);
  const hours = Array.from({ length: HOURS_OF_WEEK }, (_, hour) => usualChance(members, fit(hour, prepared)));
  return (hours.reduce((total, chance) => total + chance, 0) / HOURS_OF_WEEK) * HOURS_OF_YEAR;
}
