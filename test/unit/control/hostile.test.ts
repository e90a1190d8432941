/** Servers that want to hold the control up, fill it up or bring it down. */
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { MAX_BODY_BYTES } from '../../../collector/control/http-body.ts';
import { HOP_TIMEOUT_MS } from '../../../collector/control/http-hop.ts';
import { leafFor, makeControl, startHttp, startHttps, startTcp } from './helpers.ts';

const MIB = 1024 * 1024;
const NAMES = { 'site.example': ['127.0.0.1'] };

/** Writes for as long as the peer reads. */
function flood(socket: Socket, chunk: Buffer | string): void {
  const pump = (): void => {
    while (!socket.destroyed && socket.write(chunk));
  };
  socket.on('drain', pump);
  socket.once('data', pump);
}

test('a body without end is cut off', async () => {
  const piece = randomBytes(65_536);
  const site = await startHttp((_, response) => {
    const pump = (): void => {
      while (!response.destroyed && response.write(piece));
    };
    response.on('drain', pump);
    pump();
  });
  const { reply, timing } = await makeControl(NAMES).ask(`http://site.example:${site.port}/`);
  expect(reply.http_request).toMatchObject({
    status_code: 200,
    failure: null,
    body_length: MAX_BODY_BYTES,
    x_body_sha256: null,
  });
  expect(timing.totalMs).toBeLessThan(9000);
  await expect.poll(() => site.open()).toBe(0);
});

test.each([
  ['gzip', gzipSync(Buffer.alloc(128 * MIB))],
  ['br', brotliCompressSync(Buffer.alloc(64 * MIB), { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } })],
])(
  'a %s bomb stops inflating at the limit',
  async (encoding, bomb) => {
    const site = await startHttp((_, response) => {
      response.writeHead(200, { 'Content-Encoding': encoding });
      response.end(bomb);
    });
    const before = process.memoryUsage().rss;
    const { reply, timing } = await makeControl(NAMES).ask(`http://site.example:${site.port}/`);
    expect(reply.http_request).toMatchObject({
      body_length: MAX_BODY_BYTES,
      x_body_sha256: null,
      failure: null,
    });
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * MIB);
    expect(timing.totalMs).toBeLessThan(9000);
  },
  60_000,
);

test('garbage that calls itself compressed', async () => {
  const site = await startHttp((_, response) => {
    response.writeHead(200, { 'Content-Encoding': 'gzip' });
    response.end('not at all');
  });
  const { reply } = await makeControl(NAMES).ask(`http://site.example:${site.port}/`);
  expect(reply.http_request).toMatchObject({ status_code: 200, body_length: 0, x_body_sha256: null });
  expect(reply.http_request.failure).toMatch(/^unknown_failure: body cannot be decoded/);
});

test('headers without end', async () => {
  const site = await startTcp((socket) => {
    socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\n'));
    flood(socket, `X-More: ${'a'.repeat(1000)}\r\n`);
  });
  const { reply, timing } = await makeControl(NAMES).ask(`http://site.example:${site.port}/`);
  expect(reply.http_request).toMatchObject({ status_code: -1 });
  expect(reply.http_request.failure).toMatch(/^unknown_failure: Parse Error: Header overflow/);
  expect(timing.totalMs).toBeLessThan(9000);
});

test('interim responses without end', async () => {
  const site = await startTcp((socket) => flood(socket, 'HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n'));
  const { reply, timing } = await makeControl(NAMES, { control: { deadlineMs: 1000 } }).ask(
    `http://site.example:${site.port}/`,
  );
  expect(reply.http_request).toMatchObject({ failure: 'generic_timeout_error', status_code: -1 });
  expect(timing.totalMs).toBeLessThan(9000);
});

test('drips and silence, in TLS and in HTTP, take ten seconds, not more', async () => {
  const dripping = await startHttp((_, response) => {
    response.writeHead(200, { 'Content-Type': 'text/html' });
    const drip = setInterval(() => response.write('a'), 500);
    response.once('close', () => clearInterval(drip));
  });
  const silent = await startTcp((socket) => void socket.resume());
  const { ask } = makeControl(NAMES);
  const [drip, tls, http] = await Promise.all([
    ask(`http://site.example:${dripping.port}/`),
    ask(`https://site.example:${silent.port}/`),
    ask(`http://site.example:${silent.port}/`),
  ]);
  for (const { reply, timing } of [drip, tls, http]) {
    expect(reply.http_request).toMatchObject({ failure: 'generic_timeout_error', x_body_sha256: null });
    expect(timing.totalMs).toBeGreaterThan(HOP_TIMEOUT_MS - 500);
    expect(timing.totalMs).toBeLessThan(HOP_TIMEOUT_MS + 2000);
  }
  expect(drip.reply.http_request.status_code).toBe(200);
  expect(drip.reply.http_request.body_length).toBeGreaterThan(5);
  expect(http.reply.http_request.status_code).toBe(-1);
  expect(tls.reply.tls_handshake?.[`127.0.0.1:${silent.port}`]?.failure).toBe('generic_timeout_error');
  await expect.poll(() => dripping.open() + silent.open()).toBe(0);
}, 30_000);

test('redirects in a circle, and redirects that never repeat', async () => {
  let n = 0;
  const site = await startHttp((request, response) => {
    response.writeHead(302, { Location: request.url === '/circle' ? '/circle' : `/${++n}` });
    response.end();
  });
  for (const path of ['circle', '0']) {
    const { reply } = await makeControl(NAMES).ask(`http://site.example:${site.port}/${path}`);
    expect(reply.http_request).toMatchObject({
      failure: 'unknown_failure: stopped after 10 redirects',
      status_code: -1,
    });
    expect(reply.x_http_chain).toHaveLength(11);
  }
});

test('a certificate of 60 KiB is read, one beyond TLS’s own limit is a failed handshake', async () => {
  const big = await startHttps(leafFor('site.example', { padding: 60_000 }), (_, response) =>
    response.end('ok'),
  );
  const { reply } = await makeControl(NAMES).ask(`https://site.example:${big.port}/`);
  expect(reply.tls_handshake?.[`127.0.0.1:${big.port}`]).toMatchObject({ server_name: 'site.example' });
  const huge = await startHttps(leafFor('site.example', { padding: 300_000 }), (_, response) =>
    response.end('ok'),
  );
  const second = await makeControl(NAMES).ask(`https://site.example:${huge.port}/`);
  expect(second.reply.tls_handshake?.[`127.0.0.1:${huge.port}`]).toMatchObject({
    status: false,
    failure: 'ssl_failed_handshake',
  });
});

test('a chain of a hundred certificates is kept up to its limit', async () => {
  const leaf = leafFor('site.example');
  const site = await startHttps(leaf + leaf.repeat(40), (_, response) => response.end('ok'));
  const { reply } = await makeControl(NAMES).ask(`https://site.example:${site.port}/`);
  expect(reply.tls_handshake?.[`127.0.0.1:${site.port}`]?.x_peer_certificates).toHaveLength(16);
});

test('header names that are traps for objects', async () => {
  const site = await startTcp((socket) => {
    socket.once('data', () =>
      socket.end('HTTP/1.1 200 OK\r\n__proto__: a\r\nconstructor: b\r\nContent-Length: 0\r\n\r\n'),
    );
  });
  const { reply, signed } = await makeControl(NAMES).ask(`http://site.example:${site.port}/`);
  expect(Object.entries(reply.http_request.headers)).toContainEqual(['__proto__', 'a']);
  expect(JSON.parse(signed.payload).http_request.headers).toHaveProperty('constructor', 'b');
});

test('thousands of addresses for one name', async () => {
  const addresses = Array.from({ length: 5000 }, (_, i) => `127.${1 + (i >> 8)}.${i & 255}.1`);
  const { reply } = await makeControl({ 'site.example': addresses }).ask('http://site.example:9/');
  expect(reply.dns.addrs).toHaveLength(16);
});
