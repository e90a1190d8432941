import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { ListingFilter } from '../../store/store.ts';
import type { WebOptions } from '../options.ts';
import { parseQuery, parsers } from '../query.ts';
import { publishedTime } from '../../published-time.ts';

const DEFAULT_LIMIT = 100;

const spec = {
  target: parsers.text,
  domain: parsers.domain,
  outcome: parsers.outcome,
  method: parsers.method,
  probe_asn: parsers.asn,
  probe_cc: parsers.country,
  since: parsers.time,
  until: parsers.time,
  lang: parsers.lang,
  offset: parsers.offset,
  limit: parsers.limit,
} as const;

const nullableText = Type.Union([Type.String(), Type.Null()]);
const verdictsReply = Type.Object({
  metadata: Type.Object({
    count: Type.Integer(),
    limit: Type.Integer(),
    offset: Type.Integer(),
  }),
  results: Type.Array(
    Type.Object({
      measurement_id: Type.String(),
      measurement_url: Type.String(),
      measurement_start_time: Type.String(),
      received_at: Type.String(),
      late: Type.Boolean(),
      probe_asn: Type.String(),
      probe_cc: Type.String(),
      network_name: Type.String(),
      status: Type.String(),
      // live, diary, or null without a control that can be relied on.
      control: nullableText,
      explanation: nullableText,
      // The shape of a verdict belongs to the ruleset; it is passed on whole.
      verdict: Type.Unknown(),
    }),
  ),
});

/** `GET /api/v2/verdicts`, newest first. */
export function addVerdictRoutes(app: FastifyInstance, { port }: WebOptions): void {
  app.get('/api/v2/verdicts', { schema: { response: { 200: verdictsReply } } }, async (request) => {
    const asked = parseQuery(request.query, spec, 'refuse');
    const { offset = 0, limit = DEFAULT_LIMIT, lang = 'en' } = asked;
    const filter: ListingFilter = {
      target: asked.target,
      domain: asked.domain,
      outcome: asked.outcome,
      method: asked.method,
      probeAsn: asked.probe_asn,
      probeCc: asked.probe_cc,
      since: asked.since,
      until: asked.until,
    };
    const page = { orderBy: 'measurement_start_time', order: 'desc', offset, limit } as const;
    const [found, count] = await Promise.all([port.reader.list(filter, page), port.reader.count(filter)]);
    return {
      metadata: { count, limit, offset },
      results: found.map((listing) => ({
        measurement_id: listing.measurementId,
        measurement_url: `${port.publicUrl()}/api/v1/raw_measurement?measurement_uid=${listing.measurementId}`,
        measurement_start_time: `${listing.startTime.replace(' ', 'T')}Z`,
        received_at: publishedTime(listing.receivedAt),
        late: listing.late,
        probe_asn: listing.probeAsn,
        probe_cc: listing.probeCc,
        network_name: listing.networkName,
        status: listing.status,
        control: listing.controlSource,
        explanation: listing.verdict === null ? null : port.explain(listing.verdict, lang),
        verdict: listing.verdict === null ? null : (JSON.parse(listing.verdict) as unknown),
      })),
    };
  });
}
