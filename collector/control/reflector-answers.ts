/** The reflector's HTTP side: one server without a port, to which connections are handed once their first bytes are known. */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { createRateLimit, subscriberKey } from './rate-limit.ts';
import { askedBytes, BYTES_PATH, createBytes, MAX_DOWNLOAD_BYTES } from './reflector-bytes.ts';
import type { ReflectorLimits } from './reflector-limits.ts';
import type { NetworkWord } from './reflector-network.ts';
import { reflect } from './reflector-reply.ts';
import type { Seen } from './reflector-reply.ts';

/** The document that a probe may fetch from here instead of from the collector. */
const DESCRIPTOR_PATH = '/.well-known/kuager';
const NETWORK_PATH = '/.well-known/kuager-network';
/** Key under which everybody's bytes are counted together. */
const EVERYBODY = '*';

export interface AnswerOptions {
  /** Monotonic milliseconds. */
  readonly clock: () => number;
  /** JSON text served at DESCRIPTOR_PATH; without it the path is reflected like any other. */
  readonly descriptor?: () => string;
  /** Without it nothing is known of anybody's network. */
  readonly network?: NetworkWord;
}
export interface Visit extends Seen {
  readonly polite: boolean;
  readonly answered: () => void;
}
interface Answers {
  /** Hands a connection over, its first bytes unread. */
  serve(socket: Duplex, visit: Visit): void;
}

function head(response: ServerResponse, status: number, name: string, type: string, length: number): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': length,
    'cache-control': 'no-store',
    'x-kuager-reflector': name,
  });
}
function respond(response: ServerResponse, status: number, name: string, text: string): void {
  head(response, status, name, 'application/json', Buffer.byteLength(text));
  response.end(text);
}

export function createAnswers(name: string, options: AnswerOptions, limits: ReflectorLimits): Answers {
  const visits = new WeakMap<Duplex, Visit>();
  const bytes = createBytes();
  const downloaded = createRateLimit(limits.rateWindowMs, options.clock);
  const refuse = (response: ServerResponse, status: number, error: string): void =>
    respond(response, status, name, JSON.stringify({ reflector: name, error }));

  const sendBytes = (url: string, response: ServerResponse, visit: Visit): void => {
    const n = askedBytes(url);
    if (n === null) {
      const text = { reflector: name, error: 'bad_length', max: MAX_DOWNLOAD_BYTES };
      respond(response, 400, name, JSON.stringify(text));
      return;
    }
    const own = downloaded.count(subscriberKey(visit.remoteAddress), n);
    // What a subscriber is refused is not held against everybody.
    if (own > limits.bytesPerSubscriber || downloaded.count(EVERYBODY, n) > limits.bytesTotal) {
      refuse(response, 429, 'too_many_bytes');
      return;
    }
    head(response, 200, name, 'application/octet-stream', n);
    bytes.send(response, n);
  };

  const sendNetwork = (response: ServerResponse, visit: Visit): void => {
    const text = options.network?.about(visit.remoteAddress) ?? null;
    if (text !== null) respond(response, 200, name, text);
    else refuse(response, 404, options.network === undefined ? 'no_database' : 'unknown_network');
  };

  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    const visit = visits.get(request.socket);
    if (visit === undefined) {
      request.socket.destroy();
      return;
    }
    // A body is not read; the connection ends instead of waiting for it.
    if (request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined)
      response.setHeader('connection', 'close');
    response.once('finish', visit.answered);
    const url = request.url ?? '';
    const path = request.method === 'GET' ? url.split('?')[0] : null;
    if (!visit.polite) refuse(response, 429, 'too_many_connections');
    else if (url === DESCRIPTOR_PATH && options.descriptor !== undefined)
      respond(response, 200, name, options.descriptor());
    else if (path === BYTES_PATH) sendBytes(url, response, visit);
    else if (path === NETWORK_PATH) sendNetwork(response, visit);
    else respond(response, 200, name, JSON.stringify(reflect(name, request, visit)));
  };

  const http = createServer({
    maxHeaderSize: limits.headerBytes,
    requireHostHeader: false,
    keepAliveTimeout: limits.idleMs,
  });
  http.timeout = limits.idleMs;
  http.maxRequestsPerSocket = limits.requestsPerConnection;
  http.on('request', onRequest);
  http.on('checkContinue', onRequest);
  http.on('checkExpectation', onRequest);
  http.on('connect', (_request, socket) =>
    socket.end('HTTP/1.1 405 Method Not Allowed\r\nconnection: close\r\n\r\n'),
  );
  http.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n');
    else socket.destroy();
  });
  return {
    serve(socket, visit) {
      visits.set(socket, visit);
      http.emit('connection', socket);
    },
  };
}
