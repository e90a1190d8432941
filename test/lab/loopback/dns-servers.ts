import { createSocket } from 'node:dgram';
import { createServer } from 'node:https';
import type { IncomingMessage } from 'node:http';
import dnsPacket from 'dns-packet';
import type { Packet } from 'dns-packet';
import type { Endpoint } from '../../../probe/net/net.ts';
import type { Issued } from '../certs.ts';
import type { NameReply } from './names.ts';
import type { Sockets } from './sockets.ts';

/** Between the forged reply of an injection race and the true one. */
export const RACE_DELAY_MS = 40;
const TTL_SECONDS = 60;
const RCODE_NUMBER = { NOERROR: 0, SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 } as const;
/** Longest DoH question; real ones have about fifty bytes. */
const MAX_QUESTION_BYTES = 4096;

/** Replies for a hostname, in order. */
export type Resolver = (hostname: string) => readonly NameReply[];

function encodeReply(query: Packet, reply: NameReply): Buffer {
  const question = query.questions?.[0];
  const family = question?.type === 'AAAA' ? 6 : question?.type === 'A' ? 4 : 0;
  const answers = reply.addresses
    .filter((address) => (address.includes(':') ? 6 : 4) === family)
    .map((data) => ({ type: question?.type as 'A', name: question?.name ?? '', ttl: TTL_SECONDS, data }));
  return dnsPacket.encode({
    type: 'response',
    id: query.id ?? 0,
    flags: dnsPacket.RECURSION_DESIRED | dnsPacket.RECURSION_AVAILABLE | RCODE_NUMBER[reply.rcode],
    questions: query.questions ?? [],
    answers,
  });
}

/** Null for what is no question. */
function decodeQuestion(bytes: Buffer): { query: Packet; hostname: string } | null {
  try {
    const query = dnsPacket.decode(bytes);
    const hostname = query.questions?.[0]?.name;
    return hostname === undefined || query.type !== 'query' ? null : { query, hostname };
  } catch {
    return null;
  }
}

/** The client's resolver, and whatever races it, on one UDP port. */
export function startUdpResolver(sockets: Sockets, resolve: Resolver): Promise<Endpoint> {
  const socket = createSocket('udp4');
  socket.on('message', (bytes, from) => {
    const asked = decodeQuestion(bytes);
    if (asked === null) return;
    for (const [i, reply] of resolve(asked.hostname).entries()) {
      const packet = encodeReply(asked.query, reply);
      const send = (): void => {
        // The lab may have closed while a late reply was waiting.
        try {
          socket.send(packet, from.port, from.address);
        } catch {
          return;
        }
      };
      if (i === 0) send();
      else void sockets.delay(RACE_DELAY_MS * i).then(send);
    }
  });
  return sockets.bind(socket);
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
