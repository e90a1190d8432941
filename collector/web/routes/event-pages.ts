import type { FastifyInstance, FastifyReply } from 'fastify';
import type { BlockingEvent } from '../../../shared/model/index.ts';
import type { Html } from '../../html.ts';
import { html } from '../../html.ts';
import type { ShownCells } from '../events-port.ts';
import type { WebOptions } from '../options.ts';
import { alertListPage, alertPage, newestAlerts } from '../pages/alerts.ts';
import { blockedNow, blockingListPage, blockingPage } from '../pages/blocking.ts';
import { silenceListPage, silencePage, silentNow } from '../pages/silence.ts';
import type { WebPort } from '../port.ts';
import { parseQuery, parsers } from '../query.ts';
import { alertBy } from './alerts.ts';
import { blockingBy, blockingsOf } from './blocking.ts';
import { silenceBy, silencesOf } from './silence.ts';
import { msOf } from './times.ts';

const EVENTS_PER_PAGE = 100;
const EVENTS_ON_HOME_PAGE = 10;
const ALERTS_ON_HOME_PAGE = 5;
const DAY_MS = 24 * 3600 * 1000;
/** Days of cells that an event's page shows: some before it began, and what followed. */
const DAYS_BEFORE = 2;
const DAYS_SHOWN = 7;

const listSpec = { lang: parsers.lang, as_of: parsers.time, offset: parsers.offset } as const;
const pageSpec = { lang: parsers.lang, as_of: parsers.time } as const;
const alertsSpec = { lang: parsers.lang, offset: parsers.offset } as const;
const alertSpec = { lang: parsers.lang } as const;

const sendHtml = (reply: FastifyReply, page: string): FastifyReply =>
  reply.type('text/html; charset=utf-8').send(page);

/** Above the list of targets: what is so now. English as the rest of that page. */
export async function eventSections(port: WebPort): Promise<readonly Html[]> {
  const lang = 'en';
  const page = { offset: 0, limit: EVENTS_ON_HOME_PAGE };
  const [blocked, blockings, silent, silences] = await Promise.all([
    port.reader.blockingEvents({ state: 'open' }, page),
    port.reader.blockingEventCount({}),
    port.silence.silenceEvents({ ongoing: true }, page),
    port.silence.silenceEventCount({}),
  ]);
  const { alerts, count } = port.alerts({}, { offset: 0, limit: ALERTS_ON_HOME_PAGE });
  const sections = [
    blockedNow(blocked, blockings, lang),
    silentNow(silent, silences, lang),
    newestAlerts(alerts, count, lang),
  ];
  return sections.map((section) => section ?? html``);
}

/** From shortly before it began. */
function cellsAround(port: WebPort, event: BlockingEvent, asOf: number | undefined): Promise<ShownCells> {
  const began = event.onset.before ?? event.onset.after ?? event.episodes[0]?.openedAt ?? port.nowMs();
  const since = began - DAYS_BEFORE * DAY_MS;
  const until = Math.min(since + DAYS_SHOWN * DAY_MS, asOf ?? port.nowMs());
  return port.events.cells({ domain: event.domain, since, until, asOf });
}

/** Pages about blocking, silence and what was announced of them; server-rendered, without script. */
export function addEventPageRoutes(app: FastifyInstance, { port }: WebOptions): void {
  app.get('/blocking', async (request, reply) => {
    const { lang = 'en', offset = 0, as_of: time } = parseQuery(request.query, listSpec, 'refuse');
    const asOf = msOf(time);
    const page = { offset, limit: EVENTS_PER_PAGE };
    const { events, count } = await blockingsOf(port, {}, page, asOf);
    return sendHtml(reply, blockingListPage(events, { lang, asOf }, { ...page, count }));
  });

  app.get<{ Params: { id: string } }>('/blocking/:id', async (request, reply) => {
    const { lang = 'en', as_of: time } = parseQuery(request.query, pageSpec, 'refuse');
    const asOf = msOf(time);
    const event = await blockingBy(port, request.params.id, asOf);
    const cells = await cellsAround(port, event, asOf);
    const outside = asOf === undefined ? port.outside.besideBlocking(event) : null;
    return sendHtml(reply, blockingPage({ event, asked: { lang, asOf }, cells, outside }));
  });

  app.get('/silence', async (request, reply) => {
    const { lang = 'en', offset = 0, as_of: time } = parseQuery(request.query, listSpec, 'refuse');
    const asOf = msOf(time);
    const page = { offset, limit: EVENTS_PER_PAGE };
    const { events, count } = await silencesOf(port, {}, page, asOf);
    return sendHtml(reply, silenceListPage(events, { lang, asOf }, { ...page, count }));
  });

  app.get<{ Params: { id: string } }>('/silence/:id', async (request, reply) => {
    const { lang = 'en', as_of: time } = parseQuery(request.query, pageSpec, 'refuse');
    const asOf = msOf(time);
    const event = await silenceBy(port, request.params.id, asOf);
    const outside = asOf === undefined ? port.outside.besideSilence(event) : null;
    return sendHtml(reply, silencePage(event, { lang, asOf }, outside));
  });

  app.get('/alerts', async (request, reply) => {
    const { lang = 'en', offset = 0 } = parseQuery(request.query, alertsSpec, 'refuse');
    const page = { offset, limit: EVENTS_PER_PAGE };
    const { alerts, count } = port.alerts({}, page);
    return sendHtml(reply, alertListPage(alerts, { lang }, { ...page, count }));
  });

  app.get<{ Params: { id: string } }>('/alerts/:id', async (request, reply) => {
    const { lang = 'en' } = parseQuery(request.query, alertSpec, 'refuse');
    return sendHtml(reply, alertPage(alertBy(port, request.params.id), { lang }));
  });
}
