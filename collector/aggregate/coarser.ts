/**
 * Cells as they may be published: none of fewer than three pseudonyms, and none that can be had by subtracting others. A
 * vote is counted in one place only: in its hour; else, with the other small hours, in its day; else, together with
 * others that are as few, with both kinds of line, with the owner's networks, with the country. So whatever is published
 * beside a cell says nothing of what is in it. Days are taken whole, so that asking for other hours gives the same cells.
 * Pure.
 */
import type { Cell, CellNetwork, Vote } from '../../shared/model/index.ts';
import type { Networks } from '../../shared/rules/index.ts';
import { createTally, HOUR_MS, hourOf, networkKey, networksOf, type Tally } from './cells.ts';

export const DAY_MS = 24 * HOUR_MS;
/** Fewer distinct pseudonyms than this are not published by themselves. */
export const MIN_PSEUDONYMS = 3;

/** `null` fields are joined: both kinds of line, all networks of the owner, all owners. */
export interface PublicGroup {
  readonly asn: number | null;
  readonly access: CellNetwork['access'] | null;
  readonly owner: string | null;
}

export interface PublicCell extends PublicGroup {
  /** Milliseconds since 1970; an hour, or a day. */
  readonly from: number;
  readonly to: number;
  /** Null: fewer than three, none included; those few are counted in something coarser, or nowhere. */
  readonly n: number | null;
  readonly outcomes: Cell['outcomes'];
  readonly methods: Cell['methods'];
}

interface Part {
  readonly group: PublicGroup;
  readonly votes: readonly Vote[];
}

const NOTHING = { outcomes: {}, methods: {} } as const;
const empty = (group: PublicGroup, from: number, to: number, n: 0 | null): PublicCell => ({
  ...group,
  from,
  to,
  n,
  ...NOTHING,
});

function tallyOf(votes: readonly Vote[]): Tally {
  const tally = createTally();
  votes.forEach((vote) => tally.add(vote));
  return tally;
}

function groupBy<K, T>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

interface Day {
  readonly from: number;
  readonly cells: PublicCell[];
}

/** What is many enough is published; the rest goes on to the next coarser group. */
function publish(day: Day, parts: readonly Part[]): readonly Vote[] {
  const left: Vote[] = [];
  for (const { group, votes } of parts) {
    const tally = tallyOf(votes);
    if (tally.size() < MIN_PSEUDONYMS) left.push(...votes);
    else day.cells.push({ ...group, from: day.from, to: day.from + DAY_MS, ...tally.counts() });
  }
  return left;
}

/** The hours of one network and day. Where some are small, hours without data are not told apart from them. */
function publishHours(day: Day, group: PublicGroup, votes: readonly Vote[]): readonly Vote[] {
  const byHour = groupBy(votes, ({ at }) => hourOf(at));
  const tallies = new Map([...byHour].map(([hour, inHour]) => [hour, tallyOf(inHour)]));
  const isSmall = (hour: number): boolean => (tallies.get(hour)?.size() ?? 0) < MIN_PSEUDONYMS;
  const left = [...byHour].filter(([hour]) => isSmall(hour)).flatMap(([, inHour]) => inHour);
  for (let hour = day.from; hour < day.from + DAY_MS; hour += HOUR_MS) {
    const tally = tallies.get(hour);
    if (tally === undefined || isSmall(hour))
      day.cells.push(empty(group, hour, hour + HOUR_MS, left.length === 0 ? 0 : null));
    else day.cells.push({ ...group, from: hour, to: hour + HOUR_MS, ...tally.counts() });
  }
  return left;
}

const COUNTRY: PublicGroup = { asn: null, access: null, owner: null };

function publishDay(
  from: number,
  votes: readonly Vote[],
  all: readonly CellNetwork[],
  named: ReadonlySet<string>,
  networks: Networks,
): readonly PublicCell[] {
  const day: Day = { from, cells: [] };
  const ownerOf = (asn: number): string | null => networks.ownerOf(asn, from);
  const byNetwork = groupBy(votes, ({ network }) => networkKey(network));
  const small: Part[] = [];
  for (const network of all) {
    const own = byNetwork.get(networkKey(network)) ?? [];
    const group: PublicGroup = { ...network, owner: ownerOf(network.asn) };
    const few = own.length > 0 && tallyOf(own).size() < MIN_PSEUDONYMS;
    if (few && named.has(networkKey(network))) day.cells.push(empty(group, from, from + DAY_MS, null));
    small.push({ group, votes: few ? own : publishHours(day, group, own) });
  }
  const ofNetworks = publish(day, small);
  const ofAsns = publish(
    day,
    [...groupBy(ofNetworks, ({ network }) => network.asn)].map(([asn, left]) => ({
      group: { asn, access: null, owner: ownerOf(asn) },
      votes: left,
    })),
  );
  const byOwner = groupBy(ofAsns, ({ network }) => ownerOf(network.asn));
  const unowned = byOwner.get(null) ?? [];
  byOwner.delete(null);
  const ofOwners = publish(
    day,
    [...byOwner].map(([owner, left]) => ({ group: { ...COUNTRY, owner }, votes: left })),
  );
  const rest = [...unowned, ...ofOwners];
  if (rest.length > 0 && publish(day, [{ group: COUNTRY, votes: rest }]).length > 0)
    day.cells.push(empty(COUNTRY, from, from + DAY_MS, null));
  return day.cells;
}

/** Networks of which at least one day can be published. That few measured from another one is theirs: it is not named. */
function nameable(votes: readonly Vote[]): readonly CellNetwork[] {
  const few = (own: readonly Vote[]): boolean => tallyOf(own).size() < MIN_PSEUDONYMS;
  const byNetwork = groupBy(votes, ({ network }) => networkKey(network));
  return networksOf(votes).filter((network) => {
    const days = groupBy(byNetwork.get(networkKey(network)) ?? [], ({ at }) => Math.floor(at / DAY_MS));
    return [...days.values()].some((own) => !few(own));
  });
}

/** Whole days from the one of `since` to the one before `until`; both are starts of a UTC day. */
export function publicCells(
  votes: readonly Vote[],
  since: number,
  until: number,
  networks: Networks,
): readonly PublicCell[] {
  const within = votes.filter(({ at }) => at >= since && at < until);
  const named = new Set(nameable(within).map(networkKey));
  const all = networksOf(within);
  const byDay = groupBy(within, ({ at }) => Math.floor(at / DAY_MS) * DAY_MS);
  const cells: PublicCell[] = [];
  for (let from = since; from < until; from += DAY_MS) {
    const votesOfDay = byDay.get(from) ?? [];
    const there = new Set(votesOfDay.map(({ network }) => networkKey(network)));
    const shown = all.filter((network) => named.has(networkKey(network)) || there.has(networkKey(network)));
    cells.push(...publishDay(from, votesOfDay, shown, named, networks));
  }
  return cells;
}
