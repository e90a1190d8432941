import type { FastifyInstance } from 'fastify';
import type { WebOptions } from '../options.ts';

/** What a probe needs to know of this collector. */
export function addDescriptorRoutes(app: FastifyInstance, { port }: WebOptions): void {
  app.get('/.well-known/kuager', async (_request, reply) =>
    reply.type('application/vnd.dsse+json').send(port.descriptor()),
  );
}
