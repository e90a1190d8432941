/**
 * Groups that are silent in one minute → how far it reaches. Groups lie within each other and overlap; what is silent as a whole is named
 * once, by the widest group of which that can be said, and no wider: a country of which only one network is heard of is that
 * network.
 */
import type { MemberGroup, SilenceExtent } from '../../../shared/model/index.ts';
import { MIN_ACTIVE } from './hour-peak.ts';
import { HEARD_SHARE } from './levels.ts';

/** A group in the judged minute. */
export interface GroupNow {
  readonly group: MemberGroup;
  readonly active: number;
  readonly overdue: number;
  /** `decideSilence` opens it, or lets it go on. */
  readonly silent: boolean;
  /** Of one that was silent before: who of these was heard in the last hour, as others are counted. */
  readonly recent?: { readonly active: number; readonly overdue: number };
}

export interface SilentGroup {
  readonly group: MemberGroup;
  readonly extent: SilenceExtent;
  /** Groups within it that are silent too, the widest first. */
  readonly parts: readonly MemberGroup[];
}

/** A wider group has at least so many members besides a narrower one, or it says no more. */
const MIN_REST = 3;
const FIELDS = ['cc', 'owner', 'asn', 'access', 'region'] as const;

/** Every member of `part` is one of `whole`. */
export function liesWithin(part: MemberGroup, whole: MemberGroup): boolean {
  return FIELDS.every((field) => whole[field] === null || whole[field] === part[field]);
}

export function isSameGroup(a: MemberGroup, b: MemberGroup): boolean {
  return FIELDS.every((field) => a[field] === b[field]);
}

const isHeard = (active: number, overdue: number): boolean => active - overdue >= HEARD_SHARE * active;

/** Of a silent group: nothing in it is heard as usual, and it is more than any one group in it. */
function isWhole(whole: GroupNow, groups: readonly GroupNow[]): boolean {
  const within = groups.filter((g) => g !== whole && liesWithin(g.group, whole.group));
  return within.every((part) => {
    if (part.active < MIN_ACTIVE) return true;
    if (!part.silent && isHeard(part.active, part.overdue)) return false;
    if (!part.silent) return true;
    // Of a part long silent hardly anybody is counted in a whole that was heard until now.
    const inWhole = whole.recent === undefined ? (part.recent ?? part) : part;
    const active = whole.active - inWhole.active;
    return active >= MIN_REST && !isHeard(active, Math.max(0, whole.overdue - inWhole.overdue));
  });
}

const order = ({ cc, owner, asn, access, region }: MemberGroup): string =>
  JSON.stringify([cc, owner, asn, access, region]);
const fieldsOf = (group: MemberGroup): number => FIELDS.filter((field) => group[field] !== null).length;
/** The widest first; equals by name, so that the order of what is given decides nothing. */
const byWidth = (a: MemberGroup, b: MemberGroup): number =>
  fieldsOf(a) - fieldsOf(b) || (order(a) < order(b) ? -1 : 1);

const OTHER_ACCESS = { mobile: 'fixed', fixed: 'mobile' } as const;

/** Mobile or fixed alone: only where the other kind, there, is heard. */
function isAloneInAccess(group: MemberGroup, groups: readonly GroupNow[]): boolean {
  if (group.access !== 'mobile' && group.access !== 'fixed') return false;
  const other = { ...group, access: OTHER_ACCESS[group.access], asn: null };
  return groups.some((g) => isSameGroup(g.group, other) && !g.silent && isHeard(g.active, g.overdue));
}

export function extentOf(group: MemberGroup, groups: readonly GroupNow[]): SilenceExtent {
  if (group.asn !== null) return 'one_network';
  if (group.owner !== null) return 'one_owner';
  if (isAloneInAccess(group, groups)) return group.access === 'mobile' ? 'mobile_only' : 'fixed_only';
  if (group.region !== null) return 'regional';
  if (group.access === 'mobile') return 'mobile_only';
  return group.access === 'fixed' ? 'fixed_only' : 'national';
}

/** All groups of the minute, in any order → one entry for each silence, the widest first. */
export function joinGroups(groups: readonly GroupNow[]): readonly SilentGroup[] {
  const silent = groups.filter((g) => g.silent);
  const whole = silent.filter((g) => isWhole(g, groups));
  const widest = whole.filter((g) => !whole.some((wider) => wider !== g && liesWithin(g.group, wider.group)));
  return widest
    .map(({ group }) => ({
      group,
      extent: extentOf(group, groups),
      parts: silent
        .map((g) => g.group)
        .filter((part) => !isSameGroup(part, group) && liesWithin(part, group))
        .sort(byWidth),
    }))
    .sort((a, b) => byWidth(a.group, b.group));
}
