import type { FastifyInstance, FastifyReply } from 'fastify';
import { Type } from 'typebox';
import { sha256Hex } from '../../../shared/codec/digest.ts';
import { toPem } from '../../../shared/codec/pem.ts';
import { asnOf } from '../../../shared/rules/networks.ts';
import type { InterceptionEvent } from '../../../shared/model/index.ts';
import { publicEvent } from '../../../shared/judge/public-event.ts';
import type { EventFilter } from '../../store/interception.ts';
import type { WebOptions } from '../options.ts';
import type { WebPort } from '../port.ts';
import { ProblemError } from '../problems.ts';
import { parseQuery, parsers } from '../query.ts';

const DEFAULT_LIMIT = 100;
const SHA256 = /^[0-9a-f]{64}$/;
const CERTIFICATE_FILE = /^([0-9a-f]{64})\.pem$/;
const PEM_TYPE = 'application/x-pem-file';

const eventsSpec = {
  decision: parsers.decision,
  authority: parsers.text,
  probe_asn: parsers.asn,
  domain: parsers.domain,
  since: parsers.time,
  until: parsers.time,
  lang: parsers.lang,
  offset: parsers.offset,
  limit: parsers.limit,
} as const;
const eventSpec = { lang: parsers.lang } as const;

const pageReply = Type.Object({
  metadata: Type.Object({ count: Type.Integer(), limit: Type.Integer(), offset: Type.Integer() }),
  // The shapes belong to shared/judge; they are passed on whole.
  results: Type.Array(Type.Unknown()),
});

/** One forged chain of the event, of a measurement that it rests on; null where none is kept or it is not published. */
export async function chainOf(
  port: WebPort,
  event: InterceptionEvent,
): Promise<readonly Uint8Array[] | null> {
  if (event.keptBack) return null;
  for (const id of [...event.witnesses, ...event.measurements.slice(0, 1)]) {
    const [chain] = await port.reader.chainsOf(id);
    if (chain !== undefined) return chain;
  }
  return null;
}

/** Throws `not-found`. */
export async function eventBy(port: WebPort, id: string): Promise<InterceptionEvent> {
  const event = SHA256.test(id) ? await port.reader.event(id) : null;
  if (event === null) throw new ProblemError('not-found', { detail: 'no such event' });
  return event;
}

async function eventJson(
  port: WebPort,
  event: InterceptionEvent,
  lang: 'en' | 'ru' | 'kk',
): Promise<unknown> {
  const chain = await chainOf(port, event);
  const base = port.publicUrl();
  return {
    ...publicEvent(event),
    event_url: `${base}/interception/${event.id}`,
    explanation: port.explainEvent(event, lang),
    chain_url: chain === null ? null : `${base}/api/v2/interception/${event.id}/chain.pem`,
    chain: (chain ?? []).map((der) => ({
      sha256: sha256Hex(der),
      url: `${base}/api/v2/certificates/${sha256Hex(der)}.pem`,
    })),
  };
}

const sendPem = (reply: FastifyReply, ders: readonly Uint8Array[], name: string): FastifyReply =>
  reply
    .type(PEM_TYPE)
    .header('content-disposition', `attachment; filename="${name}"`)
    .send(Buffer.from(ders.map((der) => toPem(der)).join('')));

function addEventRoutes(app: FastifyInstance, port: WebPort): void {
  app.get('/api/v2/interception', { schema: { response: { 200: pageReply } } }, async (request) => {
    const asked = parseQuery(request.query, eventsSpec, 'refuse');
    const { offset = 0, limit = DEFAULT_LIMIT, lang = 'en' } = asked;
    const filter: EventFilter = {
      decision: asked.decision,
      authority: asked.authority,
      asn: asked.probe_asn === undefined ? undefined : (asnOf(asked.probe_asn) ?? 0),
      host: asked.domain,
      since: asked.since,
      until: asked.until,
    };
    const [events, count] = await Promise.all([
      port.reader.events(filter, { offset, limit }),
      port.reader.eventCount(filter),
    ]);
    const results = await Promise.all(events.map((event) => eventJson(port, event, lang)));
    return { metadata: { count, limit, offset }, results };
  });

  app.get<{ Params: { id: string } }>('/api/v2/interception/:id', async (request, reply) => {
    const { lang = 'en' } = parseQuery(request.query, eventSpec, 'refuse');
    const event = await eventBy(port, request.params.id);
    return reply
      .type('application/json')
      .send(Buffer.from(JSON.stringify(await eventJson(port, event, lang))));
  });

  app.get<{ Params: { id: string } }>('/api/v2/interception/:id/chain.pem', async (request, reply) => {
    const event = await eventBy(port, request.params.id);
    const chain = await chainOf(port, event);
    if (chain === null)
      throw new ProblemError('not-found', { detail: 'no chain of this event is published' });
    return sendPem(reply, chain, `${event.id.slice(0, 16)}.pem`);
  });
}

/** Who intercepts: events, and the certificates that were shown. */
export function addInterceptionRoutes(app: FastifyInstance, { port }: WebOptions): void {
  addEventRoutes(app, port);

  app.get<{ Params: { file: string } }>('/api/v2/certificates/:file', async (request, reply) => {
    const sha256 = CERTIFICATE_FILE.exec(request.params.file)?.[1];
    const der = sha256 === undefined ? null : await port.reader.certificate(sha256);
    if (der === null) throw new ProblemError('not-found', { detail: 'no such certificate' });
    reply.header('cache-control', 'public, max-age=31536000, immutable');
    return sendPem(reply, [der], request.params.file);
  });
}
