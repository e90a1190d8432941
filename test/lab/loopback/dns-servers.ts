import { createSocket } from 'node:dgram';
import { createServer } from 'node:https';
import type { IncomingMessage } from 'node:http';
import type { Endpoint } from '../../../probe/net/net.ts';
import type { Issued } from '../certs.ts';
import { decodeQuestion, encodeReply } from './dns-messages.ts';
import { matches } from './names.ts';
import type { NameReply } from './names.ts';
import type { Sockets } from './sockets.ts';

/** Between the forged reply of an injection race and the true one. */
const RACE_DELAY_MS = 40;
/** Longest DoH question; real ones have about fifty bytes. */
const MAX_QUESTION_BYTES = 4096;

/** Replies for a hostname, in order. */
export type Resolver = (hostname: string) => readonly NameReply[];

/** A zone whose server sees who asks: questions for it go on to that server, from the resolver's own address. */
export interface Forwarding {
  readonly zone: string;
  readonly to: Endpoint;
  /** Within 127.0.0.0/8; absent where the system has one address only. */
  readonly from: string | undefined;
}

/** The client's resolver, and whatever races it, on one UDP port. `forwarding` is asked for at every question. */
export async function startUdpResolver(
  sockets: Sockets,
  resolve: Resolver,
  forwarding: (hostname: string) => Forwarding | null = () => null,
): Promise<Endpoint> {
  const socket = createSocket('udp4');
  const send = (packet: Buffer, to: { readonly port: number; readonly address: string }): void => {
    // The lab may have closed while a late reply was waiting.
    try {
      socket.send(packet, to.port, to.address);
    } catch {
      return;
    }
  };
  socket.on('message', (bytes, from) => {
    const asked = decodeQuestion(bytes);
    if (asked === null) return;
    const onward = forwarding(asked.hostname);
    if (onward !== null && matches(`*.${onward.zone}`, asked.hostname)) {
      void forward(sockets, bytes, onward).then((reply) => send(reply, from));
      return;
    }
    for (const [i, reply] of resolve(asked.hostname).entries()) {
      const packet = encodeReply(asked.query, reply);
      if (i === 0) send(packet, from);
      else void sockets.delay(RACE_DELAY_MS * i).then(() => send(packet, from));
    }
  });
  return sockets.bind(socket);
}

/** The first reply to these bytes; never, when none comes: the client has its own time-out. */
async function forward(sockets: Sockets, question: Buffer, { to, from }: Forwarding): Promise<Buffer> {
  const socket = createSocket('udp4');
  await sockets.bind(socket, from);
  return new Promise((resolve) => {
    socket.once('message', resolve);
    socket.send(question, to.port, to.address);
  });
}

async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > MAX_QUESTION_BYTES) return null;
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** RFC 8484, POST only. A resolver that stays silent over UDP leaves the request unanswered here. */
export function startDohServer(sockets: Sockets, identity: Issued, resolve: Resolver): Promise<Endpoint> {
  const tls = { cert: identity.certPem, key: identity.keyPem, ALPNProtocols: ['http/1.1'] };
  const server = createServer(tls, (request, response) => {
    void readBody(request)
      .then((body) => {
        const asked = body === null || request.method !== 'POST' ? null : decodeQuestion(body);
        if (asked === null) {
          response.writeHead(400).end();
          return;
        }
        const reply = resolve(asked.hostname)[0];
        if (reply === undefined) return;
        const packet = encodeReply(asked.query, reply);
        response.writeHead(200, {
          'content-type': 'application/dns-message',
          'content-length': packet.length,
        });
        response.end(packet);
      })
      .catch(() => response.destroy());
  });
  return sockets.listen(server);
}
