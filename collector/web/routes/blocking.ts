import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { publicBlocking } from '../../../shared/judge/public-blocking.ts';
import { explainBlocking } from '../../../shared/judge/blocking-words.ts';
import type { BlockingEvent } from '../../../shared/model/index.ts';
import { asnOf } from '../../../shared/rules/networks.ts';
import type { BlockingFilter } from '../../store/events.ts';
import type { EventPage } from '../../store/interception.ts';
import type { KnownEvents } from '../events-port.ts';
import type { WebOptions } from '../options.ts';
import type { LANGS, WebPort } from '../port.ts';
import { ProblemError } from '../problems.ts';
import { parseQuery, parsers } from '../query.ts';
import { msOf } from './times.ts';

type Lang = (typeof LANGS)[number];

const DEFAULT_LIMIT = 100;
const EVENT_ID = /^[0-9a-f]{64}$/;

const eventsSpec = {
  state: parsers.blockingState,
  basis: parsers.blockingBasis,
  domain: parsers.domain,
  probe_asn: parsers.asn,
  since: parsers.time,
  until: parsers.time,
  as_of: parsers.time,
  lang: parsers.lang,
  offset: parsers.offset,
  limit: parsers.limit,
} as const;
const eventSpec = { lang: parsers.lang, as_of: parsers.time } as const;

const pageReply = Type.Object({
  metadata: Type.Object({ count: Type.Integer(), limit: Type.Integer(), offset: Type.Integer() }),
  // The shape belongs to shared/judge; it is passed on whole.
  results: Type.Array(Type.Unknown()),
});

const eventJson = (port: WebPort, event: BlockingEvent, lang: Lang): unknown => ({
  ...publicBlocking(event),
  event_url: `${port.publicUrl()}/blocking/${event.id}`,
  explanation: explainBlocking(event, lang),
});

/** As it is, or was known at `asOf` (milliseconds since 1970). Throws `not-found`. */
export async function blockingBy(port: WebPort, id: string, asOf?: number): Promise<BlockingEvent> {
  const find = (): Promise<BlockingEvent | null> =>
    asOf === undefined ? port.reader.blockingEvent(id) : port.events.blockingEventAsOf(id, asOf);
  const event = EVENT_ID.test(id) ? await find() : null;
  if (event === null)
    throw new ProblemError('not-found', {
      detail: asOf === undefined ? 'no such event' : 'no such event was known then',
    });
  return event;
}

/** As they are, or were known at `asOf` (milliseconds since 1970). */
export async function blockingsOf(
  port: WebPort,
  filter: BlockingFilter,
  page: EventPage,
  asOf?: number,
): Promise<KnownEvents<BlockingEvent>> {
  if (asOf !== undefined) return port.events.blockingAsOf(filter, page, asOf);
  const [events, count] = await Promise.all([
    port.reader.blockingEvents(filter, page),
    port.reader.blockingEventCount(filter),
  ]);
  return { events, count };
}

/** What is, and was, blocked where. */
export function addBlockingRoutes(app: FastifyInstance, { port }: WebOptions): void {
  app.get('/api/v2/blocking', { schema: { response: { 200: pageReply } } }, async (request) => {
    const asked = parseQuery(request.query, eventsSpec, 'refuse');
    const { offset = 0, limit = DEFAULT_LIMIT, lang = 'en' } = asked;
    const filter: BlockingFilter = {
      state: asked.state,
      basis: asked.basis,
      domain: asked.domain,
      asn: asked.probe_asn === undefined ? undefined : (asnOf(asked.probe_asn) ?? 0),
      since: msOf(asked.since),
      until: msOf(asked.until),
    };
    const { events, count } = await blockingsOf(port, filter, { offset, limit }, msOf(asked.as_of));
    return { metadata: { count, limit, offset }, results: events.map((e) => eventJson(port, e, lang)) };
  });

  app.get<{ Params: { id: string } }>('/api/v2/blocking/:id', async (request, reply) => {
    const { lang = 'en', as_of: asOf } = parseQuery(request.query, eventSpec, 'refuse');
    const event = await blockingBy(port, request.params.id, msOf(asOf));
    return reply.type('application/json').send(Buffer.from(JSON.stringify(eventJson(port, event, lang))));
  });
}
