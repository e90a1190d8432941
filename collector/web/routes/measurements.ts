/** OONI's reading API, as far as their clients and notebooks use it: https://api.ooni.io/apidocs/ */
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { Listing, ListingFilter } from '../../store/store.ts';
import type { WebOptions } from '../options.ts';
import type { WebPort } from '../port.ts';
import { ProblemError } from '../problems.ts';
import { parseQuery, parsers } from '../query.ts';

const DEFAULT_LIMIT = 100;
const MS_PER_S = 1000;

const listSpec = {
  report_id: parsers.text,
  input: parsers.text,
  domain: parsers.domain,
  probe_cc: parsers.country,
  probe_asn: parsers.asn,
  test_name: parsers.text,
  since: parsers.time,
  until: parsers.time,
  confirmed: parsers.flag,
  anomaly: parsers.flag,
  failure: parsers.flag,
  order_by: parsers.orderBy,
  order: parsers.order,
  offset: parsers.offset,
  limit: parsers.limit,
} as const;
const rawSpec = { measurement_uid: parsers.id, report_id: parsers.text, input: parsers.text } as const;

const result = Type.Object({
  anomaly: Type.Boolean(),
  confirmed: Type.Boolean(),
  failure: Type.Boolean(),
  input: Type.Union([Type.String(), Type.Null()]),
  measurement_start_time: Type.String(),
  measurement_uid: Type.String(),
  measurement_url: Type.String(),
  probe_asn: Type.String(),
  probe_cc: Type.String(),
  report_id: Type.String(),
  scores: Type.Object({}),
  test_name: Type.String(),
  verification_status: Type.String(),
});
const listReply = Type.Object({
  metadata: Type.Object({
    count: Type.Integer(),
    current_page: Type.Integer(),
    limit: Type.Integer(),
    next_url: Type.Union([Type.String(), Type.Null()]),
    offset: Type.Integer(),
    pages: Type.Integer(),
    query_time: Type.Number(),
  }),
  results: Type.Array(result),
});

function toResult(listing: Listing, publicUrl: string): unknown {
  return {
    anomaly: listing.outcome === 'interfered' || listing.outcome === 'suspected',
    confirmed: listing.outcome === 'interfered' && listing.evidence === 'confirmed',
    failure: listing.status === 'judge_failed' || listing.outcome === 'insufficient',
    input: listing.input,
    measurement_start_time: `${listing.startTime.replace(' ', 'T')}.000000Z`,
    measurement_uid: listing.measurementId,
    measurement_url: `${publicUrl}/api/v1/raw_measurement?measurement_uid=${listing.measurementId}`,
    probe_asn: listing.probeAsn,
    probe_cc: listing.probeCc,
    report_id: listing.reportId,
    // Our verdicts carry no numbers; see /api/v2/verdicts.
    scores: {},
    test_name: listing.testName,
    // OONI's word for measurements without its anonymous credentials.
    verification_status: 'unverified',
  };
}

async function rawPayload(port: WebPort, query: unknown): Promise<Uint8Array> {
  const asked = parseQuery(query, rawSpec, 'ignore');
  let id = asked.measurement_uid;
  if (id === undefined) {
    if (asked.report_id === undefined)
      throw new ProblemError('bad-query', {
        problems: [{ path: 'measurement_uid', message: 'is needed, or report_id (and input)' }],
      });
    const filter = {
      reportId: asked.report_id,
      ...(asked.input === undefined ? {} : { input: asked.input }),
    };
    const page = { orderBy: 'measurement_start_time', order: 'desc', offset: 0, limit: 1 } as const;
    id = (await port.reader.list(filter, page))[0]?.measurementId;
  }
  const payload = id === undefined ? null : port.payload(id);
  if (payload === null) throw new ProblemError('not-found', { detail: 'no such measurement' });
  return payload;
}

export function addMeasurementRoutes(app: FastifyInstance, { port }: WebOptions): void {
  app.get('/api/v1/measurements', { schema: { response: { 200: listReply } } }, async (request) => {
    const started = performance.now();
    const asked = parseQuery(request.query, listSpec, 'ignore');
    const {
      offset = 0,
      limit = DEFAULT_LIMIT,
      order_by: orderBy = 'measurement_start_time',
      order = 'desc',
    } = asked;
    const filter: ListingFilter = {
      reportId: asked.report_id,
      input: asked.input,
      domain: asked.domain,
      probeCc: asked.probe_cc,
      probeAsn: asked.probe_asn,
      testName: asked.test_name,
      since: asked.since,
      until: asked.until,
      confirmed: asked.confirmed,
      anomaly: asked.anomaly,
      failure: asked.failure,
    };
    const [found, count] = await Promise.all([
      port.reader.list(filter, { orderBy, order, offset, limit }),
      port.reader.count(filter),
    ]);
    const next = new URLSearchParams(
      Object.entries(request.query as Record<string, string>).filter(([name]) =>
        Object.hasOwn(listSpec, name),
      ),
    );
    next.set('limit', String(limit));
    next.set('offset', String(offset + limit));
    return {
      metadata: {
        count,
        current_page: Math.floor(offset / limit) + 1,
        limit,
        next_url:
          offset + limit < count ? `${port.publicUrl()}/api/v1/measurements?${next.toString()}` : null,
        offset,
        pages: Math.ceil(count / limit),
        query_time: (performance.now() - started) / MS_PER_S,
      },
      results: found.map((listing) => toResult(listing, port.publicUrl())),
    };
  });

  app.get('/api/v1/raw_measurement', async (request, reply) =>
    reply.type('application/json').send(Buffer.from(await rawPayload(port, request.query))),
  );
}
