import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { SEALED_MEDIA_TYPE } from '../../../shared/codec/sealed.ts';
import { createInFlight } from '../in-flight.ts';
import { createLongWaits } from '../long-waits.ts';
import type { WebOptions } from '../options.ts';
import { ProblemError } from '../problems.ts';

/** Bodies in memory at the same time; each may have MAX_BODY_BYTES, and MAX_DECODED_BYTES once its turn comes. */
const MAX_UPLOADS_AT_ONCE = 64;
/** Of one subscriber: probes send one after the other, and many of them can be behind one address. */
const MAX_UPLOADS_OF_ONE = 24;

const openReply = Type.Object({
  measurement_id: Type.String(),
  received_at: Type.String(),
  receipt: Type.Object({
    payloadType: Type.String(),
    payload: Type.String(),
    signatures: Type.Array(Type.Object({ keyid: Type.String(), sig: Type.String() })),
  }),
});

/** `sealed_receipt`: see shared/codec/sealed-reply.ts. */
const sealedReply = Type.Object({ sealed_receipt: Type.String() });

function isGzipEncoded(encoding: string | undefined): boolean {
  const name = (encoding ?? 'identity').trim().toLowerCase();
  if (name === 'identity' || name === '') return false;
  if (name === 'gzip' || name === 'x-gzip') return true;
  throw new ProblemError('unsupported-encoding');
}

/** `POST /api/v1/submit`: 200 means that the bytes are on the disk. */
export function addSubmitRoute(app: FastifyInstance, { port, subscriberOf }: WebOptions): void {
  const uploads = createInFlight({ total: MAX_UPLOADS_AT_ONCE, perSubscriber: MAX_UPLOADS_OF_ONE });
  const waits = createLongWaits(subscriberOf);
  app.route({
    method: 'POST',
    url: '/api/v1/submit',
    schema: { response: { 200: Type.Union([sealedReply, openReply]) } },
    onRequest: async (request, reply) => {
      if (!uploads.take(request, subscriberOf(request.socket.remoteAddress ?? '')))
        throw new ProblemError('overloaded');
      // Also for those who go away in the middle, for whom no response is ever sent.
      reply.raw.once('close', () => uploads.release(request));
    },
    onResponse: async (request) => {
      uploads.release(request);
      waits.apply(request);
    },
    handler: async (request, reply) => {
      if (!(request.body instanceof Uint8Array))
        throw new ProblemError('body-damaged', { detail: 'there is no body' });
      const mediaType = (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase();
      const answer = await port.submit(request.body, {
        sealed: mediaType === SEALED_MEDIA_TYPE,
        gzip: isGzipEncoded(request.headers['content-encoding']),
      });
      if ('problem' in answer) throw new ProblemError(answer.problem, answer.details);
      if (answer.sealed !== undefined) {
        waits.allow(request, reply);
        return { sealed_receipt: answer.sealed };
      }
      return {
        measurement_id: answer.measurementId,
        received_at: answer.receivedAt,
        receipt: JSON.parse(answer.receipt) as unknown,
      };
    },
  });
}
