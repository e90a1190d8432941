import type { FastifyInstance } from 'fastify';
import { fromUtf8 } from '../../../shared/codec/base64.ts';
import { createInFlight } from '../in-flight.ts';
import type { WebOptions } from '../options.ts';
import { ProblemError } from '../problems.ts';

const MAX_CONTROL_BODY_BYTES = 64 * 1024;
/** More than the control itself takes; it says no first. */
const MAX_QUESTIONS_AT_ONCE = 1_000;
/** Of one subscriber, as many as one run has targets at a time: whoever asks only about silent sites must leave room in the control's queue for others. */
const MAX_QUESTIONS_OF_ONE = 100;

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
  const { port, controlAllows, subscriberOf } = options;
  const questions = createInFlight({ total: MAX_QUESTIONS_AT_ONCE, perSubscriber: MAX_QUESTIONS_OF_ONE });
  app.route({
    method: 'POST',
    url: '/api/v1/control',
    bodyLimit: MAX_CONTROL_BODY_BYTES,
    onRequest: async (request, reply) => {
      // The socket's address: a forwarded-for header is whatever its sender likes it to be.
      const caller = request.socket.remoteAddress ?? '';
      if (!controlAllows(caller)) throw new ProblemError('rate-limited');
      if (!questions.take(request, subscriberOf(caller))) throw new ProblemError('control-busy');
      reply.raw.once('close', () => questions.release(request));
    },
    onResponse: async (request) => questions.release(request),
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
