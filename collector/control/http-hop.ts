/** One GET over one connection to a checked address. Redirects belong to `http-chain.ts`. */
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { failureOfRefusal } from './destination.ts';
import { handshake } from './handshake.ts';
import type { Appraise } from './handshake.ts';
import { readBody } from './http-body.ts';
import type { Body } from './http-body.ts';
import { refuseLookup } from './outgoing.ts';
import type { Outgoing } from './outgoing.ts';
import { DEADLINE, failureOfAbort, failureOfError } from './socket-failure.ts';

/** Resolution, connections, handshake, head and body of one hop. */
export const HOP_TIMEOUT_MS = 10_000;
/** One address of several must not use the whole hop up. */
const HOP_CONNECT_TIMEOUT_MS = 4_000;
const MAX_HOP_ADDRESSES = 3;
export const MAX_HEADER_BYTES = 32 * 1024;

export interface HopContext {
  readonly outgoing: Outgoing;
  readonly appraise: Appraise;
  readonly signal: AbortSignal;
  /** Request headers that the probe may choose, already checked. */
  readonly headers: readonly (readonly [string, string])[];
  readonly hopTimeoutMs?: number;
}
export interface Hop {
  /** Null: no head arrived. */
  readonly response: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: Body;
  } | null;
  readonly failure: string | null;
  /** From the request to the end of the body; null when there was no such end. */
  readonly seconds: number | null;
}
/** Precision of `seconds`: what a page takes, not what a network card does. */
const SECONDS_STEP = 0.01;

export const unanswered = (failure: string): Hop => ({ response: null, failure, seconds: null });

/** Names as received; of equal names the first counts, as in the test-helper protocol's flat map. */
function flatHeaders(rawHeaders: readonly string[]): Record<string, string> {
  const seen = new Set<string>();
  const entries: [string, string][] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? '';
    if (seen.has(name.toLowerCase())) continue;
    seen.add(name.toLowerCase());
    entries.push([name, rawHeaders[i + 1] ?? '']);
  }
  return Object.fromEntries(entries);
}

export function portOf(url: URL): number {
  if (url.port !== '') return Number(url.port);
  return url.protocol === 'https:' ? 443 : 80;
}

/** The host for names, certificates and look-ups: without the brackets of an IPv6 literal. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1');
}

type Opened = { readonly socket: Socket } | { readonly failure: string };

async function openTcp(url: URL, context: HopContext, signal: AbortSignal): Promise<Opened> {
  const { outgoing } = context;
  const port = portOf(url);
  const { addresses, failure } = await outgoing.resolve(hostOf(url), signal);
  if (failure !== null) return { failure };
  const reachable = addresses.filter((address) => outgoing.refusal(address, port) === null);
  let last = failureOfRefusal(outgoing.refusal(addresses[0] ?? '', port) ?? 'not_an_address');
  for (const address of reachable.slice(0, MAX_HOP_ADDRESSES)) {
    const result = await outgoing.connect(address, port, signal, HOP_CONNECT_TIMEOUT_MS);
    if (result.socket !== null) return { socket: result.socket };
    last = result.failure;
  }
  return { failure: last };
}

async function open(url: URL, context: HopContext, signal: AbortSignal): Promise<Opened> {
  const tcp = await openTcp(url, context, signal);
  if (!('socket' in tcp) || url.protocol !== 'https:') return tcp;
  const { appraise } = context;
  const tls = await handshake(tcp.socket, { serverName: hostOf(url), alpn: ['http/1.1'], signal, appraise });
  if (tls.socket !== null && tls.failure === null) return { socket: tls.socket };
  tls.socket?.on('error', () => undefined).destroy();
  return { failure: tls.failure ?? 'ssl_failed_handshake' };
}

function exchange(url: URL, socket: Socket, context: HopContext, signal: AbortSignal): Promise<Hop> {
  return new Promise((resolve) => {
    const start = performance.now();
    let socketError: Error | null = null;
    /** What lies behind a broken exchange: our own clock, else the socket's error, else what the parser says. */
    const reason = (): string | null => {
      if (signal.aborted) return failureOfAbort(signal);
      return socketError === null ? null : failureOfError(socketError);
    };
    socket.on('error', (error) => {
      socketError ??= error;
    });
    const finish = (hop: Hop): void => {
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
      resolve(hop);
    };
    const onAbort = (): void => {
      socket.destroy();
    };
    const call = request({
      method: 'GET',
      path: `${url.pathname}${url.search}`,
      setHost: false,
      headers: {
        Host: url.host,
        ...Object.fromEntries(context.headers),
        'Accept-Encoding': 'gzip, deflate, br',
        Connection: 'close',
      },
      maxHeaderSize: MAX_HEADER_BYTES,
      // Without an agent Node uses this socket; with one, even `agent: false`, it would open its own.
      createConnection: () => socket,
      lookup: refuseLookup,
    });
    const onResponse = async (message: IncomingMessage): Promise<void> => {
      const body = await readBody(message, reason);
      const steps = Math.round((performance.now() - start) / 1000 / SECONDS_STEP);
      const seconds = body.failure === null ? Number((steps * SECONDS_STEP).toFixed(2)) : null;
      const head = { status: message.statusCode ?? 0, headers: flatHeaders(message.rawHeaders) };
      finish({ response: { ...head, body }, failure: body.failure, seconds });
    };
    let answered = false;
    call.once('response', (message) => {
      answered = true;
      onResponse(message).catch((error: unknown) => finish(unanswered(failureOfError(error))));
    });
    const ended = (error: unknown): void => {
      if (!answered) finish(unanswered(reason() ?? failureOfError(error)));
    };
    call.on('error', ended);
    // A protocol switch that nobody asked for ends the connection without an error.
    call.once('close', () => ended(Object.assign(new Error('closed'), { code: 'ECONNRESET' })));
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    call.end();
  });
}

/** Never rejects but with GuardError; ends within HOP_TIMEOUT_MS or when the context's signal fires. */
export async function fetchHop(url: URL, context: HopContext): Promise<Hop> {
  const timer = new AbortController();
  const timeout = setTimeout(() => timer.abort(DEADLINE), context.hopTimeoutMs ?? HOP_TIMEOUT_MS);
  const signal = AbortSignal.any([timer.signal, context.signal]);
  try {
    const opened = await open(url, context, signal);
    if ('failure' in opened) return unanswered(opened.failure);
    return await exchange(url, opened.socket, context, signal);
  } finally {
    clearTimeout(timeout);
  }
}
