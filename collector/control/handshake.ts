/**
 * A TLS handshake over a socket of `outgoing`: completes it whatever the certificates say, keeps the chain in the order
 * in which it came, and appraises it against the collector's roots.
 */
import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { toBase64 } from '../../shared/codec/base64.ts';
import { appraiseChain, MAX_CHAIN_CERTIFICATES } from '../../shared/observe/chain/appraise.ts';
import type { Roots } from '../../shared/observe/chain/roots.ts';
import { failureOfAbort, failureOfError } from './socket-failure.ts';

const HANDSHAKE_TIMEOUT_MS = 10_000;

interface HandshakeOptions {
  /** The URL's host, IPv6 without brackets; an address is not sent as SNI. */
  readonly serverName: string;
  readonly alpn: readonly string[];
  readonly signal: AbortSignal;
  readonly timeoutMs?: number;
  readonly appraise: Appraise;
}
export interface HandshakeResult {
  /** Null only when a chain for this name, trusted at this time, was presented. */
  readonly failure: string | null;
  /** DER, leaf first, wire order. */
  readonly chain: readonly Uint8Array[];
  /** Node's code of the error that ended the handshake, such as an alert; null when there was none. */
  readonly errorCode: string | null;
  /** The open connection, whether trusted or not; null when the handshake itself failed. */
  readonly socket: TLSSocket | null;
}

/** Chain and name → null or a failure of the vocabulary. */
export type Appraise = (chain: readonly Uint8Array[], host: string) => string | null;

/** Remembers what it has seen: all addresses of a site mostly present one chain, and checking it costs milliseconds. */
export function createAppraiser(roots: Roots, at: number): Appraise {
  const seen = new Map<string, string | null>();
  return (chain, host) => {
    const key = [host, ...chain.map(toBase64)].join(' ');
    const known = seen.get(key);
    if (known !== undefined) return known;
    const { failure } = appraiseChain({ chain, host, at, roots });
    seen.set(key, failure);
    return failure;
  };
}

/** Must be the first question asked of the socket: Node builds this list from the message as it came, once. */
function wireChain(socket: TLSSocket): Uint8Array[] {
  const chain: Uint8Array[] = [];
  let next: X509Certificate | undefined = socket.getPeerX509Certificate();
  while (next !== undefined && chain.length < MAX_CHAIN_CERTIFICATES) {
    chain.push(new Uint8Array(next.raw));
    next = next.issuerCertificate;
  }
  return chain;
}

/** Takes the socket over: on failure it is destroyed. Network failures are data. */
export function handshake(raw: Socket, options: HandshakeOptions): Promise<HandshakeResult> {
  const { serverName, signal } = options;
  return new Promise((resolve) => {
    const socket = connectTls({
      socket: raw,
      servername: isIP(serverName) === 0 ? serverName : '',
      ALPNProtocols: [...options.alpn],
      // The chain is judged below; nothing is sent over an untrusted one.
      rejectUnauthorized: false,
      // Old servers have to be seen as they are: a probe that reaches them must not be contradicted by a stricter control.
      minVersion: 'TLSv1',
      ciphers: 'DEFAULT:@SECLEVEL=0',
    });
    const finish = (result: HandshakeResult): void => {
      clearTimeout(timer);
      socket.removeListener('close', onClose);
      signal.removeEventListener('abort', onAbort);
      socket.removeListener('secureConnect', onSecure);
      socket.removeListener('error', onError);
      if (result.socket === null) socket.on('error', () => undefined).destroy();
      resolve(result);
    };
    const fail = (failure: string, errorCode: string | null = null): void =>
      finish({ failure, chain: [], errorCode, socket: null });
    const onError = (error: NodeJS.ErrnoException): void => fail(failureOfError(error), error.code ?? null);
    const onClose = (): void => fail('eof_error');
    const onAbort = (): void => fail(failureOfAbort(signal));
    const onSecure = (): void => {
      const chain = wireChain(socket);
      finish({ failure: options.appraise(chain, serverName), chain, errorCode: null, socket });
    };
    const timer = setTimeout(() => fail('generic_timeout_error'), options.timeoutMs ?? HANDSHAKE_TIMEOUT_MS);
    raw.on('error', () => undefined);
    socket.once('secureConnect', onSecure);
    socket.once('error', onError);
    socket.once('close', onClose);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
}
