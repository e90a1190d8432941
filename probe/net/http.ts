import { readBody } from './body.ts';
import type { BodyRead } from './body.ts';
import type { BodyWishes } from './body-sink.ts';
import type { Context } from './context.ts';
import { failedBy, stoppedBy } from './errors.ts';
import type { Failed } from './errors.ts';
import type { HttpHead, HttpRequest } from './http-driver.ts';
import { requestHttp1 } from './http1.ts';
import { requestHttp2 } from './http2.ts';
import type { HttpResponse, HttpResult, TcpConnection, TlsConnection } from './net.ts';
import { stopWhen } from './stop.ts';
import type { StopReason } from './stop.ts';
import { OpenTcp } from './tcp.ts';
import { OpenTls } from './tls.ts';

export interface HttpWishes extends BodyWishes {
  /** For the response's head; the whole exchange gets longer in the proportion of the defaults. */
  readonly timeoutMs?: number;
}

/** The URL as text: one that can't be read is a failure of this request, not an exception. */
export type UnreadRequest = Omit<HttpRequest, 'url'> & { readonly url: string };

function toResponse(head: HttpHead, body: BodyRead): HttpResponse {
  return {
    status: head.status,
    headers: head.headers,
    body: body.kept,
    truncated: body.kept.length < body.length || body.failure !== null,
    bodyLength: body.length,
    bodySha256: body.sha256,
    bodyFailure: body.failure,
  };
}

/**
 * The exchange itself failed: stopped by us, reset, or silent in the middle of the body. A server that closes early or
 * encodes badly is sloppy, and one that goes on for too long has answered.
 */
function brokenOff(bodyFailure: string | null, idle: boolean): Failed | null {
  if (bodyFailure === 'interrupted') return stoppedBy('interrupted');
  if (bodyFailure === 'connection_reset')
    return { failure: bodyFailure, detail: 'in the middle of the body' };
  return idle ? { ...stoppedBy('generic_timeout_error'), detail: 'the body stopped coming' } : null;
}

/**
 * One request and its response over an open connection, which is closed afterwards in every case. No redirect is
 * followed. Failure (no head came): `connection_reset`, `eof_error`, `generic_timeout_error`, `interrupted`,
 * `unknown_failure: …` for what isn't HTTP. A body that is reset or stops coming fails the exchange, with the response
 * as far as it came; one that fails in another way leaves `failure` null and says so in `bodyFailure`.
 */
export async function exchangeHttp(
  ctx: Context,
  connection: TcpConnection | TlsConnection,
  request: UnreadRequest,
  wishes: HttpWishes,
  signal: AbortSignal,
): Promise<HttpResult> {
  if (!(connection instanceof OpenTcp || connection instanceof OpenTls)) {
    throw new TypeError('not a connection of this net');
  }
  const t0 = ctx.now();
  const alpn = connection instanceof OpenTls ? connection.alpn : null;
  const tcp = connection instanceof OpenTls ? connection.tcp : connection;
  const result = (failed: Failed | null, response: HttpResponse | null): HttpResult => ({
    endpoint: connection.endpoint,
    alpn,
    failure: failed?.failure ?? null,
    detail: failed?.detail ?? null,
    t0,
    t: ctx.now(),
    response,
  });
  const unusable = signal.aborted ? stoppedBy('interrupted') : connection.failed();
  if (unusable !== null) {
    connection.close();
    return result(unusable, null);
  }
  const headMs = wishes.timeoutMs ?? ctx.timeouts.httpHead;
  const totalMs = headMs * (ctx.timeouts.httpTotal / ctx.timeouts.httpHead);
  let end = (): void => connection.close();
  let dispose = (): void => undefined;
  try {
    const head = await new Promise<HttpHead | Failed>((resolve) => {
      dispose = stopWhen(signal, headMs, (reason) => resolve(stoppedBy(reason)));
      const driver = alpn === 'h2' ? requestHttp2 : requestHttp1;
      end = driver(
        connection,
        { ...request, url: new URL(request.url) },
        {
          head: resolve,
          fail: (error) => resolve(failedBy(tcp.error ?? error)),
        },
      );
    });
    dispose();
    if ('failure' in head) return result(head, null);
    let stopped: StopReason | null = null;
    let idle = false;
    const stop = (reason: StopReason): void => {
      stopped ??= reason;
      head.body.destroy(new Error('stopped'));
    };
    const leftMs = Math.max(0, totalMs - (ctx.now() - t0) * 1000);
    dispose = stopWhen(signal, leftMs, stop);
    const silence = setTimeout(
      () => {
        idle = true;
        stop('generic_timeout_error');
      },
      Math.min(ctx.timeouts.httpIdle, headMs),
    );
    const body = await readBody(
      head,
      wishes,
      (error) => stopped ?? failedBy(tcp.error ?? error).failure,
      () => silence.refresh(),
    ).finally(() => clearTimeout(silence));
    return result(brokenOff(body.failure, idle), toResponse(head, body));
  } catch (error) {
    return result(failedBy(error), null); // a request that can't be written
  } finally {
    dispose();
    end();
  }
}
