import type { FastifyInstance } from 'fastify';
import type { WebOptions } from '../options.ts';
import { ProblemError } from '../problems.ts';

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  json: 'application/json',
  pem: 'text/plain; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
};
const SHA256 = /^[0-9a-f]{64}$/;

/** The dated files that verdicts name by hash: rules, roots, fingerprints, networks. They never change. */
export function addSnapshotRoutes(app: FastifyInstance, { port }: WebOptions): void {
  app.get<{ Params: { sha256: string } }>('/api/v2/snapshots/:sha256', async (request, reply) => {
    const { sha256 } = request.params;
    const snapshot = SHA256.test(sha256) ? port.snapshot(sha256) : null;
    if (snapshot === null) throw new ProblemError('not-found', { detail: 'no such snapshot' });
    const extension = snapshot.name.slice(snapshot.name.lastIndexOf('.') + 1);
    return reply
      .type(MEDIA_TYPES[extension] ?? 'application/octet-stream')
      .header('cache-control', 'public, max-age=31536000, immutable')
      .send(Buffer.from(snapshot.bytes));
  });
}
