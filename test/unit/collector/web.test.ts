import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromBase64, fromUtf8, utf8 } from '../../../shared/codec/base64.ts';
import { sha256Hex } from '../../../shared/codec/digest.ts';
import { decodeEnvelope, PAYLOAD_TYPES, verifyEnvelope } from '../../../shared/codec/dsse.ts';
import type { Descriptor } from '../../../shared/model/index.ts';
import { isoSeconds } from '../../../collector/archive/log.ts';
import type { RunningCollector } from '../../../collector/serve.ts';
import { PROBLEMS } from '../../../collector/web/problems.ts';
import type { RequestLog } from '../../../collector/web/options.ts';
import type { TemporaryFolder } from './support.ts';
import {
  controlReply,
  DSSE_TYPE,
  envelopeOf,
  makeMeasurement,
  payloadBytes,
  privatePartOf,
  sealFor,
  startTestCollector,
  submit,
  submitOk,
  temporaryFolder,
} from './support.ts';

let folder: TemporaryFolder;
let collector: RunningCollector;
let url: string;
const requests: RequestLog[] = [];
const faults: string[] = [];

beforeAll(async () => {
  folder = temporaryFolder();
  collector = await startTestCollector(folder.path, {
    onRequest: (line) => requests.push(line),
    onFault: (error, what) => faults.push(`${what}: ${String(error)}`),
  });
  ({ url } = collector);
});
afterAll(async () => {
  await collector.close();
  folder.remove();
});

interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly problems?: readonly { path: string }[];
}
async function problemOf(response: Response): Promise<Problem> {
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const body = (await response.json()) as Problem;
  expect(body.status).toBe(response.status);
  expect(body).not.toHaveProperty('stack');
  return body;
}
const codeOf = async (response: Response): Promise<string> =>
  (await problemOf(response)).type.replace('/problems/', '');
const getJson = async (path: string): Promise<Record<string, never>> =>
  (await (await fetch(url + path)).json()) as Record<string, never>;

let counter = 0;
/** A measurement that was not sent before. */
const fresh = (input?: string) =>
  makeMeasurement({ ...(input === undefined ? {} : { input }), fields: { test_runtime: ++counter } });

describe('POST /api/v1/submit', () => {
  it('answers with a receipt that the collector signed', async () => {
    const measurement = fresh();
    const reply = await submitOk(url, envelopeOf(measurement));
    expect(reply.measurement_id).toBe(sha256Hex(payloadBytes(measurement)));
    const receipt = decodeEnvelope(JSON.stringify(reply.receipt), PAYLOAD_TYPES.receipt);
    if (!('ok' in receipt)) throw new Error(receipt.error);
    expect(verifyEnvelope(receipt.ok, collector.keys.collector.publicKey)).toBe(true);
    const said = JSON.parse(fromUtf8(receipt.ok.payload) ?? '') as { log_index: number };
    expect(said).toEqual({
      measurement_id: reply.measurement_id,
      received_at: reply.received_at,
      log_index: said.log_index,
    });
    const raw = await fetch(`${url}/api/v1/raw_measurement?measurement_uid=${reply.measurement_id}`);
    expect(new Uint8Array(await raw.arrayBuffer())).toEqual(payloadBytes(measurement));
  });

  it('takes sealed bodies with a private part, gzip, and all three content types', async () => {
    const one = fresh();
    const part = privatePartOf({ measurement_id: sha256Hex(payloadBytes(one)), region: 'KZ-75' });
    const sealed = sealFor(collector.keys.hpke.publicKey, envelopeOf(one), part);
    const first = await submitOk(url, sealed, 'application/vnd.kuager.sealed');
    const raw = new Database(`${folder.path}/archive.db`, { readonly: true });
    const rows = raw.prepare('SELECT envelope, erase_after FROM private_parts').all() as {
      erase_after: string;
    }[];
    raw.close();
    expect(rows).toHaveLength(1);
    expect(rows[0]?.erase_after.slice(0, 10)).toBe(isoSeconds(Date.now() + 90 * 86_400_000).slice(0, 10));
    // Sealed again (other bytes on the wire) it is still the same measurement.
    const again = sealFor(collector.keys.hpke.publicKey, envelopeOf(one), part);
    expect(await submitOk(url, again, 'application/vnd.kuager.sealed')).toEqual(first);
    const zipped = await submit(url, gzipSync(envelopeOf(fresh())), { 'content-encoding': 'gzip' });
    expect(zipped.status).toBe(200);
    expect(
      (await submit(url, envelopeOf(fresh()), { 'content-type': 'application/json; charset=utf-8' })).status,
    ).toBe(200);
  });

  it('stores the same upload once, however many come at once', async () => {
    const envelope = envelopeOf(fresh());
    const before = (await getJson('/api/v1/measurements?limit=1'))['metadata']!['count'] as number;
    const replies = await Promise.all(Array.from({ length: 20 }, () => submitOk(url, envelope)));
    for (const reply of replies) expect(reply).toEqual(replies[0]);
    const after = (await getJson('/api/v1/measurements?limit=1'))['metadata']!['count'] as number;
    expect(after).toBe(before + 1);
  });

  it('names what is wrong with a body', async () => {
    const good = envelopeOf(fresh());
    const sealedElsewhere = sealFor(new Uint8Array(32).fill(9), good);
    const otherKey = envelopeOf(fresh(), new Uint8Array(32).fill(3));
    const sealedType = { 'content-type': 'application/vnd.kuager.sealed' };
    const gzip = { 'content-encoding': 'gzip' };
    const cases: [string, string | Uint8Array, Record<string, string>][] = [
      ['envelope-invalid', good.slice(0, 100), {}],
      ['envelope-invalid', '{"payloadType":1}', {}],
      ['signature-invalid', otherKey, {}],
      ['schema-invalid', envelopeOf({ ...fresh(), probe_ip: '198.51.100.4' }), {}],
      ['sealed-unreadable', sealedElsewhere, sealedType],
      ['sealed-unreadable', good, sealedType],
      ['body-damaged', gzipSync(good).subarray(0, 200), gzip],
      ['body-damaged', good, gzip],
      ['decoded-too-large', gzipSync(Buffer.alloc(64 * 1024 * 1024)), gzip],
      ['body-too-large', Buffer.alloc(3 * 1024 * 1024, 'x'), {}],
      ['unsupported-media-type', good, { 'content-type': 'text/plain' }],
      ['unsupported-encoding', good, { 'content-encoding': 'br' }],
    ];
    for (const [code, body, headers] of cases) {
      const response = await submit(url, body, headers);
      expect(await codeOf(response), code).toBe(code);
    }
    const problem = await problemOf(await submit(url, envelopeOf({ ...fresh(), probe_ip: 'x', extra: 1 })));
    expect(problem.problems?.length).toBeGreaterThan(0);
  });
});

/** Sends bytes on a socket of its own and reads until it closes. */
function raw(text: string, options: { readonly end?: boolean } = {}): Promise<string> {
  const { port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: Number(port), allowHalfOpen: true });
    let reply = '';
    socket.on('data', (data) => (reply += data.toString()));
    socket.on('error', reject);
    socket.on('end', () => socket.end());
    socket.on('close', () => resolve(reply));
    socket.write(text);
    if (options.end === true) socket.end();
  });
}

describe('bodies that lie about their length', () => {
  const head = (length: number): string =>
    `POST /api/v1/submit HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: ${DSSE_TYPE}\r\ncontent-length: ${length}\r\n\r\n`;

  it('cut short: nothing is stored, and the sender is told if still there', async () => {
    const envelope = envelopeOf(fresh());
    const reply = await raw(head(envelope.length) + envelope.slice(0, envelope.length - 20), { end: true });
    expect(reply).toContain('400');
    expect(reply).toContain('/problems/body-damaged');
    expect((await submit(url, envelope)).status).toBe(200);
  });

  it('longer than said: the envelope is cut, the rest is no request', async () => {
    const envelope = envelopeOf(fresh());
    const reply = await raw(head(envelope.length - 10) + envelope);
    // Whichever is seen first: half an envelope, or a second request that is none.
    expect(reply).toMatch(/^HTTP\/1.1 400 [^]*\/problems\/(envelope-invalid|bad-request)/);
    expect(reply).not.toContain('receipt');
  });

  it('larger than accepted: refused by the header alone', async () => {
    expect(await raw(head(500_000_000) + '{')).toContain('/problems/body-too-large');
  });

  it('no HTTP at all, and endless headers', async () => {
    expect(await raw('\u0016\u0003\u0001\u0000\u0005hello\r\n\r\n')).toContain('/problems/bad-request');
    const endless = `GET / HTTP/1.1\r\nhost: x\r\nx: ${'a'.repeat(40_000)}\r\n\r\n`;
    expect(await raw(endless)).toContain('/problems/headers-too-large');
  });
});

describe('errors at the edge', () => {
  it('are problem documents, each explained at its type', async () => {
    expect(await codeOf(await fetch(`${url}/nothing/here`))).toBe('not-found');
    const wrong = await fetch(`${url}/api/v1/submit`);
    expect(wrong.headers.get('allow')).toBe('POST');
    expect(await codeOf(wrong)).toBe('method-not-allowed');
    expect(await codeOf(await fetch(`${url}/m/abc`, { method: 'DELETE' }))).toBe('method-not-allowed');
    expect(await codeOf(await fetch(`${url}/m/${'a'.repeat(5000)}`))).toBe('not-found');
    expect(await codeOf(await fetch(`${url}/%zz`))).toBe('bad-request');
    expect(await codeOf(await fetch(`${url}/api/v1/submit`, { method: 'POST' }))).toMatch(
      /body-damaged|unsupported-media-type/,
    );
    for (const code of Object.keys(PROBLEMS))
      expect((await fetch(`${url}/problems/${code}`)).status).toBe(200);
    expect((await fetch(`${url}/problems/constructor`)).status).toBe(404);
  });

  it('are documented, all of them and no others', () => {
    const readme = readFileSync(new URL('../../../collector/README.md', import.meta.url), 'utf8');
    const rows = [...readme.matchAll(/^\| +`([a-z-]+)` +\| +(\d{3}) +\|/gm)].map(([, code, status]) => [
      code,
      Number(status),
    ]);
    expect(Object.fromEntries(rows)).toEqual(
      Object.fromEntries(Object.entries(PROBLEMS).map(([code, { status }]) => [code, status])),
    );
  });

  it('a locked database is 503 with Retry-After, and the same upload succeeds afterwards', async () => {
    const envelope = envelopeOf(fresh());
    const other = new Database(`${folder.path}/archive.db`);
    other.exec('BEGIN IMMEDIATE');
    const response = await submit(url, envelope);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await codeOf(response)).toBe('storage-busy');
    other.exec('ROLLBACK');
    other.close();
    expect((await submit(url, envelope)).status).toBe(200);
  });

  it('a derived database that is locked does not cost the receipt', async () => {
    const envelope = envelopeOf(fresh());
    const other = new Database(`${folder.path}/derived.db`);
    other.exec('BEGIN IMMEDIATE');
    const reply = await submitOk(url, envelope);
    other.exec('ROLLBACK');
    other.close();
    expect(faults.join('\n')).toContain(`deriving ${reply.measurement_id}`);
    expect((await fetch(`${url}/m/${reply.measurement_id}`)).status).toBe(404);
    expect(
      (await fetch(`${url}/api/v1/raw_measurement?measurement_uid=${reply.measurement_id}`)).status,
    ).toBe(200);
  });
});

describe('reading', () => {
  it('serves the signed descriptor with a reflector in it', async () => {
    const text = await (await fetch(`${url}/.well-known/kuager`)).text();
    const envelope = decodeEnvelope(text, PAYLOAD_TYPES.descriptor);
    if (!('ok' in envelope)) throw new Error(envelope.error);
    expect(verifyEnvelope(envelope.ok, collector.keys.collector.publicKey)).toBe(true);
    const descriptor = JSON.parse(fromUtf8(envelope.ok.payload) ?? '') as Descriptor;
    expect(descriptor.collector.url).toBe(url);
    expect(fromBase64(descriptor.collector.key)).toEqual(collector.keys.collector.publicKey);
    expect(descriptor.log.vkey).toBe(collector.keys.log.vkey);
    const [reflector] = descriptor.reflectors;
    expect(reflector?.addresses).toEqual(['127.0.0.1']);
    const seen = await fetch(`http://127.0.0.1:${reflector?.httpPort}/x`);
    expect(seen.headers.get('x-kuager-reflector')).toBe(reflector?.name);
  });

  it("answers in the shape of OONI's API", async () => {
    const input = 'http://shape.example/path?a=1&b=2';
    const { measurement_id: id } = await submitOk(url, envelopeOf(fresh(input)));
    const list = (await getJson(
      '/api/v1/measurements?domain=shape.example&order_by=test_start_time',
    )) as unknown as {
      metadata: Record<string, unknown>;
      results: Record<string, unknown>[];
    };
    expect(Object.keys(list.metadata).sort()).toEqual(
      ['count', 'current_page', 'limit', 'next_url', 'offset', 'pages', 'query_time'].sort(),
    );
    expect(list.metadata).toMatchObject({
      count: 1,
      current_page: 1,
      limit: 100,
      next_url: null,
      offset: 0,
      pages: 1,
    });
    expect(list.results[0]).toMatchObject({
      anomaly: true,
      input,
      measurement_uid: id,
      probe_asn: 'AS9198',
      probe_cc: 'KZ',
      test_name: 'web_connectivity',
      measurement_url: `${url}/api/v1/raw_measurement?measurement_uid=${id}`,
    });
    expect(list.results[0]?.['measurement_start_time']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d0:00\.000000Z$/);
    const helpers = (await getJson('/api/v1/test-helpers')) as unknown;
    expect(helpers).toEqual({ 'web-connectivity': [{ address: `${url}/api/v1/control`, type: 'https' }] });
  });

  it('pages through all results without overlap', async () => {
    const seen: string[] = [];
    let next: string | null = `${url}/api/v1/measurements?limit=3&probe_cc=kz`;
    while (next !== null) {
      const page = (await (await fetch(next)).json()) as {
        metadata: { next_url: string | null; count: number };
        results: { measurement_uid: string }[];
      };
      seen.push(...page.results.map((row) => row.measurement_uid));
      next = page.metadata.next_url;
      if (next === null) expect(seen).toHaveLength(page.metadata.count);
    }
    expect(new Set(seen).size).toBe(seen.length);
  });

  it('filters verdicts and says each in a sentence', async () => {
    const input = 'http://verdict.example/';
    const { control, signed } = controlReply(input, collector.keys);
    const { measurement_id: id } = await submitOk(
      url,
      envelopeOf(makeMeasurement({ input, control, signed })),
    );
    const query = '/api/v2/verdicts?domain=verdict.example&outcome=interfered&method=dns.bogon&lang=ru';
    const { results } = (await getJson(query)) as unknown as {
      results: { measurement_id: string; explanation: string; verdict: { outcome: string } }[];
    };
    expect(results.map((row) => row.measurement_id)).toEqual([id]);
    expect(results[0]?.verdict.outcome).toBe('interfered');
    expect(results[0]?.explanation).toContain('verdict.example');
    expect(results[0]?.explanation).toMatch(/[а-я]/);
    const none = (await getJson('/api/v2/verdicts?domain=verdict.example&outcome=accessible')) as unknown as {
      results: unknown[];
    };
    expect(none.results).toEqual([]);
  });

  it('serves every file that a verdict names, under its hash', async () => {
    const { results } = (await getJson('/api/v2/verdicts?limit=1')) as unknown as {
      results: { verdict: { snapshots: Record<string, string> } }[];
    };
    const hashes = Object.values(results[0]?.verdict.snapshots ?? {});
    expect(hashes).toHaveLength(4);
    for (const hash of hashes) {
      const reply = await fetch(`${url}/api/v2/snapshots/${hash}`);
      expect(reply.status).toBe(200);
      expect(sha256Hex(new Uint8Array(await reply.arrayBuffer()))).toBe(hash);
    }
    expect((await fetch(`${url}/api/v2/snapshots/${'0'.repeat(64)}`)).status).toBe(404);
  });

  it('refuses query parameters that it cannot apply', async () => {
    const bad = await problemOf(
      await fetch(`${url}/api/v2/verdicts?outcome=x&limit=0&since=2026-02-31&asn=5&lang=de`),
    );
    expect(bad.type).toBe('/problems/bad-query');
    expect(bad.problems?.map(({ path }) => path).sort()).toEqual([
      'asn',
      'lang',
      'limit',
      'outcome',
      'since',
    ]);
    expect(await codeOf(await fetch(`${url}/api/v1/measurements?limit=100000`))).toBe('bad-query');
    expect(await codeOf(await fetch(`${url}/api/v1/measurements?limit=5&limit=6`))).toBe('bad-query');
    expect((await fetch(`${url}/api/v1/measurements?software_versions=x&input=`)).status).toBe(200);
    expect(await codeOf(await fetch(`${url}/api/v1/raw_measurement`))).toBe('bad-query');
    expect(await codeOf(await fetch(`${url}/api/v1/raw_measurement?measurement_uid=${'0'.repeat(64)}`))).toBe(
      'not-found',
    );
  });
});

describe('pages', () => {
  it('list targets without script, with verdicts in words, and link measurements', async () => {
    const { measurement_id: id } = await submitOk(url, envelopeOf(fresh('http://page.example/')));
    const response = await fetch(url);
    expect(response.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-/,
    );
    const page = await response.text();
    const style = /<style>([^]*?)<\/style>/.exec(page)?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    expect(response.headers.get('content-security-policy')).toContain(`'sha256-${hash}'`);
    expect(page).not.toMatch(/<script|javascript:|onerror=/i);
    expect(page).toContain('http://page.example/');
    expect(page).toContain(`href="/m/${id}"`);
    expect(page).toMatch(/UTC<\/time> \(\d{4}-\d\d-\d\d \d\d:\d\d Almaty\)/);
    const measurement = await (await fetch(`${url}/m/${id}`)).text();
    expect(measurement).toContain('dns.bogon');
    expect(measurement).toContain(`/api/v1/raw_measurement?measurement_uid=${id}`);
    const target = await (await fetch(`${url}/?target=${encodeURIComponent('http://page.example/')}`)).text();
    expect(target).toContain(`href="/m/${id}"`);
  });

  it('escape what volunteers send', async () => {
    const input = 'http://evil.example/"><script>alert(1)</script>\u202e?\'';
    const { measurement_id: id } = await submitOk(url, envelopeOf(fresh(input)));
    for (const path of ['/', `/m/${id}`, `/?target=${encodeURIComponent(input)}`]) {
      const page = await (await fetch(url + path)).text();
      expect(page, path).not.toContain('<script>alert');
      expect(page, path).not.toContain('\u202e');
    }
  });
});

describe('the control over HTTP', () => {
  const ask = (body: unknown): Promise<Response> =>
    fetch(`${url}/api/v1/control`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  it('answers with a reply that it signed, and reaches nothing private', async () => {
    const response = await ask({
      http_request: `${url}/`,
      http_request_headers: {},
      tcp_connect: ['127.0.0.1:22'],
    });
    expect(response.status).toBe(200);
    const { x_signed: signed, ...reply } = (await response.json()) as {
      x_signed: { payload: string; sig: string };
    };
    expect(JSON.parse(signed.payload)).toEqual(reply);
    const sig = fromBase64(signed.sig);
    const envelope = {
      payloadType: PAYLOAD_TYPES.control,
      payload: utf8(signed.payload),
      keyid: '',
      sig: sig!,
    };
    expect(verifyEnvelope(envelope, collector.keys.control.publicKey)).toBe(true);
    expect(JSON.stringify(reply)).not.toContain('"status":true');
    expect(reply).toMatchObject({ http_request: { status_code: -1 } });
  });
  it('refuses what it cannot measure', async () => {
    expect(await codeOf(await ask('not json'))).toBe('control-request-invalid');
    expect(await codeOf(await ask({ http_request: 'file:///etc/passwd' }))).toBe('control-request-invalid');
    expect(await codeOf(await ask('x'.repeat(100_000)))).toBe('body-too-large');
  });
});

describe('the request log', () => {
  it('has route, status and milliseconds, and nothing of who asked or for what', () => {
    expect(requests.length).toBeGreaterThan(20);
    for (const line of requests) expect(Object.keys(line).sort()).toEqual(['ms', 'route', 'status']);
    expect(JSON.stringify(requests)).not.toMatch(/127\.0\.0\.1|example/);
  });
});
