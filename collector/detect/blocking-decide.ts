/**
 * Votes on one domain, and what was announced of it → its blocking events. Pure, and the only way to them: as more comes to
 * be known, for a past moment, when an alert is made again. `now` is the receipt of the newest vote and no clock, so the same
 * votes end at the same events whenever that is asked.
 *
 * What has begun before the votes that are looked at reach well back can't be found again in them. Of that the
 * announcement stands: its id, its onset, and that it was so; only its end is still looked for.
 */
import type { BlockingEvent, CellNetwork, Episode, Vote } from '../../shared/model/index.ts';
import type { Networks } from '../../shared/rules/index.ts';
import { findEpisodes } from './blocking/find-episodes.ts';
import { mergeEpisodes } from './blocking/merge-episodes.ts';
import { DAY_MS, MAX_VOTES } from './blocking/settings.ts';

/** Votes older than this before `now` are not looked at. Milliseconds. */
export const BLOCKING_WINDOW_MS = 180 * DAY_MS;
/** What began in the first part of the window lacks the time before it: at most so much, at most half of the window. */
const MAX_MARGIN_MS = 60 * DAY_MS;

export interface BlockingQuestion {
  readonly domain: string;
  /** Since `now - BLOCKING_WINDOW_MS`, thinned (shared/judge/thin-votes.ts), in order. */
  readonly votes: readonly Vote[];
  /** As last announced, without what was withdrawn. */
  readonly earlier: readonly BlockingEvent[];
  readonly networks: Networks;
  /** When the newest vote was received, milliseconds since 1970. */
  readonly now: number;
}

const keyOf = ({ asn, access }: CellNetwork): string => `${asn} ${access}`;
const onsetOf = ({ onset }: Pick<Episode, 'onset'>): number => onset.before ?? onset.after ?? 0;
const endOf = ({ restored }: Pick<Episode, 'restored'>): number =>
  restored === null ? Number.POSITIVE_INFINITY : (restored.before ?? restored.after ?? 0);

function byNetwork(votes: readonly Vote[]): ReadonlyMap<string, Vote[]> {
  const groups = new Map<string, Vote[]>();
  for (const vote of votes) {
    const key = keyOf(vote.network);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [vote]);
    else group.push(vote);
  }
  return groups;
}

/** Onsets before this are as they were announced: too little was looked at from before them. */
function settledBefore(question: BlockingQuestion, groups: ReadonlyMap<string, readonly Vote[]>) {
  const { now } = question;
  const limits = new Map<string, number>();
  for (const [key, votes] of groups) {
    // The newest MAX_VOTES of a network are looked at.
    const cut = votes.length > MAX_VOTES ? votes[votes.length - MAX_VOTES]!.at : 0;
    const from = Math.max(now - BLOCKING_WINDOW_MS, cut);
    limits.set(key, from + Math.min(MAX_MARGIN_MS, (now - from) / 2));
  }
  const whole = now - BLOCKING_WINDOW_MS + MAX_MARGIN_MS;
  return (network: CellNetwork): number => limits.get(keyOf(network)) ?? whole;
}

/** The first accessible vote after the last that said blocked, in these networks; null: none. */
function endIn(votes: readonly Vote[], since: number): Episode['restored'] {
  const blocked = votes.filter((v) => v.outcome !== 'accessible' && v.at >= since);
  const after = blocked.at(-1)?.at ?? null;
  const before = votes.find((v) => v.outcome === 'accessible' && v.at >= (after ?? since))?.at ?? null;
  return before === null ? null : { after, before };
}

/** It was announced, began long ago, and is not found any more: over, where somebody gets through. */
function endedSince(event: BlockingEvent, groups: ReadonlyMap<string, Vote[]>): BlockingEvent {
  if (event.restored !== null) return event;
  const episodes = event.episodes.map((episode): Episode => {
    if (episode.restored !== null) return episode;
    const restored = endIn(groups.get(keyOf(episode.network)) ?? [], onsetOf(episode));
    return restored === null ? episode : { ...episode, restored, closedAt: restored.before };
  });
  if (episodes.some((episode) => episode.restored === null)) return { ...event, episodes };
  const last = episodes.reduce((a, b) => (endOf(b) > endOf(a) ? b : a));
  return { ...event, episodes, state: 'restored', restored: last.restored };
}

/** The same event as announced: what of it lies before the limit is taken from there. */
function withSettled(
  event: BlockingEvent,
  before: BlockingEvent,
  limit: (network: CellNetwork) => number,
): BlockingEvent {
  const settled = before.episodes.filter((e) => onsetOf(e) < limit(e.network));
  if (settled.length === 0) return event;
  const used = new Set<Episode>();
  const found = event.episodes.map((episode) => {
    const same = settled.find(
      (e) =>
        keyOf(e.network) === keyOf(episode.network) &&
        onsetOf(e) <= endOf(episode) &&
        onsetOf(episode) <= endOf(e),
    );
    if (same === undefined || used.has(same)) return episode;
    used.add(same);
    const { onset, openedAt, recurrent } = same;
    return { ...episode, onset, openedAt, recurrent };
  });
  // Over before the window: nothing of it is found, and it stays.
  const gone = settled.filter((e) => !used.has(e) && e.restored !== null);
  const episodes = [...gone, ...found].sort(
    (a, b) => onsetOf(a) - onsetOf(b) || (keyOf(a.network) < keyOf(b.network) ? -1 : 1),
  );
  const first = episodes.reduce((a, b) => (onsetOf(b) < onsetOf(a) ? b : a));
  const owners = [...new Set([...before.owners, ...event.owners])].sort();
  return { ...event, episodes, onset: first.onset, owners };
}

/** All events of the domain, by onset; each `id` once. */
export function decideBlocking(question: BlockingQuestion): readonly BlockingEvent[] {
  const { domain, earlier, networks, now } = question;
  const groups = byNetwork(question.votes);
  const limit = settledBefore(question, groups);
  const episodes = [...groups.values()].flatMap((votes) => findEpisodes(votes.slice(-MAX_VOTES), now));
  const announced = new Map(earlier.map((event) => [event.id, event]));
  const found = mergeEpisodes(domain, episodes, networks, earlier).map((event) => {
    const before = announced.get(event.id);
    return before === undefined ? event : withSettled(event, before, limit);
  });
  const ids = new Set(found.map(({ id }) => id));
  const kept = earlier
    .filter(({ id, episodes: of }) => !ids.has(id) && of.some((e) => onsetOf(e) < limit(e.network)))
    .map((event) => endedSince(event, groups));
  return [...kept, ...found].sort((a, b) => onsetOf(a) - onsetOf(b) || (a.id < b.id ? -1 : 1));
}
