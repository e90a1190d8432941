/** One group, one minute: does a silence open, go on, end? Pure: the same counts give the same answer years later. */
import type { GroupCount, MemberGroup } from '../../../shared/model/index.ts';
import {
  MIN_ACTIVE,
  MINUTE_MS,
  missingThrough,
  observedMinutes,
  shareOf,
  type Missing,
} from './hour-peak.ts';
import {
  HEARD_SHARE,
  RETURNED_MINUTES,
  RETURNED_MORE,
  RETURNED_SHARE,
  SILENT_SHARE,
  SUDDEN_FROM,
  SUDDEN_MINUTES,
  SUDDEN_TO,
} from './levels.ts';
import { isSilent, logRatio, type UsualMisses } from './usual-fit.ts';

export { MIN_ACTIVE } from './hour-peak.ts';
/** Minutes of counts that a decision looks at, the judged one included. */
export const COUNTS_BACK_MINUTES = 70;
/** Falls silent again so soon after the end: the same event goes on. */
export const REJOIN_MS = 24 * 3_600_000;
/** Nobody is overdue sooner after a heartbeat than this: 1.5 of the usual periods and a minute. */
const USUAL_LIMIT_MINUTES = 9;
/** After a gap nobody is counted of whom nothing could have come yet: those who are, may be the few that were heard all the time. */
const SETTLED_MINUTES = 25;
/** What was missing before the onset rises by no more than this share of what is missing after it. */
const RISEN = 0.15;

/** What a running event keeps for its end. */
export interface OpenSilence {
  readonly openedAt: number;
  readonly onset: { readonly after: number; readonly before: number };
}

export interface SilenceQuestion {
  readonly group: MemberGroup;
  /**
   * By minute, the judged one last; minutes that are not there were not observed. While an event is open: of the members active at its
   * onset and of those heard since; otherwise of those heard in the last hour.
   */
  readonly counts: readonly GroupCount[];
  readonly usual: UsualMisses;
  readonly open: OpenSilence | null;
}

/** Why nothing is decided. `settling`: too many are missing, and not yet for long enough. */
export type NothingReason = 'not_observed' | 'too_few' | 'usual' | 'settling';

export type SilenceStep =
  | { readonly kind: 'nothing'; readonly reason: NothingReason }
  | {
      readonly kind: 'opens';
      readonly onset: { readonly after: number; readonly before: number };
      readonly openedAt: number;
      readonly active: number;
      readonly overdue: number;
      /** Base-10 logarithm of the likelihood ratio. */
      readonly logRatio: number;
    }
  | { readonly kind: 'goes_on' }
  | { readonly kind: 'ends'; readonly endedAt: number };

type Minutes = ReadonlyMap<number, Missing>;

/**
 * After: the last minute with no more missing than usual, and as much before it as heartbeats tell late, which is as long again
 * as the rise took, or a usual limit. Before: the first minute in which the group was silent.
 */
function onsetOf(minutes: Minutes, minute: number): { readonly after: number; readonly before: number } {
  const first = minute - (COUNTS_BACK_MINUTES - 1) * MINUTE_MS;
  const share = (at: number): number | null => {
    const missing = minutes.get(at);
    return missing === undefined ? null : shareOf(missing);
  };
  let before = minute;
  for (let at = minute; at >= first; at -= MINUTE_MS) {
    const then = share(at);
    if (then !== null && then < SILENT_SHARE) break;
    if (then !== null) before = at;
  }
  const earlier: number[] = [];
  for (let at = first; at < before; at += MINUTE_MS) earlier.push(share(at) ?? 1);
  const least = Math.min(1, ...earlier);
  const usualShare = least + RISEN * ((share(minute) ?? 1) - least);
  const last = earlier.findLastIndex((then) => then <= usualShare);
  const usualAt = last === -1 ? first : first + last * MINUTE_MS;
  const late = Math.max(USUAL_LIMIT_MINUTES * MINUTE_MS, 3 * (before - usualAt));
  return { after: usualAt - late, before };
}

function endsAt(minutes: Minutes, minute: number): number | null {
  const onTime = (at: number): number | null => {
    const missing = minutes.get(at);
    return missing === undefined || missing.active < MIN_ACTIVE ? null : 1 - shareOf(missing);
  };
  for (let back = 0; back < SETTLED_MINUTES; back += 1)
    if (!minutes.has(minute - back * MINUTE_MS)) return null;
  const first = minute - (RETURNED_MINUTES - 1) * MINUTE_MS;
  let least = 1;
  for (let at = first; at <= minute; at += MINUTE_MS) {
    const then = onTime(at);
    if (then === null) return null;
    least = Math.min(least, then);
  }
  const floor = Math.min(1, ...[...minutes.keys()].flatMap((at) => onTime(at) ?? []));
  const isBack = least >= HEARD_SHARE || (least >= RETURNED_SHARE && least >= floor + RETURNED_MORE);
  return isBack ? first : null;
}

/** The collector was there and could not hear: until everybody has had the time to be heard again, missing ones tell nothing. */
function wasDeaf(counts: readonly GroupCount[], minute: number): boolean {
  const since = minute - SETTLED_MINUTES * MINUTE_MS;
  return counts.some((c) => !c.observed && c.active >= MIN_ACTIVE && c.minute > since);
}

/**
 * Hardly anybody missing, and minutes later nearly everybody: what no habit does, one after the other as people go to bed or close
 * the office. Of a group whose habits are not known yet this is all that can be asked.
 */
function isSudden(minutes: Minutes, minute: number, { overdue }: Missing): boolean {
  const wasThere = [...minutes].some(
    ([at, then]) =>
      at >= minute - SUDDEN_MINUTES * MINUTE_MS && then.active >= MIN_ACTIVE && shareOf(then) <= SUDDEN_FROM,
  );
  if (!wasThere) return false;
  // The last of many to go home are no group that falls silent.
  const most = Math.max(...[...minutes.values()].map((m) => m.active));
  return overdue >= SUDDEN_TO * most;
}

/** Minutes that were not observed decide nothing; an open event then goes on. */
export function decideSilence({ counts, usual, open }: SilenceQuestion): SilenceStep {
  const last = counts.at(-1);
  const minute = last?.minute ?? 0;
  const recent = counts.filter((c) => c.minute > minute - COUNTS_BACK_MINUTES * MINUTE_MS);
  const minutes = observedMinutes(recent);
  if (open !== null) {
    const endedAt = endsAt(minutes, minute);
    return endedAt === null ? { kind: 'goes_on' } : { kind: 'ends', endedAt };
  }
  if (last?.observed !== true || wasDeaf(recent, minute)) return { kind: 'nothing', reason: 'not_observed' };
  const now = minutes.get(minute);
  if (now === undefined || now.active < MIN_ACTIVE) return { kind: 'nothing', reason: 'too_few' };
  const isTooMuch = (missing: Missing): boolean =>
    isSilent(missing.overdue, missing.active, usual) ||
    (!usual.habitsKnown && isSudden(minutes, minute, missing));
  if (!isTooMuch(now)) return { kind: 'nothing', reason: 'usual' };
  const missing = missingThrough(minutes, minute);
  if (missing === null || !isTooMuch(missing)) return { kind: 'nothing', reason: 'settling' };
  return {
    kind: 'opens',
    onset: onsetOf(minutes, minute),
    openedAt: minute + MINUTE_MS,
    active: missing.active,
    overdue: missing.overdue,
    logRatio: logRatio(missing.overdue, missing.active, usual),
  };
}

/** `onsetBefore`: of the new silence; both milliseconds since 1970. */
export function rejoins(endedAt: number, onsetBefore: number): boolean {
  return onsetBefore >= endedAt && onsetBefore - endedAt < REJOIN_MS;
}
