/** Somebody ends TLS between a probe and its collector: real certificates, real sockets, the real collector behind. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDestinationGuard } from '../../../probe/net/guard.ts';
import { createHttpOpener } from '../../../probe/net/http-opener.ts';
import { fetchDescriptor } from '../../../probe/report/descriptor.ts';
import { submissionOf } from '../../../probe/report/seal.ts';
import { openSpool, type Spool } from '../../../probe/report/spool.ts';
import { ATTEMPTS, deliver, GROUP_GAP_MS } from '../../../probe/report/upload.ts';
import { toBase64, utf8 } from '../../../shared/codec/base64.ts';
import { sha256Hex } from '../../../shared/codec/digest.ts';
import { decodeEnvelope, PAYLOAD_TYPES, signEnvelope, verifyEnvelope } from '../../../shared/codec/dsse.ts';
import { publicKeyOf } from '../../../shared/codec/ed25519.ts';
import { hpkeKeyId, sealTo } from '../../../shared/codec/sealed.ts';
import type { RunningCollector } from '../../../collector/serve.ts';
import { labCertificates, type LabCertificates } from '../../lab/certs.ts';
import {
  envelopeOf,
  makeMeasurement,
  payloadBytes,
  startTestCollector,
  submit,
  temporaryFolder,
  type TemporaryFolder,
} from '../collector/support.ts';
import { answerWith, passOn, startCollectorPath, type Act, type CollectorPath } from './collector-path.ts';

const REPLY_KEY_BYTES = 32;
const random = (n: number) => new Uint8Array(randomBytes(n));
const guard = createDestinationGuard('127.0.0.0/8,::1/128');
const otherSeed = new Uint8Array(32).fill(2);

let certs: LabCertificates;
let path: CollectorPath;
let collector: RunningCollector;
let folder: TemporaryFolder;
let spool: Spool;
let clock: number;

beforeEach(async () => {
  certs = await labCertificates();
  folder = temporaryFolder();
  path = await startCollectorPath(certs.issue(['localhost']));
  collector = await startTestCollector(join(folder.path, 'data'));
  path.leadTo(collector.url);
  spool = await openSpool({ folder: join(folder.path, 'spool'), random, warn: () => undefined });
  clock = Date.now();
});
afterEach(async () => {
  await path.close();
  await collector.close();
  folder.remove();
});

const opener = (rootsPem = [certs.rootPem]) =>
  createHttpOpener({ guard, rootsPem, resolve: () => Promise.resolve(['127.0.0.1']) });
const signal = () => new AbortController().signal;
const learn = (given: Uint8Array | null = null) =>
  fetchDescriptor({
    collectorUrl: path.url,
    folder: join(folder.path, 'collectors'),
    openHttp: opener(),
    signal: signal(),
    given,
  });
const intercept = (): void => path.show(certs.forgeFor('unknown', 'localhost'));
const stopIntercepting = (): void => path.show(certs.issue(['localhost']));

/** As the probe writes it; gives its id. */
async function spooled(n: number, withKey = true): Promise<string> {
  const measurement = makeMeasurement({ input: `http://site-${n}.example/` });
  const measurementId = sha256Hex(payloadBytes(measurement));
  const replyKey = random(REPLY_KEY_BYTES);
  const envelope = envelopeOf(measurement);
  await spool.add({
    measurementId,
    group: 'aa',
    submission: withKey ? submissionOf(envelope, null, replyKey) : utf8(`{"envelope":${envelope}}`),
    ...(withKey ? { replyKey } : {}),
  });
  return measurementId;
}

async function send() {
  const { descriptor } = await learn();
  return deliver({
    spool,
    descriptor,
    collectorUrl: path.url,
    openHttp: opener(),
    signal: signal(),
    now: () => (clock += GROUP_GAP_MS),
    random: () => 0.5,
    sleep: () => Promise.resolve(true),
  });
}
async function prepared(n: number): Promise<string[]> {
  const { descriptor } = await learn();
  await spool.useKey(descriptor.hpke);
  const ids: string[] = [];
  for (let i = 0; i < n; i++) ids.push(await spooled(i));
  path.seen.length = 0;
  return ids;
}
const submissions = () => path.seen.filter((one) => one.path === '/api/v1/submit');

describe('a collector behind an interceptor', () => {
  it('gets everything that waits, and its receipts come back', async () => {
    const ids = await prepared(3);
    intercept();
    expect(await send()).toEqual({
      delivered: 3,
      refused: 0,
      waiting: 0,
      deferred: 0,
      untrusted: 'ssl_unknown_authority',
      stopped: null,
    });
    for (const id of ids) {
      const receipt = decodeEnvelope((await spool.receipt(id))!, PAYLOAD_TYPES.receipt);
      if (!('ok' in receipt)) throw new Error(receipt.error);
      expect(verifyEnvelope(receipt.ok, collector.keys.collector.publicKey)).toBe(true);
      expect((await fetch(`${collector.url}/m/${id}`)).status).toBe(200);
    }
  });

  it('shows the interceptor sealed bodies, and nothing that names a measurement', async () => {
    const ids = await prepared(2);
    intercept();
    await send();
    expect(submissions()).toHaveLength(2);
    for (const { method, headers, body, answer } of submissions()) {
      expect(method).toBe('POST');
      expect(Object.keys(headers).sort()).toEqual([
        'accept',
        'connection',
        'content-length',
        'content-type',
        'host',
      ]);
      expect(body.subarray(0, 4).toString()).toBe('KSL1');
      expect(Object.keys(JSON.parse(answer.toString()) as object)).toEqual(['sealed_receipt']);
    }
    const all = path.seen.map((s) => `${s.path} ${JSON.stringify(s.headers)} ${s.body.toString('latin1')}`);
    const answers = path.seen.map((s) => s.answer.toString('latin1'));
    for (const text of [...all, ...answers]) {
      expect(text).not.toContain('site-');
      for (const id of ids) expect(text).not.toContain(id);
    }
    // He can hand the same bytes in himself: the receipt stays closed to him.
    const [first] = submissions();
    const again = await submit(collector.url, first!.body, {
      'content-type': 'application/vnd.kuager.sealed',
    });
    expect(again.status).toBe(200);
    const text = await again.text();
    expect(Object.keys(JSON.parse(text) as object)).toEqual(['sealed_receipt']);
    for (const id of ids) expect(text).not.toContain(id);
  });

  it('never answers in the clear where a sealed receipt was asked for, whatever the key', async () => {
    const envelope = envelopeOf(makeMeasurement({}));
    for (const key of ['"AAAA"', '7', '""', '{}']) {
      const plaintext = utf8(`{"envelope":${envelope},"reply_key":${key}}`);
      const publicKey = collector.keys.hpke.publicKey;
      const keyid = hpkeKeyId(publicKey);
      const body = sealTo({ keyid, hpkeKey: publicKey, plaintext, ephemeralSeed: random(32) });
      const reply = await submit(collector.url, body, { 'content-type': 'application/vnd.kuager.sealed' });
      expect(reply.status).toBe(400);
      expect(await reply.text()).not.toContain('measurement_id');
    }
  });

  it('is first asked over a chain that is trusted, and by no other way when that works', async () => {
    await prepared(2);
    expect(await send()).toMatchObject({ delivered: 2, untrusted: null, stopped: null });
  });

  it('keeps entries back whose receipt would come in the clear', async () => {
    await prepared(0);
    const old = await spooled(1, false);
    const sealed = await spooled(2);
    intercept();
    expect(await send()).toMatchObject({ delivered: 1, waiting: 1, stopped: null });
    expect(await spool.receipt(sealed)).not.toBeNull();
    expect(await spool.receipt(old)).toBeNull();
    stopIntercepting();
    expect(await send()).toMatchObject({ delivered: 1, waiting: 0, untrusted: null });
  });

  const receiptOf = (id: string) =>
    signEnvelope({
      payloadType: PAYLOAD_TYPES.receipt,
      payload: utf8(
        JSON.stringify({ measurement_id: id, received_at: '2026-01-01T00:00:00Z', log_index: 0 }),
      ),
      seed: otherSeed,
    });
  const ended: Act = (_seen, _forward, response) => void response.destroy();
  let kept: Buffer | null = null;
  it.each<[string, (ids: readonly string[]) => Act, Record<string, unknown>]>([
    [
      'alters the body',
      () => async (seen, forward, response) => {
        const body = Buffer.from(seen.body);
        body[body.length - 1]! ^= 1;
        answerWith(await forward(body), response);
      },
      { stopped: null },
    ],
    [
      'alters the receipt',
      () => async (_seen, forward, response) => {
        const relayed = await forward();
        const body = Buffer.from(relayed.body);
        body[body.length - 40]! ^= 1;
        answerWith({ ...relayed, body }, response);
      },
      { stopped: { reason: 'not_a_collector' } },
    ],
    [
      'plays one answer back for every body',
      () => async (_seen, forward, response) => {
        const relayed = await forward();
        kept ??= relayed.body;
        answerWith({ ...relayed, body: kept }, response);
      },
      // The first was answered truly.
      { delivered: 1, waiting: 2, stopped: { reason: 'not_a_collector' } },
    ],
    ['swallows everything', () => ended, { stopped: { reason: 'unreachable' } }],
    [
      'answers with receipts of his own',
      (ids) => (_seen, _forward, response) =>
        void response.end(JSON.stringify({ receipt: JSON.parse(receiptOf(ids[0]!)) as unknown })),
      { stopped: { reason: 'wrong_key' } },
    ],
    [
      'refuses in the collector’s name',
      () => (_seen, _forward, response) =>
        void response
          .writeHead(400, { 'content-type': 'application/problem+json' })
          .end('{"title":"Bad signature"}'),
      { refused: 0, stopped: null },
    ],
    [
      'asks for patience without end',
      () => (_seen, _forward, response) =>
        void response
          .writeHead(503, { 'content-type': 'application/problem+json', 'retry-after': '290' })
          .end('{"title":"Later"}'),
      { stopped: { reason: 'overloaded' } },
    ],
    [
      'sends elsewhere',
      () => (_seen, _forward, response) =>
        void response.writeHead(307, { location: 'https://elsewhere.example/' }).end(),
      { stopped: { reason: 'not_a_collector' } },
    ],
  ])('loses nothing and believes nothing when somebody %s', async (_what, make, expected) => {
    kept = null;
    const ids = await prepared(3);
    intercept();
    const act = make(ids);
    path.act = (seen, forward, response) =>
      (seen.path === '/api/v1/submit' ? act : passOn)(seen, forward, response);
    const all = { delivered: 0, refused: 0, waiting: 3, untrusted: 'ssl_unknown_authority' };
    expect(await send()).toMatchObject({ ...all, ...expected });
    expect((await spool.counts()).refused).toBe(0);
    expect(submissions().length).toBeLessThanOrEqual(ids.length * ATTEMPTS);

    path.act = passOn;
    stopIntercepting();
    expect(await send()).toMatchObject({ waiting: 0, untrusted: null, stopped: null });
    for (const id of ids) expect(await spool.receipt(id)).not.toBeNull();
  });
});

describe('its descriptor', () => {
  const own = (issued: string, seed: Uint8Array) => async () => {
    const { descriptor } = await learn();
    const key = toBase64(publicKeyOf(seed));
    const said = { ...descriptor, issued, collector: { ...descriptor.collector, key } };
    return signEnvelope({ payloadType: PAYLOAD_TYPES.descriptor, payload: utf8(JSON.stringify(said)), seed });
  };

  it('is refused on first contact, in one line, and nothing is remembered', async () => {
    intercept();
    const error = await learn().catch((e: unknown) => e as Error);
    expect(error).toMatchObject({ code: 'COLLECTOR_UNTRUSTED' });
    expect((error as Error).message).not.toContain('\n');
    expect(await readdir(join(folder.path, 'collectors'))).toEqual([]);
    expect(path.seen).toEqual([]);
  });

  it('is taken from a file on first contact, if it is one', async () => {
    const file = new Uint8Array(await (await fetch(`${collector.url}/.well-known/kuager`)).arrayBuffer());
    intercept();
    const known = await learn(file);
    expect(known.untrusted).toBe('ssl_unknown_authority');
    expect(known.descriptor.collector.key).toBe(toBase64(collector.keys.collector.publicKey));
    expect((await learn()).descriptor).toEqual(known.descriptor);
    await expect(learn(utf8('{}'))).rejects.toMatchObject({ code: 'DESCRIPTOR_INVALID' });
    const foreign = utf8(await own('2040-01-01T00:00:00Z', otherSeed)());
    await expect(learn(foreign)).rejects.toMatchObject({ code: 'COLLECTOR_KEY_CHANGED' });
  });

  it('is renewed through an interceptor by the key that is known, and by none else', async () => {
    const before = await learn();
    const seed = collector.keys.collector.seed;
    const newer = await own('2040-01-01T00:00:00Z', seed)();
    const older = await own('2020-01-01T00:00:00Z', seed)();
    const foreign = await own('2041-01-01T00:00:00Z', otherSeed)();
    intercept();
    const answers: [string | null, string][] = [
      [foreign, before.descriptor.issued],
      [older, before.descriptor.issued],
      ['<html>', before.descriptor.issued],
      [null, before.descriptor.issued],
      [newer, '2040-01-01T00:00:00Z'],
      [older, '2040-01-01T00:00:00Z'],
    ];
    for (const [answer, issued] of answers) {
      path.act = (_seen, _forward, response) =>
        void (answer === null ? response.destroy() : response.setHeader('date', 'x').end(answer));
      const known = await learn();
      expect(known.descriptor.issued).toBe(issued);
      expect(known).toMatchObject({ untrusted: 'ssl_unknown_authority', serverTime: null });
      expect(known.fingerprint).toBe(before.fingerprint);
    }
  });
});

describe('trust in the collector’s chain', () => {
  const ask = async (rootsPem?: string[]) => {
    const http = opener(rootsPem)();
    const reply = await http.call({ method: 'GET', url: path.url, headers: {}, signal: signal() });
    await http.close();
    return 'failure' in reply ? reply.failure : reply.status;
  };

  it('knows why a chain is not trusted', async () => {
    expect(await ask()).toBe(200);
    expect(await ask([])).toBe('ssl_unknown_authority');
    path.show(certs.issue(['localhost'], 'expired'));
    expect(await ask()).toBe('ssl_invalid_certificate');
    path.show(certs.issue(['localhost'], 'wrong_name'));
    expect(await ask()).toBe('ssl_invalid_hostname');
    for (const kind of ['self_signed', 'unknown_ca', 'state_pki', 'incomplete'] as const) {
      path.show(certs.issue(['localhost'], kind));
      expect(await ask(), kind).toBe('ssl_unknown_authority');
    }
  });

  it.each([
    ['NODE_EXTRA_CA_CERTS', [], (file: string) => ({ NODE_EXTRA_CA_CERTS: file })],
    ['SSL_CERT_FILE', ['--use-openssl-ca'], (file: string) => ({ SSL_CERT_FILE: file })],
    ['NODE_TLS_REJECT_UNAUTHORIZED', [], () => ({ NODE_TLS_REJECT_UNAUTHORIZED: '0' })],
  ] as const)('does not mind what %s says', async (_name, args, environment) => {
    const file = join(folder.path, 'installed.pem');
    await writeFile(file, certs.interceptorPem.unknown);
    intercept();
    const base = new URL('../../../probe/net/', import.meta.url).href;
    // With the store's word it would be trusted: the same environment lets Node's own client through.
    const script = `
      import { get } from 'node:https';
      import { createHttpOpener } from '${base}http-opener.ts';
      import { createDestinationGuard } from '${base}guard.ts';
      const guard = createDestinationGuard('127.0.0.0/8');
      const http = createHttpOpener({ guard, rootsPem: [], resolve: async () => ['127.0.0.1'] })();
      const signal = new AbortController().signal;
      const reply = await http.call({ method: 'GET', url: '${path.url}', headers: {}, signal });
      await http.close();
      const plain = await new Promise((done) =>
        get('${path.url}', { family: 4 }, (r) => done(r.statusCode)).on('error', (e) => done(e.code)));
      console.log(reply.failure + ' ' + plain);
      process.exit(0);`;
    const script_file = join(folder.path, 'ask.mts');
    await writeFile(script_file, script);
    const child = spawn(process.execPath, ['--import', 'tsx', ...args, script_file], {
      env: { ...process.env, ...environment(file) },
      stdio: ['ignore', 'pipe', 'inherit'],
      cwd: new URL('../../..', import.meta.url),
    });
    let text = '';
    child.stdout.on('data', (more: Buffer) => (text += more.toString()));
    await once(child, 'close');
    expect(text.trim()).toBe('ssl_unknown_authority 200');
  });
});
