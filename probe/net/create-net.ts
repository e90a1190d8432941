import { performance } from 'node:perf_hooks';
import { Traffic } from './context.ts';
import type { Context, NetOptions } from './context.ts';
import { askOverHttps } from './dns-https.ts';
import { askOverUdp } from './dns-udp.ts';
import { exchangeHttp } from './http.ts';
import { DEFAULT_TIMEOUTS } from './limits.ts';
import { lookup } from './lookup.ts';
import type { Net } from './net.ts';
import { systemResolvers } from './resolvers.ts';
import { sleep } from './stop.ts';
import { connectTcp } from './tcp.ts';
import { handshakeTls } from './tls.ts';

export type { LabHooks, NetOptions } from './context.ts';

const MS_PER_SECOND = 1000;

/** The real network, or the loopback lab's when `options.lab` is given. Its clock starts now. */
export function createNet(options: NetOptions): Net {
  const clock = options.lab?.clock ?? { now: () => performance.now(), wait: sleep };
  const start = clock.now();
  const now = (): number => (clock.now() - start) / MS_PER_SECOND;
  const ctx: Context = {
    roots: options.roots,
    wallClock: options.wallClock,
    guard: options.only,
    lab: options.lab,
    timeouts: { ...DEFAULT_TIMEOUTS, ...options.timeouts },
    traffic: new Traffic(),
    now,
  };
  return {
    now,
    sleep: (ms, signal) => clock.wait(ms, signal),
    bytesUsed: () => ctx.traffic.total(),
    getaddrinfo: (hostname, signal) => lookup(ctx, hostname, signal),
    systemResolvers: () => options.resolvers ?? systemResolvers(),
    dnsUdp: (resolver, question, signal) => askOverUdp(ctx, resolver, question, signal),
    dnsOverHttps: (url, question, signal) => askOverHttps(ctx, url, question, signal),
    tcpConnect: (endpoint, signal, timeoutMs) => connectTcp(ctx, endpoint, signal, timeoutMs),
    tlsHandshake: (connection, tls, signal) => handshakeTls(ctx, connection, tls, signal),
    httpRoundTrip: (connection, request, signal) =>
      exchangeHttp(
        ctx,
        connection,
        {
          method: request.method,
          url: request.url,
          headers: request.headers,
          splitHost: request.splitHost === true,
        },
        request,
        signal,
      ),
  };
}
