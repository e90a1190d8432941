import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { publicSilence } from '../../../shared/judge/public-silence.ts';
import { explainSilence } from '../../../shared/judge/silence-words.ts';
import type { SilenceEvent } from '../../../shared/model/index.ts';
import type { SilenceFilter } from '../../store/events.ts';
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
  state: parsers.silenceState,
  ongoing: parsers.flag,
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

const eventJson = (port: WebPort, event: SilenceEvent, lang: Lang): unknown => ({
  ...publicSilence(event),
  event_url: `${port.publicUrl()}/silence/${event.id}`,
  explanation: explainSilence(event, lang),
});

/** As it is, or was known at `asOf` (milliseconds since 1970). Throws `not-found`. */
export async function silenceBy(port: WebPort, id: string, asOf?: number): Promise<SilenceEvent> {
  const find = (): Promise<SilenceEvent | null> =>
    asOf === undefined ? port.silence.silenceEvent(id) : port.events.silenceEventAsOf(id, asOf);
  const event = EVENT_ID.test(id) ? await find() : null;
  if (event === null)
    throw new ProblemError('not-found', {
      detail: asOf === undefined ? 'no such event' : 'no such event was known then',
    });
  return event;
}

/** As they are, or stood announced at `asOf` (milliseconds since 1970). */
export async function silencesOf(
  port: WebPort,
  filter: SilenceFilter,
  page: EventPage,
  asOf?: number,
): Promise<KnownEvents<SilenceEvent>> {
  if (asOf !== undefined) return port.events.silenceAsOf(filter, page, asOf);
  const [events, count] = await Promise.all([
    port.silence.silenceEvents(filter, page),
    port.silence.silenceEventCount(filter),
  ]);
  return { events, count };
}

/** Who was not heard any more, when, and what is known of why. */
export function addSilenceRoutes(app: FastifyInstance, { port }: WebOptions): void {
  app.get('/api/v2/silence', { schema: { response: { 200: pageReply } } }, async (request) => {
    const asked = parseQuery(request.query, eventsSpec, 'refuse');
    const { offset = 0, limit = DEFAULT_LIMIT, lang = 'en', state, ongoing } = asked;
    const filter: SilenceFilter = { state, ongoing, since: msOf(asked.since), until: msOf(asked.until) };
    const { events, count } = await silencesOf(port, filter, { offset, limit }, msOf(asked.as_of));
    return { metadata: { count, limit, offset }, results: events.map((e) => eventJson(port, e, lang)) };
  });

  app.get<{ Params: { id: string } }>('/api/v2/silence/:id', async (request, reply) => {
    const { lang = 'en', as_of: asOf } = parseQuery(request.query, eventSpec, 'refuse');
    const event = await silenceBy(port, request.params.id, msOf(asOf));
    return reply.type('application/json').send(Buffer.from(JSON.stringify(eventJson(port, event, lang))));
  });
}
