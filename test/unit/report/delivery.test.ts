import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toBase64, utf8 } from '../../../shared/codec/base64.ts';
import { sha256Hex } from '../../../shared/codec/digest.ts';
import { PAYLOAD_TYPES, signEnvelope } from '../../../shared/codec/dsse.ts';
import { publicKeyOf } from '../../../shared/codec/ed25519.ts';
import { deriveHpkeKeyPair } from '../../../shared/codec/hpke.ts';
import { hpkeKeyId, openSealed } from '../../../shared/codec/sealed.ts';
import type { Descriptor } from '../../../shared/model/index.ts';
import { createDestinationGuard } from '../../../probe/net/guard.ts';
import { fetchDescriptor } from '../../../probe/report/descriptor.ts';
import { createHttpOpener, MAX_REPLY_BYTES } from '../../../probe/net/http-opener.ts';
import { openSpool } from '../../../probe/report/spool.ts';
import type { Spool } from '../../../probe/report/spool.ts';
import { ATTEMPTS, deliver, GROUP_GAP_MS, retryAfterMs } from '../../../probe/report/upload.ts';

const seed: Uint8Array = new Uint8Array(32).fill(1);
const otherSeed: Uint8Array = new Uint8Array(32).fill(2);
const pair = deriveHpkeKeyPair(new Uint8Array(32).fill(3));
const random = (n: number) => new Uint8Array(randomBytes(n));
const idOf = (n: number) => sha256Hex(utf8(String(n)));

function makeDescriptor(keySeed = seed, issued = '2025-03-04T05:06:07Z'): Descriptor {
  const key = toBase64(publicKeyOf(keySeed));
  return {
    version: 1,
    issued,
    collector: { url: 'http://collector.example/', key },
    hpke: { keyid: hpkeKeyId(pair.publicKey), key: toBase64(pair.publicKey) },
    log: { origin: 'collector.example/log', vkey: 'v' },
    controls: [{ url: 'http://collector.example/api/v1/control', key }],
    reflectors: [
      {
        name: 'r.example',
        addresses: ['198.41.0.4'],
        tlsPort: 443,
        httpPort: 80,
        spkiSha256: ['ab'.repeat(32)],
      },
    ],
  };
}
const signed = (payloadType: 'descriptor' | 'receipt', value: unknown, keySeed = seed) =>
  signEnvelope({
    payloadType: PAYLOAD_TYPES[payloadType],
    payload: utf8(JSON.stringify(value)),
    seed: keySeed,
  });

type Handler = (body: Buffer, response: ServerResponse, request: IncomingMessage) => void;
let handler: Handler;
let server: Server;
let url: string;
let folder: string;
let ports: Set<number>;
let spool: Spool;
let clock: number;
let slept: number[];

beforeEach(async () => {
  ports = new Set();
  clock = 1_000_000_000_000;
  slept = [];
  server = createServer((request, response) => {
    ports.add(request.socket.remotePort ?? 0);
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => handler(Buffer.concat(chunks), response, request));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  folder = await mkdtemp(join(tmpdir(), 'kuager-delivery-'));
  spool = await openSpool({ folder: join(folder, 'spool'), random, warn: () => undefined });
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true, force: true });
});

const guard = createDestinationGuard('127.0.0.0/8');
const openHttp = createHttpOpener({ guard, rootsPem: [], resolve: () => Promise.resolve(['127.0.0.1']) });
const open = (body: Buffer) => {
  const opened = openSealed(new Uint8Array(body), new Map([[hpkeKeyId(pair.publicKey), pair.privateKey]]));
  if (!('ok' in opened)) throw new Error(opened.error);
  return (JSON.parse(Buffer.from(opened.ok).toString('utf8')) as { envelope: string }).envelope;
};
const accept: (keySeed?: Uint8Array) => Handler = (keySeed) => (body, response) => {
  const said = { measurement_id: open(body), received_at: '2025-03-04T05:06:07Z', log_index: 0 };
  response.end(JSON.stringify({ ...said, receipt: JSON.parse(signed('receipt', said, keySeed)) as unknown }));
};
const problem = (response: ServerResponse, status: number, title: string, headers = {}) =>
  response
    .writeHead(status, { 'content-type': 'application/problem+json', ...headers })
    .end(JSON.stringify({ title }));
const add = (n: number, group = 'aa') =>
  spool.add({ measurementId: idOf(n), group, submission: utf8(JSON.stringify({ envelope: idOf(n) })) });
const send = (more: Partial<Parameters<typeof deliver>[0]> = {}) =>
  deliver({
    spool,
    descriptor: makeDescriptor(),
    collectorUrl: url,
    openHttp,
    signal: new AbortController().signal,
    now: () => clock,
    random: () => 0.5,
    sleep: (ms, signal) => {
      slept.push(ms);
      clock += ms;
      return Promise.resolve(!signal.aborted);
    },
    ...more,
  });

describe('deliver', () => {
  it('sends sealed bytes, checks the receipt, empties the spool, does nothing twice', async () => {
    const types: unknown[] = [];
    handler = (body, response, request) => {
      types.push(request.headers['content-type'], request.headers['user-agent'], request.url);
      accept()(body, response, request);
    };
    await add(1);
    await add(2);
    expect(await send()).toEqual({
      delivered: 2,
      refused: 0,
      waiting: 0,
      deferred: 0,
      untrusted: null,
      stopped: null,
    });
    expect(types.slice(0, 3)).toEqual(['application/vnd.kuager.sealed', undefined, '/api/v1/submit']);
    expect(await spool.receipt(idOf(1))).toContain('receipt');
    expect(await send()).toMatchObject({ delivered: 0, stopped: null });
    expect(ports.size).toBe(1);
  });

  it.each([
    [
      'another key',
      (body: Buffer, r: ServerResponse, q: IncomingMessage) => accept(otherSeed)(body, r, q),
      'wrong_key',
    ],
    [
      'another measurement',
      (_: Buffer, r: ServerResponse) => {
        const said = { measurement_id: idOf(9), received_at: 'x', log_index: 0 };
        r.end(JSON.stringify({ receipt: JSON.parse(signed('receipt', said)) as unknown }));
      },
      'wrong_key',
    ],
    ['a login page', (_: Buffer, r: ServerResponse) => r.end('<html>Welcome'), 'not_a_collector'],
    [
      'a redirect',
      (_: Buffer, r: ServerResponse) => r.writeHead(302, { location: '/login' }).end(),
      'not_a_collector',
    ],
    ['a missing path', (_: Buffer, r: ServerResponse) => problem(r, 404, 'Not found'), 'not_a_collector'],
    ['a block page', (_: Buffer, r: ServerResponse) => r.writeHead(403).end('blocked'), 'not_a_collector'],
    ['too much', (_: Buffer, r: ServerResponse) => r.end(Buffer.alloc(MAX_REPLY_BYTES + 1)), 'unreachable'],
  ] as [string, Handler, string][])('does not take %s for a delivery', async (_name, answer, reason) => {
    handler = answer;
    await add(1);
    await add(2);
    expect(await send()).toMatchObject({ delivered: 0, refused: 0, waiting: 2, stopped: { reason } });
    expect(await spool.receipt(idOf(1))).toBeNull();
  });

  it('sets one refused entry aside with the reason and goes on', async () => {
    handler = (body, response, request) => {
      if (open(body) === idOf(1)) problem(response, 400, 'Bad\u001b[31m signature');
      else accept()(body, response, request);
    };
    await add(1);
    await add(2);
    expect(await send()).toMatchObject({ delivered: 1, refused: 1, waiting: 0, stopped: null });
    const note = await readFile(join(folder, 'spool', 'refused', `${idOf(1)}.json`), 'utf8');
    expect(JSON.parse(note)).toEqual({ reason: '400 Bad [31m signature' });
    expect(await readdir(join(folder, 'spool', 'refused'))).toContain(`${idOf(1)}.entry`);
  });

  it('waits as long as it is told, longer after every failure, and gives up in the end', async () => {
    const answers: Handler[] = [
      (_, r) => problem(r, 503, 'Busy', { 'retry-after': '7' }),
      (_, r) => problem(r, 429, 'Slow down'),
      (_, r) => problem(r, 413, 'Later', { 'retry-after': '2' }),
      (_, r) => void r.destroy(),
    ];
    handler = (body, r, q) => (answers.shift() ?? accept())(body, r, q);
    await add(1);
    expect(await send()).toMatchObject({ delivered: 1 });
    expect(slept).toEqual([7500, 1000, 4000, 4000]);

    slept = [];
    await add(2);
    handler = (_, r) => problem(r, 500, 'Broken');
    expect(await send()).toMatchObject({ waiting: 1, stopped: { reason: 'overloaded' } });
    expect(slept).toHaveLength(ATTEMPTS - 1);
    handler = (_, r) => problem(r, 503, 'Closed', { 'retry-after': '86400' });
    slept = [];
    expect(await send()).toMatchObject({ waiting: 1, stopped: { reason: 'overloaded' } });
    expect(slept).toEqual([]);
    handler = (_, r) => problem(r, 413, 'Too large');
    expect(await send()).toMatchObject({ waiting: 0, refused: 1 });
  });

  it('keeps everything when nobody answers, and resumes', async () => {
    await add(1);
    handler = accept();
    const away = { collectorUrl: 'http://127.0.0.1:1' };
    const result = await send(away);
    expect(result).toMatchObject({ waiting: 1, stopped: { reason: 'unreachable' } });
    expect(result.stopped?.line).toContain('connection_refused');
    expect(await send()).toMatchObject({ delivered: 1, stopped: null });
  });

  it('never sends two keys over one connection or within ten minutes', async () => {
    handler = accept();
    await add(1, 'aa');
    await add(2, 'bb');
    expect(await send({ preferGroup: 'bb' })).toMatchObject({ delivered: 1, deferred: 1, waiting: 1 });
    expect((await spool.pending()).entries[0]?.group).toBe('aa');
    clock += GROUP_GAP_MS - 1;
    expect(await send()).toMatchObject({ delivered: 0, deferred: 1 });
    clock += 1;
    expect(await send()).toMatchObject({ delivered: 1, deferred: 0 });
    expect(ports.size).toBe(2);

    await add(3, 'cc');
    await add(4, 'dd');
    clock -= 86_400_000;
    expect(await send()).toMatchObject({ delivered: 0, deferred: 2 });
    expect(await send({ patient: true })).toMatchObject({ delivered: 2, deferred: 0 });
    // To the second ten minutes apart, whoever sees both keys would know that they are one device's.
    expect(slept).toEqual([1.5 * GROUP_GAP_MS, 1.5 * GROUP_GAP_MS]);
    expect(ports.size).toBe(4);
  });

  it('leaves the spool to a process that is already sending', async () => {
    await add(1);
    const release = await spool.lock();
    expect(await send()).toMatchObject({ waiting: 1, stopped: { reason: 'busy' } });
    await release!();
  });

  it('stops soon when interrupted, and loses nothing', async () => {
    const controller = new AbortController();
    handler = () => controller.abort();
    await add(1);
    expect(await send({ signal: controller.signal })).toMatchObject({
      waiting: 1,
      stopped: { reason: 'interrupted' },
    });
  });

  it('throws when the destination is outside the wall', async () => {
    await add(1);
    for (const [collectorUrl, address] of [
      ['http://198.41.0.4/', ''],
      ['http://collector.example/', '198.41.0.4'],
    ] as const) {
      const outside = createHttpOpener({
        guard,
        rootsPem: [],
        resolve: () => Promise.resolve([address]),
      });
      await expect(send({ collectorUrl, openHttp: outside })).rejects.toMatchObject({
        code: 'DESTINATION_FORBIDDEN',
      });
    }
    expect((await spool.counts()).pending).toBe(1);
  });
});

describe('http client', () => {
  it('resolves names by what it was given, and gives up on a silent server', async () => {
    handler = (_, r) => r.end('ok');
    const signal = new AbortController().signal;
    const http = openHttp();
    const named = url.replace('127.0.0.1', 'collector.example');
    expect(await http.call({ method: 'GET', url: named, headers: {}, signal })).toMatchObject({
      status: 200,
    });
    await http.close();
    handler = () => undefined;
    const hasty = createHttpOpener({
      guard,
      rootsPem: [],
      resolve: () => Promise.resolve([]),
      timeouts: { exchangeMs: 100 },
    })();
    expect(await hasty.call({ method: 'GET', url, headers: {}, signal })).toEqual({
      failure: 'generic_timeout_error',
    });
    const unknown = await hasty.call({ method: 'GET', url: named, headers: {}, signal });
    expect(unknown).toEqual({ failure: 'dns_nxdomain_error' });
    await hasty.close();
  });
});

describe('retryAfterMs', () => {
  it.each([
    [undefined, null],
    ['7', 7000],
    ['soon', null],
    ['Thu, 01 Jan 1970 00:00:05 GMT', 4000],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
  ])('%s → %s', (value, expected) => expect(retryAfterMs(value, 1000)).toBe(expected));
});

describe('fetchDescriptor', () => {
  const fetchIt = (collectorUrl = url) =>
    fetchDescriptor({ collectorUrl, folder, openHttp, signal: new AbortController().signal });
  const serve =
    (descriptor: unknown, keySeed = seed): Handler =>
    (_, r, q) =>
      q.url === '/.well-known/kuager'
        ? r.end(signed('descriptor', descriptor, keySeed))
        : r.writeHead(404).end();
  const code = (value: string) => expect.objectContaining({ code: value }) as Error;

  it('verifies, pins, and uses the copy when nobody or somebody else answers', async () => {
    handler = serve(makeDescriptor());
    expect(await fetchIt()).toMatchObject({ descriptor: makeDescriptor(), cached: false });
    for (const answer of [
      (_: Buffer, r: ServerResponse) => void r.destroy(),
      (_: Buffer, r: ServerResponse) => void r.end('<html>'),
      serve(makeDescriptor(), otherSeed),
    ]) {
      handler = answer;
      expect(await fetchIt()).toMatchObject({ descriptor: makeDescriptor(), cached: true });
    }
  });

  it('refuses another key in one line that says what to do', async () => {
    handler = serve(makeDescriptor());
    const first = await fetchIt();
    handler = serve(makeDescriptor(otherSeed), otherSeed);
    const error = await fetchIt().catch((e: unknown) => e as Error);
    expect(error).toMatchObject({ code: 'COLLECTOR_KEY_CHANGED' });
    expect((error as Error).message).toContain(first.fingerprint);
    expect((error as Error).message).not.toContain('\n');
  });

  it('takes a newer one, never an older one', async () => {
    handler = serve(makeDescriptor(seed, '2025-03-04T00:00:00Z'));
    await fetchIt();
    const newer = makeDescriptor(seed, '2025-03-05T00:00:00Z');
    handler = serve(newer);
    expect((await fetchIt()).descriptor).toEqual(newer);
    handler = serve(makeDescriptor(seed, '2025-03-04T00:00:00Z'));
    expect((await fetchIt()).descriptor).toEqual(newer);
  });

  it('says what is wrong when there is no copy', async () => {
    handler = (_, r) => void r.end('<html>');
    await expect(fetchIt()).rejects.toThrow(code('DESCRIPTOR_INVALID'));
    handler = serve({ ...makeDescriptor(), hpke: { keyid: 'x', key: 'y' } });
    await expect(fetchIt()).rejects.toThrow(/hpke\.keyid/);
    await expect(fetchIt('http://127.0.0.1:1')).rejects.toThrow(code('COLLECTOR_UNREACHABLE'));
    for (const bad of ['ftp://x/', 'nonsense', 'http://u:p@x/'])
      await expect(fetchIt(bad)).rejects.toThrow(code('COLLECTOR_URL_INVALID'));
  });

  it('does not pin anew over a damaged pin', async () => {
    handler = serve(makeDescriptor());
    await fetchIt();
    const file = (await readdir(folder)).find((name) => name.startsWith('collector-'))!;
    await writeFile(join(folder, file), '{');
    await expect(fetchIt()).rejects.toThrow(code('STATE_DAMAGED'));
  });
});
