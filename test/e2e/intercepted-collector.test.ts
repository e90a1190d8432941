/** A whole run behind somebody who ends TLS on the way to the collector. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RunningCollector } from '../../collector/serve.ts';
import { runCommand } from '../../probe/commands/run.ts';
import { uploadCommand } from '../../probe/commands/upload.ts';
import type { World } from '../../probe/commands/world.ts';
import { createNet } from '../../probe/net/create-net.ts';
import { createHttpOpener } from '../../probe/net/http-opener.ts';
import { openSpool } from '../../probe/report/spool.ts';
import { message } from '../../shared/i18n/index.ts';
import type { Measurement, Verdict } from '../../shared/model/index.ts';
import { labCertificates, type LabCertificates } from '../lab/certs.ts';
import { startTestCollector, temporaryFolder, type TemporaryFolder } from '../unit/collector/support.ts';
import { passOn, startCollectorPath, type CollectorPath } from '../unit/report/collector-path.ts';

const ONLY = '127.0.0.0/8,::1/128';
let certs: LabCertificates;
let site: Server;
let path: CollectorPath;
let collector: RunningCollector;
let folder: TemporaryFolder;
let out: string[];
let err: string[];

const portOf = (server: Server): number => (server.address() as AddressInfo).port;
async function listening(server: Server): Promise<Server> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

beforeAll(async () => {
  certs = await labCertificates();
  site = await listening(createServer((_request, response) => response.end('<title>A page</title>')));
});
afterAll(() => void site.close());
beforeEach(async () => {
  folder = temporaryFolder();
  [out, err] = [[], []];
  path = await startCollectorPath(certs.issue(['localhost']));
  const spare = await listening(createServer());
  const port = portOf(spare);
  spare.close();
  await once(spare, 'close');
  collector = await startTestCollector(join(folder.path, 'data'), {
    listen: { host: '127.0.0.1', port },
    publicUrl: path.url,
    extraRootsPem: [certs.rootPem],
    extraInterceptionEntries: [{ ...certs.knownAuthority }],
  });
  path.leadTo(`http://127.0.0.1:${port}`);
  await writeFile(join(folder.path, 'root.pem'), certs.rootPem);
});
afterEach(async () => {
  await path.close();
  await collector.close();
  folder.remove();
});

const world = (): World => ({
  now: () => Date.now(),
  random: (n) => new Uint8Array(randomBytes(n)),
  createNet,
  createHttpOpener,
  interfaces: () => ({}),
  routeAddress: () => Promise.resolve(null),
  stateFolder: join(folder.path, 'probe'),
  only: ONLY,
  extraInterceptionJson: [JSON.stringify({ version: 1, roots: [certs.knownAuthority] })],
  locale: 'ru_RU.UTF-8',
  out: (line) => void out.push(line),
  err: (line) => void err.push(line),
  terminal: { interactive: false, color: false, columns: 80 },
  ask: () => Promise.resolve(null),
  stop: new AbortController().signal,
});
const extraRoot = () => [join(folder.path, 'root.pem')];
const run = (page: string) =>
  runCommand(
    {
      url: [`http://127.0.0.1:${portOf(site)}/${page}`],
      collector: path.url,
      publish: true,
      yes: true,
      json: true,
      doh: 'off',
      resolver: ['127.0.0.1:1'],
      extraRoot: extraRoot(),
    },
    world(),
  );

interface Archived {
  readonly document: Measurement;
  readonly verdict: Verdict;
}
/** What the collector has, by URL; asked where no interceptor stands. */
async function archived(): Promise<Map<string, Archived[]>> {
  const http = createHttpOpener({
    guard: { check: () => undefined },
    rootsPem: [certs.rootPem],
    resolve: () => Promise.resolve(['127.0.0.1']),
  })();
  const get = async (where: string): Promise<unknown> => {
    const reply = await http.call({
      method: 'GET',
      url: `${path.url}${where}`,
      headers: {},
      signal: new AbortController().signal,
    });
    if ('failure' in reply) throw new Error(reply.failure);
    return JSON.parse(Buffer.from(reply.body).toString('utf8'));
  };
  const { results } = (await get('/api/v2/verdicts?limit=100')) as {
    results: { measurement_id: string; verdict: Verdict }[];
  };
  const found = new Map<string, Archived[]>();
  for (const { measurement_id: id, verdict } of results) {
    const document = (await get(`/api/v1/raw_measurement?measurement_uid=${id}`)) as Measurement;
    const input = document.input ?? '';
    found.set(input, [...(found.get(input) ?? []), { document, verdict }]);
  }
  await http.close();
  return found;
}
const intercept = (): void => path.show(certs.forgeFor('known', 'localhost'));
const stopIntercepting = (): void => path.show(certs.issue(['localhost']));
const warning = message('ru', 'collector.untrusted');
const ownUrl = (): string => `${path.url}/`;

async function expectOwnMeasurement(): Promise<void> {
  const all = await archived();
  const own = all.get(ownUrl()) ?? [];
  expect(own).toHaveLength(1);
  const [handshake] = own[0]!.document.test_keys.tls_handshakes;
  expect(handshake?.failure).toBe('ssl_unknown_authority');
  expect(handshake?.peer_certificates?.length).toBeGreaterThan(1);
  expect(own[0]!.verdict.authority).toBe(certs.knownAuthority.id);
}

describe('a run behind somebody who reads the way to the collector', () => {
  it('delivers all the same, and the collector’s own site among it', async () => {
    expect(await run('first')).toBe(0);
    expect(err).not.toContain(warning);
    intercept();
    path.seen.length = 0;
    expect(await run('second')).toBe(0);
    expect(err.filter((line) => line === warning)).toHaveLength(1);
    const seen = path.seen.map((one) => one.path);
    expect(seen.filter((where) => where === '/api/v1/submit')).toHaveLength(2);
    // Neither a question to the control, which would name a target, nor anything else.
    expect(new Set(seen)).toEqual(new Set(['/.well-known/kuager', '/api/v1/submit']));
    for (const { body, answer } of path.seen)
      expect(body.toString('latin1') + answer.toString('latin1')).not.toContain('second');

    stopIntercepting();
    await expectOwnMeasurement();
    expect([...(await archived()).keys()]).toContain(`http://127.0.0.1:${portOf(site)}/second`);
  });

  it('measures it once also when he steps in later', async () => {
    path.act = async (seen, forward, response) => {
      await passOn(seen, forward, response);
      if (seen.path === '/.well-known/kuager') {
        intercept();
        response.socket?.end();
      }
    };
    expect(await run('only')).toBe(0);
    expect(err.filter((line) => line === warning)).toHaveLength(1);
    path.act = passOn;
    stopIntercepting();
    await expectOwnMeasurement();
  });

  it('sends nothing on first contact, and all of it from another network', async () => {
    intercept();
    expect(await run('kept')).toBe(5);
    expect(err).toContain(message('ru', 'collector.untrusted_first'));
    expect(path.seen).toEqual([]);
    const spool = await openSpool({
      folder: join(folder.path, 'probe', 'spool'),
      random: (n) => new Uint8Array(randomBytes(n)),
      warn: () => undefined,
    });
    expect((await spool.counts()).pending).toBe(2);
    stopIntercepting();
    expect(await uploadCommand({ extraRoot: extraRoot() }, world())).toBe(0);
    await expectOwnMeasurement();
  });
});
