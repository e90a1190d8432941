/** Votes → cells: of each network and hour, how many distinct pseudonyms said what. Pure; any order gives the same. */
import type { Cell, CellNetwork, Method, Outcome, Vote } from '../../shared/model/index.ts';

export const HOUR_MS = 3600 * 1000;

/** Counts distinct pseudonyms, and of them those that said each thing. */
export interface Tally {
  add(vote: Pick<Vote, 'pseudonym' | 'outcome' | 'method'>): void;
  /** Distinct pseudonyms so far. */
  size(): number;
  counts(): Pick<Cell, 'n' | 'outcomes' | 'methods'>;
}

function addTo<K>(sets: Map<K, Set<string>>, key: K, pseudonym: string): void {
  const set = sets.get(key) ?? new Set<string>();
  sets.set(key, set.add(pseudonym));
}

/** Keys in order, so that the same votes give the same text. */
function sizes<K extends string>(sets: ReadonlyMap<K, ReadonlySet<string>>): Partial<Record<K, number>> {
  const sorted = [...sets].sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(sorted.map(([key, set]) => [key, set.size])) as Partial<Record<K, number>>;
}

export function createTally(): Tally {
  const pseudonyms = new Set<string>();
  const outcomes = new Map<Outcome, Set<string>>();
  const methods = new Map<Method, Set<string>>();
  return {
    add({ pseudonym, outcome, method }) {
      pseudonyms.add(pseudonym);
      addTo(outcomes, outcome, pseudonym);
      if (method !== null) addTo(methods, method, pseudonym);
    },
    size: () => pseudonyms.size,
    counts: () => ({ n: pseudonyms.size, outcomes: sizes(outcomes), methods: sizes(methods) }),
  };
}

export const hourOf = (at: number): number => Math.floor(at / HOUR_MS) * HOUR_MS;
export const networkKey = ({ asn, access }: CellNetwork): string => `${asn} ${access}`;
const compareNetworks = (a: CellNetwork, b: CellNetwork): number =>
  a.asn - b.asn || (a.access < b.access ? -1 : Number(a.access > b.access));

/** Each network among the votes once, in order. */
export function networksOf(votes: readonly Vote[]): readonly CellNetwork[] {
  const found = new Map(votes.map(({ network }) => [networkKey(network), network]));
  return [...found.values()].sort(compareNetworks);
}

/**
 * A cell for every hour from `since` (included) until `until` (not included) of every network among the votes: an hour
 * without data has `n` 0. Not for publication: cells of one or two pseudonyms are among them (coarser.ts).
 */
export function cellsOf(
  domain: string,
  votes: readonly Vote[],
  since: number,
  until: number,
): readonly Cell[] {
  const tallies = new Map<string, Tally>();
  const of = (network: CellNetwork, hour: number): string => `${networkKey(network)} ${hour}`;
  for (const vote of votes) {
    if (vote.domain !== domain || vote.at < since || vote.at >= until) continue;
    const key = of(vote.network, hourOf(vote.at));
    const tally = tallies.get(key) ?? createTally();
    tallies.set(key, tally);
    tally.add(vote);
  }
  const cells: Cell[] = [];
  for (const network of networksOf(votes))
    for (let hour = hourOf(since); hour < until; hour += HOUR_MS) {
      const counts = tallies.get(of(network, hour))?.counts() ?? { n: 0, outcomes: {}, methods: {} };
      cells.push({ domain, network, hour, ...counts });
    }
  return cells;
}
