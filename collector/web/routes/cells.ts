import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { asnOf } from '../../../shared/rules/networks.ts';
import type { ShownCell } from '../events-port.ts';
import type { WebOptions } from '../options.ts';
import { ProblemError } from '../problems.ts';
import { parseQuery, parsers } from '../query.ts';
import { msOf, rfc3339 } from './times.ts';

const DAY_MS = 24 * 3600 * 1000;
const DEFAULT_DAYS = 7;
const MAX_DAYS = 31;

const spec = {
  domain: parsers.domain,
  probe_asn: parsers.asn,
  since: parsers.time,
  until: parsers.time,
  as_of: parsers.time,
} as const;

const cellsReply = Type.Object({
  metadata: Type.Object({
    domain: Type.String(),
    since: Type.String(),
    until: Type.String(),
    complete: Type.Boolean(),
    count: Type.Integer(),
  }),
  results: Type.Array(Type.Unknown()),
});

const cellJson = ({ asn, access, owner, from, to, n, outcomes, methods }: ShownCell) => ({
  probe_asn: asn === null ? null : `AS${asn}`,
  access,
  owner,
  from: rfc3339(from),
  to: rfc3339(to),
  n,
  outcomes,
  methods,
});

/** Throws `bad-query`. */
function refuse(path: string, message: string): never {
  throw new ProblemError('bad-query', { problems: [{ path, message }] });
}

/** `GET /api/v2/cells`: how many distinct pseudonyms said what of one domain, by network and hour; coarser where they are few. */
export function addCellRoutes(app: FastifyInstance, { port }: WebOptions): void {
  app.get('/api/v2/cells', { schema: { response: { 200: cellsReply } } }, async (request) => {
    const asked = parseQuery(request.query, spec, 'refuse');
    const { domain } = asked;
    if (domain === undefined) refuse('domain', 'must be given');
    const until = msOf(asked.until) ?? msOf(asked.as_of) ?? port.nowMs();
    const since = msOf(asked.since) ?? until - (DEFAULT_DAYS - 1) * DAY_MS;
    if (since >= until) refuse('since', 'must be before until');
    if (until - since > MAX_DAYS * DAY_MS) refuse('since', `must be at most ${MAX_DAYS} days before until`);
    const asn = asked.probe_asn === undefined ? undefined : (asnOf(asked.probe_asn) ?? 0);
    const found = await port.events.cells({ domain, since, until, asn, asOf: msOf(asked.as_of) });
    return {
      metadata: {
        domain,
        since: rfc3339(found.since),
        until: rfc3339(found.until),
        complete: found.complete,
        count: found.cells.length,
      },
      results: found.cells.map(cellJson),
    };
  });
}
