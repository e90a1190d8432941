/**
 * Episodes of one domain in all networks → events: those that overlap or are less than a day apart are one. Pure; the
 * order of the episodes decides nothing.
 */
import { utf8 } from '../../../shared/codec/base64.ts';
import { sha256Hex } from '../../../shared/codec/digest.ts';
import type { BlockingEvent, Bracket, Episode, Method, MethodCount } from '../../../shared/model/index.ts';
import type { Networks } from '../../../shared/rules/index.ts';
import { alternativesOf } from './alternatives.ts';
import { EXPECTED_FALSE_A_MONTH, JOIN_MS, SIMULTANEOUS_MS } from './settings.ts';

/** What was announced before, as far as its id has to stay. */
export type EarlierEvent = Pick<BlockingEvent, 'id' | 'domain' | 'onset' | 'restored'>;

const beginsAt = (onset: Bracket): number => onset.before ?? onset.after ?? Number.NEGATIVE_INFINITY;
const endsAt = (restored: Bracket | null): number =>
  restored === null
    ? Number.POSITIVE_INFINITY
    : (restored.before ?? restored.after ?? Number.POSITIVE_INFINITY);

const networkKey = ({ network }: Episode): string => `${network.asn} ${network.access}`;
const byOnset = (a: Episode, b: Episode): number =>
  beginsAt(a.onset) - beginsAt(b.onset) ||
  a.openedAt - b.openedAt ||
  (networkKey(a) < networkKey(b) ? -1 : networkKey(a) > networkKey(b) ? 1 : 0);

function grouped(episodes: readonly Episode[]): readonly (readonly Episode[])[] {
  const groups: Episode[][] = [];
  let end = Number.NEGATIVE_INFINITY;
  for (const episode of [...episodes].sort(byOnset)) {
    const group = groups.at(-1);
    if (group === undefined || beginsAt(episode.onset) - end >= JOIN_MS) groups.push([episode]);
    else group.push(episode);
    end = Math.max(end, endsAt(episode.restored));
  }
  return groups;
}

/** `taken`: an earlier event's id may be the one that this first episode gives, and belong to another group by now. */
function eventId(domain: string, episodes: readonly Episode[], taken: ReadonlySet<string>): string {
  const first = episodes.reduce((a, b) => (b.openedAt < a.openedAt ? b : a));
  const named = `kuager blocking\n${domain}\n${networkKey(first)}\n${first.openedAt}`;
  for (let n = 1; ; n += 1) {
    const id = sha256Hex(utf8(n === 1 ? named : `${named}\n${n}`));
    if (!taken.has(id)) return id;
  }
}

/** Milliseconds that both lasted; touching within JOIN_MS counts as a little. */
function overlap(earlier: EarlierEvent, episodes: readonly Episode[]): number {
  const from = Math.max(beginsAt(earlier.onset), beginsAt(episodes[0]!.onset));
  const to = Math.min(endsAt(earlier.restored), Math.max(...episodes.map((e) => endsAt(e.restored))));
  return to - from + JOIN_MS;
}

/** One id a group and one group an id: the longest overlap first, then the smaller id. */
function keptIds(
  domain: string,
  groups: readonly (readonly Episode[])[],
  earlier: readonly EarlierEvent[],
): readonly string[] {
  const pairs = earlier
    .filter((e) => e.domain === domain)
    .flatMap((e) => groups.map((group, i) => ({ id: e.id, i, lasts: overlap(e, group) })))
    .filter(({ lasts }) => lasts > 0)
    .sort(
      (a, b) =>
        (a.lasts === b.lasts ? 0 : b.lasts - a.lasts) || (a.id < b.id ? -1 : a.id > b.id ? 1 : a.i - b.i),
    );
  const [idOf, used] = [new Map<number, string>(), new Set<string>()];
  for (const { id, i } of pairs) {
    if (idOf.has(i) || used.has(id)) continue;
    idOf.set(i, id);
    used.add(id);
  }
  return groups.map((group, i) => idOf.get(i) ?? eventId(domain, group, used));
}

/** Pseudonyms are of one network each: sums over networks are distinct; within one the greatest stands for all its stretches. */
function methodsOf(episodes: readonly Episode[]): readonly MethodCount[] {
  const counts = new Map<Method, Map<string, number>>();
  for (const episode of episodes)
    for (const { method, pseudonyms } of episode.methods) {
      const there = counts.get(method) ?? new Map<string, number>();
      const key = networkKey(episode);
      counts.set(method, there.set(key, Math.max(there.get(key) ?? 0, pseudonyms)));
    }
  return [...counts]
    .map(([method, there]) => ({
      method,
      pseudonyms: [...there.values()].reduce((a, b) => a + b, 0),
    }))
    .sort((a, b) => b.pseudonyms - a.pseudonyms || (a.method < b.method ? -1 : 1));
}

function ownersOf(episodes: readonly Episode[], networks: Networks): readonly string[] {
  const owners = episodes.flatMap((e) => networks.ownerOf(e.network.asn, e.onset.before ?? e.openedAt) ?? []);
  return [...new Set(owners)].sort();
}

/** First onsets in networks of two owners lie within the same hours, and not merely because nobody measured for days. */
function isSimultaneous(episodes: readonly Episode[], networks: Networks): boolean {
  const onsets = episodes.flatMap((e) => {
    const at = e.onset.before ?? e.openedAt;
    const owner = networks.ownerOf(e.network.asn, at);
    return owner === null ? [] : [{ at, owner }];
  });
  return onsets.some((a) =>
    onsets.some((b) => a.owner !== b.owner && Math.abs(a.at - b.at) <= SIMULTANEOUS_MS),
  );
}

function eventOf(
  id: string,
  domain: string,
  episodes: readonly Episode[],
  networks: Networks,
): BlockingEvent {
  const last = episodes.reduce((a, b) => (endsAt(b.restored) > endsAt(a.restored) ? b : a));
  const basis = episodes.some((e) => e.basis === 'interfered') ? 'interfered' : 'suspected';
  const methods = methodsOf(episodes);
  const owners = ownersOf(episodes, networks);
  const simultaneous = isSimultaneous(episodes, networks);
  const there = new Set(episodes.map(networkKey)).size;
  return {
    id,
    domain,
    state: last.restored === null ? 'open' : 'restored',
    basis,
    onset: episodes[0]!.onset,
    restored: last.restored,
    episodes,
    owners,
    methods,
    simultaneous,
    alternatives: alternativesOf(episodes, basis, owners.length),
    expectedFalse: Math.round(EXPECTED_FALSE_A_MONTH * there * 1e6) / 1e6,
  };
}

/**
 * `episodes` of all networks of `domain`; `networks` says whose they were on those days; `earlier`: events announced before,
 * whose ids stay with what overlaps them. Earliest onset first.
 */
export function mergeEpisodes(
  domain: string,
  episodes: readonly Episode[],
  networks: Networks,
  earlier: readonly EarlierEvent[],
): readonly BlockingEvent[] {
  const groups = grouped(episodes);
  const ids = keptIds(domain, groups, earlier);
  return groups.map((group, i) => eventOf(ids[i]!, domain, group, networks));
}
