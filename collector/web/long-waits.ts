/**
 * Connections that may stay open between two heartbeats, which come every few minutes: a new one each time costs a volunteer several times the
 * heartbeat's bytes. Bounded, and only for those whose sealed submission was taken.
 */
import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { createInFlight } from './in-flight.ts';

/** Heartbeats come every 5 ± 2.5 minutes; the longest gap, and some. Seconds. */
export const LONG_WAIT_S = 11 * 60;
const MAX_WAITING = 3_000;
/** Of one subscriber; a proxy in front has one address for all, and keeps a few of them. */
const MAX_WAITING_OF_ONE = 200;
/** Answers on one connection; it is left to end well before the server would cut it off in the middle. */
const MAX_ANSWERS = 900;

export interface LongWaits {
  /** Before the answer is sent: says in its headers that the connection stays, if it may. */
  allow(request: FastifyRequest, reply: FastifyReply): void;
  /** After the answer was sent: only now does Node set its own limit. */
  apply(request: FastifyRequest): void;
}

export function createLongWaits(
  subscriberOf: (caller: string) => string,
  limits = { total: MAX_WAITING, perSubscriber: MAX_WAITING_OF_ONE, seconds: LONG_WAIT_S },
): LongWaits {
  const places = createInFlight(limits);
  /** Answers so far. */
  const waiting = new Map<Socket, number>();
  return {
    allow({ raw }, reply) {
      const { socket, headers, httpVersion } = raw;
      if (httpVersion !== '1.1' || /\bclose\b/i.test(headers.connection ?? '')) return;
      const answers = waiting.get(socket) ?? 0;
      if (answers === 0) {
        if (!places.take(socket, subscriberOf(socket.remoteAddress ?? ''))) return;
        socket.once('close', () => {
          places.release(socket);
          waiting.delete(socket);
        });
      }
      waiting.set(socket, answers + 1);
      if (answers < MAX_ANSWERS)
        reply.headers({ connection: 'keep-alive', 'keep-alive': `timeout=${limits.seconds}` });
    },
    apply({ raw }) {
      const answers = waiting.get(raw.socket) ?? 0;
      if (answers > 0 && answers <= MAX_ANSWERS) raw.socket.setTimeout(limits.seconds * 1000);
    },
  };
}
