import { spawn } from 'node:child_process';
import { getEventListeners } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { never, open, Servers, testCertificates, testNet } from './helpers.ts';

const servers = new Servers();
afterEach(() => servers.close());

const source = (path: string): string => new URL(`../../../${path}`, import.meta.url).href;

/** Every kind of operation, ended in every kind of way, against servers of this process; then nothing more to do. */
function program(ca: string, http: number, silent: number): string {
  return `
    const { createNet } = await import(${JSON.stringify(source('probe/net/create-net.ts'))});
    const { createDestinationGuard } = await import(${JSON.stringify(source('probe/net/guard.ts'))});
    const { createRoots } = await import(${JSON.stringify(source('shared/observe/chain/index.ts'))});
    const net = createNet({
      roots: createRoots(${JSON.stringify(ca)}),
      wallClock: () => Date.now(),
      only: createDestinationGuard('127.0.0.0/8,::1/128'),
    });
    const at = (port) => ({ address: '127.0.0.1', port });
    const signal = new AbortController().signal;
    const soon = () => { const c = new AbortController(); setTimeout(() => c.abort(), 100); return c.signal; };
    const atOnce = () => { const c = new AbortController(); queueMicrotask(() => c.abort()); return c.signal; };
    const get = { method: 'GET', url: 'http://site.example/', headers: [], bodyCap: 10 };
    const tls = { serverName: 'site.example', alpn: ['h2'] };
    const open = async (port) => (await net.tcpConnect(at(port), signal)).connection;
    const question = { hostname: 'site.example', type: 'A' };
    const results = await Promise.all([
      net.tcpConnect(at(1), signal),
      net.httpRoundTrip(await open(${http}), get, signal),
      net.httpRoundTrip(await open(${silent}), get, soon()),
      net.tlsHandshake(await open(${http}), tls, signal),
      net.tlsHandshake(await open(${silent}), tls, soon()),
      net.tlsHandshake(await open(${silent}), { ...tls, timeoutMs: 50 }, signal),
      net.dnsUdp(at(1), question, signal),
      net.dnsUdp(at(1), question, AbortSignal.abort()),
      net.dnsUdp(at(1), question, atOnce()),
      net.dnsOverHttps('https://127.0.0.1:${http}/', question, signal),
      net.dnsOverHttps('https://127.0.0.1:${silent}/', question, soon()),
      net.getaddrinfo('localhost', signal),
    ]);
    await net.sleep(10_000, soon());
    console.log(JSON.stringify(results.map((r) => r.failure)));
  `;
}

describe('nothing is left behind', () => {
  it('a process with nothing more to do ends', async () => {
    const http = await servers.listen(
      createHttpServer((_q, r) => r.end('a body that is longer than the cap')),
    );
    const silent = await servers.listen(createTcpServer((socket) => socket.resume()));
    const script = program(testCertificates().ca.cert, http, silent);
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      cwd: fileURLToPath(new URL('../../..', import.meta.url)),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = new Promise<number | null>((done) => child.once('exit', done));
    let printed = '';
    const donePrinting = new Promise<number>((done) =>
      child.stdout.on('data', (d: Buffer) => {
        printed += d.toString();
        done(Date.now());
      }),
    );
    const finishedAt = await Promise.race([donePrinting, exited.then(() => Date.now())]);
    const giveUp = setTimeout(() => child.kill(), 5_000);
    expect(await exited).toBe(0);
    clearTimeout(giveUp);
    expect(Date.now() - finishedAt).toBeLessThan(8_000);
    expect(JSON.parse(printed)).toEqual([
      'connection_refused',
      null,
      'interrupted',
      'ssl_failed_handshake',
      'interrupted',
      'generic_timeout_error',
      'connection_refused',
      'interrupted',
      'interrupted',
      'ssl_failed_handshake',
      'interrupted',
      null,
    ]);
  });

  it('no listener stays on the signal of the run', async () => {
    const port = await servers.listen(createHttpServer((_q, r) => r.end('x')));
    const net = testNet();
    const { signal } = new AbortController();
    for (let i = 0; i < 5; i++) {
      const connection = await open(net, port);
      const request = { method: 'GET', url: 'http://site.example/', headers: [], bodyCap: 1 } as const;
      await net.httpRoundTrip(connection, request, signal);
      await net.tlsHandshake(await open(net, port), { serverName: 'a.example', alpn: [] }, signal);
      await net.dnsUdp({ address: '127.0.0.1', port: 1 }, { hostname: 'a.example', type: 'A' }, signal);
      await net.getaddrinfo('localhost', signal);
      await net.sleep(1, signal);
    }
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('many operations under one signal are no cause for a warning', async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning);
    process.on('warning', onWarning);
    const { signal } = new AbortController();
    const net = testNet();
    await Promise.all(Array.from({ length: 40 }, () => net.sleep(20, signal)));
    await Promise.all(Array.from({ length: 40 }, () => net.getaddrinfo('localhost', signal)));
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
  });

  it('a sleep ends with the run, and time only goes forward', async () => {
    const net = testNet();
    const before = net.now();
    expect(await net.sleep(20, never())).toBe(true);
    expect(net.now() - before).toBeGreaterThan(0.01);
    expect(await net.sleep(60_000, AbortSignal.timeout(20))).toBe(false);
    expect(await net.sleep(60_000, AbortSignal.abort())).toBe(false);
  });

  it('counts a connection that is still open, and once only when it is closed', async () => {
    const port = await servers.listen(createHttpServer(() => undefined));
    const net = testNet();
    const connection = await open(net, port);
    const tls = net.tlsHandshake(
      connection,
      { serverName: 'a.example', alpn: [], timeoutMs: 5_000 },
      never(),
    );
    await new Promise((done) => setTimeout(done, 100));
    const open_ = net.bytesUsed();
    expect(open_).toBeGreaterThan(200);
    await tls;
    await new Promise((done) => setTimeout(done, 20));
    const closed = net.bytesUsed();
    expect(closed).toBeGreaterThanOrEqual(open_);
    await new Promise((done) => setTimeout(done, 20));
    expect(net.bytesUsed()).toBe(closed);
  });
});
