/** Files of others beside a real collector: read again when they change, shown, and never more than agreeing with a silence. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { explainAlertCommand } from '../../../collector/commands/explain-alert.ts';
import { openOutside } from '../../../collector/outside-files.ts';
import { openOutsideFolder } from '../../../collector/outside/folder.ts';
import { openArchive } from '../../../collector/store/sqlite/archive.ts';
import type { SilenceEvent } from '../../../shared/model/index.ts';
import { temporaryFolder, type TemporaryFolder } from './support.ts';
import {
  heartbeat,
  learnAWeek,
  MINUTE_MS,
  seedOf,
  startWatched,
  testClock,
  type TestClock,
  type WatchedCollector,
} from './watch-support.ts';

let folder: TemporaryFolder;
let outside: string;
let lines: string[];
const notice = (line: string): void => void lines.push(line);
beforeEach(() => {
  folder = temporaryFolder();
  outside = join(folder.path, 'outside');
  mkdirSync(outside);
  lines = [];
});
afterEach(() => folder.remove());

const alerts = (from: number, level = 'critical') => ({
  type: 'outages.alerts',
  data: [
    {
      datasource: 'bgp',
      entity: { type: 'asn', code: '9198', name: 'AS9198 (KAZTELECOM)' },
      time: from / 1000,
      level,
      value: 10,
      historyValue: 1000,
    },
  ],
});
const put = (name: string, content: unknown): void =>
  writeFileSync(join(outside, name), typeof content === 'string' ? content : JSON.stringify(content));
const T0 = Date.UTC(2026, 0, 18, 13);

describe('the folder', () => {
  it('is read again where something changed, and what is gone is forgotten', async () => {
    put('a.json', alerts(T0));
    put('notes.txt', 'not read');
    const opened = await openOutsideFolder(outside, notice);
    const times = () => opened.signals().map(({ from }) => from);
    expect(times()).toEqual([T0]);
    put('b.json', alerts(T0 + 60_000));
    await opened.reread();
    expect(times()).toEqual([T0, T0 + 60_000]);
    put('new', alerts(T0 + 120_000));
    renameSync(join(outside, 'new'), join(outside, 'a.json'));
    await opened.reread();
    expect(times()).toEqual([T0 + 120_000, T0 + 60_000]);
    rmSync(join(outside, 'b.json'));
    await opened.reread();
    expect(times()).toEqual([T0 + 120_000]);
    expect(lines).toEqual([]);
  });

  it('keeps what it knew of a file that turns bad, and says so once', async () => {
    put('a.json', alerts(T0));
    const opened = await openOutsideFolder(outside, notice);
    put('a.json', '{"data": [{"datasource"');
    for (let i = 0; i < 3; i += 1) await opened.reread();
    expect(opened.signals()).toHaveLength(1);
    expect(lines).toEqual(['outside    "a.json": it is no JSON']);
    put('a.json', alerts(T0 + 60_000));
    await opened.reread();
    expect(opened.signals().map(({ from }) => from)).toEqual([T0 + 60_000]);
  });

  it('says in one line each what it can not read: pipes, folders, what is too large', async () => {
    execFileSync('mkfifo', [join(outside, 'pipe.json')]);
    mkdirSync(join(outside, 'sub.json'));
    put('large.json', ' '.repeat(8 * 1024 * 1024 + 1));
    put('good.json', alerts(T0));
    const opened = await openOutsideFolder(outside, notice);
    await opened.reread();
    expect(opened.signals()).toHaveLength(1);
    expect(lines).toEqual([
      'outside    "large.json": it has more than 8388608 bytes',
      'outside    "pipe.json": it is no file',
      'outside    "sub.json": it is no file',
    ]);
  });

  it('takes addresses from sources.csv, whenever they come', async () => {
    put('o.json', alerts(T0));
    const opened = await openOutsideFolder(outside, notice);
    expect(opened.signals()[0]?.url).toMatch(/^https:\/\/ioda/);
    put('sources.csv', 'file,url\no.json,https://api.example/alerts\n');
    await opened.reread();
    expect(opened.signals()[0]?.url).toBe('https://api.example/alerts');
    put('sources.csv', 'file;url\n');
    await opened.reread();
    expect(lines).toEqual(['outside    "sources.csv": line 1: the header must be file,url']);
  });

  it('has to be there at the start; later its absence is a line', async () => {
    await expect(openOutsideFolder(join(folder.path, 'none'), notice)).rejects.toMatchObject({
      code: 'DIR_MISSING',
    });
    put('a.json', alerts(T0));
    const opened = await openOutsideFolder(outside, notice);
    rmSync(outside, { recursive: true });
    await opened.reread();
    await opened.reread();
    expect(opened.signals()).toHaveLength(1);
    expect(lines).toEqual([expect.stringMatching(/^outside {4}ENOENT/)]);
  });

  it('reads so many files and no more', async () => {
    for (let i = 0; i < 205; i += 1) put(`${String(i).padStart(3, '0')}.json`, alerts(T0 + i * 1000));
    const opened = await openOutsideFolder(outside, notice);
    expect(opened.signals()).toHaveLength(200);
    expect(lines).toEqual(['outside    only 200 of 205 files are read']);
  });
});

describe('the calendar', () => {
  it('is read again when it changed, bad rows are named, and a bad file leaves it as it was', async () => {
    const calendar = join(folder.path, 'days.csv');
    const parts = { nowMs: () => T0, notice, onFault: (error: unknown) => lines.push(String(error)) };
    await expect(openOutside({ calendar }, parts)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
    writeFileSync(calendar, 'date,title,source\n2026-03-21,Nauryz,law\n2026-02-31,none,x\n');
    const opened = await openOutside({ calendar }, parts);
    expect(opened.calendar()).toEqual([{ date: '2026-03-21', title: 'Nauryz', source: 'law' }]);
    expect(lines).toEqual(['calendar   line 3: date must be a day as 2026-03-21']);
    writeFileSync(calendar, 'a,b\n');
    utimesSync(calendar, 1, 1);
    await opened.reread();
    expect(opened.calendar()).toHaveLength(1);
    rmSync(calendar);
    await opened.reread();
    await opened.reread();
    expect(lines.slice(1)).toEqual([
      'calendar   line 1: the header must be date,title,source',
      expect.stringMatching(/^calendar {3}ENOENT/),
    ]);
    writeFileSync(calendar, 'date,title,source\n2026-12-16,Independence Day,law\n');
    await opened.reread();
    expect(opened.calendar()).toMatchObject([{ date: '2026-12-16' }]);
    opened.stop();
  });
});

describe('beside a running collector', () => {
  const MEMBERS = Array.from({ length: 10 }, (_, i) => i + 1);
  let clock: TestClock;
  let watched: WatchedCollector | null = null;
  let sequence = 0;
  beforeEach(() => {
    clock = testClock();
    learnAWeek(folder.path, clock.nowMs(), MEMBERS.length);
  });
  afterEach(async () => {
    await watched?.close();
    watched = null;
  });
  const start = async (): Promise<void> => {
    const calendar = join(folder.path, 'days.csv');
    writeFileSync(calendar, 'date,title,source\n2026-11-18,A rally,somebody\n');
    watched = await startWatched(folder.path, clock, { outside: { folder: outside, calendar }, notice });
  };
  const live = async (minutes: number, members: readonly number[]): Promise<void> => {
    for (let minute = 0; minute < minutes; minute += 1) {
      sequence += 1;
      for (const n of members.filter((m) => m % 5 === minute % 5))
        await watched!.send(heartbeat(n, sequence), seedOf(n));
      clock.pass(MINUTE_MS);
      await watched!.collector.countBeats();
    }
  };
  const fetchText = async (path: string): Promise<string> =>
    (await fetch(`${watched!.collector.url}${path}`)).text();
  const events = async (): Promise<readonly (Record<string, unknown> & Pick<SilenceEvent, 'id'>)[]> =>
    (
      JSON.parse(await fetchText('/api/v2/silence')) as {
        results: (Record<string, unknown> & Pick<SilenceEvent, 'id'>)[];
      }
    ).results;
  /** Forty minutes of all, then nobody. */
  const fallSilent = async (): Promise<void> => {
    await live(40, MEMBERS);
    await live(30, []);
  };
  const CUT_MINUTES = 40;
  const cutAt = (): number => clock.nowMs() + CUT_MINUTES * MINUTE_MS;

  it('an outage confirms the silence of its network, in words, on the page, and so that it can be made again', async () => {
    put('ioda.json', alerts(cutAt()));
    await start();
    await fallSilent();
    const [event, ...more] = await events();
    expect(more).toEqual([]);
    expect(event).toMatchObject({ state: 'shutdown_confirmed', outside: ['IODA (bgp)'], ended_at: null });
    expect(JSON.stringify(event?.['annotations'])).toContain('A rally (somebody)');
    for (const lang of ['en', 'ru', 'kk']) {
      const page = await fetchText(`/silence/${event!.id}?lang=${lang}`);
      expect(page).toContain('<a href="https://ioda.inetintel.cc.gatech.edu/asn/9198?');
      expect(page).toContain('critical');
    }
    const then = new Date(clock.nowMs()).toISOString();
    expect(await fetchText(`/silence/${event!.id}?as_of=${then}`)).not.toContain('<a href="https://ioda');
    await watched!.close();
    watched = null;
    const archive = openArchive({ folder: folder.path, mustExist: true });
    const announced = archive.alerts({ kind: 'silence' }, { offset: 0, limit: 10 });
    archive.close();
    expect(announced.map(({ state }) => state).reverse()).toEqual(['opened', 'changed']);
    const io = { out: () => undefined, err: () => undefined };
    const flags = { lang: 'en', json: false, debug: false } as const;
    for (const { id } of announced)
      expect(await explainAlertCommand(String(id), folder.path, flags, io)).toBe(0);
  });

  it('an outage opens nothing while members are heard', async () => {
    put('ioda.json', alerts(clock.nowMs() + 10 * MINUTE_MS));
    await start();
    await live(60, MEMBERS);
    expect(await events()).toEqual([]);
    expect(JSON.parse(await fetchText('/api/v2/alerts'))).toMatchObject({ metadata: { count: 0 } });
  });

  it('a warning, and a network elsewhere, leave a silence what it was, and are shown beside it', async () => {
    put('warning.json', alerts(cutAt(), 'warning'));
    put('radar.json', {
      result: {
        annotations: [
          {
            startDate: new Date(cutAt()).toISOString(),
            locations: ['KG'],
            outage: { outageType: 'NATIONWIDE' },
          },
          {
            startDate: new Date(cutAt()).toISOString(),
            locations: ['KZ'],
            asns: [29555],
            outage: { outageCause: 'UNKNOWN<b>', outageType: 'NETWORK' },
          },
        ],
      },
    });
    await start();
    await fallSilent();
    const [event] = await events();
    expect(event).toMatchObject({ state: 'silence', outside: [] });
    const page = await fetchText(`/silence/${event!.id}`);
    expect(page).toContain('warning');
    expect(page).toContain('AS29555');
    expect(page).toContain('UNKNOWN&lt;b&gt;');
    expect(page).not.toContain('Kyrgyzstan');
  });
});
