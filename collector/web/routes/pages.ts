import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Verdict } from '../../../shared/model/index.ts';
import { sha256Hex } from '../../../shared/codec/digest.ts';
import { homePage, targetPage } from '../pages/home.ts';
import { eventPage, eventsPage, homeSection } from '../pages/interception.ts';
import { html } from '../../html.ts';
import { layout } from '../pages/layout.ts';
import { measurementPage } from '../pages/measurement.ts';
import type { WebPort } from '../port.ts';
import type { ProblemCode } from '../problems.ts';
import { ProblemError, PROBLEMS } from '../problems.ts';
import { parseQuery, parsers } from '../query.ts';
import type { WebOptions } from '../options.ts';
import { eventSections } from './event-pages.ts';
import { chainOf, eventBy } from './interception.ts';

const TARGETS_PER_PAGE = 50;
const NETWORKS_PER_TARGET = 20;
const MEASUREMENTS_PER_PAGE = 100;
const EVENTS_ON_HOME_PAGE = 5;
const EVENTS_PER_PAGE = 100;

const eventsSpec = { offset: parsers.offset } as const;
const homeSpec = { target: parsers.text, offset: parsers.offset } as const;

const sendHtml = (reply: FastifyReply, page: string): FastifyReply =>
  reply.type('text/html; charset=utf-8').send(page);

async function listPage(port: WebPort, query: unknown): Promise<string> {
  const { target, offset = 0 } = parseQuery(query, homeSpec, 'refuse');
  if (target === undefined) {
    const interference = { decision: 'interference' } as const;
    const [rows, count, events, eventCount] = await Promise.all([
      port.reader.targets(TARGETS_PER_PAGE, offset, NETWORKS_PER_TARGET),
      port.reader.targetCount(),
      port.reader.events(interference, { offset: 0, limit: EVENTS_ON_HOME_PAGE }),
      port.reader.eventCount({}),
    ]);
    const [blocked, silent, announced] = offset === 0 ? await eventSections(port) : [];
    const above =
      offset === 0 ? html`${blocked} ${silent} ${homeSection(events, eventCount)} ${announced}` : null;
    return homePage(rows, { offset, limit: TARGETS_PER_PAGE, count }, above);
  }
  const page = {
    orderBy: 'measurement_start_time',
    order: 'desc',
    offset,
    limit: MEASUREMENTS_PER_PAGE,
  } as const;
  const [rows, count] = await Promise.all([
    port.reader.list({ target }, page),
    port.reader.count({ target }),
  ]);
  if (count === 0) throw new ProblemError('not-found', { detail: 'this target was never measured' });
  return targetPage(target, rows, { offset, limit: MEASUREMENTS_PER_PAGE, count });
}

/** The pages: server-rendered, without script. */
export function addPageRoutes(app: FastifyInstance, { port }: WebOptions): void {
  app.get('/', async (request, reply) => sendHtml(reply, await listPage(port, request.query)));

  app.get<{ Params: { id: string } }>('/m/:id', async (request, reply) => {
    const listing = await port.reader.listing(request.params.id);
    if (listing === null) throw new ProblemError('not-found', { detail: 'no such measurement' });
    const verdict = listing.verdict === null ? null : (JSON.parse(listing.verdict) as Verdict);
    const event = await port.reader.eventOf(listing.measurementId);
    return sendHtml(
      reply,
      measurementPage({
        event: event === null || event.keptBack ? null : event.id,
        listing,
        verdict,
        sentence: listing.verdict === null ? null : port.explain(listing.verdict, 'en'),
        interception: listing.verdict === null ? [] : port.explainInterception(listing.verdict, 'en'),
        alternatives: (verdict?.alternatives ?? []).map((id) => port.alternative(id, 'en')),
        ruleClaims: port.ruleClaims,
        observations: await port.observations(listing.measurementId),
      }),
    );
  });

  app.get('/interception', async (request, reply) => {
    const { offset = 0 } = parseQuery(request.query, eventsSpec, 'refuse');
    const paging = { offset, limit: EVENTS_PER_PAGE };
    const [events, count] = await Promise.all([port.reader.events({}, paging), port.reader.eventCount({})]);
    return sendHtml(reply, eventsPage(events, { ...paging, count }));
  });

  app.get<{ Params: { id: string } }>('/interception/:id', async (request, reply) => {
    const event = await eventBy(port, request.params.id);
    const chain = (await chainOf(port, event)) ?? [];
    const sentences = port.explainEvent(event, 'en');
    return sendHtml(reply, eventPage({ event, sentences, chain: chain.map(sha256Hex) }));
  });

  app.get<{ Params: { code: string } }>('/problems/:code', async (request, reply) => {
    const { code } = request.params;
    if (!Object.hasOwn(PROBLEMS, code)) throw new ProblemError('not-found');
    const { status, title } = PROBLEMS[code as ProblemCode];
    return sendHtml(
      reply,
      layout(
        `Kuäger: ${code}`,
        html`<main>
          <h1><code>${code}</code></h1>
          <p>${title}.</p>
          <p class="soft">HTTP ${status}</p>
        </main>`,
      ),
    );
  });
}
