/** What happened, again: does the collector say what has to be said of it, and nothing of those who were spared? */
import type { LineOfMember, MemberGroup, SilenceEvent } from '../../shared/model/index.ts';
import { REPLAYS, type Replay, type Saying } from '../simulate/outages.ts';
import { replayCountry } from './country.ts';
import { counter } from './figures.ts';
import type { Job } from './jobs.ts';
import { TRAFFIC_JOBS } from './traffic-jobs.ts';

const WORLDS = 1;

const time = (ms: number): string => `${new Date(ms).toISOString().slice(0, 16)}Z`;
const named = ({ asn, access, region, owner }: MemberGroup): string =>
  [owner, asn, access, region].filter((part) => part !== null).join(' ') || 'country';
const short = (e: SilenceEvent): string =>
  `${named(e.group)} ${e.extent} ${e.state} ${time(e.onset.before)} … ${e.endedAt === null ? '' : time(e.endedAt)}`;

function says({ at, extent, quiet }: Saying, events: readonly SilenceEvent[]): boolean {
  const open = events.filter((e) => e.endedAt === null || e.endedAt > at);
  if (quiet === true) return open.length === 0;
  return open.some((e) => extent === undefined || extent.includes(e.extent));
}

/** Some line of the group was not cut off. */
function accuses(group: MemberGroup, only: (line: LineOfMember) => boolean): boolean {
  const regions = group.region === null ? ['KZ-75', 'KZ-71', 'KZ-23'] : [group.region];
  const lines = [
    { asn: 'AS9198', access: 'fixed' },
    { asn: 'AS21299', access: 'fixed' },
    { asn: 'AS29355', access: 'mobile' },
    { asn: 'AS21299', access: 'mobile' },
  ] as const;
  const mine = lines.filter(
    (l) =>
      (group.asn === null || l.asn === `AS${group.asn}`) &&
      (group.access === null || l.access === group.access) &&
      (group.owner === null || (group.owner === 'Kar-Tel') === (l.asn === 'AS21299')),
  );
  return mine.some((l) => regions.some((region) => !only({ ...l, cc: 'KZ', region })));
}

function replayJob(replay: Replay): Job {
  return {
    id: `replay: ${replay.name}`,
    worlds: WORLDS,
    slow: true,
    async run(seeds) {
      const count = counter('replay');
      for (const seed of seeds) {
        const { events, at } = await replayCountry(replay, seed);
        const where = `${replay.name}, seed ${seed}`;
        const check = (what: string, holds: boolean): void =>
          count.add(holds, 1, holds ? null : `${where}: ${what}; events: ${events.map(short).join(' | ')}`);
        replay.says.forEach((saying, i) =>
          check(
            `at ${time(saying.at)} ${saying.quiet ? 'nothing' : (saying.extent?.join(', ') ?? 'something')}`,
            says(saying, at[i] ?? []),
          ),
        );
        check(
          `state ${replay.state}`,
          events.some((e) => e.state === replay.state),
        );
        // The beginning of a silence may be said of a part, and taken back when the whole is silent: once each time.
        const parts = events.filter((e) => e.partOf !== undefined);
        check(`at most ${replay.events} events`, events.length - parts.length <= replay.events);
        check('at most one part said before the whole', parts.length <= replay.stretches.length);
        check(
          'nobody who was spared is named',
          events.every((e) => !accuses(e.group, replay.only)),
        );
      }
      return [count.count()];
    },
  };
}

export const REPLAY_JOBS: readonly Job[] = [...REPLAYS.map(replayJob), ...TRAFFIC_JOBS];
