/** Blocking, cells and silence over HTTP: a real collector, real documents. */
import Database from 'better-sqlite3';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rebuildCommand } from '../../../collector/commands/rebuild.ts';
import type { RunningCollector } from '../../../collector/serve.ts';
import { openArchive } from '../../../collector/store/sqlite/archive.ts';
import { openBeats } from '../../../collector/store/sqlite/beats.ts';
import type { SilenceEvent } from '../../../shared/model/index.ts';
import type { TemporaryFolder } from './support.ts';
import {
  controlReply,
  envelopeOf,
  makeMeasurement,
  startTestCollector,
  submitOk,
  temporaryFolder,
} from './support.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const T0 = Date.UTC(2026, 8, 1);
const INPUT = 'http://blocked.example/';
const DOMAIN = 'blocked.example';
/** Joining waits a quarter of a second; a busy machine longer. */
const SOON_MS = 15_000;

let folder: TemporaryFolder;
let clock: number;
let collector: RunningCollector;
const start = async (): Promise<void> => {
  collector = await startTestCollector(folder.path, { nowMs: () => clock });
};
beforeEach(async () => {
  folder = temporaryFolder();
  clock = T0;
  await start();
});
afterEach(async () => {
  await collector.close();
  folder.remove();
});

interface Page {
  readonly metadata: { readonly count: number; readonly complete?: boolean };
  readonly results: readonly Record<string, unknown>[];
}
async function get(path: string): Promise<{ readonly status: number; readonly body: unknown }> {
  const response = await fetch(`${collector.url}${path}`);
  return { status: response.status, body: await response.json() };
}
const list = async (path: string): Promise<Page> => (await get(path)).body as Page;

const seed = (who: number): Uint8Array => new Uint8Array(32).fill(100 + who);
/** Measured now, and handed in at once. */
async function send(who: number, asn = 'AS9198'): Promise<void> {
  const { control, signed } = controlReply(INPUT, collector.keys, clock);
  const document = makeMeasurement({ input: INPUT, seed: seed(who), at: clock, asn, control, signed });
  await submitOk(collector.url, envelopeOf(document, seed(who)));
}
async function until<T>(look: () => Promise<T>, is: (value: T) => boolean): Promise<T> {
  const end = Date.now() + SOON_MS;
  for (;;) {
    const value = await look();
    if (is(value) || Date.now() > end) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
const openEvents = () =>
  until(
    () => list('/api/v2/blocking'),
    ({ metadata }) => metadata.count > 0,
  );

async function block(volunteers: number): Promise<void> {
  for (let who = 0; who < volunteers; who += 1) {
    await send(who);
    clock += 20 * MINUTE;
  }
}

describe('what is blocked', () => {
  it('is announced within moments of the measurements that show it, with words and without whose they are', async () => {
    await block(5);
    const { metadata, results } = await openEvents();
    expect(metadata.count).toBe(1);
    const [event] = results;
    expect(event).toMatchObject({
      domain: DOMAIN,
      state: 'open',
      basis: 'interfered',
      onset: { after: null, before: '2026-09-01T00:00:00Z' },
      episodes: [{ network: { asn: 9198, access: 'fixed' }, measurement_count: expect.any(Number) }],
      explanation: expect.any(Array),
    });
    const id = String(event!['id']);
    const one = await get(`/api/v2/blocking/${id}?lang=kk`);
    expect(one).toMatchObject({ status: 200, body: { id, explanation: expect.any(Array) } });
    const text = JSON.stringify([results, one.body, (await list('/api/v2/alerts')).results]);
    for (let who = 0; who < 5; who += 1)
      expect(text).not.toContain(makeMeasurement({ seed: seed(who) }).x_key);
    expect((await list('/api/v2/alerts?kind=blocking')).results).toMatchObject([
      { state: 'opened', event_id: id },
    ]);
    expect((await list('/api/v2/blocking?state=restored')).metadata.count).toBe(0);
    expect((await list('/api/v2/blocking?probe_asn=9198&domain=blocked.example')).metadata.count).toBe(1);
    expect((await get('/api/v2/blocking?state=gone')).status).toBe(400);
    expect((await get('/api/v2/blocking/nothing')).status).toBe(404);
  });

  it('is told as it was known at any moment: with ten minutes, as times are published', async () => {
    await block(2);
    clock = T0 + DAY;
    await block(4);
    const { results } = await openEvents();
    const id = String(results[0]!['id']);
    const asOf = async (time: string) => [
      (await list(`/api/v2/blocking?as_of=${time}`)).metadata.count,
      (await list(`/api/v2/blocking?domain=${DOMAIN}&as_of=${time}`)).metadata.count,
      (await get(`/api/v2/blocking/${id}?as_of=${time}`)).status,
    ];
    expect(await asOf('2026-09-01T12:00:00Z')).toEqual([0, 0, 404]);
    expect(await asOf('2026-09-03T00:00:00Z')).toEqual([1, 1, 200]);
    const then = (await get(`/api/v2/blocking/${id}?as_of=2026-09-03`)).body;
    const now = await until(
      async () => (await get(`/api/v2/blocking/${id}`)).body,
      (body) => JSON.stringify(body) === JSON.stringify(then),
    );
    expect(now).toEqual(then);
  });

  it('is the same after a restart and after a rebuild, and nothing is announced twice', async () => {
    await block(5);
    // It opens before all of them are joined.
    const { results: before } = await until(
      () => list('/api/v2/blocking'),
      ({ results }) => JSON.stringify(results).includes('"blocked":5'),
    );
    const rows = (): unknown[] => {
      const db = new Database(join(folder.path, 'derived.db'), { readonly: true });
      const found = ['votes ORDER BY entry_index', 'blocking_events ORDER BY event_id'].map((from) =>
        db.prepare(`SELECT * FROM ${from}`).all(),
      );
      db.close();
      return found;
    };
    const urlOf = (results: readonly Record<string, unknown>[]) =>
      results.map((event) => ({ ...event, event_url: '' }));
    await collector.close();
    const kept = rows();
    await rebuildCommand(
      { data: folder.path, latest: false },
      { lang: 'en', json: false, debug: false },
      { out: () => {}, err: () => {} },
    );
    expect(rows()).toEqual(kept);
    await start();
    expect(urlOf((await list('/api/v2/blocking')).results)).toEqual(urlOf(before));
    expect((await list('/api/v2/alerts?kind=blocking')).metadata.count).toBe(1);
  });
});

describe('cells over HTTP', () => {
  it('are hours of three and more, days of fewer, and as they were known', async () => {
    for (let who = 0; who < 4; who += 1) await send(who);
    clock += HOUR;
    await send(4);
    const asked = `/api/v2/cells?domain=${DOMAIN}&since=2026-09-01&until=2026-09-02`;
    const { metadata, results } = await list(asked);
    expect(metadata).toMatchObject({
      complete: true,
      since: '2026-09-01T00:00:00Z',
      until: '2026-09-02T00:00:00Z',
    });
    expect(results.filter(({ n }) => n !== null)).toEqual([
      {
        probe_asn: 'AS9198',
        access: 'fixed',
        owner: 'Kazakhtelecom',
        from: '2026-09-01T00:00:00Z',
        to: '2026-09-01T01:00:00Z',
        n: 4,
        outcomes: { interfered: 4 },
        methods: expect.any(Object),
      },
    ]);
    // The fifth is one alone in its hour, and in the country.
    expect(results).toHaveLength(25);
    expect((await list(`${asked}&as_of=2026-08-31`)).results).toEqual([]);
    expect((await list(`${asked}&probe_asn=1`)).results).toEqual([]);
    expect((await list(`/api/v2/cells?domain=${DOMAIN}`)).results).toHaveLength(7 * 24 + 1);
  });

  it('say what is wrong with a question', async () => {
    const paths = async (query: string) => {
      const { status, body } = await get(`/api/v2/cells${query}`);
      const { problems } = body as { readonly problems: readonly { readonly path: string }[] };
      return [status, ...problems.map(({ path }) => path)];
    };
    expect(await paths('')).toEqual([400, 'domain']);
    expect(await paths('?domain=a.example&since=2026-09-02&until=2026-09-01')).toEqual([400, 'since']);
    expect(await paths('?domain=a.example&since=2020-01-01')).toEqual([400, 'since']);
    expect(await paths('?domain=a.example&as_of=now&hour=1')).toEqual([400, 'as_of', 'hour']);
  });
});

describe('silence over HTTP', () => {
  const silence: SilenceEvent = {
    id: 'ab'.repeat(32),
    group: { cc: 'KZ', owner: 'Kazakhtelecom', asn: 9198, access: 'fixed', region: null },
    state: 'silence',
    extent: 'one_network',
    onset: { after: T0, before: T0 + 5 * MINUTE },
    openedAt: T0 + 8 * MINUTE,
    endedAt: null,
    active: 30,
    overdue: 28,
    journals: { members: 1, cut: 1, foreignCut: 0, collectorBlocked: 0, local: 0, fine: 0 },
    parts: [],
    outside: [],
    annotations: [],
    alternatives: [],
    expectedFalse: 0.1,
  };

  it('is shown as it is and as it was announced, without how few have told of it', async () => {
    const ended: SilenceEvent = { ...silence, endedAt: T0 + 3 * HOUR };
    const beats = openBeats({ folder: folder.path });
    beats.putSilence({ event: ended, basis: '{}' });
    beats.close();
    const archive = openArchive({ folder: folder.path });
    const say = (event: SilenceEvent, state: 'opened' | 'ended', at: string) =>
      archive.appendAlert({
        kind: 'silence',
        subject: event.id,
        state,
        at,
        inputs: JSON.stringify({ event }),
        words: '{}',
      });
    say(silence, 'opened', '2026-09-01T00:08:00Z');
    say(ended, 'ended', '2026-09-01T03:00:00Z');
    archive.close();
    const { metadata, results } = await list('/api/v2/silence');
    expect(metadata.count).toBe(1);
    expect(results).toMatchObject([
      { id: silence.id, state: 'silence', ended_at: '2026-09-01T03:00:00Z', explanation: expect.any(Array) },
    ]);
    expect(JSON.stringify(results)).not.toContain('journals');
    expect((await get(`/api/v2/silence/${silence.id}?lang=ru`)).status).toBe(200);
    expect((await list('/api/v2/silence?ongoing=true')).metadata.count).toBe(0);
    const then = await list('/api/v2/silence?ongoing=true&as_of=2026-09-01T01:00:00');
    expect(then.results).toMatchObject([{ id: silence.id, ended_at: null }]);
    expect((await list('/api/v2/silence?as_of=2026-08-31')).metadata.count).toBe(0);
    const one = (time: string) => get(`/api/v2/silence/${silence.id}?as_of=${time}`);
    expect(await one('2026-09-01T02:00:00')).toMatchObject({ status: 200, body: { ended_at: null } });
    expect(await one('2026-08-31')).toMatchObject({ status: 404 });
  });
});
