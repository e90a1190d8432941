import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { PublishedAlert } from '../../published-alert.ts';
import { eventPath } from '../../published-alert.ts';
import type { WebOptions } from '../options.ts';
import type { WebPort } from '../port.ts';
import { ProblemError } from '../problems.ts';
import { parseQuery, parsers } from '../query.ts';

const DEFAULT_LIMIT = 100;
/** Row numbers of this database; more digits are no id of ours. */
const ALERT_ID = /^[1-9]\d{0,14}$/;
const ATOM_TYPE = 'application/atom+xml; charset=utf-8';
/** Seconds for which a reader or a proxy may keep the feed: alerts are said in minutes. */
const FEED_SECONDS = 60;

const alertsSpec = {
  kind: parsers.alertKind,
  state: parsers.alertState,
  since: parsers.time,
  until: parsers.time,
  as_of: parsers.time,
  offset: parsers.offset,
  limit: parsers.limit,
} as const;
const feedSpec = { lang: parsers.lang } as const;

const pageReply = Type.Object({
  metadata: Type.Object({ count: Type.Integer(), limit: Type.Integer(), offset: Type.Integer() }),
  // The shapes of events belong to shared/; they are passed on whole.
  results: Type.Array(Type.Unknown()),
});

const rfc3339 = (time: string | undefined): string | undefined =>
  time === undefined ? undefined : `${time.replace(' ', 'T')}Z`;

/** As the API, the webhook and `explain-alert` name it. */
function alertJson(port: WebPort, { eventId, ...alert }: PublishedAlert): unknown {
  const base = port.publicUrl();
  return {
    ...alert,
    event_id: eventId,
    event_url: `${base}${eventPath({ kind: alert.kind, eventId })}`,
    alert_url: `${base}/alerts/${alert.id}`,
  };
}

/** Throws `not-found`. */
export function alertBy(port: WebPort, id: string): PublishedAlert {
  const alert = ALERT_ID.test(id) ? port.alert(Number(id)) : null;
  if (alert === null) throw new ProblemError('not-found', { detail: 'no such alert' });
  return alert;
}

/** What was announced: as JSON, and as a feed for readers. */
export function addAlertRoutes(app: FastifyInstance, { port }: WebOptions): void {
  app.get('/api/v2/alerts', { schema: { response: { 200: pageReply } } }, async (request) => {
    const asked = parseQuery(request.query, alertsSpec, 'refuse');
    const { offset = 0, limit = DEFAULT_LIMIT, kind, state } = asked;
    const { alerts, count } = port.alerts(
      {
        kind,
        state,
        since: rfc3339(asked.since),
        until: rfc3339(asked.until),
        asOf: rfc3339(asked.as_of),
      },
      { offset, limit },
    );
    return { metadata: { count, limit, offset }, results: alerts.map((alert) => alertJson(port, alert)) };
  });

  app.get<{ Params: { id: string } }>('/api/v2/alerts/:id', async (request, reply) => {
    const alert = alertBy(port, request.params.id);
    return reply.type('application/json').send(Buffer.from(JSON.stringify(alertJson(port, alert))));
  });

  app.get('/alerts.atom', async (request, reply) => {
    const { lang = 'en' } = parseQuery(request.query, feedSpec, 'refuse');
    const { xml, etag } = port.alertFeed(lang);
    reply.headers({ etag, 'cache-control': `public, max-age=${FEED_SECONDS}` });
    if (request.headers['if-none-match'] === etag) return reply.code(304).send();
    return reply.type(ATOM_TYPE).send(Buffer.from(xml));
  });
}
