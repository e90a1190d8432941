/**
 * The reflector: answers TLS for any SNI and HTTP for any Host on the same ports, always as itself. A probe that says
 * an innocuous and a suspect name to it in turn learns what the path does to the name alone. Because a connection that
 * dies is the very thing being measured, limits answer politely for as long as they can (429 after a full handshake)
 * and, when room has to be made, take it from connections that have had their answer.
 */
import { createServer as createHttpServer } from 'node:http';
import type { IncomingMessage, Server as HttpServer, ServerResponse } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { readClientHello } from '../../shared/codec/client-hello.ts';
import { createRateLimit, plainAddress, subscriberKey } from './rate-limit.ts';
import { readIdentity, ReflectorError } from './reflector-identity.ts';
import type { ReflectorIdentity } from './reflector-identity.ts';
import { reflect } from './reflector-reply.ts';
import type { Seen } from './reflector-reply.ts';

const REFLECTOR_LIMITS = {
  /** Connections open at a time, all ports together. */
  connections: 4096,
  /** Nothing received or sent for so long ends a connection. */
  idleMs: 15_000,
  /** No connection lives longer, however busy. */
  lifetimeMs: 60_000,
  headerBytes: 8 * 1024,
  requestsPerConnection: 16,
  /** Reads of a ClientHello that are waited for. */
  clientHelloReads: 64,
  rateWindowMs: 60_000,
  /** Connections of one subscriber in a window; beyond it every request is answered 429. Many sit behind one address. */
  ratePolite: 1200,
  /** Beyond it connections are closed at once. */
  rateHard: 6000,
} as const;
type ReflectorLimits = { readonly [K in keyof typeof REFLECTOR_LIMITS]: number };

/** The document that a probe may fetch from here instead of from the collector. */
const DESCRIPTOR_PATH = '/.well-known/kuager';
const FIRST_BYTE_TLS = 0x16;

export interface ReflectorOptions {
  readonly listen: readonly { readonly host: string; readonly port: number }[];
  /** PEM. */
  readonly key: string;
  /** PEM chain, leaf first. */
  readonly cert: string;
  /** Monotonic milliseconds. */
  readonly clock: () => number;
  /** JSON text served at DESCRIPTOR_PATH; without it the path is reflected like any other. */
  readonly descriptor?: () => string;
  readonly limits?: Partial<ReflectorLimits>;
}
export interface Reflector {
  readonly name: string;
  readonly spkiSha256: string;
  /** As bound, in the order of `listen`. */
  readonly endpoints: readonly { readonly host: string; readonly port: number }[];
  close(): Promise<void>;
}

function respond(response: ServerResponse, status: number, name: string, text: string): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    'x-kuager-reflector': name,
  });
  response.end(text);
}

interface Visit extends Seen {
  readonly polite: boolean;
  readonly answered: () => void;
}

function createAnswers(identity: ReflectorIdentity, options: ReflectorOptions, limits: ReflectorLimits) {
  const visits = new WeakMap<Duplex, Visit>();
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    const visit = visits.get(request.socket);
    if (visit === undefined) {
      request.socket.destroy();
      return;
    }
    const { name } = identity;
    // A body is not read; the connection ends instead of waiting for it.
    if (request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined)
      response.setHeader('connection', 'close');
    response.once('finish', visit.answered);
    if (!visit.polite)
      respond(response, 429, name, JSON.stringify({ reflector: name, error: 'too_many_connections' }));
    else if (request.url === DESCRIPTOR_PATH && options.descriptor !== undefined)
      respond(response, 200, name, options.descriptor());
    else respond(response, 200, name, JSON.stringify(reflect(name, request, visit)));
  };
  const http: HttpServer = createHttpServer({
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
    /** Hands a connection over, its first bytes unread. */
    serve(socket: Duplex, visit: Visit): void {
      visits.set(socket, visit);
      http.emit('connection', socket);
    },
  };
}

/** Collects the first bytes, up to a whole ClientHello, and puts them back; calls `ready` once. */
function peek(
  socket: Socket,
  limits: ReflectorLimits,
  ready: (tls: boolean, seen: Pick<Seen, 'sni' | 'clientHelloSegments'>) => void,
): void {
  let bytes: Buffer = Buffer.alloc(0);
  let reads = 0;
  const onData = (chunk: Buffer): void => {
    bytes = Buffer.concat([bytes, chunk]);
    reads++;
    const tls = bytes[0] === FIRST_BYTE_TLS;
    const hello = tls ? readClientHello(bytes) : 'not tls';
    const waiting = hello === 'need more' || (typeof hello !== 'string' && !hello.complete);
    if (waiting && reads < limits.clientHelloReads) return;
    socket.removeListener('data', onData);
    socket.pause();
    socket.unshift(bytes);
    ready(tls, {
      sni: typeof hello === 'string' ? null : hello.sni,
      clientHelloSegments: tls ? reads : null,
    });
  };
  socket.on('data', onData);
}

function bind(server: Server, host: string, port: number): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const where = `${host} port ${port}`;
      if (error.code === 'EADDRINUSE')
        reject(new ReflectorError('REFLECTOR_PORT_TAKEN', `${where} is taken by another program`, error));
      else if (error.code === 'EACCES')
        reject(
          new ReflectorError('REFLECTOR_PORT_FORBIDDEN', `${where} may not be bound by this user`, error),
        );
      else reject(new ReflectorError('REFLECTOR_LISTEN_FAILED', `${where} cannot be listened on`, error));
    });
    server.listen({ host, port }, () => resolve(server.address() as AddressInfo));
  });
}

/** @throws ReflectorError; nothing stays bound then. */
export async function createReflector(options: ReflectorOptions): Promise<Reflector> {
  const limits: ReflectorLimits = { ...REFLECTOR_LIMITS, ...options.limits };
  const identity = readIdentity(options.key, options.cert);
  const answers = createAnswers(identity, options, limits);
  const rate = createRateLimit(limits.rateWindowMs, options.clock);
  /** In order of arrival; true once answered. */
  const open = new Map<Socket, boolean>();

  const makeRoom = (): void => {
    if (open.size < limits.connections) return;
    const oldest = [...open].find(([, answered]) => answered)?.[0] ?? open.keys().next().value;
    oldest?.destroy();
    if (oldest !== undefined) open.delete(oldest);
  };

  const onConnection = (socket: Socket): void => {
    const remoteAddress = plainAddress(socket.remoteAddress ?? '');
    const count = rate.count(subscriberKey(remoteAddress));
    socket.on('error', () => undefined);
    if (count > limits.rateHard) {
      socket.destroy();
      return;
    }
    makeRoom();
    open.set(socket, false);
    const lifetime = setTimeout(() => socket.destroy(), limits.lifetimeMs);
    socket.once('close', () => {
      clearTimeout(lifetime);
      open.delete(socket);
    });
    socket.setTimeout(limits.idleMs, () => socket.destroy());
    socket.setNoDelay(true);
    peek(socket, limits, (tls, seen) => {
      const answered = (): void => {
        if (open.has(socket)) open.set(socket, true);
      };
      const visit: Visit = { ...seen, remoteAddress, polite: count <= limits.ratePolite, answered };
      if (!tls) {
        answers.serve(socket, visit);
        socket.resume();
        return;
      }
      const secure = new TLSSocket(socket, {
        isServer: true,
        secureContext: identity.context,
        ALPNProtocols: ['http/1.1'],
      });
      secure.on('error', () => socket.destroy());
      secure.once('secure', () => {
        // From here the inner connection keeps the time; the outer one no longer sees what is read.
        socket.setTimeout(0);
        answers.serve(secure, visit);
      });
    });
  };

  const servers = options.listen.map(() => createServer({ allowHalfOpen: false }, onConnection));
  const close = async (): Promise<void> => {
    for (const socket of open.keys()) socket.destroy();
    await Promise.all(
      servers.map(
        (server) =>
          new Promise<void>((resolve) => (server.listening ? server.close(() => resolve()) : resolve())),
      ),
    );
  };
  // All attempts have to be over before any is undone: a server that is still binding cannot be closed.
  const bound = await Promise.allSettled(
    options.listen.map(({ host, port }, i) => bind(servers[i] ?? createServer(), host, port)),
  );
  const failed = bound.find((result) => result.status === 'rejected');
  if (failed !== undefined) {
    await close();
    throw failed.reason;
  }
  const endpoints = bound.flatMap((result) =>
    result.status === 'fulfilled' ? [{ host: result.value.address, port: result.value.port }] : [],
  );
  return { name: identity.name, spkiSha256: identity.spkiSha256, endpoints, close };
}
