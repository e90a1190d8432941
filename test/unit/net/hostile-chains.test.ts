/** Servers whose certificate message is made to break clients, byte for byte: a real handshake by the real driver. */
import { createServer } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { makeCorpus } from '../../../scripts/fuzz/corpus.ts';
import { writeTree } from '../../../scripts/fuzz/der-tree.ts';
import { makeCase } from '../../../scripts/fuzz/make-case.ts';
import { createRandom } from '../../../scripts/fuzz/random.ts';
import { MAX_HANDSHAKE_BYTES } from '../../../probe/net/limits.ts';
import type { TlsResult } from '../../../probe/net/net.ts';
import { never, open, Servers, testCertificates, testNet } from './helpers.ts';

const servers = new Servers();
afterEach(() => servers.close());

const RECORD_BYTES = 16_000;
const u24 = (n: number): Buffer => Buffer.from([(n >> 16) & 255, (n >> 8) & 255, n & 255]);
const message = (type: number, ...body: readonly Uint8Array[]): Buffer => {
  const all = Buffer.concat(body);
  return Buffer.concat([Buffer.from([type]), u24(all.length), all]);
};

/** TLS 1.2, RSA key exchange with AES-128-GCM, no session, no extensions. */
const SERVER_HELLO = message(2, Buffer.from([3, 3]), Buffer.alloc(32, 7), Buffer.from([0, 0x00, 0x9c, 0]));
const SERVER_HELLO_DONE = message(14);

/** A server's first flight, in as many records as it takes. */
function flight(certificates: Uint8Array): Buffer {
  const bytes = Buffer.concat([SERVER_HELLO, message(11, certificates), SERVER_HELLO_DONE]);
  const records: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += RECORD_BYTES) {
    const part = bytes.subarray(at, at + RECORD_BYTES);
    records.push(Buffer.from([22, 3, 3, part.length >> 8, part.length & 255]), part);
  }
  return Buffer.concat(records);
}
const listed = (chain: readonly Uint8Array[]): Buffer => {
  const list = Buffer.concat(chain.flatMap((der) => [u24(der.length), der]));
  return Buffer.concat([u24(list.length), list]);
};

/** Sends a flight to whoever says hello, and ends once it has been answered. */
async function shake(bytes: Buffer): Promise<TlsResult> {
  const port = await servers.listen(
    createServer((socket) => {
      socket.once('data', () => {
        socket.write(bytes);
        socket.once('data', () => socket.end());
      });
    }),
  );
  const net = testNet();
  const options = { serverName: 'site.example', alpn: [], timeoutMs: 30_000 };
  return await net.tlsHandshake(await open(net, port), options, never());
}

const corpus = makeCorpus();
const sound = (corpus.chains[0] ?? []).map(({ tree }) => writeTree(tree));

describe('a hostile chain over a real connection', () => {
  it('each of many: a failure, and the bytes as they were sent', async () => {
    const chains = Array.from(
      { length: 25 },
      (_, i) => makeCase(corpus, createRandom(0xc4a1 + i)).chain,
    ).filter((chain) => flight(listed(chain)).length <= MAX_HANDSHAKE_BYTES);
    expect(chains.length).toBeGreaterThan(15);
    for (const chain of chains) {
      const shaken = await shake(flight(listed(chain)));
      expect(shaken).toMatchObject({ connection: null });
      expect(['ssl_failed_handshake', 'eof_error', 'connection_reset']).toContain(shaken.failure);
      expect(shaken.chain).toEqual(chain);
    }
  });

  it.each([
    ['a hundred certificates', listed(Array.from({ length: 100 }, () => sound[0] as Uint8Array)), 100],
    ['no certificate', listed([]), 0],
    ['a list that says it is longer than the message', Buffer.concat([u24(900), Buffer.alloc(8)]), 2],
    ['no list at all', Buffer.alloc(0), 0],
    ['a certificate of no bytes', listed([new Uint8Array()]), 1],
    ['a megabyte, of which nothing is kept', listed([new Uint8Array(1024 * 1024)]), 0],
  ])('%s', async (_what, certificates, kept) => {
    const shaken = await shake(flight(certificates));
    expect(shaken.connection).toBeNull();
    expect(shaken.failure).not.toBeNull();
    expect(shaken.chain).toHaveLength(kept);
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'sixty certificates and a loop, handshake completed: %s',
    async (v) => {
      const { leaf, ca } = testCertificates();
      const sent = [leaf, ...Array.from({ length: 60 }, (_, i) => (i % 2 === 0 ? ca : leaf))];
      const options = {
        key: leaf.key,
        cert: sent.map((c) => c.cert).join('\n'),
        minVersion: v,
        maxVersion: v,
      };
      const port = await servers.listen(createTlsServer(options, (s) => s.on('error', () => undefined)));
      const net = testNet();
      const shaken = await net.tlsHandshake(
        await open(net, port),
        { serverName: 'site.example', alpn: [] },
        never(),
      );
      expect(shaken.failure).toBeNull();
      expect(shaken.chain).toEqual(sent.map((c) => c.der));
      shaken.connection?.close();
    },
  );
});
