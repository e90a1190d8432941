/** The control's diary of a running collector: measured through the real control, archived, judged with, bundled. */
import { copyFileSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readZip } from '../../../shared/codec/zip.ts';
import { rejudge } from '../../../shared/judge/rejudge.ts';
import type { ControlResponse, Measurement } from '../../../shared/model/index.ts';
import { verifyBundle } from '../../../shared/proof/bundle.ts';
import { trustFile } from '../../../collector/archive/keys.ts';
import { buildEvidence } from '../../../collector/commands/evidence.ts';
import { rebuildCommand } from '../../../collector/commands/rebuild.ts';
import type { CollectorOptions, RunningCollector } from '../../../collector/serve.ts';
import { leafFor, LOOPBACK, ROOT_PEM, startHttp, startHttps } from '../control/helpers.ts';
import type { TemporaryFolder } from './support.ts';
import { envelopeOf, makeMeasurement, startTestCollector, submitOk, temporaryFolder } from './support.ts';

const MINUTE = 60_000;
const START = Date.parse('2026-11-21T10:00:00Z');
const SITE = 'http://site.example/';
/** Public, and only ever reached through the map below. */
const ADDRESS = '93.184.215.14';

let folder: TemporaryFolder;
let collector: RunningCollector | undefined;
/** Minutes from the start of the measurement. */
let clock = 0;
let names: Record<string, readonly string[]>;
let status: number;
let ports: { http: number; https: number };
let questions: number;
const faults: string[] = [];

beforeEach(async () => {
  folder = temporaryFolder();
  clock = 0;
  names = { 'site.example': [ADDRESS], 'a.example': [ADDRESS], 'b.example': [ADDRESS] };
  status = 200;
  questions = 0;
  faults.length = 0;
  const { port: http } = await startHttp((_request, response) => {
    questions++;
    response.writeHead(status, { 'content-type': 'text/html' }).end('<title>A page</title>');
  });
  const { port: https } = await startHttps(leafFor('a.example'), (_request, response) => {
    response.end('a');
  });
  ports = { http, https };
});
afterEach(async () => {
  await collector?.close();
  collector = undefined;
  folder.remove();
  expect(faults).toEqual([]);
});

async function start(urls: readonly string[] = [SITE], more: Partial<CollectorOptions> = {}) {
  await collector?.close();
  collector = await startTestCollector(folder.path, {
    labAllow: LOOPBACK,
    extraRootsPem: [ROOT_PEM],
    diary: { urls, minutes: null },
    nowMs: () => START + clock * MINUTE,
    onFault: (error, what) => faults.push(`${what}: ${String(error)}`),
    lab: {
      lookup: (host) => {
        const addresses = names[host];
        return Promise.resolve(addresses === undefined ? { failure: 'dns_nxdomain_error' } : { addresses });
      },
      // Nobody listens there: the walk from the parent zone ends at once.
      resolver: { address: '127.0.0.1', port: 9 },
      mapTcp: ({ port }) => ({ address: '127.0.0.1', port: port === 443 ? ports.https : ports.http }),
    },
    ...more,
  });
  return collector;
}

/** The right address was given, and nobody answered there. */
function silent(
  more: { control?: ControlResponse; signed?: Measurement['test_keys']['x_control_signed'] } = {},
) {
  const document = makeMeasurement({
    input: SITE,
    at: START + 4 * MINUTE,
    ...(more.control === undefined ? {} : { control: more.control }),
    ...(more.signed == null ? {} : { signed: more.signed }),
  });
  const tags = { t0: 0.1, t: 10.1, tags: [] };
  return {
    ...document,
    test_keys: {
      ...document.test_keys,
      queries: document.test_keys.queries.map((query) => ({
        ...query,
        answers: [{ answer_type: 'A', ipv4: ADDRESS, ttl: null }],
      })),
      tcp_connect: [1, 2].map((n) => ({
        ...tags,
        tags: n === 1 ? [] : ['x:attempt=2'],
        transaction_id: n + 1,
        ip: ADDRESS,
        port: 80,
        status: { failure: 'generic_timeout_error', success: false },
      })),
    },
  };
}

interface Shown {
  readonly outcome: string;
  readonly method: string | null;
  readonly evidence: string | null;
  readonly rules: readonly { readonly id: string }[];
}
async function shown(id: string): Promise<{ control: string | null; verdict: Shown }> {
  const response = await fetch(`${collector!.url}/api/v2/verdicts`);
  const { results } = (await response.json()) as {
    results: { measurement_id: string; control: string | null; verdict: Shown }[];
  };
  const found = results.find((row) => row.measurement_id === id);
  if (found === undefined) throw new Error('not listed');
  return { control: found.control, verdict: found.verdict };
}
async function runAt(minutes: number): Promise<number> {
  clock = minutes;
  return collector!.runDiary();
}
const submitAt = async (minutes: number, document: unknown): Promise<string> => {
  clock = minutes;
  return (await submitOk(collector!.url, envelopeOf(document))).measurement_id;
};
async function askLive(minutes: number): Promise<ControlResponse & { x_signed: never }> {
  clock = minutes;
  const response = await fetch(`${collector!.url}/api/v1/control`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      http_request: SITE,
      // Equal questions share an answer for a minute of real time.
      http_request_headers: { 'User-Agent': [`at ${minutes}`] },
      tcp_connect: [`${ADDRESS}:80`],
    }),
  });
  return (await response.json()) as ControlResponse & { x_signed: never };
}

function derivedRows(): unknown[] {
  const db = new Database(join(folder.path, 'derived.db'), { readonly: true });
  const rows = [
    'verdicts ORDER BY entry_index',
    'observations ORDER BY entry_index, position',
    'latest',
    'diary_cursor',
  ].map((from) => db.prepare(`SELECT * FROM ${from}`).all());
  db.close();
  return rows;
}
const removeDerived = (): void => {
  for (const suffix of ['', '-wal', '-shm'])
    rmSync(join(folder.path, `derived.db${suffix}`), { force: true });
};

describe('a measurement without a live control', () => {
  it('is judged as with one once entries before and after it are there, also when it comes late', async () => {
    await start();
    const { x_signed: signed, ...control } = await askLive(4);
    const live = await submitAt(5, silent({ control, signed }));
    expect((await shown(live)).control).toBe('live');
    expect(await runAt(-55)).toBe(1);
    const early = await submitAt(6, silent());
    expect(await shown(early)).toMatchObject({ control: null, verdict: { outcome: 'insufficient' } });
    expect(await runAt(65)).toBe(1);
    const expected = { ...(await shown(live)).verdict };
    expect(expected.outcome).toBe('suspected');
    expect(await shown(early)).toMatchObject({
      control: 'diary',
      verdict: { outcome: expected.outcome, method: expected.method, evidence: expected.evidence },
    });
    const page = await (await fetch(`${collector!.url}/m/${early}`)).text();
    expect(page).toContain('its diary: entries from before and after the measurement');
    expect(await (await fetch(`${collector!.url}/m/${live}`)).text()).toContain('its reply, made beside');
    const document = silent();
    const late = await submitAt(300, { ...document, test_runtime: 2.5 });
    expect(await shown(late)).toMatchObject({ control: 'diary', verdict: { outcome: expected.outcome } });
  });

  it('stays without when there is one side only, another URL, or a clock ahead of its own arrival', async () => {
    await start([SITE, `${SITE}other`]);
    expect(await runAt(-55)).toBe(2);
    const id = await submitAt(6, silent());
    // An entry of the very ten minutes of the start is on neither side.
    await runAt(8);
    expect((await shown(id)).control).toBeNull();
    await start([`${SITE}other`]);
    expect(await runAt(65)).toBe(1);
    expect((await shown(id)).control).toBeNull();
    // Beyond two hours.
    await start([SITE]);
    await runAt(131);
    expect((await shown(id)).control).toBeNull();
    await runAt(129);
    expect((await shown(id)).control).toBe('diary');
    clock = -30;
    const early = (await submitOk(collector!.url, envelopeOf({ ...silent(), test_runtime: 9 })))
      .measurement_id;
    expect((await shown(early)).control).toBeNull();
  });

  it('stays without when the entries differ', async () => {
    await start();
    await runAt(-55);
    const id = await submitAt(6, silent());
    status = 503;
    await runAt(65);
    expect(await shown(id)).toMatchObject({ control: null, verdict: { outcome: 'insufficient' } });
    // A later one that agrees is not the next one.
    status = 200;
    await runAt(100);
    expect((await shown(id)).control).toBeNull();
  });
});

describe('what is derived with a diary', () => {
  it('is the same bytes after a rebuild, from nothing, and after a crash between archiving and judging', async () => {
    await start();
    await runAt(-55);
    const id = await submitAt(6, silent());
    await runAt(5);
    await collector!.close();
    copyFileSync(join(folder.path, 'derived.db'), join(folder.path, 'before.db'));
    await start();
    await runAt(65);
    expect((await shown(id)).control).toBe('diary');
    await collector!.close();
    const rows = derivedRows();
    await rebuildCommand(
      { data: folder.path, latest: false },
      { lang: 'en', json: false, debug: false },
      { out: () => {}, err: (line) => faults.push(line) },
    );
    expect(derivedRows()).toEqual(rows);
    removeDerived();
    await start();
    expect(collector!.caughtUp).toBe(1);
    await collector!.close();
    expect(derivedRows()).toEqual(rows);
    removeDerived();
    copyFileSync(join(folder.path, 'before.db'), join(folder.path, 'derived.db'));
    expect(derivedRows()).not.toEqual(rows);
    await start();
    await collector!.close();
    collector = undefined;
    expect(derivedRows()).toEqual(rows);
  });

  it('travels in a bundle, where the entries are checked and judged with', async () => {
    await start();
    await runAt(-55);
    const id = await submitAt(6, silent());
    await runAt(65);
    const out = join(folder.path, 'a.zip');
    await buildEvidence(
      { data: folder.path, measurements: [id], out, force: false },
      { lang: 'en' },
      Date.now,
    );
    const files = readZip(readFileSync(out));
    if (!('ok' in files)) throw new Error(files.error);
    const paths = [...files.ok.keys()].filter((path) => path.startsWith('diary/'));
    expect(paths).toEqual([1, 2].map((n) => `diary/${id}-${n}.dsse.json`));
    const trust = trustFile(collector!.keys);
    const report = verifyBundle(files.ok, trust, rejudge);
    expect(report.checks.filter(({ result }) => result !== 'ok')).toEqual([]);
    expect(report).toMatchObject({ intact: true, judgedAgain: true, trusted: true });
    expect(report.checks.map(({ what }) => what).join()).toContain('2 entries of the control’s diary');
    expect(verifyBundle(files.ok, { ...trust, controls: [] }, rejudge).trusted).toBe(false);
    const html = Buffer.from(files.ok.get('report.html') ?? []).toString();
    expect(html).toContain('entries of the control’s diary');
    expect(html).toContain('2026-11-21T11:00:00.000Z');
    // The verdict rests on them: judged without, it is another one.
    expect(
      verifyBundle(files.ok, trust, (document, texts, servers) => rejudge(document, texts, servers)).reason,
    ).toBe('verdict_differs');
    for (const path of paths) {
      const changed = new Map(files.ok).set(path, files.ok.get(path)!.with(40, 0x41));
      expect(verifyBundle(changed, trust, rejudge).reason).toBe('file_altered');
    }
  });
});

describe('keeping the diary', () => {
  it('tells in live replies who else works at the address and where the site was before', async () => {
    names = { 'site.example': ['93.184.215.99'], 'a.example': [ADDRESS], 'b.example': [ADDRESS] };
    await start(['https://a.example/', 'https://b.example/', SITE]);
    expect(await runAt(-30)).toBe(3);
    names['site.example'] = [ADDRESS];
    const { x_siblings: siblings, x_earlier_addrs: earlier } = await askLive(4);
    // b.example shows a certificate for another name.
    expect(siblings).toEqual({ [ADDRESS]: ['a.example'] });
    expect(earlier).toEqual(['93.184.215.99']);
    const later = await askLive(95);
    expect([later.x_siblings, later.x_earlier_addrs]).toEqual([{}, ['93.184.215.99']]);
    const muchLater = await askLive(15 * 24 * 60);
    expect(muchLater.x_earlier_addrs ?? []).toEqual([]);
  });

  it('goes on after a restart where it was, instead of beginning anew', async () => {
    const urls = Array.from({ length: 5 }, (_, n) => `${SITE}${n}`);
    await start(urls);
    expect(await runAt(0)).toBe(5);
    expect(questions).toBe(5);
    clock = 20;
    await start(urls, { diary: { urls, minutes: 60 } });
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(questions).toBe(5);
    clock = 61;
    await start(urls, { diary: { urls, minutes: 60 } });
    // All are overdue; the others follow one by one.
    while (questions < 6) await new Promise((resolve) => setTimeout(resolve, 10));
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(questions).toBe(6);
  });

  it('ends with the collector, whatever is under way', async () => {
    const { port } = await startHttp(() => undefined);
    ports.http = port;
    const running = await start();
    const round = running.runDiary();
    await new Promise((resolve) => setTimeout(resolve, 100));
    const before = performance.now();
    await running.close();
    collector = undefined;
    expect(performance.now() - before).toBeLessThan(5_000);
    expect(await round).toBe(0);
  });
});
