/** What is known, and was known, of blocking and silence, for the web side: the stages' functions over what is stored. */
import type { BlockingEvent, SilenceEvent } from '../shared/model/index.ts';
import type { Networks } from '../shared/rules/index.ts';
import { DAY_MS, publicCells } from './aggregate/coarser.ts';
import { blockingAsOf } from './detect/blocking-events.ts';
import { publishedTimeFrom } from './published-time.ts';
import type { AlertKind } from './store/alerts.ts';
import type { BlockingFilter, SilenceFilter } from './store/events.ts';
import type { EventPage } from './store/interception.ts';
import type { ArchiveStore, DerivedStore } from './store/store.ts';
import type { CellsQuestion, EventsPort, KnownEvents } from './web/events-port.ts';

/** Votes that one answer is made of, each pseudonym's once an hour. */
const MAX_CELL_VOTES = 50_000;
/** Alerts looked through for what stood announced at a moment, the newest first. */
const MAX_ALERTS = 20_000;
const ALERTS_AT_ONCE = 500;

export interface EventsPortParts {
  readonly archive: ArchiveStore;
  readonly derived: DerivedStore;
  readonly networks: () => Networks;
}

/** A published moment → the last second that is published with it or before. */
const secondOf = (asOf: number): string => publishedTimeFrom(new Date(asOf).toISOString(), 'after');

function pageOf<T>(events: readonly T[], { offset, limit }: EventPage): KnownEvents<T> {
  return { events: events.slice(offset, offset + limit), count: events.length };
}

const blockingOnset = ({ onset }: BlockingEvent): number => onset.before ?? onset.after ?? 0;
const blockingEnd = ({ restored }: BlockingEvent): number =>
  restored === null ? Number.POSITIVE_INFINITY : (restored.before ?? restored.after ?? 0);

function isBlockingWanted(event: BlockingEvent, filter: BlockingFilter): boolean {
  const { state, basis, domain, asn, since, until } = filter;
  return (
    (state === undefined || event.state === state) &&
    (basis === undefined || event.basis === basis) &&
    (domain === undefined || event.domain === domain) &&
    (asn === undefined || event.episodes.some(({ network }) => network.asn === asn)) &&
    (since === undefined || blockingEnd(event) >= since) &&
    (until === undefined || blockingOnset(event) < until)
  );
}

function isSilenceWanted(event: SilenceEvent, filter: SilenceFilter): boolean {
  const { state, ongoing, since, until } = filter;
  return (
    (state === undefined || event.state === state) &&
    (ongoing === undefined || (event.endedAt === null) === ongoing) &&
    (since === undefined || (event.endedAt ?? Number.POSITIVE_INFINITY) >= since) &&
    (until === undefined || event.onset.after < until)
  );
}

const byOnset = (a: BlockingEvent, b: BlockingEvent): number =>
  Number(a.state !== 'open') - Number(b.state !== 'open') ||
  blockingOnset(b) - blockingOnset(a) ||
  (a.id < b.id ? -1 : 1);
const bySilenceOnset = (a: SilenceEvent, b: SilenceEvent): number =>
  Number(a.endedAt !== null) - Number(b.endedAt !== null) ||
  b.onset.after - a.onset.after ||
  (a.id < b.id ? -1 : 1);

export function createEventsPort({ archive, derived, networks }: EventsPortParts): EventsPort {
  /** Events as they stood announced: rows are never changed, so this is what was said then. */
  const announced = <T>(kind: AlertKind, at: string): readonly T[] => {
    const events = new Map<string, T | null>();
    for (let offset = 0; offset < MAX_ALERTS; offset += ALERTS_AT_ONCE) {
      const alerts = archive.alerts({ kind, asOf: at }, { offset, limit: ALERTS_AT_ONCE });
      for (const { subject, state, inputs } of alerts)
        if (!events.has(subject))
          events.set(subject, state === 'withdrawn' ? null : (JSON.parse(inputs) as { event: T }).event);
      if (alerts.length < ALERTS_AT_ONCE) break;
    }
    return [...events.values()].filter((event) => event !== null);
  };
  const recomputed = (domain: string, at: string): Promise<readonly BlockingEvent[]> =>
    blockingAsOf({ archive, derived }, domain, networks(), Date.parse(at));

  return {
    async cells({ domain, since, until, asn, asOf }: CellsQuestion) {
      const by = asOf === undefined ? undefined : Date.parse(secondOf(asOf));
      const from = Math.floor(since / DAY_MS) * DAY_MS;
      const to = Math.ceil(until / DAY_MS) * DAY_MS;
      const votes = await derived.hourlyVotes({ domain, since: from, until: to, asOf: by }, MAX_CELL_VOTES);
      const all = publicCells(votes, from, to, networks());
      // What is joined with what must not depend on the question.
      const cells = asn === undefined ? all : all.filter((cell) => cell.asn === asn);
      return { since: from, until: to, complete: votes.length < MAX_CELL_VOTES, cells };
    },
    async blockingAsOf(filter, page, asOf) {
      const at = secondOf(asOf);
      const { domain } = filter;
      const events =
        domain === undefined ? announced<BlockingEvent>('blocking', at) : await recomputed(domain, at);
      return pageOf(events.filter((event) => isBlockingWanted(event, filter)).sort(byOnset), page);
    },
    async blockingEventAsOf(id, asOf) {
      const latest = archive.latestAlert('blocking', id);
      if (latest === null) return null;
      const { domain } = JSON.parse(latest.inputs) as { readonly domain: string };
      return (await recomputed(domain, secondOf(asOf))).find((event) => event.id === id) ?? null;
    },
    async silenceAsOf(filter, page, asOf) {
      const events = announced<SilenceEvent>('silence', secondOf(asOf));
      return pageOf(events.filter((event) => isSilenceWanted(event, filter)).sort(bySilenceOnset), page);
    },
    async silenceEventAsOf(id, asOf) {
      const events = announced<SilenceEvent>('silence', secondOf(asOf));
      return events.find((event) => event.id === id) ?? null;
    },
  };
}
