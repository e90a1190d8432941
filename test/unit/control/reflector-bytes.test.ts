import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { get, NAME, start } from './reflector-support.ts';

const path = (n: string): string => `/.well-known/kuager-bytes?n=${n}`;
const MOST = 262_144;

async function download(port: number, n: string, tls = false, method = 'GET') {
  const socket = tls
    ? connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, servername: 'blocked.example' })
    : connectTcp(port, '127.0.0.1');
  socket.write(get(NAME, path(n)).replace('GET', method));
  const parts: Buffer[] = [];
  for await (const chunk of socket as AsyncIterable<Buffer>) parts.push(chunk);
  const all = Buffer.concat(parts);
  const end = all.indexOf('\r\n\r\n');
  return { head: all.subarray(0, end).toString('latin1'), body: all.subarray(end + 4) };
}

describe('bytes to download', () => {
  test.each([false, true])('as many as asked for, inside TLS: %s', async (tls) => {
    const { port } = await start();
    for (const n of [1, 16_384, 16_385, 65_536, MOST]) {
      const { head, body } = await download(port, String(n), tls);
      expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\ncontent-type: application\/octet-stream\r\n/);
      expect(head).toContain(`content-length: ${n}`);
      expect(head).toContain(`x-kuager-reflector: ${NAME}`);
      expect(body).toHaveLength(n);
    }
  });

  test('nothing on the way can make them smaller', async () => {
    const { port } = await start();
    const { body } = await download(port, String(MOST));
    expect(gzipSync(body).length).toBeGreaterThan(body.length);
  });

  test.each([
    '0',
    '-1',
    '262145',
    '9999999',
    '99999999999999999999',
    '1e3',
    '0x10',
    '1.5',
    ' 1',
    '',
    'NaN',
    '%31%',
  ])('n=%j is refused', async (n) => {
    const { port } = await start();
    const { head, body } = await download(port, encodeURIComponent(n));
    expect(head).toMatch(/^HTTP\/1\.1 400 /);
    expect(JSON.parse(body.toString())).toEqual({ reflector: NAME, error: 'bad_length', max: MOST });
  });

  test('another method is reflected like any request', async () => {
    const { port } = await start();
    const { body } = await download(port, '4096', false, 'OPTIONS');
    expect(JSON.parse(body.toString())).toMatchObject({ method: 'OPTIONS', path: path('4096') });
  });

  test('a subscriber has a budget of bytes, and gets it back', async () => {
    let now = 0;
    const limits = { bytesPerSubscriber: 1000, rateWindowMs: 1000 };
    const { port } = await start({ clock: () => now, limits });
    expect((await download(port, '600')).head).toContain(' 200 ');
    expect((await download(port, '600')).head).toContain(' 429 ');
    now = 2500;
    const { body } = await download(port, '600', true);
    expect(body).toHaveLength(600);
    const refused = await download(port, '600', true);
    expect(refused.head).toContain(' 429 ');
    expect(JSON.parse(refused.body.toString())).toEqual({ reflector: NAME, error: 'too_many_bytes' });
  });

  test('all together have one too, and what one is refused is not on it', async () => {
    const { port } = await start({ limits: { bytesPerSubscriber: 500, bytesTotal: 900 } });
    const from = (localAddress: string): Promise<string> =>
      new Promise((resolve) => {
        const socket = connectTcp({ port, host: '127.0.0.1', localAddress });
        socket.write(get('x', path('400')));
        socket.once('data', (data: Buffer) => resolve(data.toString('latin1').slice(9, 12)));
      });
    const statuses: string[] = [];
    for (const address of ['127.0.0.1', '127.0.0.1', '127.0.0.1', '127.0.0.2', '127.0.0.3'])
      statuses.push(await from(address));
    expect(statuses).toEqual(['200', '429', '429', '200', '429']);
  });

  test('readers that never read cost little memory, and end', async () => {
    const limits = { lifetimeMs: 4000, idleMs: 60_000, bytesPerSubscriber: 1e12 };
    const { port } = await start({ limits });
    const before = process.memoryUsage();
    const readers = Array.from({ length: 60 }, () => {
      const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
      socket.on('error', () => undefined);
      socket.pause();
      // Sixteen requests at once: the next download must not be made ready while the first one waits.
      socket.write(
        get(NAME, path(String(MOST)))
          .replace('close', 'keep-alive')
          .repeat(16),
      );
      return socket;
    });
    await new Promise((resolve) => setTimeout(resolve, 2500));
    const after = process.memoryUsage();
    const grown = after.heapUsed + after.external - before.heapUsed - before.external;
    // 240 MiB were asked for, to be encrypted by connection; what fits into the kernel's buffers is not ours.
    expect(grown / 2 ** 20).toBeLessThan(30);
    for (const socket of readers) if (!socket.destroyed) await once(socket.resume(), 'close');
  });
});
