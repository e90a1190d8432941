/** A blocking event as it is published: times as text, no milliseconds. */
import type { BlockingEvent, Bracket, CellNetwork, MethodCount } from '../model/index.ts';

interface PublicBracket {
  readonly after: string | null;
  readonly before: string | null;
}

export interface PublicBlocking {
  readonly id: string;
  readonly domain: string;
  readonly state: BlockingEvent['state'];
  readonly basis: BlockingEvent['basis'];
  readonly onset: PublicBracket;
  readonly restored: PublicBracket | null;
  readonly episodes: readonly {
    readonly network: CellNetwork;
    readonly onset: PublicBracket;
    readonly restored: PublicBracket | null;
    readonly opened_at: string;
    readonly closed_at: string | null;
    readonly basis: BlockingEvent['basis'];
    readonly methods: readonly MethodCount[];
    readonly blocked: number;
    readonly voters: number;
    readonly log_ratio: number;
    readonly measurements: readonly string[];
    readonly measurement_count: number;
    readonly recurrent: boolean;
  }[];
  readonly owners: readonly string[];
  readonly methods: readonly MethodCount[];
  readonly simultaneous: boolean;
  readonly alternatives: readonly string[];
  readonly expected_false_per_month: number;
}

const RATIO_DIGITS = 2;
const time = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z');
const timeOrNull = (ms: number | null): string | null => (ms === null ? null : time(ms));
const bracket = ({ after, before }: Bracket): PublicBracket => ({
  after: timeOrNull(after),
  before: timeOrNull(before),
});

export function publicBlocking(event: BlockingEvent): PublicBlocking {
  const { id, domain, state, basis, owners, methods, simultaneous, alternatives } = event;
  return {
    id,
    domain,
    state,
    basis,
    onset: bracket(event.onset),
    restored: event.restored === null ? null : bracket(event.restored),
    episodes: event.episodes.map((episode) => ({
      network: episode.network,
      onset: bracket(episode.onset),
      restored: episode.restored === null ? null : bracket(episode.restored),
      opened_at: time(episode.openedAt),
      closed_at: timeOrNull(episode.closedAt),
      basis: episode.basis,
      methods: episode.methods,
      blocked: episode.blocked,
      voters: episode.voters,
      log_ratio: Number(episode.logRatio.toFixed(RATIO_DIGITS)),
      measurements: episode.measurements,
      measurement_count: episode.measurementCount,
      recurrent: episode.recurrent,
    })),
    owners,
    methods,
    simultaneous,
    alternatives,
    expected_false_per_month: event.expectedFalse,
  };
}
