/** Filtering as it happened: a block that comes again, collateral of an address, interception of some lines. */
import { findEpisodes } from '../../collector/detect/blocking/find-episodes.ts';
import { mergeEpisodes } from '../../collector/detect/blocking/merge-episodes.ts';
import { joinSightings } from '../../shared/judge/authorities.ts';
import type { BlockingEvent, Vote } from '../../shared/model/index.ts';
import { DAY_MS } from '../simulate/habits.ts';
import { collateral, partialInterception, recurrent, type Filtering } from '../simulate/filtering.ts';
import { counter } from './figures.ts';
import type { Job } from './jobs.ts';
import { NETWORKS } from './networks.ts';

const WORLDS = 50;

function eventsOf(votes: readonly Vote[], now: number): readonly BlockingEvent[] {
  const byNetwork = new Map<string, Vote[]>();
  for (const vote of votes) {
    const key = `${vote.network.asn} ${vote.network.access}`;
    byNetwork.set(key, [...(byNetwork.get(key) ?? []), vote]);
  }
  const episodes = [...byNetwork.values()].flatMap((own) => findEpisodes(own, now));
  return mergeEpisodes(votes[0]!.domain, episodes, NETWORKS, []);
}

const filteringEvents = (world: Filtering): readonly (readonly BlockingEvent[])[] =>
  world.casts.map((casts) =>
    eventsOf(
      casts.map((c) => c.vote),
      world.until,
    ),
  );

const RECURRENT: Job = {
  id: 'replay: a block that comes again',
  worlds: WORLDS,
  run(seeds) {
    const count = counter('replay recurrent');
    for (const seed of seeds) {
      const world = recurrent(seed);
      const [events = []] = filteringEvents(world);
      const marked = events.some((e) => e.episodes.some((episode) => episode.recurrent));
      const whole = events.length === world.stretches.length && marked;
      const miss = `seed ${seed}: ${events.length} events for ${world.stretches.length} stretches${marked ? '' : ', none marked as come again'}`;
      count.add(whole, 1, whole ? null : miss);
    }
    return [count.count()];
  },
};

const COLLATERAL: Job = {
  id: 'replay: collateral of one address',
  worlds: WORLDS,
  run(seeds) {
    const count = counter('replay collateral');
    for (const seed of seeds) {
      const world = collateral(seed);
      filteringEvents(world).forEach((events, i) => {
        const [event] = events;
        const begins = world.stretches[0]!.from;
        const near = event?.onset.before != null && Math.abs(event.onset.before - begins) < DAY_MS;
        const whole = events.length === 1 && near && event.owners.length === 3 && event.simultaneous;
        const miss = `seed ${seed}, ${world.domains[i]}: ${events.length} events, owners ${event?.owners.join(', ')}, simultaneous ${event?.simultaneous}`;
        count.add(whole, 1, whole ? null : miss);
      });
    }
    return [count.count()];
  },
};

const INTERCEPTION: Job = {
  id: 'replay: interception of some lines',
  worlds: WORLDS,
  run(seeds) {
    const joined = counter('interception found');
    const opened = counter('interception blocking');
    for (const seed of seeds) {
      const world = partialInterception(seed);
      const events = joinSightings(world.sightings, world.clean, NETWORKS);
      const found = events.length === 1 && events[0]!.decision === 'interference';
      const share = `${(world.share * 100).toFixed(0)} % of lines`;
      joined.add(
        found,
        1,
        found ? null : `seed ${seed}, ${share}: ${events.map((e) => e.decision).join(', ') || 'no event'}`,
      );
      const blocking = eventsOf(
        world.casts.map((c) => c.vote),
        world.until,
      );
      opened.add(blocking.length > 0, 1, blocking.length === 0 ? null : `seed ${seed}, ${share}`);
    }
    return [joined.count(), opened.count()];
  },
};

export const TRAFFIC_JOBS: readonly Job[] = [RECURRENT, COLLATERAL, INTERCEPTION];
