import { gzipSync } from 'node:zlib';
import { createHash, X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { fromBase64, utf8 } from '../../../shared/codec/base64.ts';
import { preAuthEncoding } from '../../../shared/codec/dsse.ts';
import { publicKeyOf, verify } from '../../../shared/codec/ed25519.ts';
import { createOutgoing, readControlRequest } from '../../../collector/control/index.ts';
import {
  KEY_ID,
  KUAGER_ONLY,
  leafFor,
  LOOPBACK,
  makeControl,
  ROOT_PEM,
  SEED,
  startHttp,
  startHttps,
  startTcp,
} from './helpers.ts';

const PAGE = '<html><head><title>Bir bet</title></head><body>salem</body></html>';

describe('a site that works', () => {
  test('https: DNS, TCP, TLS with its chain, page, flags and signature', async () => {
    const site = await startHttps(leafFor('site.example'), (_, response) => {
      response.writeHead(200, [
        ['Content-Type', 'text/html'],
        ['X-Twice', 'first'],
        ['x-twice', 'second'],
      ]);
      response.end(PAGE);
    });
    const { ask } = makeControl({ 'site.example': ['127.0.0.1'] });
    const url = `https://site.example:${site.port}/`;
    const endpoint = `127.0.0.1:${site.port}`;
    const { reply, signed, timing } = await ask(url, {
      tcp_connect: [endpoint],
      x_quic_enabled: false,
      zkp: 1,
    });

    expect(reply.dns).toEqual({ failure: null, addrs: ['127.0.0.1'] });
    expect(reply.tcp_connect).toEqual({ [endpoint]: { status: true, failure: null } });
    const tls = reply.tls_handshake?.[endpoint];
    expect(tls).toMatchObject({ server_name: 'site.example', status: true, failure: null });
    const subjects = tls?.x_peer_certificates?.map(
      ({ data }) => new X509Certificate(Buffer.from(data, 'base64')).subject,
    );
    expect(subjects).toEqual(['CN=site.example', 'CN=test middle']);
    expect(reply.http_request).toMatchObject({
      status_code: 200,
      failure: null,
      title: 'Bir bet',
      body_length: PAGE.length,
      x_body_sha256: createHash('sha256').update(PAGE).digest('hex'),
    });
    expect(reply.http_request.headers).toMatchObject({ 'Content-Type': 'text/html', 'X-Twice': 'first' });
    expect(reply.http_request.headers).not.toHaveProperty('x-twice');
    // 1 from the probe, 2 from the control, 4 not public, 8 valid chain.
    expect(reply.ip_info).toEqual({ '127.0.0.1': { asn: 0, flags: 15 } });
    expect(reply.x_request).toEqual({ http_request: url, tcp_connect: [endpoint] });
    const time = Date.parse(reply.x_time ?? '');
    expect(time % 600_000).toBe(0);
    expect(Date.now() - time).toBeGreaterThanOrEqual(0);
    expect(Date.now() - time).toBeLessThan(610_000);
    expect(reply.x_http_chain).toEqual([url]);
    expect(timing.cached).toBe(false);

    expect(JSON.parse(signed.payload)).toEqual(reply);
    expect(signed).toMatchObject({ payloadType: 'application/vnd.kuager.control+json', keyid: KEY_ID });
    const message = preAuthEncoding(signed.payloadType, utf8(signed.payload));
    const sig = fromBase64(signed.sig)!;
    expect(verify(sig, message, publicKeyOf(SEED))).toBe(true);
    expect(
      verify(sig, preAuthEncoding(signed.payloadType, utf8(`${signed.payload} `)), publicKeyOf(SEED)),
    ).toBe(false);
  });

  test('request headers: only the three allowed ones reach the site', async () => {
    const seen: string[] = [];
    const site = await startHttp((request, response) => {
      seen.push(...request.rawHeaders);
      response.end('ok');
    });
    const { ask } = makeControl({ 'site.example': ['127.0.0.1'] });
    await ask(`http://user:secret@site.example:${site.port}/`, {
      http_request_headers: {
        'user-agent': ['probe/1'],
        Accept: ['text/html'],
        Cookie: ['a=b'],
        Host: ['evil'],
      },
    });
    expect(
      Object.fromEntries(seen.map((value, i) => [value, seen[i + 1]]).filter((_, i) => i % 2 === 0)),
    ).toEqual({
      Host: `site.example:${site.port}`,
      'User-Agent': 'probe/1',
      Accept: 'text/html',
      'Accept-Encoding': 'gzip, deflate, br',
      Connection: 'close',
    });
  });

  test('a compressed body is measured decoded, an empty one too', async () => {
    const site = await startHttp((request, response) => {
      response.setHeader('Content-Encoding', 'gzip');
      response.end(request.url === '/empty' ? '' : gzipSync(PAGE));
    });
    const { ask } = makeControl({ 'site.example': ['127.0.0.1'] });
    const { reply } = await ask(`http://site.example:${site.port}/`);
    expect(reply.http_request).toMatchObject({ body_length: PAGE.length, title: 'Bir bet', failure: null });
    const empty = await ask(`http://site.example:${site.port}/empty`);
    expect(empty.reply.http_request).toMatchObject({ body_length: 0, failure: null, status_code: 200 });
  });

  test('redirects are followed over hosts and schemes, also where Location is not ASCII', async () => {
    const site = await startHttps(leafFor('secure.example'), (_, response) => response.end(PAGE));
    const first = await startHttp((request, response) => {
      const location =
        request.url === '/' ? Buffer.from('/қаз').toString('latin1') : `https://secure.example:${site.port}/`;
      response.writeHead(302, { Location: location });
      response.end();
    });
    const { ask } = makeControl({ 'site.example': ['127.0.0.1'], 'secure.example': ['127.0.0.1'] });
    const { reply } = await ask(`http://site.example:${first.port}/`);
    expect(reply.http_request).toMatchObject({ status_code: 200, title: 'Bir bet' });
    expect(reply.x_http_chain).toEqual([
      `http://site.example:${first.port}/`,
      `http://site.example:${first.port}/%D2%9B%D0%B0%D0%B7`,
      `https://secure.example:${site.port}/`,
    ]);
  });
});

describe('chains', () => {
  test.each([
    ['expired', leafFor('site.example', { notAfter: Date.now() - 86_400_000 }), 'ssl_invalid_certificate'],
    ['for another name', leafFor('other.example'), 'ssl_invalid_hostname'],
    ['of nobody known', leafFor('site.example', { issuer: 'somebody' }), 'ssl_unknown_authority'],
  ])('%s: named, kept, and no request is sent over it', async (_, cert, failure) => {
    let requests = 0;
    const site = await startHttps(cert, (_request, response) => {
      requests++;
      response.end();
    });
    const { ask } = makeControl({ 'site.example': ['127.0.0.1'] });
    const { reply } = await ask(`https://site.example:${site.port}/`);
    const tls = reply.tls_handshake?.[`127.0.0.1:${site.port}`];
    expect(tls).toMatchObject({ status: false, failure });
    expect(tls?.x_peer_certificates).toHaveLength(2);
    expect(reply.http_request).toMatchObject({ failure, status_code: -1, body_length: -1 });
    expect(reply.ip_info?.['127.0.0.1']?.flags).toBe(6);
    expect(requests).toBe(0);
  });

  test('wire order survives: junk, a duplicate and the root', async () => {
    const sent =
      leafFor('site.example') +
      leafFor('junk.example').split('-----END CERTIFICATE-----')[0] +
      '-----END CERTIFICATE-----\n';
    const site = await startHttps(sent + ROOT_PEM + ROOT_PEM, (_, response) => response.end());
    const { ask } = makeControl({ 'site.example': ['127.0.0.1'] });
    const { reply } = await ask(`https://site.example:${site.port}/`);
    const tls = reply.tls_handshake?.[`127.0.0.1:${site.port}`];
    expect(tls?.failure).toBeNull();
    expect(
      tls?.x_peer_certificates?.map(({ data }) => new X509Certificate(Buffer.from(data, 'base64')).subject),
    ).toEqual(['CN=site.example', 'CN=test middle', 'CN=junk.example', 'CN=test root', 'CN=test root']);
  });
});

describe('failures are data', () => {
  test('a name that does not exist', async () => {
    const { reply } = await makeControl({}).ask('https://gone.example/');
    expect(reply.dns).toEqual({ failure: 'dns_nxdomain_error', addrs: [] });
    expect(reply.http_request.failure).toBe('dns_nxdomain_error');
    expect(reply.tcp_connect).toEqual({});
    expect(reply.x_http_chain).toEqual(['https://gone.example/']);
  });

  test('refused', async () => {
    const site = await startTcp((socket) => void socket.resume());
    const { ask } = makeControl({ 'site.example': ['127.0.0.2'] });
    const { reply } = await ask(`https://site.example:${site.port}/`);
    expect(reply.tcp_connect).toEqual({
      [`127.0.0.2:${site.port}`]: { status: false, failure: 'connection_refused' },
    });
    expect(reply.tls_handshake).toEqual({});
    expect(reply.http_request.failure).toBe('connection_refused');
  });

  test.each([
    [
      'a reset after the ClientHello',
      'https',
      (s: Socket) => void s.once('data', () => s.resetAndDestroy()),
      'connection_reset',
    ],
    ['an end after the ClientHello', 'https', (s: Socket) => void s.once('data', () => s.end()), 'eof_error'],
    [
      'no TLS at all',
      'https',
      (s: Socket) => void s.once('data', () => s.end('HTTP/1.1 400 Bad\r\n\r\n')),
      'ssl_failed_handshake',
    ],
    [
      'a reset after the request',
      'http',
      (s: Socket) => void s.once('data', () => s.resetAndDestroy()),
      'connection_reset',
    ],
    ['an end after the request', 'http', (s: Socket) => void s.once('data', () => s.end()), 'eof_error'],
    [
      'a switch of protocols',
      'http',
      (s: Socket) =>
        void s.once('data', () =>
          s.write('HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'),
        ),
      'eof_error',
    ],
  ])('%s', async (_, scheme, handler, failure) => {
    const site = await startTcp(handler);
    const { ask } = makeControl({ 'site.example': ['127.0.0.1'] });
    const { reply } = await ask(`${scheme}://site.example:${site.port}/`);
    const endpoint = `127.0.0.1:${site.port}`;
    expect(reply.tcp_connect[endpoint]).toEqual({ status: true, failure: null });
    if (scheme === 'https') expect(reply.tls_handshake?.[endpoint]).toMatchObject({ status: false, failure });
    expect(reply.http_request).toMatchObject({ failure, status_code: -1 });
  });

  test('a body that ends early keeps its head', async () => {
    const reset = await startTcp((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc');
        setTimeout(() => socket.resetAndDestroy(), 50);
      });
    });
    const ended = await startTcp((socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc'));
    });
    const { ask } = makeControl({ 'site.example': ['127.0.0.1'] });
    const first = await ask(`http://site.example:${reset.port}/`);
    expect(first.reply.http_request).toMatchObject({
      failure: 'connection_reset',
      status_code: 200,
      x_body_sha256: null,
    });
    const second = await ask(`http://site.example:${ended.port}/`);
    expect(second.reply.http_request).toMatchObject({
      failure: 'eof_error',
      status_code: 200,
      body_length: 3,
    });
  });

  test('broken redirects', async () => {
    for (const location of ['http://', 'ftp://site.example/', `/${'a'.repeat(5000)}`]) {
      const site = await startHttp((_, response) => {
        response.writeHead(301, { Location: location });
        response.end();
      });
      const { reply } = await makeControl({ 'site.example': ['127.0.0.1'] }).ask(
        `http://site.example:${site.port}/`,
      );
      expect(reply.http_request).toMatchObject({
        failure: 'http_invalid_redirect_location_host',
        status_code: -1,
      });
    }
  });
});

describe('many askers', () => {
  test('equal questions are worked on once, then answered from memory, byte for byte', async () => {
    const site = await startHttp((_, response) => response.end('ok'));
    const { ask } = makeControl({ 'site.example': ['127.0.0.1'] });
    const url = `http://site.example:${site.port}/`;
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(url)));
    const connections = site.connections();
    expect(connections).toBe(2); // one for the endpoint, one for the page
    const again = await ask(url);
    expect(again.timing.cached).toBe(true);
    expect(site.connections()).toBe(connections);
    expect(new Set([...answers, again].map(({ signed }) => signed.sig)).size).toBe(1);
    await ask(url, { http_request_headers: { Accept: ['text/plain'] } });
    expect(site.connections()).toBe(connections * 2);
  });

  test('an answer is not kept longer than its time, nor beyond the number of entries', async () => {
    const site = await startHttp((_, response) => response.end('ok'));
    const url = `http://site.example:${site.port}/`;
    const names = { 'site.example': ['127.0.0.1'] };
    const short = makeControl(names, { control: { cacheSeconds: 0 } });
    await short.ask(url);
    expect((await short.ask(url)).timing.cached).toBe(false);
    const small = makeControl(names, { control: { cacheEntries: 1 } });
    await small.ask(url);
    await small.ask(`${url}other`);
    expect((await small.ask(`${url}other`)).timing.cached).toBe(true);
    expect((await small.ask(url)).timing.cached).toBe(false);
  });

  test('too many questions at once are refused, and a place is free again afterwards', async () => {
    const site = await startHttp((_, response) => void setTimeout(() => response.end('ok'), 300));
    const { ask } = makeControl({ 'site.example': ['127.0.0.1'] }, { control: { concurrency: 1, queue: 1 } });
    const url = `http://site.example:${site.port}/`;
    const results = await Promise.allSettled([ask(`${url}a`), ask(`${url}b`), ask(`${url}c`)]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    expect(results[2]).toMatchObject({ reason: { code: 'CONTROL_BUSY' } });
    await expect(ask(`${url}d`)).resolves.toBeDefined();
  });

  test('who leaves while waiting gives the place in the queue back', async () => {
    const site = await startHttp((_, response) => void setTimeout(() => response.end('ok'), 300));
    const { ask, control } = makeControl(
      { 'site.example': ['127.0.0.1'] },
      { control: { concurrency: 1, queue: 1 } },
    );
    const url = `http://site.example:${site.port}/`;
    const first = ask(`${url}a`);
    const reading = readControlRequest({ http_request: `${url}b` });
    if ('problems' in reading) throw new Error('unreadable');
    const gone = new AbortController();
    const waiting = control.answer(reading.ok, gone.signal);
    gone.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'CONTROL_ABORTED' });
    await expect(Promise.all([first, ask(`${url}c`)])).resolves.toHaveLength(2);
  });

  test('one asker who leaves takes nothing from another; when all have left, the work stops', async () => {
    const site = await startTcp((socket) => void socket.resume());
    const { control } = makeControl({ 'site.example': ['127.0.0.1'] });
    const reading = readControlRequest({ http_request: `https://site.example:${site.port}/` });
    if ('problems' in reading) throw new Error('unreadable');
    const [first, second] = [new AbortController(), new AbortController()];
    const answers = [control.answer(reading.ok, first.signal), control.answer(reading.ok, second.signal)];
    const settled = Promise.allSettled(answers);
    await expect.poll(() => site.open()).toBe(2);
    first.abort();
    await expect(answers[0]).rejects.toMatchObject({ code: 'CONTROL_ABORTED' });
    expect(site.open()).toBe(2);
    second.abort();
    await settled;
    await expect.poll(() => site.open()).toBe(0);
  });

  test('the deadline ends everything that is still going on, and says so', async () => {
    const site = await startTcp((socket) => void socket.resume());
    const { ask } = makeControl({ 'site.example': ['127.0.0.1'] }, { control: { deadlineMs: 300 } });
    const { reply, timing } = await ask(`https://site.example:${site.port}/`);
    expect(timing.totalMs).toBeLessThan(8000);
    expect(reply.tls_handshake?.[`127.0.0.1:${site.port}`]?.failure).toBe('generic_timeout_error');
    expect(reply.http_request.failure).toBe('generic_timeout_error');
    await expect.poll(() => site.open()).toBe(0);
  });
});

describe('requests', () => {
  test('the example of the protocol is understood', () => {
    const reading = readControlRequest({
      http_request: 'https://site.example/',
      http_request_headers: { Accept: ['*/*'], 'Accept-Language': ['en'], 'User-Agent': ['Mozilla/5.0'] },
      tcp_connect: ['[2001:4860:0:0::8888]:443', '192.0.2.7:443', '192.0.2.7:443'],
      x_quic_enabled: false,
    });
    expect(reading).toMatchObject({
      ok: {
        endpoints: [
          { address: '192.0.2.7', port: 443 },
          { address: '2001:4860::8888', port: 443 },
        ],
      },
    });
  });

  test.each([
    [null],
    [[]],
    [{}],
    [{ http_request: 7 }],
    [{ http_request: '' }],
    [{ http_request: 'ftp://site.example/' }],
    [{ http_request: 'file:///etc/passwd' }],
    [{ http_request: 'site.example' }],
    [{ http_request: `https://site.example/${'a'.repeat(3000)}` }],
    [{ http_request: 'https://site.example/', tcp_connect: 'x' }],
    [{ http_request: 'https://site.example/', tcp_connect: ['site.example:443'] }],
    [{ http_request: 'https://site.example/', tcp_connect: ['1.2.3.4:99999'] }],
    [
      {
        http_request: 'https://site.example/',
        tcp_connect: Array.from({ length: 200 }, () => '1.2.3.4:443'),
      },
    ],
    [{ http_request: 'https://site.example/', http_request_headers: { Accept: 'x' } }],
    [{ http_request: 'https://site.example/', http_request_headers: { Accept: ['a\r\nHost: b'] } }],
    [{ http_request: 'https://site.example/', http_request_headers: { Accept: ['a'.repeat(600)] } }],
  ])('%j is refused with its problems', (value) => {
    const reading = readControlRequest(value);
    expect('problems' in reading && reading.problems.length).toBeGreaterThan(0);
  });
});

test('an aborted connect opens nothing', async () => {
  const outgoing = createOutgoing({ allow: LOOPBACK, only: KUAGER_ONLY });
  const site = await startTcp((socket) => void socket.resume());
  const gone = AbortSignal.abort();
  await expect(outgoing.connect('127.0.0.1', site.port, gone)).resolves.toMatchObject({
    failure: 'interrupted',
  });
  await expect.poll(() => site.open()).toBe(0);
});
