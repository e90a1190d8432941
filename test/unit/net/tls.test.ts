import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { TlsOptions as ServerOptions, TLSSocket } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { chainOnTheWire } from '../../../probe/net/tls-chain.ts';
import { LOOPBACK, never, open, Servers, testCertificates, testNet } from './helpers.ts';

const servers = new Servers();
afterEach(() => servers.close());

const plain = { serverName: 'site.example', alpn: [] };
const own = (): { key: string; cert: string } => testCertificates().leaf;
const serve = (options: ServerOptions, onSecure: (s: TLSSocket) => void = () => undefined): Promise<number> =>
  servers.listen(
    createTlsServer({ ...own(), ...options }, (s) => {
      s.on('error', () => undefined);
      onSecure(s);
    }).on('tlsClientError', () => undefined),
  );
const connectTo = (port: number): Socket => connect(port, LOOPBACK).on('error', () => undefined);
/** A TCP server that looks at the first bytes of each connection. */
const raw = (onFirst: (socket: Socket, first: Buffer) => void): Promise<number> =>
  servers.listen(createServer((socket) => socket.once('data', (first) => onFirst(socket, first))));

describe('the chain', () => {
  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'comes in wire order, strangers and duplicates included: %s',
    async (v) => {
      const { leaf, ca, stranger } = testCertificates();
      const sent = [leaf, stranger, ca, stranger, ca, leaf, stranger];
      const port = await serve({ cert: sent.map((c) => c.cert).join('\n'), minVersion: v, maxVersion: v });
      const net = testNet();
      const shaken = await net.tlsHandshake(await open(net, port), plain, never());
      expect(shaken).toMatchObject({
        failure: null,
        detail: null,
        version: v,
        serverName: 'site.example',
        alpn: null,
      });
      expect(shaken.chain).toEqual(sent.map((c) => c.der));
      expect(shaken.cipherSuite).toMatch(/^TLS_/);
      expect(shaken.bytesReceived).toBeGreaterThan(1_000);
      shaken.connection?.close();
    },
  );

  it('is read from the wire when a certificate in it is no certificate (TLS 1.2)', async () => {
    const { leaf } = testCertificates();
    const damaged = leaf.der.slice();
    damaged[4] = 0x05; // the tbsCertificate is no SEQUENCE any more: OpenSSL can't read it
    const upstream = await serve({ maxVersion: 'TLSv1.2' });
    // A relay that swaps the leaf's bytes in the server's flight, as a broken interceptor would.
    const relay = createServer((client) => {
      const server = connectTo(upstream);
      client.on('data', (d) => server.write(d));
      server.on('data', (d: Buffer) => {
        const at = d.indexOf(Buffer.from(leaf.der));
        if (at >= 0) Buffer.from(damaged).copy(d, at);
        client.write(d);
      });
      client.on('close', () => server.destroy());
      server.on('error', () => client.destroy());
    });
    const net = testNet();
    const shaken = await net.tlsHandshake(await open(net, await servers.listen(relay)), plain, never());
    expect(shaken.failure).toBe('ssl_failed_handshake');
    expect(shaken.chain).toEqual([damaged]);
  });

  it('reads nothing from bytes that are no handshake', () => {
    expect(chainOnTheWire([])).toEqual([]);
    expect(chainOnTheWire([Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')])).toEqual([]);
    expect(chainOnTheWire([Buffer.from([22, 3, 3, 0, 7, 11, 0, 0, 200, 0, 0, 197])])).toEqual([]);
    expect(chainOnTheWire([Buffer.from([22, 3, 3, 0, 8, 11, 0, 0, 4, 0, 0, 1, 9])])).toEqual([]);
  });
});

describe('what is sent', () => {
  const seen = async (serverName: string | null): Promise<string | false | undefined> => {
    let name: string | false | undefined;
    const port = await serve({}, (s) => {
      name = (s as TLSSocket & { servername?: string | false }).servername;
    });
    const net = testNet();
    const shaken = await net.tlsHandshake(await open(net, port), { serverName, alpn: [] }, never());
    await new Promise((done) => setTimeout(done, 20));
    shaken.connection?.close();
    expect(shaken).toMatchObject({ failure: null, serverName });
    return name;
  };

  it('names the server, but never an address', async () => {
    expect(await seen('site.example')).toBe('site.example');
    expect(await seen('site.example.')).toBe('site.example');
    expect(await seen(null)).toBe(false);
    expect(await seen('127.0.0.1')).toBe(false);
    expect(await seen('::1')).toBe(false);
  });

  it('offers ALPN and tells what was chosen', async () => {
    const net = testNet();
    const shake = async (alpn: string[]): Promise<string | null> => {
      const port = await serve({ ALPNProtocols: ['http/1.1'] });
      const shaken = await net.tlsHandshake(await open(net, port), { serverName: null, alpn }, never());
      shaken.connection?.close();
      return shaken.connection?.alpn ?? null;
    };
    expect(await shake(['h2', 'http/1.1'])).toBe('http/1.1');
    expect(await shake([])).toBeNull();
  });

  it('never resumes a session', async () => {
    const reused: boolean[] = [];
    const port = await serve({}, (s) => reused.push(s.isSessionReused()));
    const net = testNet();
    for (let i = 0; i < 3; i++) {
      const shaken = await net.tlsHandshake(await open(net, port), plain, never());
      await new Promise((done) => setTimeout(done, 20));
      shaken.connection?.close();
    }
    expect(reused).toEqual([false, false, false]);
  });

  it('cuts a split ClientHello inside the name, and the handshake completes', async () => {
    const segments: Buffer[] = [];
    const upstream = await serve({});
    const relay = createServer((client) => {
      const server = connectTo(upstream);
      client.on('data', (d: Buffer) => (segments.push(d), server.write(d)));
      server.on('data', (d) => client.write(d));
      client.on('close', () => server.destroy());
    });
    const net = testNet();
    const port = await servers.listen(relay);
    const shaken = await net.tlsHandshake(
      await open(net, port),
      { ...plain, splitClientHello: true },
      never(),
    );
    expect(shaken.failure).toBeNull();
    shaken.connection?.close();
    const [first, second] = segments;
    expect(first?.subarray(-6).toString()).toBe('site.e');
    expect(second?.subarray(0, 6).toString()).toBe('xample');
    const nameless = await net.tlsHandshake(
      await open(net, port),
      { serverName: null, alpn: [], splitClientHello: true },
      never(),
    );
    expect(nameless.failure).toBe('invalid_argument');
  });

  it('talks to old servers', async () => {
    const port = await serve({ minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' });
    const net = testNet();
    const shaken = await net.tlsHandshake(await open(net, port), plain, never());
    expect(shaken).toMatchObject({ failure: null, version: 'TLSv1' });
    shaken.connection?.close();
  });
});

describe('how it fails', () => {
  const fail = async (port: number, timeoutMs = 2_000) => {
    const net = testNet();
    const { connection, failure, bytesReceived, chain } = await net.tlsHandshake(
      await open(net, port),
      { ...plain, timeoutMs },
      never(),
    );
    expect(connection).toBeNull();
    expect(chain).toEqual([]);
    return { failure, bytesReceived };
  };

  it('silence, reset, close', async () => {
    const silent = await fail(await raw(() => undefined), 150);
    expect(silent).toEqual({ failure: 'generic_timeout_error', bytesReceived: 0 });
    const reset = await fail(await raw((socket) => socket.resetAndDestroy()));
    expect(reset).toEqual({ failure: 'connection_reset', bytesReceived: 0 });
    const closed = await fail(await raw((socket) => socket.end()));
    expect(closed).toEqual({ failure: 'eof_error', bytesReceived: 0 });
  });

  it('alert, other protocol, no common version', async () => {
    const alert = await raw((socket) => socket.write(Buffer.from([21, 3, 3, 0, 2, 2, 40])));
    expect(await fail(alert)).toEqual({ failure: 'ssl_failed_handshake', bytesReceived: 7 });
    const http = await raw((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    expect((await fail(http)).failure).toBe('ssl_failed_handshake');
    const picky = await serve({ ALPNProtocols: ['h2'] });
    const net = testNet();
    const shaken = await net.tlsHandshake(
      await open(net, picky),
      { serverName: 'site.example', alpn: ['http/1.1'] },
      never(),
    );
    expect(shaken.failure).toBe('ssl_failed_handshake');
    expect(shaken.bytesReceived).toBeGreaterThan(0);
  });

  it('a reset or an end that came while nobody looked', async () => {
    const reset = await servers.listen(createServer((s) => setTimeout(() => s.resetAndDestroy(), 20)));
    const ended = await servers.listen(createServer((s) => s.end()));
    const net = testNet();
    const connections = [await open(net, reset), await open(net, ended)];
    await new Promise((done) => setTimeout(done, 80));
    const failures = await Promise.all(
      connections.map(async (c) => (await net.tlsHandshake(c, plain, never())).failure),
    );
    expect(failures).toEqual(['connection_reset', 'eof_error']);
    const own = await open(net, await servers.listen(createServer(() => undefined)));
    own.close();
    expect((await net.tlsHandshake(own, plain, never())).failure).toBe('connection_already_closed');
  });

  it('a stopped run', async () => {
    const net = testNet();
    const port = await raw(() => undefined);
    const stop = new AbortController();
    const running = net.tlsHandshake(await open(net, port), plain, stop.signal);
    setTimeout(() => stop.abort(), 30);
    expect((await running).failure).toBe('interrupted');
    expect((await net.tlsHandshake(await open(net, port), plain, stop.signal)).failure).toBe('interrupted');
  });
});

describe('TCP', () => {
  it('connects, refuses, and knows what is no endpoint', async () => {
    const port = await servers.listen(createServer());
    const net = testNet();
    const endpoint = { address: LOOPBACK, port };
    const opened = await net.tcpConnect(endpoint, never());
    expect(opened).toMatchObject({ failure: null, endpoint });
    opened.connection?.close();
    await servers.close();
    expect(await net.tcpConnect(endpoint, never())).toMatchObject({
      failure: 'connection_refused',
      connection: null,
    });
    expect((await net.tcpConnect({ address: 'localhost', port }, never())).failure).toBe('invalid_argument');
    expect((await net.tcpConnect({ address: LOOPBACK, port: 0 }, never())).failure).toBe('invalid_argument');
    expect((await net.tcpConnect(endpoint, AbortSignal.abort())).failure).toBe('interrupted');
  });

  it.skipIf(process.platform !== 'linux')('calls a destination that swallows the SYN a timeout', async () => {
    // A listener whose queue is full drops further SYNs (Linux); elsewhere this can't be had without privileges.
    const { spawn } = await import('node:child_process');
    const script =
      "const s=require('net').createServer();s.listen({port:0,host:'127.0.0.1',backlog:1},()=>{" +
      'process.stdout.write(String(s.address().port));setTimeout(()=>{const e=Date.now()+4000;while(Date.now()<e);},50)})';
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      const port = Number(
        await new Promise((done) => child.stdout.once('data', (d: Buffer) => done(d.toString()))),
      );
      await new Promise((done) => setTimeout(done, 150));
      const net = testNet();
      const results = await Promise.all(
        Array.from({ length: 6 }, () => net.tcpConnect({ address: LOOPBACK, port }, never(), 400)),
      );
      results.forEach((r) => r.connection?.close());
      expect(results.some((r) => r.failure === 'generic_timeout_error')).toBe(true);
    } finally {
      child.kill();
    }
  });
});
