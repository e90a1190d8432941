/** `kuager watch` and the real collector: heartbeats, an outage, its journal, goodbye. The probe's waits pass sixty times as fast. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import {
  createServer as createHttpServer,
  request as httpRequest,
  type Server as HttpServer,
} from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { inflateRawSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunningCollector } from '../../collector/serve.ts';
import { consentCommand } from '../../probe/commands/consent.ts';
import { runCommand } from '../../probe/commands/run.ts';
import type { RunProgram, World } from '../../probe/commands/world.ts';
import { watchCommand } from '../../probe/commands/watch.ts';
import type { WatchFlags } from '../../probe/commands/watch-options.ts';
import { createNet } from '../../probe/net/create-net.ts';
import { createHttpOpener } from '../../probe/net/http-opener.ts';
import { openIdentities } from '../../probe/report/identity.ts';
import { openSpool } from '../../probe/report/spool.ts';
import { openWatchState } from '../../probe/commands/watch-state.ts';
import type { OutageJournal } from '../../shared/model/index.ts';
import { GROUP_GAP_MS } from '../../probe/report/upload.ts';
import { startTestCollector, temporaryFolder, type TemporaryFolder } from '../unit/collector/support.ts';

/** Seconds of the probe in one of ours. */
const FAST = 60;
let folder: TemporaryFolder;
let collector: RunningCollector;
let port: number;
let anchor: Server;
let stop: AbortController;
let out: string[];
let err: string[];
let interfaces: ReturnType<World['interfaces']>;

async function startCollector(): Promise<void> {
  collector = await startTestCollector(join(folder.path, 'data'), { listen: { host: '127.0.0.1', port } });
  port = Number(new URL(collector.url).port);
}

beforeEach(async () => {
  folder = temporaryFolder();
  [out, err, stop, port] = [[], [], new AbortController(), 0];
  interfaces = { wlan0: [{ address: '10.1.2.3' }] };
  await startCollector();
  anchor = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  await once(anchor, 'listening');
  await writeFile(
    join(folder.path, 'anchors.csv'),
    `kind,name,host,port,source\ndomestic,here,127.0.0.1,${(anchor.address() as AddressInfo).port},test\nforeign,there,127.0.0.1,1,test\n`,
  );
});
afterEach(async () => {
  stop.abort();
  anchor.close();
  await collector.close();
  folder.remove();
});

function world(more: Partial<World> = {}): World {
  const began = Date.now();
  const passed = (): number => (Date.now() - began) * FAST;
  return {
    now: () => began + passed(),
    random: (n) => new Uint8Array(randomBytes(n)),
    createNet,
    createHttpOpener,
    interfaces: () => interfaces,
    routeAddress: () => Promise.resolve(null),
    system: { uptime: () => passed() / 1000, bootId: 'boot', text: () => null },
    stateFolder: join(folder.path, 'probe'),
    only: '127.0.0.0/8,::1/128',
    lab: {
      lookup: () => Promise.resolve({ addresses: ['127.0.0.1'] }),
      mapTcp: (endpoint) => endpoint,
      mapUdp: (endpoint) => endpoint,
      clock: {
        now: passed,
        wait: (ms, signal) =>
          wait(ms / FAST, true, signal === undefined ? {} : { signal }).catch(() => false),
      },
    },
    locale: 'C',
    out: (line) => void out.push(line),
    err: (line) => void err.push(line),
    terminal: { interactive: false, color: false, columns: 80 },
    ask: () => Promise.resolve(null),
    stop: stop.signal,
    ...more,
  };
}

/** Keys are random all the same; of a span of time it is the first quarter's end. */
const quarterFractions: Partial<World> = {
  random: (n) => (n === 4 ? Uint8Array.of(0x40, 0, 0, 0) : new Uint8Array(randomBytes(n))),
};

/** The collector, with a clock that is so many minutes ahead. */
async function aheadOf(collectorPort: number, minutes: number): Promise<HttpServer> {
  const server = createHttpServer((request, response) => {
    const { method, url, headers } = request;
    const onward = httpRequest(
      { host: '127.0.0.1', port: collectorPort, method, path: url, headers },
      (answer) => {
        const date = new Date(Date.now() + minutes * 60_000).toUTCString();
        response.writeHead(answer.statusCode ?? 502, { ...answer.headers, date });
        answer.pipe(response);
      },
    );
    onward.once('error', () => response.destroy());
    request.pipe(onward);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

const flags = (more: Partial<WatchFlags> = {}): WatchFlags => ({
  collector: `http://127.0.0.1:${port}`,
  anchors: join(folder.path, 'anchors.csv'),
  period: '60',
  cc: 'KZ',
  asn: 'AS9198',
  yes: true,
  json: true,
  doh: 'off',
  resolver: ['127.0.0.1:1'],
  ...more,
});
const events = (name: string): Record<string, unknown>[] =>
  out.map((line) => JSON.parse(line) as Record<string, unknown>).filter((event) => event['event'] === name);
const heard = (): number => events('heartbeat').filter((e) => e['heard'] === true).length;

async function until(what: () => boolean): Promise<void> {
  for (let i = 0; i < 400 && !what(); i++) await wait(50);
  if (!what()) throw new Error(`it did not come to that: ${out.join('\n')} ${err.join('\n')}`);
}
const openProbeSpool = () =>
  openSpool({
    folder: join(folder.path, 'probe', 'spool'),
    random: (n) => new Uint8Array(randomBytes(n)),
    warn: () => undefined,
  });

describe('kuager watch', () => {
  it('is heard, keeps an outage, hands its journal over and says goodbye', async () => {
    const watching = watchCommand(flags(), world());
    await until(() => heard() >= 3);
    await collector.close();
    await until(() => events('look').length >= 3);
    expect(events('look')[0]).toMatchObject({ domestic: 'up', foreign: 'down', collector: 'down' });
    expect(events('outage_began')).toHaveLength(1);
    await startCollector();
    await until(() => events('outage_over').length === 1);
    const before = heard();
    await until(() => heard() > before);
    stop.abort();
    expect(await watching).toBe(0);
    expect(events('stopped')).toEqual([{ event: 'stopped', told: true }]);
    // It left the spool by the collector's receipt, and nothing of it stays here.
    expect(await (await openProbeSpool()).counts()).toMatchObject({ pending: 0, refused: 0, receipts: 1 });
    await expect(readFile(join(folder.path, 'probe', 'watch', 'journal.jsonl'))).rejects.toThrow();
  }, 60_000);

  it('goes on with a journal that was begun before it was killed', async () => {
    await collector.close();
    const first = new AbortController();
    const one = watchCommand(flags(), world({ stop: first.signal }));
    await until(() => events('look').length >= 2);
    first.abort();
    await one;
    const kept = await readFile(join(folder.path, 'probe', 'watch', 'journal.jsonl'), 'utf8');
    expect(kept).toContain('"begin"');
    await startCollector();
    out = [];
    const two = watchCommand(flags(), world());
    await until(() => events('outage_over').length === 1);
    expect(events('outage_over')[0]!['looks']).toBeGreaterThanOrEqual(2);
    await until(() => heard() >= 2);
    stop.abort();
    await two;
    expect((await (await openProbeSpool()).counts()).receipts).toBe(1);
  }, 60_000);

  it('keeps ten minutes between two networks, and says goodbye under no key that stood elsewhere', async () => {
    const probe = world(quarterFractions);
    const watching = watchCommand(flags({ asn: 'AS0', cc: 'KZ' }), probe);
    await until(() => heard() >= 2);
    // Another network spoke just now: an upload of something measured there.
    const spool = await openProbeSpool();
    const { group } = await (
      await openIdentities(join(folder.path, 'probe', 'identity'))
    ).keyFor({ cc: 'KZ', asn: 'AS206026', now: probe.now() });
    const at = probe.now();
    await spool.setWindow({ group, at });
    const before = heard();
    await until(() => heard() > before);
    // And a quarter more: exactly ten would tell that both keys are one device's.
    expect(probe.now() - at).toBeGreaterThanOrEqual(1.25 * GROUP_GAP_MS);
    stop.abort();
    await watching;
  }, 60_000);

  it.each([
    ['AS9198', true],
    ['AS206026', false],
  ])(
    'tells under the key of %s what the collector said of the time to that key: %s',
    async (asn, told) => {
      const probe = world(quarterFractions);
      const state = await openWatchState(probe.stateFolder);
      const line = { cc: 'KZ', asn, access: 'unknown', region: null } as const;
      const reach = {
        gateway: 'up',
        domestic: 'down',
        foreign: 'down',
        dns: 'down',
        collector: 'down',
      } as const;
      await state.beginJournal({ line, at: probe.now() });
      await state.keepLook({ wall: probe.now(), uptime: 0, boot: 'boot', reach });
      // A collector with a time of its own for whoever asks.
      const ahead = await aheadOf(port, 1000);
      const watching = watchCommand(
        flags({ collector: `http://127.0.0.1:${(ahead.address() as AddressInfo).port}` }),
        probe,
      );
      const spool = await openProbeSpool();
      for (let i = 0; i < 400 && (await spool.counts()).receipts === 0; i++) await wait(50);
      expect((await spool.counts()).receipts).toBe(1);
      stop.abort();
      await watching;
      ahead.closeAllConnections();
      ahead.close();
      const db = new Database(join(folder.path, 'data', 'beats.db'), { readonly: true });
      const rows = db.prepare('SELECT journal FROM journals').all() as { journal: Uint8Array }[];
      db.close();
      const journals = rows.map(
        (row) => JSON.parse(inflateRawSync(row.journal).toString('utf8')) as OutageJournal,
      );
      expect(journals).toMatchObject([{ asn }]);
      if (told) expect(journals[0]!.clock_offset_minutes).toBeLessThan(-900);
      else expect(journals[0]!.clock_offset_minutes).toBeNull();
    },
    60_000,
  );

  it('runs once only, and not without a yes to going on unattended', async () => {
    const watching = watchCommand(flags(), world());
    await until(() => heard() >= 1);
    const terminal = { interactive: true, color: false, columns: 80 };
    await expect(watchCommand(flags(), world({ terminal }))).rejects.toMatchObject({
      code: 'ALREADY_WATCHING',
    });
    stop.abort();
    await watching;
    const asked = world({ stateFolder: join(folder.path, 'other') });
    await expect(watchCommand(flags({ yes: false }), asked)).rejects.toMatchObject({
      code: 'CONSENT_NEEDED',
    });
    consentCommand({ lang: 'en' }, asked);
    expect(out.join('\n')).toContain('Before it watches unattended');
  }, 60_000);

  it('measures a slice of the list in a run of its own, within the budget, and books what it took', async () => {
    const site = createServer((socket) =>
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi'),
    ).listen(0, '127.0.0.1');
    await once(site, 'listening');
    const url = `http://127.0.0.1:${(site.address() as AddressInfo).port}/`;
    const args: (readonly string[])[] = [];
    const runProgram: RunProgram = async (given, on) => {
      args.push(given);
      const value = (flag: string) => given[given.indexOf(flag) + 1]!;
      return runCommand(
        flags({
          url: [url, `${url}2`],
          publish: true,
          rotate: value('--rotate'),
          maxBytes: value('--max-bytes'),
        }),
        { ...world(), out: on.out, err: on.err },
      );
    };
    const watching = watchCommand(
      flags({ url: [url], every: '10', budgetMb: '3000' }),
      world({ runProgram }),
    );
    await until(() => events('run_ended').length >= 1);
    stop.abort();
    await watching;
    site.close();
    expect(args[0]).toEqual(expect.arrayContaining(['run', '--json', `--url=${url}`, '--asn=AS9198']));
    expect(Number(args[0]![args[0]!.indexOf('--max-bytes') + 1])).toBeLessThanOrEqual(3000e6);
    expect(events('run_ended')[0]).toMatchObject({ measured: 2, status: 0 });
    const month = new Date().toISOString().slice(0, 7);
    const booked = await readFile(join(folder.path, 'probe', 'usage', `${month}.jsonl`), 'utf8');
    expect(booked).toMatch(/"what":"run","bytes":[1-9]\d*,"targets":2/);
    expect(booked).toMatch(/"what":"watch","bytes":[1-9]/);
  }, 60_000);
});
