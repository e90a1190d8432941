import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { parseIp } from '../../shared/codec/ip.ts';
import type { Context } from './context.ts';
import { failedBy, stoppedBy } from './errors.ts';
import type { Failed } from './errors.ts';
import type { Endpoint, TcpConnection, TcpResult } from './net.ts';
import { stopWhen } from './stop.ts';

/** A connected socket that remembers what happened to it while nobody was listening. */
export class OpenTcp implements TcpConnection {
  readonly endpoint: Endpoint;
  readonly socket: Socket;
  #error: Error | null = null;
  #ended = false;

  constructor(endpoint: Endpoint, socket: Socket) {
    this.endpoint = endpoint;
    this.socket = socket;
    socket.on('error', (error) => {
      this.#error ??= error;
    });
    socket.on('end', () => {
      this.#ended = true;
    });
  }

  /** The system's error of the socket itself, which says more than what the layers above make of it. */
  get error(): Error | null {
    return this.#error;
  }

  /** Why the connection can't be used any more; null while it can. */
  failed(): Failed | null {
    if (this.#error !== null) return failedBy(this.#error);
    if (this.#ended) return { failure: 'eof_error', detail: 'closed by the other side' };
    if (this.socket.destroyed) return { failure: 'connection_already_closed', detail: 'closed before use' };
    return null;
  }

  close(): void {
    this.socket.destroy();
  }
}

/**
 * Connects to an address literal. Failure: that of connect(2), `generic_timeout_error`, `interrupted`, or
 * `invalid_argument` for an endpoint that is none. Rejects with `DestinationForbidden` only.
 */
export async function connectTcp(
  ctx: Context,
  endpoint: Endpoint,
  signal: AbortSignal,
  timeoutMs = ctx.timeouts.tcp,
): Promise<TcpResult> {
  const t0 = ctx.now();
  const done = (failed: Failed | null, connection: OpenTcp | null): TcpResult => ({
    endpoint,
    failure: failed?.failure ?? null,
    detail: failed?.detail ?? null,
    t0,
    t: ctx.now(),
    connection,
  });
  if (parseIp(endpoint.address) === null || !(endpoint.port > 0 && endpoint.port < 65_536)) {
    return done({ failure: 'invalid_argument', detail: 'not an address and port' }, null);
  }
  if (signal.aborted) return done(stoppedBy('interrupted'), null);
  const actual = ctx.lab?.mapTcp(endpoint) ?? endpoint;
  if ('failure' in actual) return done({ failure: actual.failure, detail: 'emulated by the lab' }, null);
  ctx.guard.check(actual.address);
  return await new Promise((resolve) => {
    const socket = connect({ host: actual.address, port: actual.port, noDelay: true });
    ctx.traffic.watch(socket);
    const connection = new OpenTcp(endpoint, socket);
    const fail = (failed: Failed): void => {
      dispose();
      socket.destroy();
      resolve(done(failed, null));
    };
    const onError = (error: Error): void => fail(failedBy(error));
    const dispose = stopWhen(signal, timeoutMs, (reason) => fail(stoppedBy(reason)));
    socket.once('error', onError);
    socket.once('connect', () => {
      dispose();
      socket.off('error', onError);
      resolve(done(null, connection));
    });
  });
}
