import { once } from 'node:events';
import { connect as connectTls } from 'node:tls';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { MAX_CLIENT_HELLO_BYTES, readClientHello } from '../../../shared/codec/client-hello.ts';
import type { ClientHello } from '../../../shared/codec/client-hello.ts';

/** What a real TLS client sends first. */
async function captureHello(options: {
  servername?: string;
  alpn?: string[];
  max?: 'TLSv1.2';
}): Promise<Uint8Array> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connectTls({
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    ...(options.servername === undefined ? {} : { servername: options.servername }),
    ...(options.alpn === undefined ? {} : { ALPNProtocols: options.alpn }),
    ...(options.max === undefined ? {} : { maxVersion: options.max }),
  });
  client.on('error', () => undefined);
  const [socket] = await once(server, 'connection');
  const [bytes] = await once(socket, 'data');
  client.destroy();
  socket.destroy();
  server.close();
  return new Uint8Array(bytes);
}

/** The same handshake message cut into records of at most `size` bytes (RFC 8446 section 5.1 allows it). */
function refragment(hello: Uint8Array, size: number): Uint8Array {
  const out: number[] = [];
  for (let at = 5; at < hello.length; at += size) {
    const part = hello.subarray(at, at + size);
    out.push(22, 3, 1, part.length >> 8, part.length & 255, ...part);
  }
  return Uint8Array.from(out);
}

function read(bytes: Uint8Array): ClientHello {
  const reading = readClientHello(bytes);
  if (typeof reading === 'string') throw new Error(reading);
  return reading;
}
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

let hello = new Uint8Array();
beforeAll(async () => {
  hello = new Uint8Array(await captureHello({ servername: 'blocked.example', alpn: ['h2', 'http/1.1'] }));
});

describe('readClientHello on real handshakes', () => {
  test('TLS 1.3 with name and ALPN', () => {
    const reading = read(hello);
    expect(reading).toMatchObject({ sni: 'blocked.example', alpn: ['h2', 'http/1.1'], complete: true });
    expect(reading.versions).toContain(0x0304);
    expect(text(hello.subarray(reading.sniStart, reading.sniEnd))).toBe('blocked.example');
  });

  test('TLS 1.2 without a name', async () => {
    const reading = read(await captureHello({ max: 'TLSv1.2' }));
    expect(reading).toMatchObject({ sni: null, sniStart: -1, sniEnd: -1, complete: true });
    expect(reading.versions).not.toContain(0x0304);
  });

  test('every prefix waits, then names the host, then is complete', () => {
    const states = Array.from({ length: hello.length + 1 }, (_, n) => readClientHello(hello.subarray(0, n)));
    const kind = states.map((s) => (typeof s === 'string' ? s : s.complete ? 'complete' : 'named'));
    expect(new Set(kind.slice(0, -1))).toEqual(new Set(['need more', 'named']));
    expect(kind.lastIndexOf('need more')).toBeLessThan(kind.indexOf('named'));
    expect(kind.at(-1)).toBe('complete');
    const named = states.find((s): s is ClientHello => typeof s !== 'string');
    expect(named?.sni).toBe('blocked.example');
  });

  test('what follows a complete message is left alone', () => {
    const whole = read(hello);
    expect(read(Uint8Array.from([...hello, 20, 3, 3, 0, 1, 1]))).toEqual(whole);
    expect(read(Uint8Array.from([...hello, 99, 99]))).toEqual(whole);
  });
});

describe('readClientHello on records cut small', () => {
  test.each([1, 7, 60, 100])('records of %i bytes', (size) => {
    const bytes = refragment(hello, size);
    const reading = read(bytes);
    expect(reading).toMatchObject({ sni: 'blocked.example', alpn: ['h2', 'http/1.1'], complete: true });
    expect(bytes[reading.sniStart]).toBe('b'.charCodeAt(0));
    expect(bytes[reading.sniEnd - 1]).toBe('e'.charCodeAt(0));
  });

  test('another record in the middle of the message is no ClientHello', () => {
    const first = refragment(hello.subarray(0, 60), 100);
    expect(readClientHello(first)).toBe('need more');
    expect(readClientHello(Uint8Array.from([...first, 21, 3, 3, 0, 2, 1, 0]))).toBe('not tls');
  });
});

describe('readClientHello on other bytes', () => {
  test('empty input waits', () => {
    expect(readClientHello(new Uint8Array())).toBe('need more');
  });
  test.each([
    ['an HTTP request', Buffer.from('GET / HTTP/1.1\r\n')],
    ['an alert', Buffer.from([21, 3, 1, 0, 2, 2, 40])],
    ['a ServerHello', Buffer.from([22, 3, 3, 0, 4, 2, 0, 0, 0])],
    ['an empty record', Buffer.from([22, 3, 1, 0, 0])],
    ['a record beyond its limit', Buffer.from([22, 3, 1, 0x7f, 0xff, 1])],
    ['a message beyond our limit', Buffer.from([22, 3, 1, 0, 4, 1, 0xff, 0xff, 0xff])],
    ['a complete message with nothing in it', Buffer.from([22, 3, 1, 0, 4, 1, 0, 0, 0])],
  ])('%s', (_, bytes) => {
    expect(readClientHello(bytes)).toBe('not tls');
  });

  test('random bytes, and real ones with bytes changed, end in one of the three answers', () => {
    const check = (bytes: Uint8Array): void => {
      const reading = readClientHello(bytes);
      if (typeof reading === 'string') expect(['need more', 'not tls']).toContain(reading);
      else if (reading.sni !== null && reading.sni !== '') {
        expect(reading.sniStart).toBeGreaterThan(0);
        expect(reading.sniEnd).toBeLessThanOrEqual(bytes.length);
        expect(reading.sniEnd - reading.sniStart).toBeGreaterThanOrEqual(reading.sni.length);
      }
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), check));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(hello.length - 1), fc.nat(255)), { maxLength: 6 }),
        fc.nat(hello.length),
        (edits, cut) => {
          const bytes = hello.slice();
          for (const [at, value] of edits) bytes[at] = value;
          check(bytes);
          check(bytes.subarray(0, cut));
          check(refragment(bytes, 1 + (cut % 50)));
        },
      ),
      { numRuns: 400 },
    );
  });

  test('a flood of tiny records costs little', () => {
    const flood = refragment(new Uint8Array(5 + 4 * MAX_CLIENT_HELLO_BYTES).fill(1), 1);
    const start = performance.now();
    expect(readClientHello(flood)).toBe('not tls');
    expect(performance.now() - start).toBeLessThan(5_000);
  });
});
