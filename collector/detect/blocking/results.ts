/** Votes → results: what one pseudonym found in one hour, however often it measured. Pure. */
import type { Method, Vote } from '../../../shared/model/index.ts';
import { DAY_MS, HOUR_MS, MAX_VOTES, SUSPECTED_WEIGHT } from './settings.ts';

export interface Result {
  /** First and last of its votes, milliseconds since 1970. */
  readonly at: number;
  readonly last: number;
  readonly hour: number;
  readonly day: number;
  /** Index of the pseudonym: the same for the same one, within one call. */
  readonly voter: number;
  /** Shares of its votes in this hour; together 1. */
  readonly interfered: number;
  readonly suspected: number;
  readonly accessible: number;
  /** Weighted: how it speaks for blocking. */
  readonly blocked: number;
  /** Those that said blocked, earliest first. */
  readonly accusing: readonly Accusing[];
}

export interface Accusing {
  readonly id: string;
  readonly at: number;
  readonly method: Method | null;
}

const COUNTED: ReadonlySet<string> = new Set(['interfered', 'suspected', 'accessible']);

const byTime = (a: Vote, b: Vote): number =>
  a.at - b.at || (a.measurementId < b.measurementId ? -1 : a.measurementId > b.measurementId ? 1 : 0);

/** What counts, each measurement once, in order; the newest MAX_VOTES. */
function counted(votes: readonly Vote[], now: number): readonly Vote[] {
  const byId = new Map<string, Vote>();
  for (const vote of votes)
    if (COUNTED.has(vote.outcome) && Number.isFinite(vote.at) && vote.at <= now)
      byId.set(vote.measurementId, vote);
  return [...byId.values()].sort(byTime).slice(-MAX_VOTES);
}

function resultOf(votes: readonly Vote[], voter: number, hour: number): Result {
  const counts = { interfered: 0, suspected: 0, accessible: 0 };
  for (const { outcome } of votes) counts[outcome as keyof typeof counts] += 1;
  const share = (outcome: keyof typeof counts): number => counts[outcome] / votes.length;
  const [interfered, suspected] = [share('interfered'), share('suspected')];
  return {
    at: votes[0]!.at,
    last: votes.at(-1)!.at,
    hour,
    day: Math.floor((hour * HOUR_MS) / DAY_MS),
    voter,
    interfered,
    suspected,
    accessible: share('accessible'),
    blocked: interfered + SUSPECTED_WEIGHT * suspected,
    accusing: votes
      .filter((v) => v.outcome !== 'accessible')
      .map((v) => ({ id: v.measurementId, at: v.at, method: v.method })),
  };
}

/**
 * Results by time, then by pseudonym. Somebody who found both within an hour speaks for both, with shares; a flood within
 * an hour is one result.
 */
export function resultsOf(votes: readonly Vote[], now: number): readonly Result[] {
  const kept = counted(votes, now);
  const pseudonyms = [...new Set(kept.map((v) => v.pseudonym))].sort();
  const indexOf = new Map(pseudonyms.map((pseudonym, i) => [pseudonym, i]));
  const groups = new Map<number, Map<number, Vote[]>>();
  for (const vote of kept) {
    const hour = Math.floor(vote.at / HOUR_MS);
    const voter = indexOf.get(vote.pseudonym)!;
    const inHour = groups.get(hour) ?? new Map<number, Vote[]>();
    groups.set(hour, inHour);
    const own = inHour.get(voter);
    if (own === undefined) inHour.set(voter, [vote]);
    else own.push(vote);
  }
  return [...groups]
    .flatMap(([hour, inHour]) => [...inHour].map(([voter, own]) => resultOf(own, voter, hour)))
    .sort((a, b) => a.at - b.at || a.voter - b.voter);
}
