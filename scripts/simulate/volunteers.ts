/** People who measure: where, when, under which keys, how truly. Pure, from a seed. */
import type { CellNetwork } from '../../shared/model/index.ts';
import type { Draw } from './draw.ts';
import { DAY_MS, HABITS, HOUR_MS, localMidnight, MINUTE_MS, presence, type Habit } from './habits.ts';

/** A key is used for so long on one network; the day of the change differs from device to device. */
const EPOCH_DAYS = 30;
/** Of all devices: wrong clocks, how wrong they are, and spools that wait for days. */
const WRONG_CLOCK_SHARE = 0.05;
const MAX_CLOCK_ERROR_MS = 40 * MINUTE_MS;
const LATE_DEVICE_SHARE = 0.1;
const MAX_LATE_MS = 7 * DAY_MS;
/** Of each upload, whatever the device. */
const LOST_SHARE = 0.02;
const LATE_SHARE = 0.03;
const USUAL_UPLOAD_MS = 2 * MINUTE_MS;
/** A volunteer stays for about so long; half are there from the start. */
const STAY_DAYS = 120;

export interface Volunteer {
  readonly device: number;
  readonly network: CellNetwork;
  readonly owner: string;
  readonly habit: Habit;
  /** Measurements of one domain a day, on average. */
  readonly daily: number;
  /** Multiplies every rate of error. */
  readonly badness: number;
  readonly clockErrorMs: number;
  readonly late: boolean;
  readonly epochOffsetMs: number;
  /** Milliseconds since 1970. */
  readonly joins: number;
  readonly leaves: number;
  readonly liar: boolean;
}

export interface CrowdOptions {
  readonly count: number;
  readonly network: CellNetwork;
  readonly owner: string;
  readonly from: number;
  readonly to: number;
  readonly daily: number;
  /** All of this habit; absent: mixed. */
  readonly habit?: Habit;
  /** Share of liars, rounded down. */
  readonly liars?: number;
  readonly eager?: boolean;
  /** No churn: the same people from the first day to the last. */
  readonly settled?: boolean;
}

const ERROR_SPREAD = 0.8;
const LEAST_BUSY = 0.5;
const MOST_BUSY = 1.5;
const EAGER_DAILY = 1.5;

export function createCrowd(draw: Draw, options: CrowdOptions): readonly Volunteer[] {
  const liars = Math.floor(options.count * (options.liars ?? 0));
  return Array.from({ length: options.count }, (_, device) => {
    const there = options.settled === true || draw.chance(0.5);
    const joins = there ? options.from : draw.between(options.from, options.to);
    const stay = options.settled === true ? Infinity : draw.gap(STAY_DAYS * DAY_MS);
    const liar = device < liars;
    return {
      device,
      network: options.network,
      owner: options.owner,
      habit: options.habit ?? draw.pick(HABITS),
      // Liars as often as the busiest of the others; eager ones at least daily, which is as often as it counts.
      daily: liar
        ? Math.max(options.daily * MOST_BUSY, options.eager === true ? EAGER_DAILY : 0)
        : options.daily * draw.between(LEAST_BUSY, MOST_BUSY),
      badness: draw.skewed(ERROR_SPREAD),
      clockErrorMs: draw.chance(WRONG_CLOCK_SHARE)
        ? draw.between(-MAX_CLOCK_ERROR_MS, MAX_CLOCK_ERROR_MS)
        : 0,
      late: draw.chance(LATE_DEVICE_SHARE),
      epochOffsetMs: draw.between(0, EPOCH_DAYS * DAY_MS),
      joins: liar ? options.from : joins,
      leaves: liar ? options.to : joins + stay,
      liar,
    };
  });
}

/** The key that this device has on its network then: another one in each epoch. */
export function pseudonymAt(volunteer: Volunteer, at: number): string {
  const epoch = Math.floor((at + volunteer.epochOffsetMs) / (EPOCH_DAYS * DAY_MS));
  return `device ${volunteer.device} on AS${volunteer.network.asn}, epoch ${epoch}`;
}

export interface Occasion {
  /** True time, what the device's clock says, and when the collector had it. Milliseconds since 1970. */
  readonly trueAt: number;
  readonly at: number;
  readonly receivedAt: number;
}

/** When this volunteer measured the domain, between `from` and `to`, and when that arrived; lost ones are not there. */
export function occasions(draw: Draw, volunteer: Volunteer, from: number, to: number): readonly Occasion[] {
  const found: Occasion[] = [];
  const [start, end] = [Math.max(from, volunteer.joins), Math.min(to, volunteer.leaves)];
  for (let day = localMidnight(start); day <= localMidnight(end); day += DAY_MS) {
    const on = presence(volunteer.habit, day);
    if (on === null) continue;
    // Several runs of a day are apart: the domain comes round again when the list has.
    for (let due = draw.gap(1 / volunteer.daily); due < 1; due += draw.gap(1 / volunteer.daily)) {
      const trueAt = Math.floor(on.from + draw.share() * (on.to - on.from));
      if (trueAt < start || trueAt >= end || draw.chance(LOST_SHARE)) continue;
      const delay =
        volunteer.late || draw.chance(LATE_SHARE)
          ? draw.between(HOUR_MS, MAX_LATE_MS)
          : draw.gap(USUAL_UPLOAD_MS);
      found.push({
        trueAt,
        at: trueAt + Math.round(volunteer.clockErrorMs),
        receivedAt: trueAt + Math.round(delay),
      });
    }
  }
  return found;
}
