/**
 * The blocking detector as the collector runs it: asked anew as votes arrive, with those received by then. The collector asks
 * after every vote; here it is asked at the arrivals that can matter, which keeps thousands of worlds affordable. Pure.
 */
import { findEpisodes } from '../../collector/detect/blocking/find-episodes.ts';
import type { Episode, Vote } from '../../shared/model/index.ts';
import { HOUR_MS } from '../simulate/habits.ts';
import type { BlockWorld } from '../simulate/block-worlds.ts';

/** Distinct pseudonyms that must have said blocked within this time; fewer, or longer apart, are no burst. */
const LEAST_VOICES = 2;
const BURST_MS = 48 * HOUR_MS;

const speaks = (vote: Vote): boolean => vote.outcome === 'interfered' || vote.outcome === 'suspected';

/** What the detector says with the first `arrived` votes. */
export function asOf(world: BlockWorld, arrived: number): readonly Episode[] {
  const votes = world.casts.slice(0, arrived).map((cast) => cast.vote);
  return votes.length === 0 ? [] : findEpisodes(votes, votes.at(-1)!.receivedAt);
}

/**
 * Numbers of arrived votes at which something could open: whenever more distinct pseudonyms speak within a burst than
 * before in it; and all votes.
 */
export function burstPeaks(world: BlockWorld): readonly number[] {
  const found: number[] = [];
  const recent = new Map<string, number>();
  let highest = LEAST_VOICES - 1;
  for (const [i, { vote }] of world.casts.entries()) {
    if (!speaks(vote)) continue;
    for (const [pseudonym, at] of recent) if (vote.receivedAt - at > BURST_MS) recent.delete(pseudonym);
    if (recent.size < LEAST_VOICES) highest = LEAST_VOICES - 1;
    recent.set(vote.pseudonym, vote.receivedAt);
    if (recent.size <= highest) continue;
    highest = recent.size;
    found.push(i + 1);
  }
  return [...found, world.casts.length];
}

/** Arrived votes at the end of each non-empty hour (by arrival) from that of `at` on: the cell itself is the first. */
export function cellsFrom(world: BlockWorld, at: number, howMany: number): readonly number[] {
  const found: number[] = [];
  const hourOf = (i: number): number => Math.floor((world.casts[i]?.vote.receivedAt ?? Infinity) / HOUR_MS);
  for (let i = 0; i < world.casts.length && found.length < howMany; i += 1)
    if (hourOf(i) >= Math.floor(at / HOUR_MS) && hourOf(i + 1) !== hourOf(i)) found.push(i + 1);
  return found;
}

/** Votes that had arrived before `at`. */
export const arrivedBy = (world: BlockWorld, at: number): number =>
  world.casts.filter(({ vote }) => vote.receivedAt < at).length;
