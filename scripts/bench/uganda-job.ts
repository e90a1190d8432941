/** A real series: one block, and six strays that are none. */
import { findEpisodes } from '../../collector/detect/blocking/find-episodes.ts';
import { mergeEpisodes } from '../../collector/detect/blocking/merge-episodes.ts';
import type { Bracket, Vote } from '../../shared/model/index.ts';
import { readUganda } from '../lib/uganda-series.ts';
import { counter } from './figures.ts';
import type { Job } from './jobs.ts';
import { NETWORKS } from './networks.ts';

const at = (text: string): number => Date.parse(`${text}:00:00Z`);
/** What was really so, from the public reports on the Ugandan election of January 2026, as the series shows it. */
const WANTED = {
  openBy: at('2026-01-18T13'),
  onset: [at('2026-01-13T14'), at('2026-01-18T06')],
  closedBy: at('2026-01-23T20'),
  restored: [at('2026-01-23T01'), at('2026-01-23T19')],
} as const;
const CONDITIONS = [
  'exactly one event',
  'open in time',
  'onset bracket',
  'closed in time',
  'restoration bracket',
  'at every hour nothing else was open',
] as const;

function inside(bracket: Bracket | null, [from, to]: readonly [number, number]): boolean {
  return (
    bracket !== null &&
    bracket.after !== null &&
    bracket.before !== null &&
    bracket.after >= from &&
    bracket.before <= to
  );
}

const eventsBy = (votes: readonly Vote[], now: number) => {
  const known = votes.filter((v) => v.receivedAt <= now);
  if (known.length === 0) return [];
  return mergeEpisodes(known[0]!.domain, findEpisodes(known, now), NETWORKS, []);
};

/** Conditions that hold, in the order of CONDITIONS. */
function conditions(votes: readonly Vote[]): readonly boolean[] {
  const last = votes.reduce((latest, v) => Math.max(latest, v.at), 0);
  const final = eventsBy(votes, last);
  const [event] = final;
  const open = eventsBy(votes, WANTED.openBy).some((e) => e.state === 'open');
  const closed = eventsBy(votes, WANTED.closedBy).some((e) => e.state === 'restored');
  const hours = [...new Set(votes.map((v) => v.at))];
  const elsewhere = hours.filter((hour) => {
    const expected = hour >= WANTED.onset[0] && hour < WANTED.closedBy;
    return !expected && eventsBy(votes, hour).some((e) => e.state === 'open');
  });
  return [
    final.length === 1,
    open,
    inside(event?.onset ?? null, WANTED.onset),
    closed,
    inside(event?.restored ?? null, WANTED.restored),
    elsewhere.length === 0,
  ];
}

export const UGANDA_JOB: Job = {
  id: 'uganda',
  worlds: 1,
  run() {
    const votes = readUganda();
    const count = counter('uganda');
    if (votes === null)
      return [
        { figure: 'uganda', hits: 0, of: 0, misses: ['the series is not there: ../shared/data/events'] },
      ];
    conditions(votes).forEach((holds, i) => count.add(holds, 1, holds ? null : CONDITIONS[i]!));
    return [count.count()];
  },
};
