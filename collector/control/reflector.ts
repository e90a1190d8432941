/**
 * The reflector: answers TLS for any SNI and HTTP for any Host on the same ports, always as itself. A probe that says
 * an innocuous and a suspect name to it in turn learns what the path does to the name alone. Because a connection that
 * dies is the very thing being measured, limits answer politely for as long as they can (429 after a full handshake)
 * and, when room has to be made, take it from connections that have had their answer.
 */
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { SecureContext } from 'node:tls';
import { readClientHello } from '../../shared/codec/client-hello.ts';
import { createRateLimit, plainAddress, subscriberKey } from './rate-limit.ts';
import { createAnswers } from './reflector-answers.ts';
import type { AnswerOptions, Visit } from './reflector-answers.ts';
import { asReflectorError, readIdentity, ReflectorError } from './reflector-identity.ts';
import type { ReflectorIdentity } from './reflector-identity.ts';
import { REFLECTOR_LIMITS } from './reflector-limits.ts';
import type { ReflectorLimits } from './reflector-limits.ts';
import type { Seen } from './reflector-reply.ts';

const FIRST_BYTE_TLS = 0x16;

export interface ReflectorListen {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Presents the self-signed certificate instead of the reflector's own. */
  readonly selfSigned?: boolean;
}
export interface ReflectorEndpoint {
  readonly host: string;
  readonly port: number;
  readonly selfSigned: boolean;
}
export interface ReflectorOptions extends AnswerOptions {
  /** All of them or none. */
  readonly listen: readonly ReflectorListen[];
  /** PEM. */
  readonly key: string;
  /** PEM chain, leaf first. */
  readonly cert: string;
  /** PEM; what the self-signed ports present. */
  readonly selfSigned?: { readonly key: string; readonly cert: string };
  readonly limits?: Partial<ReflectorLimits>;
}
export interface Reflector {
  readonly name: string;
  /** Hex SHA-256 of the leaf's SubjectPublicKeyInfo, the reflector's own certificate first. */
  readonly spkiSha256: readonly string[];
  /** As bound, in the order of binding; grows with `listen`. */
  readonly endpoints: readonly ReflectorEndpoint[];
  /** Binds one more. @throws ReflectorError */
  listen(where: ReflectorListen): Promise<ReflectorEndpoint>;
  close(): Promise<void>;
}

/** Collects the first bytes, up to a whole ClientHello, and puts them back; calls `ready` once. */
function peek(
  socket: Socket,
  limits: ReflectorLimits,
  ready: (tls: boolean, seen: Pick<Seen, 'sni' | 'offeredAlpn' | 'clientHelloSegments'>) => void,
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
      offeredAlpn: typeof hello === 'string' ? [] : hello.alpn,
      clientHelloSegments: tls ? reads : null,
    });
  };
  socket.on('data', onData);
}

function bind(server: Server, host: string, port: number): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    // Stays: a server without descriptors left reports each connection that it can't take, and goes on.
    server.on('error', (error) => reject(asReflectorError(error, host, port)));
    server.listen({ host, port }, () => resolve(server.address() as AddressInfo));
  });
}

/** @throws ReflectorError; nothing stays bound then. */
export async function createReflector(options: ReflectorOptions): Promise<Reflector> {
  const limits: ReflectorLimits = { ...REFLECTOR_LIMITS, ...options.limits };
  const identity = readIdentity(options.key, options.cert);
  const selfSigned =
    options.selfSigned === undefined ? null : readIdentity(options.selfSigned.key, options.selfSigned.cert);
  const answers = createAnswers(identity.name, options, limits);
  const rate = createRateLimit(limits.rateWindowMs, options.clock);
  /** Open connections that wait for their answer, and those that have had one, oldest first. */
  const waiting = new Set<Socket>();
  const answered = new Set<Socket>();
  const forget = (socket: Socket): void => {
    waiting.delete(socket);
    answered.delete(socket);
  };

  const makeRoom = (): void => {
    if (waiting.size + answered.size < limits.connections) return;
    const oldest = answered.values().next().value ?? waiting.values().next().value;
    if (oldest === undefined) return;
    oldest.destroy();
    forget(oldest);
  };

  const serveTls = (socket: Socket, context: SecureContext, visit: Visit): void => {
    const secure = new TLSSocket(socket, {
      isServer: true,
      secureContext: context,
      ALPNProtocols: ['http/1.1'],
    });
    secure.on('error', () => socket.destroy());
    secure.once('secure', () => {
      // From here the inner connection keeps the time; the outer one no longer sees what is read.
      socket.setTimeout(0);
      answers.serve(secure, visit);
    });
  };

  const onConnection = (socket: Socket, shown: ReflectorIdentity): void => {
    const remoteAddress = plainAddress(socket.remoteAddress ?? '');
    const count = rate.count(subscriberKey(remoteAddress));
    socket.on('error', () => undefined);
    if (count > limits.rateHard) {
      socket.destroy();
      return;
    }
    makeRoom();
    waiting.add(socket);
    const lifetime = setTimeout(() => socket.destroy(), limits.lifetimeMs);
    socket.once('close', () => {
      clearTimeout(lifetime);
      forget(socket);
    });
    socket.setTimeout(limits.idleMs, () => socket.destroy());
    socket.setNoDelay(true);
    peek(socket, limits, (tls, seen) => {
      const onAnswered = (): void => {
        if (waiting.delete(socket)) answered.add(socket);
      };
      const certificate = !tls ? null : shown === selfSigned ? 'self_signed' : 'own';
      const visit: Visit = {
        ...seen,
        certificate,
        remoteAddress,
        polite: count <= limits.ratePolite,
        answered: onAnswered,
      };
      if (tls) {
        serveTls(socket, shown.context, visit);
        return;
      }
      answers.serve(socket, visit);
      socket.resume();
    });
  };

  const servers: Server[] = [];
  const bound: ReflectorEndpoint[] = [];
  const listen = async (where: ReflectorListen): Promise<ReflectorEndpoint> => {
    const shown = where.selfSigned === true ? selfSigned : identity;
    if (shown === null)
      throw new ReflectorError('REFLECTOR_BAD_CERTIFICATE', 'the reflector has no self-signed certificate');
    const server = createServer({ allowHalfOpen: false }, (socket) => onConnection(socket, shown));
    const { address, port } = await bind(server, where.host, where.port);
    servers.push(server);
    const endpoint = { host: address, port, selfSigned: where.selfSigned === true };
    bound.push(endpoint);
    return endpoint;
  };
  const close = async (): Promise<void> => {
    for (const socket of [...waiting, ...answered]) socket.destroy();
    await Promise.all(servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))));
  };
  try {
    for (const where of options.listen) await listen(where);
  } catch (error) {
    await close();
    throw error;
  }
  const identities = selfSigned === null ? [identity] : [identity, selfSigned];
  return {
    name: identity.name,
    spkiSha256: identities.map((shown) => shown.spkiSha256),
    endpoints: bound,
    listen,
    close,
  };
}
