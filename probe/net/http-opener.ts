/** The real HTTP client, on undici. No redirects, no cookies, no User-Agent, no TLS session kept. */
import type { Socket } from 'node:net';
import { createSecureContext, type SecureContext } from 'node:tls';
import { Agent, buildConnector, request } from 'undici';
import { parseIp, withoutBrackets } from '../../shared/codec/ip.ts';
import { failureFromErrorCode } from '../../shared/failure/failure.ts';
import { certificateFailure } from './certificate-failure.ts';
import { stopWhen } from './stop.ts';
import type { ChainDemand, HttpCall, HttpClient, HttpReply, OpenHttp } from './http-client.ts';

export const CONNECT_TIMEOUT_MS = 15_000;
/** From the last byte sent to the first of the answer. */
export const ANSWER_TIMEOUT_MS = 60_000;
/** The whole exchange; two megabytes over a bad mobile line take minutes. */
export const EXCHANGE_TIMEOUT_MS = 5 * 60_000;
/** A control’s reply with the chains of many addresses is the longest. */
export const MAX_REPLY_BYTES = 1024 * 1024;
const MAX_REPLY_HEADER_BYTES = 16 * 1024;
/** To a connection that is kept for long. */
const KEEP_ALIVE_PROBE_MS = 200_000;
const HTTPS_PORT = '443';

export interface HttpOptions {
  /** KUAGER_ONLY; see probe/net/guard.ts. `check` throws for a forbidden address. */
  readonly guard: { check(address: string): void };
  /** Name → address literals, e.g. the net's getaddrinfo; empty when there are none. IP literals never get here. */
  readonly resolve: (hostname: string) => Promise<readonly string[]>;
  /**
   * PEM, any number in a text: the only roots that are trusted. Neither the device's store nor Node's own list counts,
   * whatever the environment says: a root that a volunteer was made to install must not open this connection.
   */
  readonly rootsPem: readonly string[];
  /** Sees every TCP socket as it opens, below TLS: to count its bytes. */
  readonly watchSocket?: (socket: Socket) => void;
  /** An idle connection is kept for so long, if the server keeps it too; some seconds unless told otherwise. */
  readonly keepAliveMs?: number;
  readonly timeouts?: {
    readonly connectMs?: number;
    readonly answerMs?: number;
    readonly exchangeMs?: number;
  };
}

const isForbidden = (error: unknown): boolean =>
  error instanceof Error &&
  (('code' in error && error.code === 'DESTINATION_FORBIDDEN') ||
    (error.cause !== undefined && isForbidden(error.cause)));

function failureOf(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return 'interrupted';
  if (!(error instanceof Error)) return failureFromErrorCode(undefined, 'unknown');
  if (error.name === 'TimeoutError') return 'generic_timeout_error';
  // Several addresses were tried: the first error stands for all.
  const one: unknown = error instanceof AggregateError ? (error.errors[0] ?? error) : error;
  const code = one instanceof Error && 'code' in one && typeof one.code === 'string' ? one.code : undefined;
  return (
    certificateFailure(code) ?? failureFromErrorCode(code, one instanceof Error ? one.message : 'unknown')
  );
}

class ReplyTooLong extends Error {}

async function readBody(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > MAX_REPLY_BYTES) throw new ReplyTooLong('the reply is too long');
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

function createAgent(options: HttpOptions, demand: ChainDemand, secureContext: SecureContext): Agent {
  const { guard, resolve, watchSocket = () => undefined } = options;
  const connectMs = options.timeouts?.connectMs ?? CONNECT_TIMEOUT_MS;
  const answerMs = options.timeouts?.answerMs ?? ANSWER_TIMEOUT_MS;
  const connect = buildConnector({
    maxCachedSessions: 0,
    // An idle connection is asked after as seldom as routers allow that forget it otherwise.
    ...(options.keepAliveMs === undefined ? {} : { keepAliveInitialDelay: KEEP_ALIVE_PROBE_MS }),
    timeout: connectMs,
    secureContext,
    // Said aloud: NODE_TLS_REJECT_UNAUTHORIZED=0 in somebody's environment must not switch it off.
    rejectUnauthorized: demand === 'verified',
    lookup: (hostname, _options, callback) => {
      resolve(hostname).then(
        (addresses) => {
          const found = addresses.flatMap((address) => {
            const family = parseIp(address)?.family;
            return family === undefined ? [] : [{ address, family }];
          });
          try {
            for (const { address } of found) guard.check(address);
          } catch (error) {
            callback(error as Error, []);
            return;
          }
          const none = Object.assign(new Error('no address for this name'), { code: 'ENOTFOUND' });
          callback(found.length === 0 ? none : null, found);
        },
        (error: unknown) => callback(error as Error, []),
      );
    },
  });
  return new Agent({
    connections: 1,
    pipelining: 1,
    maxHeaderSize: MAX_REPLY_HEADER_BYTES,
    headersTimeout: answerMs,
    bodyTimeout: answerMs,
    ...(options.keepAliveMs === undefined ? {} : { keepAliveTimeout: options.keepAliveMs }),
    connect: (target, callback) => {
      const literal = withoutBrackets(target.hostname);
      try {
        if (parseIp(literal) !== null) guard.check(literal);
      } catch (error) {
        // undici hangs when it is called back before it has returned.
        setImmediate(callback, error as Error, null);
        return;
      }
      // In two steps, so that the socket below TLS can be watched.
      const port = target.port || (target.protocol === 'https:' ? HTTPS_PORT : '');
      connect({ ...target, port, protocol: 'http:' }, (error, socket) => {
        if (error !== null) {
          callback(error, null);
          return;
        }
        watchSocket(socket);
        if (target.protocol === 'https:') connect({ ...target, port, httpSocket: socket }, callback);
        else callback(null, socket);
      });
    },
  });
}

/**
 * Throws from `call` only what the guard throws; everything the network does is a failure in the reply. Every client
 * that the opener gives has connections of its own.
 */
export function createHttpOpener(options: HttpOptions): OpenHttp {
  // Reading 140 roots takes a while: once for all connections, and not before the first.
  let context: SecureContext | null = null;
  return (demand = 'verified'): HttpClient => {
    context ??= createSecureContext({ ca: [...options.rootsPem] });
    const agent = createAgent(options, demand, context);
    const exchangeMs = options.timeouts?.exchangeMs ?? EXCHANGE_TIMEOUT_MS;
    const call = async ({ method, url, headers, body, signal }: HttpCall): Promise<HttpReply> => {
      const over = new AbortController();
      const done = stopWhen(signal, exchangeMs, (reason) =>
        over.abort(reason === 'interrupted' ? signal.reason : new DOMException('too long', 'TimeoutError')),
      );
      try {
        const reply = await request(url, {
          dispatcher: agent,
          method,
          headers: { ...headers },
          body: body ?? null,
          signal: over.signal,
        });
        const flat = Object.entries(reply.headers).flatMap(([name, value]) => {
          const first = Array.isArray(value) ? value[0] : value;
          return first === undefined ? [] : [[name.toLowerCase(), first] as const];
        });
        return {
          status: reply.statusCode,
          headers: Object.fromEntries(flat),
          body: await readBody(reply.body),
        };
      } catch (error) {
        if (isForbidden(error)) throw error;
        return { failure: failureOf(error, signal) };
      } finally {
        done();
      }
    };
    return { call, close: () => agent.destroy() };
  };
}
