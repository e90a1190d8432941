/**
 * The way to a collector over TLS: its own terminator, or somebody who ends TLS before it with a chain of his own. All of
 * it real, on loopback; the collector behind speaks plain HTTP as it does behind a proxy.
 */
import { once } from 'node:events';
import { request } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createSecureContext } from 'node:tls';
import type { Issued } from '../../lab/certs.ts';

/** What whoever reads this connection has in his hands. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** What came back; empty when nothing did. */
  answer: Buffer;
}
export interface Relayed {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}
/** `forward` hands the request, or another body, to the collector. */
export type Act = (
  seen: Seen,
  forward: (body?: Buffer) => Promise<Relayed>,
  response: ServerResponse,
) => Promise<void> | void;

export interface CollectorPath {
  readonly url: string;
  readonly seen: Seen[];
  /** Certificate shown from now on; connections that are open stay open. */
  show(issued: Issued): void;
  act: Act;
  /** `http://host:port` of the collector. */
  leadTo(collector: string): void;
  close(): Promise<void>;
}

async function bytesOf(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

export const answerWith = ({ status, headers, body }: Relayed, response: ServerResponse): void => {
  const type = headers['content-type'];
  response.writeHead(status, type === undefined ? {} : { 'content-type': type }).end(body);
};

/** Passes everything on as it came. */
export const passOn: Act = async (_seen, forward, response) => answerWith(await forward(), response);

/** `keepAliveMs`: how long an idle connection is kept; some seconds unless told otherwise. */
export async function startCollectorPath(
  shown: Issued,
  { keepAliveMs }: { readonly keepAliveMs?: number } = {},
): Promise<CollectorPath> {
  const contextOf = ({ certPem, keyPem }: Issued) => createSecureContext({ cert: certPem, key: keyPem });
  let context = contextOf(shown);
  let target = '';
  const seen: Seen[] = [];
  const path = { act: passOn };

  const forwardTo =
    (one: Seen) =>
    async (body: Buffer = one.body): Promise<Relayed> => {
      const outgoing = request(target + one.path, {
        method: one.method,
        headers: { ...one.headers, 'content-length': String(body.length), connection: 'close' },
      });
      outgoing.end(body);
      const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
      const relayed = {
        status: incoming.statusCode ?? 0,
        headers: incoming.headers,
        body: await bytesOf(incoming),
      };
      one.answer = relayed.body;
      return relayed;
    };

  // Without a certificate of its own, whose intermediates it would go on sending.
  const server = createServer({ SNICallback: (_name, done) => done(null, context) });
  if (keepAliveMs !== undefined) server.keepAliveTimeout = keepAliveMs;
  server.on('request', (incoming: IncomingMessage, response: ServerResponse) => {
    void (async () => {
      const { method = '', url: where = '', headers } = incoming;
      const one: Seen = {
        method,
        path: where,
        headers,
        body: await bytesOf(incoming),
        answer: Buffer.alloc(0),
      };
      seen.push(one);
      await path.act(one, forwardTo(one), response);
    })().catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    seen,
    show: (issued) => {
      context = contextOf(issued);
    },
    get act() {
      return path.act;
    },
    set act(act) {
      path.act = act;
    },
    leadTo: (collector) => {
      target = collector;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
