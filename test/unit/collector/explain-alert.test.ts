/** Alerts made again, beside a running collector with a real archive. */
import Database from 'better-sqlite3';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { explainAlertCommand } from '../../../collector/commands/explain-alert.ts';
import { rebuildCommand } from '../../../collector/commands/rebuild.ts';
import { CollectorError } from '../../../collector/errors.ts';
import type { RunningCollector } from '../../../collector/serve.ts';
import type { Alert } from '../../../collector/store/alerts.ts';
import { openArchive } from '../../../collector/store/sqlite/archive.ts';
import type { ArchiveStore } from '../../../collector/store/store.ts';
import { chains } from '../../golden/chains.ts';
import { KNOWS_AUTHORITIES, metDocument, seedOf } from './intercepted.ts';
import {
  controlReply,
  envelopeOf,
  makeMeasurement,
  startTestCollector,
  submitOk,
  temporaryFolder,
  type TemporaryFolder,
} from './support.ts';
import {
  heartbeat,
  learnAWeek,
  MINUTE_MS,
  seedOf as memberSeed,
  startWatched,
  testClock,
} from './watch-support.ts';

const INPUT = 'http://blocked.example/';
const MINUTE = 60_000;
const SOON_MS = 15_000;
/** Volunteers who all meet it in a network of which nothing was known before. */
const ENOUGH = 9;
const FLAGS = { lang: 'en', json: false, debug: false } as const;

let folder: TemporaryFolder;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

async function explain(id: number | string, lang: 'kk' | 'ru' | 'en' = 'en') {
  const lines: string[] = [];
  const io = { out: (line: string) => void lines.push(line), err: (line: string) => void lines.push(line) };
  const exit = await explainAlertCommand(String(id), folder.path, { ...FLAGS, lang }, io);
  return { exit, text: lines.join('\n') };
}

function withArchive<T>(use: (archive: ArchiveStore) => T): T {
  const archive = openArchive({ folder: folder.path, mustExist: true });
  try {
    return use(archive);
  } finally {
    archive.close();
  }
}
const alerts = (kind: Alert['kind']): readonly Alert[] =>
  withArchive((archive) => [...archive.alerts({ kind }, { offset: 0, limit: 100 })].reverse());

/** The same alert once more, with something in its inputs that is not so; its number. */
function tampered(id: number, change: (inputs: Record<string, unknown>) => unknown): number {
  return withArchive((archive) => {
    const { kind, subject, state, at, words, inputs } = archive.alert(id)!;
    const wrong = JSON.stringify(change(JSON.parse(inputs) as Record<string, unknown>));
    // Of its own subject, so that what was said before is the same: nothing.
    return archive.appendAlert({ kind, subject: `${subject} again`, state, at, words, inputs: wrong }).id;
  });
}

async function until<T>(look: () => T, is: (value: T) => boolean): Promise<T> {
  const end = Date.now() + SOON_MS;
  for (;;) {
    const value = look();
    if (is(value) || Date.now() > end) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Every row of every table: looking may not change one. */
function rowsOf(file: string): string {
  const db = new Database(join(folder.path, file), { readonly: true });
  const tables = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().all() as string[];
  const rows = tables.map((table) => db.prepare(`SELECT * FROM "${table}"`).all());
  db.close();
  return JSON.stringify(rows, (_, value: unknown) => (value instanceof Uint8Array ? value.length : value));
}

describe('an alert about an interceptor', () => {
  let collector: RunningCollector;
  beforeEach(async () => {
    collector = await startTestCollector(folder.path, KNOWS_AUTHORITIES);
    const document = metDocument({ chain: chains.knownWhole, who: 1, keys: collector.keys });
    await submitOk(collector.url, envelopeOf(document, seedOf(1)));
  });
  afterEach(() => collector.close());

  it('follows again beside a running collector, which is left as it is', async () => {
    const before = ['archive.db', 'derived.db'].map(rowsOf);
    const { exit, text } = await explain(1);
    expect(text).toMatch(/^alert 1: interception, opened, .*\n {2}Interception of TLS/);
    expect(text).toContain('the same follows');
    expect(exit).toBe(0);
    expect(['archive.db', 'derived.db'].map(rowsOf)).toEqual(before);
    expect((await explain(1, 'kk')).text).toContain('TLS деректерін ұстап қалу');
  });

  it('does not follow from what does not say it', async () => {
    const reason = tampered(1, (inputs) => ({ ...inputs, reason: 'different_owners' }));
    expect(await explain(reason)).toMatchObject({
      exit: 1,
      text: expect.stringContaining('reason: announced "different_owners", now "known_authority"') as string,
    });
    const gone = tampered(1, (inputs) => ({ ...inputs, measurements: ['f'.repeat(64)] }));
    const { exit, text } = await explain(gone);
    expect(exit).toBe(1);
    expect(text).toContain('is no longer in the archive');
  });

  it('is taken back where nobody knows the authority any more, and that follows, too', async () => {
    await collector.close();
    collector = await startTestCollector(folder.path, {
      extraRootsPem: KNOWS_AUTHORITIES.extraRootsPem ?? [],
    });
    await collector.close();
    await rebuildCommand({ data: folder.path, latest: true }, FLAGS, { out: () => {}, err: () => {} });
    expect(alerts('interception').map(({ state }) => state)).toEqual(['opened', 'withdrawn']);
    expect((await explain(1)).exit).toBe(0);
    expect(await explain(2)).toMatchObject({ exit: 0 });
  });

  it('that is not there is said to be unknown', async () => {
    const codeOf = (id: string): Promise<string> =>
      explain(id).then(
        () => 'none',
        (error: unknown) => (error instanceof CollectorError ? error.code : String(error)),
      );
    expect(await Promise.all(['7', 'x', '0', '-1', '9'.repeat(40)].map(codeOf))).toEqual([
      'UNKNOWN_ALERT',
      'USAGE',
      'USAGE',
      'USAGE',
      'USAGE',
    ]);
  });
});

describe('alerts about a blocked site', () => {
  let collector: RunningCollector;
  let clock = 0;
  beforeEach(async () => {
    clock = Date.UTC(2026, 8, 1);
    collector = await startTestCollector(folder.path, { nowMs: () => clock });
  });
  afterEach(() => collector.close());

  const seed = (who: number): Uint8Array => new Uint8Array(32).fill(100 + who);
  async function block(from: number, to: number, asn = 'AS9198'): Promise<void> {
    for (let who = from; who < to; who += 1) {
      const { control, signed } = controlReply(INPUT, collector.keys, clock);
      const document = makeMeasurement({
        input: INPUT,
        seed: seed(who),
        at: clock,
        asn,
        control,
        signed,
        fields: { resolver_asn: asn },
      });
      await submitOk(collector.url, envelopeOf(document, seed(who)));
      clock += 20 * MINUTE;
    }
  }

  it('follow again, each from what was there then, whatever came later', async () => {
    await block(0, ENOUGH);
    expect(
      await until(
        () => alerts('blocking'),
        (list) => list.length > 0,
      ),
    ).toHaveLength(1);
    const first = await explain(1);
    expect(first.text).toContain('the same follows');
    expect(first.exit).toBe(0);
    await block(ENOUGH, ENOUGH + 3);
    await block(20, 20 + ENOUGH, 'AS41798');
    const said = await until(
      () => alerts('blocking'),
      (list) => list.length > 1,
    );
    expect(said.map(({ state }) => state)).toEqual(['opened', 'changed']);
    for (const { id } of said) expect(await explain(id)).toMatchObject({ exit: 0 });
  });

  it('do not follow from fewer measurements, nor with another onset', async () => {
    await block(0, ENOUGH);
    await until(
      () => alerts('blocking'),
      (list) => list.length > 0,
    );
    const fewer = tampered(1, (inputs) => ({ ...inputs, entries: 1 }));
    expect(await explain(fewer)).toMatchObject({
      exit: 1,
      text: expect.stringContaining('state: announced opened, now nothing to say') as string,
    });
    const moved = tampered(1, (inputs) => ({
      ...inputs,
      event: { ...(inputs['event'] as object), onset: { after: null, before: 5 } },
    }));
    expect(await explain(moved)).toMatchObject({
      exit: 1,
      text: expect.stringContaining('onset.before: announced 5, now') as string,
    });
  });
});

describe('alerts about a silence', () => {
  const MEMBERS = Array.from({ length: 10 }, (_, i) => i + 1);

  it('follow again from the counts that they have, its end as well', async () => {
    const clock = testClock();
    learnAWeek(folder.path, clock.nowMs(), MEMBERS.length);
    const watched = await startWatched(folder.path, clock);
    let sequence = 0;
    const live = async (minutes: number, members: readonly number[]): Promise<void> => {
      for (let minute = 0; minute < minutes; minute += 1) {
        sequence += 1;
        for (const n of members.filter((m) => m % 5 === minute % 5))
          expect((await watched.send(heartbeat(n, sequence), memberSeed(n))).status).toBe(200);
        clock.pass(MINUTE_MS);
        await watched.collector.countBeats();
      }
    };
    try {
      await live(90, MEMBERS);
      await live(30, []);
      expect(alerts('silence').map(({ state }) => state)).toContain('opened');
      await live(60, MEMBERS);
      const said = alerts('silence');
      expect(said.map(({ state }) => state)).toContain('ended');
      for (const { id } of said) expect(await explain(id)).toMatchObject({ exit: 0 });
      const other = tampered(said[0]!.id, (inputs) => ({
        ...inputs,
        event: { ...(inputs['event'] as object), state: 'shutdown_confirmed' },
      }));
      expect(await explain(other)).toMatchObject({
        exit: 1,
        text: expect.stringContaining('announced "shutdown_confirmed", now "silence"') as string,
      });
    } finally {
      await watched.close();
    }
  }, 60_000);
});
