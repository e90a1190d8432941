import type { Buffer } from 'node:buffer';
import { constants } from 'node:crypto';
import { connect, createSecureContext, DEFAULT_CIPHERS } from 'node:tls';
import type { SecureContext, TLSSocket } from 'node:tls';
import { parseIp } from '../../shared/codec/ip.ts';
import type { Context } from './context.ts';
import { failedBy, stoppedBy } from './errors.ts';
import type { Failed } from './errors.ts';
import type { Endpoint, TcpConnection, TlsConnection, TlsOptions, TlsResult } from './net.ts';
import { stopWhen } from './stop.ts';
import { OpenTcp } from './tcp.ts';
import { chainOnTheWire, presentedChain } from './tls-chain.ts';
import { TlsStream } from './tls-stream.ts';

/** A finished handshake and the socket below it. */
export class OpenTls implements TlsConnection {
  readonly endpoint: Endpoint;
  readonly alpn: string | null;
  readonly socket: TLSSocket;
  readonly tcp: OpenTcp;
  #error: Error | null = null;

  constructor(tcp: OpenTcp, socket: TLSSocket) {
    this.endpoint = tcp.endpoint;
    this.tcp = tcp;
    this.socket = socket;
    this.alpn = alpnOf(socket);
    socket.on('error', (error) => {
      this.#error ??= error;
    });
  }

  /** Why the connection can't be used any more; null while it can. */
  failed(): Failed | null {
    if (this.#error !== null && this.tcp.error === null) return failedBy(this.#error);
    return this.tcp.failed();
  }

  close(): void {
    this.socket.destroy();
    this.tcp.close();
  }
}

function alpnOf(socket: TLSSocket): string | null {
  return typeof socket.alpnProtocol === 'string' ? socket.alpnProtocol : null;
}

let context: SecureContext | undefined;

/**
 * An old or careless server is not a censored one: every protocol version and key size that OpenSSL still speaks is
 * accepted (SECLEVEL=0, TLS 1.0, servers without RFC 5746). Nothing is trusted here (no roots are loaded): the chain
 * is judged elsewhere, from the bytes.
 */
function secureContext(): SecureContext {
  context ??= createSecureContext({
    ca: [],
    minVersion: 'TLSv1',
    maxVersion: 'TLSv1.3',
    ciphers: `${DEFAULT_CIPHERS}:@SECLEVEL=0`,
    secureOptions: constants.SSL_OP_LEGACY_SERVER_CONNECT,
  });
  return context;
}

/** What may stand in server_name: never an address literal, no trailing dot (RFC 6066 section 3). */
function sniOf(serverName: string | null): string {
  if (serverName === null || parseIp(serverName) !== null) return '';
  return serverName.replace(/\.$/, '');
}

/** In the middle of the name, so that neither segment contains it. */
function cutInside(sni: string): (first: Buffer) => number {
  return (first) => {
    const at = first.indexOf(sni, 0, 'latin1');
    return at < 0 ? 0 : at + Math.ceil(sni.length / 2);
  };
}

/**
 * A TLS handshake over `connection`, which is closed if it fails. No session is resumed or kept. `serverName` of the
 * result is what was asked for; an address literal is not sent. Failure: `connection_reset`, `eof_error`,
 * `generic_timeout_error`, `interrupted`, `ssl_failed_handshake` (alert, not TLS, …); the chain is given even then
 * if it could be read. `invalid_argument`: a ClientHello can't be split without a server name.
 */
export async function handshakeTls(
  ctx: Context,
  connection: TcpConnection,
  options: TlsOptions,
  signal: AbortSignal,
): Promise<TlsResult> {
  if (!(connection instanceof OpenTcp)) throw new TypeError('not a connection of this net');
  const t0 = ctx.now();
  const readBefore = connection.socket.bytesRead;
  const sni = sniOf(options.serverName);
  const result = (
    failed: Failed | null,
    chain: readonly Uint8Array[],
    opened: OpenTls | null,
  ): TlsResult => ({
    endpoint: connection.endpoint,
    serverName: options.serverName,
    failure: failed?.failure ?? null,
    detail: failed?.detail ?? null,
    t0,
    t: ctx.now(),
    chain,
    cipherSuite: opened?.socket.getCipher().standardName ?? null,
    version: opened?.socket.getProtocol() ?? null,
    alpn: opened?.alpn ?? null,
    bytesReceived: connection.socket.bytesRead - readBefore,
    connection: opened,
  });
  const unusable =
    options.splitClientHello === true && sni.length < 2
      ? { failure: 'invalid_argument', detail: 'no server name to cut' }
      : connection.failed();
  if (unusable !== null || signal.aborted) {
    connection.close();
    return result(unusable ?? stoppedBy('interrupted'), [], null);
  }
  return await new Promise((resolve) => {
    const stream = new TlsStream(connection, options.splitClientHello === true ? cutInside(sni) : null);
    const socket = connect({
      socket: stream,
      secureContext: secureContext(),
      rejectUnauthorized: false,
      servername: sni,
      ...(options.alpn.length > 0 ? { ALPNProtocols: [...options.alpn] } : {}),
    });
    const fail = (failed: Failed): void => {
      settled();
      const heard = chainOnTheWire(stream.takeHeard());
      const failedResult = result(failed, heard, null);
      socket.destroy();
      connection.close();
      resolve(failedResult);
    };
    const onError = (error: Error): void => fail(failedBy(connection.error ?? error));
    const onClose = (): void =>
      fail(
        connection.error === null
          ? { failure: 'eof_error', detail: 'closed early' }
          : failedBy(connection.error),
      );
    const onSecure = (): void => {
      settled();
      stream.takeHeard();
      resolve(result(null, presentedChain(socket), new OpenTls(connection, socket)));
    };
    const dispose = stopWhen(signal, options.timeoutMs ?? ctx.timeouts.tls, (r) => fail(stoppedBy(r)));
    const settled = (): void => {
      dispose();
      socket.off('error', onError).off('close', onClose).off('secureConnect', onSecure);
      socket.on('error', () => undefined);
    };
    socket.on('error', onError).on('close', onClose).on('secureConnect', onSecure);
  });
}
