import { once } from 'node:events';
import { createHash, X509Certificate } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { readClientHello } from '../../../shared/codec/client-hello.ts';
import { appraiseChain } from '../../../shared/observe/chain/appraise.ts';
import { createRoots } from '../../../shared/observe/chain/roots.ts';
import {
  createRateLimit,
  makeSelfIssued,
  plainAddress,
  subscriberKey,
} from '../../../collector/control/index.ts';
import { makeCertificate, ROOT_PEM, startTcp } from './helpers.ts';
import {
  bodyOf,
  CERT,
  get,
  NAME,
  plainExchange,
  readAll,
  secureExchange,
  start,
} from './reflector-support.ts';

describe('any name', () => {
  test.each(['mirror.example', 'blocked.example', 'xn--80a.xn--80ao21a', undefined])(
    'SNI %s gets the one certificate and the truth',
    async (servername) => {
      const reflector = await start();
      const seen = await secureExchange(
        reflector.port,
        get('blocked.example', '/a?b'),
        servername === undefined ? {} : { servername },
      );
      expect(seen.leaf.subject).toBe(`CN=${NAME}`);
      expect(seen.alpn).toBe('http/1.1');
      expect(seen.text).toMatch(/^HTTP\/1\.1 200 OK\r\ncontent-type: application\/json\r\n/);
      expect(seen.text).toContain(`x-kuager-reflector: ${NAME}\r\n`);
      expect(bodyOf(seen.text)).toEqual({
        reflector: NAME,
        sni: servername ?? null,
        certificate: 'own',
        alpn: ['h2', 'http/1.1'],
        host: 'blocked.example',
        method: 'GET',
        path: '/a?b',
        client_hello_segments: 1,
        remote_address: '127.0.0.1',
      });
    },
  );

  test('plain HTTP on the same port', async () => {
    const { port } = await start();
    expect(bodyOf(await plainExchange(port, get('blocked.example')))).toMatchObject({
      sni: null,
      certificate: null,
      alpn: [],
      host: 'blocked.example',
      client_hello_segments: null,
    });
    expect(bodyOf(await plainExchange(port, 'GET / HTTP/1.0\r\n\r\n'))).toMatchObject({ host: null });
  });

  test('one byte at a time is understood too', async () => {
    const { port } = await start();
    const socket = connectTcp(port, '127.0.0.1');
    socket.setNoDelay(true);
    const text = readAll(socket);
    for (const char of get('slow.example')) {
      socket.write(char);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    expect(bodyOf(await text)).toMatchObject({ host: 'slow.example' });
  });

  test('what it promises is what it presents', async () => {
    const reflector = await start();
    const { leaf } = await secureExchange(reflector.port, get('x'));
    const spki = leaf.publicKey.export({ type: 'spki', format: 'der' });
    expect(reflector.spkiSha256).toEqual([createHash('sha256').update(spki).digest('hex')]);
    const appraisal = appraiseChain({
      chain: [...CERT.matchAll(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g)].map(
        ([pem]) => new X509Certificate(pem).raw,
      ),
      host: reflector.name,
      at: Date.now(),
      roots: createRoots(ROOT_PEM),
    });
    expect(appraisal).toMatchObject({ trusted: true, leafSpkiSha256: reflector.spkiSha256[0] });
  });

  test('the reads of a split ClientHello are counted', async () => {
    const { port } = await start();
    // A relay that takes a real client's hello and sends it on in three pieces.
    const relay = await startTcp((client) => {
      const upstream = connectTcp(port, '127.0.0.1');
      upstream.setNoDelay(true);
      upstream.on('error', () => undefined);
      upstream.pipe(client);
      client.once('data', (hello: Buffer) => {
        const reading = readClientHello(hello);
        const cut = typeof reading === 'string' ? 1 : reading.sniStart + 3;
        const pieces = [hello.subarray(0, 3), hello.subarray(3, cut), hello.subarray(cut)];
        client.pause();
        void (async () => {
          for (const piece of pieces) {
            upstream.write(piece);
            await new Promise((resolve) => setTimeout(resolve, 50));
          }
          client.pipe(upstream);
        })();
      });
    });
    const { text } = await secureExchange(relay.port, get('x'), { servername: 'blocked.example' });
    expect(bodyOf(text)).toMatchObject({ client_hello_segments: 3, sni: 'blocked.example' });
  });

  test('several requests on one connection', async () => {
    const { port } = await start();
    const text = await plainExchange(
      port,
      get('one.example').replace('close', 'keep-alive') + get('two.example'),
    );
    expect(text.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2);
    expect(text).toContain('one.example');
    expect(text).toContain('two.example');
  });
});

describe('odd clients', () => {
  test('h2 alone is refused by an alert', async () => {
    const { port } = await start();
    const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['h2'] });
    const [error] = await once(socket, 'error');
    expect(error.code).toBe('ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL');
  });

  test.each([
    ['no protocol known', '\u0001\u0002\u0003\r\n\r\n', '400'],
    ['headers without end', `GET / HTTP/1.1\r\n${'X: aaaaaaaaaaaaaaaa\r\n'.repeat(2000)}`, '400'],
    ['a tunnel', 'CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: x\r\n\r\n', '405'],
    ['an upgrade', 'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n', '200'],
    ['a body that never comes', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n', '200'],
    [
      'a body asked about first',
      'POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 10\r\n\r\n',
      '200',
    ],
  ])('%s', async (_, bytes, status) => {
    const { port } = await start({ limits: { idleMs: 1500 } });
    const text = await plainExchange(port, bytes);
    expect(text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  });

  test('a ClientHello that never ends, and one that is none', async () => {
    const { port } = await start({ limits: { idleMs: 500 } });
    const started = performance.now();
    await plainExchange(port, Buffer.from([22, 3, 1, 2, 0, 1]));
    expect(performance.now() - started).toBeLessThan(8000);
    const alert = connectTcp(port, '127.0.0.1');
    alert.write(Buffer.from([22, 3, 1, 0, 4, 9, 9, 9, 9]));
    const [bytes] = await once(alert, 'data');
    expect(bytes[0]).toBe(21);
    alert.destroy();
  });

  test('the reply stays below 1 KiB and is JSON, whatever was asked', async () => {
    const { port } = await start();
    const evil = `${'"\\\u00ff'.repeat(500)}`;
    const text = await plainExchange(
      port,
      Buffer.from(
        `GET /${'%22'.repeat(900)} HTTP/1.1\r\nHost: ${evil}\r\nConnection: close\r\n\r\n`,
        'latin1',
      ),
    );
    expect(bodyOf(text)['host']).toHaveLength(253);
    expect(text.length - text.indexOf('\r\n\r\n') - 4).toBeLessThan(1024);
  });

  test('idle and endless connections are closed', async () => {
    const idle = await start({ limits: { idleMs: 300 } });
    const socket = connectTcp(idle.port, '127.0.0.1');
    const started = performance.now();
    await once(socket.resume(), 'close');
    expect(performance.now() - started).toBeLessThan(8000);

    const lived = await start({ limits: { lifetimeMs: 500 } });
    const busy = connectTcp(lived.port, '127.0.0.1');
    busy.on('error', () => undefined);
    busy.write('GET / HTTP/1.1\r\n');
    const drip = setInterval(() => busy.write('X: y\r\n'), 50);
    const since = performance.now();
    await once(busy.resume(), 'close');
    clearInterval(drip);
    expect(performance.now() - since).toBeLessThan(8000);
  });

  test('an idle connection inside TLS is closed as well, a used one is not', async () => {
    const { port } = await start({ limits: { idleMs: 600 } });
    const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
    socket.on('error', () => undefined);
    await once(socket, 'secureConnect');
    let replies = 0;
    socket.on('data', () => replies++);
    const closed = once(socket, 'close');
    for (let i = 0; i < 4; i++) {
      socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    expect(replies).toBeGreaterThanOrEqual(4);
    await closed;
  });
});

describe('limits', () => {
  const ask = (port: number): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      httpRequest({ port, host: '127.0.0.1', agent: false }, resolve).on('error', reject).end();
    });

  test('beyond the polite limit TLS still completes and says 429; beyond the hard one nothing is answered', async () => {
    let now = 0;
    const { port } = await start({
      clock: () => now,
      limits: { ratePolite: 2, rateHard: 4, rateWindowMs: 1000 },
    });
    expect((await ask(port)).statusCode).toBe(200);
    expect((await ask(port)).statusCode).toBe(200);
    expect((await secureExchange(port, get('x'))).text).toMatch(/^HTTP\/1\.1 429 /);
    expect((await ask(port)).statusCode).toBe(429);
    await expect(ask(port)).rejects.toMatchObject({ code: 'ECONNRESET' });
    now = 2500;
    expect((await ask(port)).statusCode).toBe(200);
  });

  test('room is made by closing those that have been answered, not those that wait', async () => {
    const { port } = await start({ limits: { connections: 2 } });
    const waiting = connectTcp(port, '127.0.0.1');
    await once(waiting, 'connect');
    const answered = connectTcp(port, '127.0.0.1');
    answered.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(answered, 'data');
    const gone = once(
      answered.on('error', () => undefined),
      'close',
    );
    expect((await ask(port)).statusCode).toBe(200);
    await gone;
    waiting.write(get('late.example'));
    expect(bodyOf(await readAll(waiting))).toMatchObject({ host: 'late.example' });
  });

  test('the window slides, and the memory has an end', () => {
    let now = 0;
    const rate = createRateLimit(1000, () => now, 3);
    for (let i = 1; i <= 10; i++) expect(rate.count('a')).toBe(i);
    now = 1500;
    expect(rate.count('a')).toBeCloseTo(6);
    now = 2000;
    expect(rate.count('a')).toBeCloseTo(2);
    now = 10_000;
    expect(rate.count('a')).toBe(1);
    for (const key of ['b', 'c', 'd', 'e']) rate.count(key);
    expect(rate.count('a')).toBe(1);
  });

  test('subscribers', () => {
    expect(subscriberKey('::ffff:192.0.2.1')).toBe('192.0.2.1');
    expect(subscriberKey('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2::/64');
    expect(subscriberKey('fe80::1%eth0')).toBe('fe80::/64');
    expect(plainAddress('::ffff:192.0.2.1')).toBe('192.0.2.1');
  });
});

describe('starting', () => {
  test('several ports, and the descriptor on each', async () => {
    const reflector = await start({
      listen: [
        { host: '127.0.0.1', port: 0 },
        { host: '::1', port: 0 },
      ],
      descriptor: () => '{"signed":true}',
    });
    expect(reflector.endpoints).toHaveLength(2);
    expect(bodyOf(await plainExchange(reflector.port, get('x', '/.well-known/kuager')))).toEqual({
      signed: true,
    });
    const v6 = connectTcp(reflector.endpoints[1]!.port, '::1');
    v6.write(get('x'));
    expect(bodyOf(await readAll(v6))).toMatchObject({ remote_address: '::1' });
  });

  test('without a descriptor the path is like any other', async () => {
    const { port } = await start();
    expect(bodyOf(await plainExchange(port, get('x', '/.well-known/kuager')))).toMatchObject({
      path: '/.well-known/kuager',
    });
  });

  test('a port that is taken: an error with a code, and nothing stays bound', async () => {
    const taken = await start();
    const free = await start();
    await free.close();
    const listen = [
      { host: '127.0.0.1', port: free.port },
      { host: '127.0.0.1', port: taken.port },
    ];
    await expect(start({ listen })).rejects.toMatchObject({ code: 'REFLECTOR_PORT_TAKEN' });
    await expect(plainExchange(free.port, get('x'))).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('bad certificates', async () => {
    const other = await makeSelfIssued('other.example', Date.now());
    await expect(start({ cert: 'nonsense' })).rejects.toMatchObject({ code: 'REFLECTOR_BAD_CERTIFICATE' });
    await expect(start({ key: 'nonsense' })).rejects.toMatchObject({ code: 'REFLECTOR_BAD_CERTIFICATE' });
    await expect(start({ key: other.keyPem })).rejects.toMatchObject({ code: 'REFLECTOR_KEY_MISMATCH' });
    const nameless = makeCertificate({ subject: 'x', issuer: 'x', names: [] });
    const wildcard = makeCertificate({ subject: 'x', issuer: 'x', names: ['*.example'] });
    for (const unnamed of [nameless, wildcard])
      await expect(start({ cert: unnamed })).rejects.toMatchObject({
        code: 'REFLECTOR_CERTIFICATE_WITHOUT_NAME',
      });
  });

  test('a self-issued certificate serves its name', async () => {
    const { keyPem, certPem } = await makeSelfIssued('own.example', Date.now());
    const reflector = await start({ key: keyPem, cert: certPem });
    expect(reflector.name).toBe('own.example');
    const { leaf } = await secureExchange(reflector.port, get('x'), { servername: 'anything.example' });
    expect(leaf.checkHost('own.example')).toBe('own.example');
    expect(leaf.verify(leaf.publicKey)).toBe(true);
    const self = appraiseChain({
      chain: [leaf.raw],
      host: 'own.example',
      at: Date.now(),
      roots: createRoots(ROOT_PEM),
    });
    expect(self).toMatchObject({
      selfSigned: true,
      wrongName: false,
      expired: false,
      leafSpkiSha256: reflector.spkiSha256[0],
    });
    const address = new X509Certificate((await makeSelfIssued('203.0.113.9', Date.now())).certPem);
    expect(address.checkIP('203.0.113.9')).toBe('203.0.113.9');
  });

  test('after close nothing is open', async () => {
    const reflector = await start();
    const socket = connectTcp(reflector.port, '127.0.0.1');
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    const closed = once(socket.resume(), 'close');
    await reflector.close();
    await closed;
    await expect(plainExchange(reflector.port, get('x'))).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
