import { createHash, randomBytes } from 'node:crypto';
import { createServer as createHttpServer } from 'node:http';
import type { RequestListener } from 'node:http';
import { createSecureServer } from 'node:http2';
import type { Http2SecureServer, ServerHttp2Stream } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import { createServer } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { Socket } from 'node:net';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { BodySink } from '../../../probe/net/body-sink.ts';
import { MAX_BODY_READ_BYTES } from '../../../probe/net/limits.ts';
import type { HttpRequestOptions, HttpResult, Net } from '../../../probe/net/net.ts';
import { never, open, Servers, testCertificates, testNet } from './helpers.ts';

const servers = new Servers();
afterEach(() => servers.close());

const sha256 = (data: Uint8Array | string): string => createHash('sha256').update(data).digest('hex');
const wish = (more: Partial<HttpRequestOptions> = {}): HttpRequestOptions => ({
  method: 'GET',
  url: 'http://site.example/page?q=1',
  headers: [],
  bodyCap: 1_000,
  ...more,
});
const get = async (port: number, more: Partial<HttpRequestOptions> = {}, net: Net = testNet()) =>
  net.httpRoundTrip(await open(net, port), wish(more), never());
const listener = (onRequest: RequestListener): Promise<number> => servers.listen(createHttpServer(onRequest));
/** Answers the first request with exactly these bytes. */
const raw = (...writes: (string | Buffer | ((s: Socket) => void))[]): Promise<number> =>
  servers.listen(
    createServer((socket) =>
      socket.once('data', () => {
        for (const w of writes) {
          if (typeof w === 'function') w(socket);
          else socket.write(w);
        }
      }),
    ),
  );
const getTls = async (
  port: number,
  alpn: string[],
  more: Partial<HttpRequestOptions> = {},
): Promise<HttpResult> => {
  const net = testNet();
  const tls = await net.tlsHandshake(await open(net, port), { serverName: 'site.example', alpn }, never());
  if (tls.connection === null) throw new Error(String(tls.failure));
  return net.httpRoundTrip(tls.connection, wish({ url: 'https://site.example/page', ...more }), never());
};

describe('HTTP/1.1', () => {
  it('sends the headers in order and gives back the answer as it was written', async () => {
    let request = '';
    const port = await servers.listen(
      createServer((socket) =>
        socket.once('data', (d) => {
          request = d.toString();
          socket.end('HTTP/1.1 200 OK\r\nX-b: 1\r\nx-A: 2\r\nX-b: 3\r\nContent-Length: 5\r\n\r\nhello');
        }),
      ),
    );
    const got = await get(port, {
      headers: [
        ['Z-last', '1'],
        ['accept', '*/*'],
        ['Host', 'other.example'],
      ],
    });
    expect(request.split('\r\n').slice(0, 4)).toEqual([
      'GET /page?q=1 HTTP/1.1',
      'Host: site.example',
      'Z-last: 1',
      'accept: */*',
    ]);
    expect(request).not.toContain('other.example');
    expect(got).toMatchObject({ failure: null, detail: null, alpn: null, endpoint: { port } });
    expect(got.response).toEqual({
      status: 200,
      headers: [
        ['X-b', '1'],
        ['x-A', '2'],
        ['X-b', '3'],
        ['Content-Length', '5'],
      ],
      body: new TextEncoder().encode('hello'),
      truncated: false,
      bodyLength: 5,
      bodySha256: sha256('hello'),
      bodyFailure: null,
    });
  });

  it('works over TLS, follows no redirect, and reads a body to its end', async () => {
    const body = randomBytes(300_000);
    const { leaf } = testCertificates();
    const port = await servers.listen(
      createHttpsServer({ key: leaf.key, cert: leaf.cert }, (_q, r) =>
        r.writeHead(302, { Location: 'https://site.example/next' }).end(body),
      ),
    );
    const got = await getTls(port, ['http/1.1'], { bodyCap: 100 });
    expect(got).toMatchObject({ failure: null, alpn: 'http/1.1' });
    expect(got.response).toMatchObject({
      status: 302,
      truncated: true,
      bodyLength: body.length,
      bodySha256: sha256(body),
      bodyFailure: null,
    });
    expect(got.response?.body).toEqual(new Uint8Array(body.subarray(0, 100)));
  });

  it('reads a body without a length over TLS to the last byte', async () => {
    const body = randomBytes(2_000_000);
    const { leaf } = testCertificates();
    const port = await servers.listen(
      createHttpsServer({ key: leaf.key, cert: leaf.cert }, (q, r) => {
        q.socket.write('HTTP/1.1 200 OK\r\n\r\n');
        q.socket.end(body);
        void r;
      }),
    );
    const got = await getTls(port, []);
    expect(got.response).toMatchObject({
      bodyLength: body.length,
      bodySha256: sha256(body),
      bodyFailure: null,
    });
  });

  it('tells over TLS how the connection ended', async () => {
    const { leaf } = testCertificates();
    const result = async (act: (tls: Socket, tcp: Socket) => void): Promise<HttpResult> => {
      const sockets: Socket[] = [];
      const server = createTlsServer({ key: leaf.key, cert: leaf.cert }, (s) => {
        s.on('error', () => undefined);
        s.once('data', () => act(s, sockets.at(-1)!));
      }).on('tlsClientError', () => undefined);
      server.on('connection', (socket: Socket) => sockets.push(socket));
      return getTls(await servers.listen(server), [], { timeoutMs: 1_000 });
    };
    expect((await result((tls) => tls.end())).failure).toBe('eof_error');
    expect((await result((_tls, tcp) => tcp.end())).failure).toBe('eof_error');
    expect((await result((_tls, tcp) => tcp.resetAndDestroy())).failure).toBe('connection_reset');
    const half = 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf';
    const ended = await result((tls) => tls.end(half));
    expect(ended.response).toMatchObject({ bodyFailure: 'eof_error', bodyLength: 4 });
    const reset = await result((tls, tcp) =>
      tls.write(half, () => setTimeout(() => tcp.resetAndDestroy(), 50)),
    );
    expect(reset.response).toMatchObject({ bodyFailure: 'connection_reset', bodyLength: 4 });
  });

  it('sends the Host header in two segments when asked to, and in one otherwise', async () => {
    const segments: string[][] = [];
    const port = await servers.listen(
      createServer((socket) => {
        const mine: string[] = [];
        segments.push(mine);
        socket.on('data', (d) => {
          mine.push(d.toString());
          if (mine.join('').includes('\r\n\r\n'))
            socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
        });
      }),
    );
    const split = await get(port, { splitHost: true });
    const whole = await get(port);
    for (const got of [split, whole]) expect(got.response).toMatchObject({ status: 200, bodyLength: 2 });
    const [first, second] = segments;
    expect(first).toHaveLength(2);
    expect(first!.every((part) => !part.includes('site.example'))).toBe(true);
    expect(first!.join('')).toBe(second!.join(''));
    expect(second).toHaveLength(1);
  });

  it('counts the bytes of the wire', async () => {
    const port = await listener((_q, r) => r.end(Buffer.alloc(50_000)));
    const net = testNet();
    await get(port, {}, net);
    const used = net.bytesUsed();
    expect(used).toBeGreaterThan(50_000);
    expect(used).toBeLessThan(52_000);
  });

  it('takes an informational answer and a protocol switch for what they are', async () => {
    const early = await raw('HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n');
    expect((await get(early)).response).toMatchObject({ status: 204, bodyLength: 0, bodyFailure: null });
    const upgraded = await raw(
      'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nxx',
    );
    expect((await get(upgraded)).response).toMatchObject({ status: 101, bodyLength: 0 });
  });
});

describe('HTTP/1.1 that fails', () => {
  it.each([
    ['reset', [(s: Socket) => s.resetAndDestroy()], 'connection_reset'],
    ['close', [(s: Socket) => s.end()], 'eof_error'],
    ['half a head', ['HTTP/1.1 200 OK\r\nServ', (s: Socket) => s.end()], 'eof_error'],
    ['silence', [], 'generic_timeout_error'],
  ] as const)('%s before the head', async (_name, writes, failure) => {
    const got = await get(await raw(...writes), { timeoutMs: 200 });
    expect(got).toMatchObject({ failure, response: null });
  });

  it('says what was not HTTP, without addresses', async () => {
    const got = await get(await raw('SSH-2.0-OpenSSH 10.1.2.3\r\n'));
    expect(got.failure).toMatch(/^unknown_failure: /);
    expect(got.failure).not.toContain('10.1.2.3');
    expect((await get(await raw(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`))).failure).toMatch(
      /^unknown_failure: .*overflow/i,
    );
    expect((await get(await raw(), { url: 'no url' })).failure).toMatch(/^unknown_failure: /);
    expect((await get(await raw(), { headers: [['a b', 'c']] })).failure).toMatch(/^unknown_failure: /);
  });

  it('keeps head and bytes of a body that ends early', async () => {
    const head = 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf';
    const ended = await get(await raw(head, (s) => s.end()));
    expect(ended).toMatchObject({ failure: null });
    expect(ended.response).toMatchObject({
      status: 200,
      bodyFailure: 'eof_error',
      bodyLength: 4,
      truncated: true,
      bodySha256: sha256('half'),
    });
    const reset = await get(await raw(head, (s) => setTimeout(() => s.resetAndDestroy(), 50)));
    expect(reset.failure).toBe('connection_reset');
    expect(reset.response).toMatchObject({ bodyFailure: 'connection_reset', bodyLength: 4 });
  });

  it('fails when a body stops coming, with what came', async () => {
    const sent = 16 * 1024;
    const port = await raw(`HTTP/1.1 200 OK\r\nContent-Length: 65536\r\n\r\n${'x'.repeat(sent)}`);
    const got = await get(port, {}, testNet({ timeouts: { httpIdle: 200 } }));
    expect(got.failure).toBe('generic_timeout_error');
    expect(got.response).toMatchObject({ status: 200, bodyLength: sent, truncated: true });
    expect(got.t - got.t0).toBeGreaterThan(0.19);
  });

  it('does not wait for a server that drips', async () => {
    const port = await listener((_q, r) => {
      const drip = setInterval(() => r.write('.'), 20);
      r.on('close', () => clearInterval(drip));
    });
    const net = testNet({ timeouts: { httpHead: 200, httpTotal: 400 } });
    const got = await get(port, {}, net);
    expect(got.failure).toBeNull();
    expect(got.response).toMatchObject({ bodyFailure: 'generic_timeout_error', truncated: true });
    expect(got.t - got.t0).toBeLessThan(1);
    const headDrip = await servers.listen(
      createServer((s) => {
        s.write('HTTP/1.1 200 OK\r\nX: ');
        const drip = setInterval(() => s.write('.'), 20);
        s.on('close', () => clearInterval(drip));
      }),
    );
    expect((await get(headDrip, {}, net)).failure).toBe('generic_timeout_error');
  });

  it('ends with the run, before and in the body', async () => {
    const net = testNet();
    for (const port of [await raw(), await raw('HTTP/1.1 200 OK\r\n\r\nbegin')]) {
      const stop = new AbortController();
      const running = net.httpRoundTrip(await open(net, port), wish(), stop.signal);
      setTimeout(() => stop.abort(), 50);
      expect((await running).failure).toBe('interrupted');
    }
  });
});

describe('bodies', () => {
  const text = 'Қазақстан '.repeat(5_000);
  const encoded = (encoding: string, body: Buffer): Promise<number> =>
    listener((_q, r) => r.writeHead(200, { 'Content-Encoding': encoding }).end(body));

  it.each([
    ['gzip', gzipSync(text)],
    ['x-gzip', gzipSync(text)],
    ['deflate', deflateSync(text)],
    ['deflate', deflateRawSync(text)],
    ['br', brotliCompressSync(text)],
    ['identity', Buffer.from(text)],
    ['gzip, br', brotliCompressSync(gzipSync(text))],
  ])('%s is undone', async (encoding, body) => {
    const { response } = await get(await encoded(encoding, body));
    expect(response).toMatchObject({
      bodyFailure: null,
      bodyLength: Buffer.byteLength(text),
      bodySha256: sha256(text),
    });
    expect(response?.body).toEqual(new Uint8Array(Buffer.from(text).subarray(0, 1_000)));
  });

  it('keeps the bytes of an unknown encoding', async () => {
    const { response } = await get(await encoded('zstd', Buffer.from('raw bytes')));
    expect(response).toMatchObject({ bodyLength: 9, bodyFailure: 'unknown_failure: content encoding: zstd' });
    const many = await get(await encoded('gzip, gzip, gzip', gzipSync('x')));
    expect(many.response?.bodyFailure).toContain('gzip, gzip, gzip');
  });

  it('gives what could be decoded of broken data', async () => {
    const cut = await get(await encoded('gzip', gzipSync(randomBytes(20_000)).subarray(0, 10_000)));
    expect(cut.response?.bodyFailure).toBe('eof_error');
    expect(cut.response?.bodyLength).toBeGreaterThan(1_000);
    const plain = await get(await encoded('gzip', Buffer.from('<html>blocked</html>')));
    expect(plain.response?.bodyFailure).toMatch(/^unknown_failure: content encoding: /);
  });

  it.each(['gzip', 'br', 'gzip, gzip'])('a bomb (%s) ends at the limit', async (encoding) => {
    const zeros = Buffer.alloc(200 * 1024 * 1024);
    const bomb =
      encoding === 'br' ? brotliCompressSync(zeros, { params: { 1: 1 } }) : gzipSync(zeros, { level: 1 });
    const port = await encoded(encoding, encoding === 'gzip, gzip' ? gzipSync(bomb) : bomb);
    const before = process.memoryUsage().rss;
    const { response } = await get(port);
    expect(response).toMatchObject({
      bodyFailure: 'message_size',
      bodyLength: MAX_BODY_READ_BYTES,
      truncated: true,
    });
    expect(response?.bodySha256).toBe(sha256(zeros.subarray(0, MAX_BODY_READ_BYTES)));
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024);
  });

  it('an endless plain body ends at the limit', async () => {
    const chunk = Buffer.alloc(64 * 1024, 'x');
    const port = await listener((_q, r) => {
      const more = (): void => {
        while (!r.destroyed && r.write(chunk));
      };
      r.on('drain', more);
      more();
    });
    expect((await get(port)).response).toMatchObject({
      bodyFailure: 'message_size',
      bodyLength: MAX_BODY_READ_BYTES,
    });
    const empties = await encoded('gzip', Buffer.concat(new Array<Buffer>(500_000).fill(gzipSync(''))));
    expect((await get(empties)).response).toMatchObject({ bodyFailure: 'message_size', bodyLength: 0 });
  });

  it('gives no hash of a body with an address of the volunteer, wherever chunks end', async () => {
    const body = `${'x'.repeat(40)}203.0.113.77 tail`;
    const sensitive = [new TextEncoder().encode('203.0.113.77'), new TextEncoder().encode('')];
    for (let cut = 0; cut <= body.length; cut++) {
      const sink = new BodySink({ bodyCap: 10, sensitive });
      for (const part of [body.slice(0, cut), body.slice(cut, cut + 3), body.slice(cut + 3)])
        sink.add(Buffer.from(part));
      expect(sink.finish().sha256).toBeNull();
    }
    const harmless = new BodySink({ bodyCap: 10, sensitive });
    harmless.add(Buffer.from('203.0.113.7'));
    harmless.add(Buffer.from(' 7'));
    expect(harmless.finish().sha256).toBe(sha256('203.0.113.7 7'));
    const port = await encoded('gzip', gzipSync(body));
    expect((await get(port, { sensitive })).response).toMatchObject({
      bodySha256: null,
      bodyLength: body.length,
    });
  });
});

describe('h2', () => {
  const secure = (): Http2SecureServer => {
    const { leaf } = testCertificates();
    return createSecureServer({ key: leaf.key, cert: leaf.cert }).on('sessionError', () => undefined);
  };
  const onStream = (answer: (stream: ServerHttp2Stream, headers: object) => void): Promise<number> =>
    servers.listen(
      secure().on('stream', (stream: ServerHttp2Stream, headers: object) => {
        stream.on('error', () => undefined);
        answer(stream, headers);
      }),
    );

  it('is used when negotiated', async () => {
    const body = randomBytes(400_000);
    let request: object = {};
    const port = await onStream((stream, headers) => {
      request = headers;
      stream.respond({ ':status': 200, 'x-b': '1', 'set-cookie': ['a', 'b'], 'content-encoding': 'gzip' });
      stream.end(gzipSync(body));
    });
    const got = await getTls(port, ['h2', 'http/1.1'], {
      headers: [
        ['Accept', 'x'],
        ['Connection', 'close'],
      ],
    });
    expect(request).toMatchObject({
      ':method': 'GET',
      ':authority': 'site.example',
      ':path': '/page',
      accept: 'x',
    });
    expect(got).toMatchObject({ failure: null, alpn: 'h2' });
    expect(got.response?.headers.slice(0, 3)).toEqual([
      ['x-b', '1'],
      ['set-cookie', 'a'],
      ['set-cookie', 'b'],
    ]);
    expect(got.response).toMatchObject({
      status: 200,
      bodyLength: body.length,
      bodySha256: sha256(body),
      bodyFailure: null,
    });
  });

  it.each([
    ['stream reset', (s: ServerHttp2Stream) => s.close(2), /^unknown_failure: /],
    ['stream cancelled', (s: ServerHttp2Stream) => s.close(8), /^eof_error$/],
    ['going away', (s: ServerHttp2Stream) => s.session?.goaway(1), /^unknown_failure: /],
    ['connection ended', (s: ServerHttp2Stream) => s.session?.destroy(), /^eof_error$/],
    ['silence', () => undefined, /^generic_timeout_error$/],
  ] as const)('%s before the head', async (_name, act, failure) => {
    const got = await getTls(await onStream((s) => void act(s)), ['h2'], { timeoutMs: 300 });
    expect(got.failure).toMatch(failure);
    expect(got.response).toBeNull();
  });

  it('reads a whole body although the server is gone by then', async () => {
    const body = randomBytes(3_000_000);
    const port = await onStream((stream) => {
      stream.respond({ ':status': 200 });
      stream.end(body);
      stream.session?.close(); // ends the connection as soon as the stream is written
    });
    const got = await getTls(port, ['h2']);
    expect(got.response).toMatchObject({
      bodyLength: body.length,
      bodySha256: sha256(body),
      bodyFailure: null,
    });
  });

  it('says reset when the connection was, ended when the body was not whole', async () => {
    const sockets: Socket[] = [];
    const server = secure().on('stream', (stream: ServerHttp2Stream) => {
      stream.on('error', () => undefined);
      sockets.at(-1)?.resetAndDestroy();
    });
    server.on('connection', (socket: Socket) => sockets.push(socket));
    expect((await getTls(await servers.listen(server), ['h2'])).failure).toBe('connection_reset');
    const half = await onStream((stream) => {
      stream.respond({ ':status': 200 });
      stream.write('half');
      setTimeout(() => stream.session?.destroy(), 50);
    });
    const got = await getTls(half, ['h2']);
    expect(got.failure).toBeNull();
    expect(got.response).toMatchObject({ bodyLength: 4, bodyFailure: 'eof_error' });
  });
});
