/** Which votes a decision looks at: a flood from one key, or of keys on one day, changes nothing and costs little. Pure. */
import type { Outcome, Vote } from '../model/index.ts';

const HOUR_MS = 3600 * 1000;
const DAY_MS = 24 * HOUR_MS;
/** Pseudonyms of one network and day: those whose votes came first. */
const MAX_PSEUDONYMS_OF_DAY = 300;
/** So many are kept while reading, before the last to come are left out. */
const MAX_WHILE_READING = 2 * MAX_PSEUDONYMS_OF_DAY;

/** Outcomes that have a say in whether a site is blocked. */
export const VOTING_OUTCOMES = [
  'accessible',
  'interfered',
  'suspected',
] as const satisfies readonly Outcome[];
const hasSay = (outcome: Outcome): boolean => (VOTING_OUTCOMES as readonly Outcome[]).includes(outcome);

const compareText = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
/** By time of measuring, then by id. */
const compareVotes = (a: Vote, b: Vote): number =>
  a.at - b.at || compareText(a.measurementId, b.measurementId);

interface OfPseudonym {
  receivedAt: number;
  /** Hour and outcome → the first such vote. */
  readonly first: Map<string, Vote>;
}
type OfDay = Map<string, OfPseudonym>;

const dayKey = ({ network, at }: Vote): string =>
  `${network.asn} ${network.access} ${Math.floor(at / DAY_MS)}`;
const firstToCome = (day: OfDay): readonly (readonly [string, OfPseudonym])[] =>
  [...day]
    .sort(([a, x], [b, y]) => x.receivedAt - y.receivedAt || compareText(a, b))
    .slice(0, MAX_PSEUDONYMS_OF_DAY);

export interface Thinning {
  /** In order: by time of measuring, then by id. */
  add(vote: Vote): void;
  /** What is left, in order. */
  votes(): readonly Vote[];
}

/** Of one domain: of each pseudonym, network, hour and outcome the first vote. Memory is bounded by days and networks. */
export function createThinning(): Thinning {
  const days = new Map<string, OfDay>();
  return {
    add(vote) {
      if (!hasSay(vote.outcome)) return;
      const key = dayKey(vote);
      let day: OfDay = days.get(key) ?? new Map<string, OfPseudonym>();
      if (day.size >= MAX_WHILE_READING && !day.has(vote.pseudonym)) day = new Map(firstToCome(day));
      days.set(key, day);
      const own = day.get(vote.pseudonym) ?? { receivedAt: vote.receivedAt, first: new Map<string, Vote>() };
      day.set(vote.pseudonym, own);
      own.receivedAt = Math.min(own.receivedAt, vote.receivedAt);
      const place = `${Math.floor(vote.at / HOUR_MS)} ${vote.outcome}`;
      if (!own.first.has(place)) own.first.set(place, vote);
    },
    votes: () =>
      [...days.values()]
        .flatMap((day) => firstToCome(day).flatMap(([, { first }]) => [...first.values()]))
        .sort(compareVotes),
  };
}

/** The same of votes in any order: the same set always gives the same. */
export function thinVotes(votes: readonly Vote[]): readonly Vote[] {
  const thinning = createThinning();
  [...votes].sort(compareVotes).forEach((vote) => thinning.add(vote));
  return thinning.votes();
}
