import type { FastifyInstance } from 'fastify';
import { fromUtf8 } from '../../../shared/codec/base64.ts';
import type { WebOptions } from '../options.ts';
import { ProblemError } from '../problems.ts';

const MAX_CONTROL_BODY_BYTES = 64 * 1024;

function parseRequest(body: unknown): unknown {
  const text = body instanceof Uint8Array ? fromUtf8(body) : null;
  try {
    return JSON.parse(text ?? '');
  } catch {
    throw new ProblemError('control-request-invalid', { detail: 'the body is not JSON' });
  }
}

/** OONI's test-helper protocol, and the address under which OONI's clients look for it. */
export function addControlRoutes(app: FastifyInstance, options: WebOptions): void {
  const { port, controlAllows } = options;
  app.route({
    method: 'POST',
    url: '/api/v1/control',
    bodyLimit: MAX_CONTROL_BODY_BYTES,
    onRequest: async (request) => {
      // The socket's address: a forwarded-for header is whatever its sender likes it to be.
      if (!controlAllows(request.socket.remoteAddress ?? '')) throw new ProblemError('rate-limited');
    },
    handler: async (request, reply) => {
      const gone = new AbortController();
      reply.raw.once('close', () => {
        if (!reply.raw.writableFinished) gone.abort(new Error('the client went away'));
      });
      const answer = await port.control(parseRequest(request.body), gone.signal);
      if ('problem' in answer) throw new ProblemError(answer.problem, answer.details);
      return reply.type('application/json').send(answer.json);
    },
  });

  app.get('/api/v1/test-helpers', async () => ({
    // The type says `https` for any address: OONI's clients know no other.
    'web-connectivity': [{ address: `${port.publicUrl()}/api/v1/control`, type: 'https' }],
  }));
}
