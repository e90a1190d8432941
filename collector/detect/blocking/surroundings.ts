/** Who else is there: how many could have spoken at a moment, and how many speak in an hour. Pure. */
import type { Result } from './results.ts';
import { DAY_MS, HOUR_MS, REGULARS_MS, ROSTER_MS } from './settings.ts';

export interface Surroundings {
  /** Distinct voters who could have spoken, by index of the newest result. */
  readonly around: readonly number[];
  /** Voters of an hour in which anybody measured, on average over the last week, rounded up; at least 2. */
  readonly hourly: readonly number[];
}

const USUAL_MS = 7 * DAY_MS;
const LEAST_HOURLY = 2;

function change(counts: Map<number, number>, key: number, by: number): number {
  const count = (counts.get(key) ?? 0) + by;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
  return count;
}

/** By index: who measured within the last two days, or on two days of the last fourteen. */
function aroundOf(results: readonly Result[]): readonly number[] {
  const [lately, days] = [new Map<number, number>(), new Map<number, number>()];
  const resultsOfDay = new Map<string, number>();
  const regulars = new Set<number>();
  let [latelyFrom, regularsFrom, both] = [0, 0, 0];
  // `both`: those that are in the two groups at once; kept by looking before and after each change.
  const touched = (voter: number, act: () => void): void => {
    both -= lately.has(voter) && regulars.has(voter) ? 1 : 0;
    act();
    both += lately.has(voter) && regulars.has(voter) ? 1 : 0;
  };
  const onDay = (result: Result, by: 1 | -1): void => {
    const key = `${result.voter} ${result.day}`;
    const count = (resultsOfDay.get(key) ?? 0) + by;
    if (count === 0) resultsOfDay.delete(key);
    else resultsOfDay.set(key, count);
    const isFirst = by === 1 && count === 1;
    if (!isFirst && !(by === -1 && count === 0)) return;
    if (change(days, result.voter, by) >= 2) regulars.add(result.voter);
    else regulars.delete(result.voter);
  };
  return results.map((result) => {
    touched(result.voter, () => {
      change(lately, result.voter, 1);
      onDay(result, 1);
    });
    for (; result.at - results[latelyFrom]!.at > ROSTER_MS; latelyFrom += 1) {
      const { voter } = results[latelyFrom]!;
      touched(voter, () => change(lately, voter, -1));
    }
    for (; result.at - results[regularsFrom]!.at > REGULARS_MS; regularsFrom += 1) {
      const old = results[regularsFrom]!;
      touched(old.voter, () => onDay(old, -1));
    }
    return lately.size + regulars.size - both;
  });
}

/** By index: voters of an hour in which anybody measured. */
function hourlyOf(results: readonly Result[]): readonly number[] {
  const inHours = new Map<number, number>();
  const hourly: number[] = [];
  let [weekFrom, weekResults] = [0, 0];
  for (const [i, result] of results.entries()) {
    // The hour itself does not count: a bunch in it must not make itself usual.
    const usual = inHours.size === 0 ? 0 : weekResults / inHours.size;
    const sameHour = i > 0 && results[i - 1]!.hour === result.hour;
    hourly.push(sameHour ? hourly[i - 1]! : Math.max(LEAST_HOURLY, Math.ceil(usual)));
    change(inHours, result.hour, 1);
    weekResults += 1;
    for (; (result.hour - results[weekFrom]!.hour) * HOUR_MS > USUAL_MS; weekFrom += 1) {
      change(inHours, results[weekFrom]!.hour, -1);
      weekResults -= 1;
    }
  }
  return hourly;
}

/** `results` by time. */
export const surroundingsOf = (results: readonly Result[]): Surroundings => ({
  around: aroundOf(results),
  hourly: hourlyOf(results),
});
