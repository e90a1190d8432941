/** Heartbeats and journals through a real server and a real database, the minutes turned by hand. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { decodeEnvelope, PAYLOAD_TYPES, verifyEnvelope } from '../../../shared/codec/dsse.ts';
import { openReply } from '../../../shared/codec/sealed-reply.ts';
import { fromUtf8 } from '../../../shared/codec/base64.ts';
import type { Heartbeat, OutageJournal, SilenceEvent } from '../../../shared/model/index.ts';
import { LONG_WAIT_S } from '../../../collector/web/long-waits.ts';
import { openArchive } from '../../../collector/store/sqlite/archive.ts';
import { openBeats } from '../../../collector/store/sqlite/beats.ts';
import { submit, temporaryFolder } from './support.ts';
import type { TemporaryFolder } from './support.ts';
import {
  heartbeat,
  journal,
  keyOf,
  learnAWeek,
  MINUTE_MS,
  sealNote,
  seedOf,
  signNote,
  span,
  startWatched,
  testClock,
} from './watch-support.ts';
import type { TestClock, WatchedCollector } from './watch-support.ts';

const REPLY_KEY = new Uint8Array(32).fill(9);
const HOUR = 60;
const DAY_MS = 24 * HOUR * MINUTE_MS;

let folder: TemporaryFolder;
let watched: WatchedCollector | null = null;
const closing: (() => Promise<void> | void)[] = [];

async function start(
  clock: TestClock,
  more: Parameters<typeof startWatched>[2] = {},
): Promise<WatchedCollector> {
  watched = await startWatched(folder.path, clock, more);
  return watched;
}
async function stop(): Promise<void> {
  await watched?.close();
  watched = null;
}
afterEach(async () => {
  await stop();
  for (const close of closing.splice(0)) await close();
  folder.remove();
});
const fresh = (): TestClock => {
  folder = temporaryFolder();
  const clock = testClock();
  learnAWeek(folder.path, clock.nowMs(), MEMBERS.length);
  return clock;
};

let sequence = 0;
/** Every fifth minute of each of them, spread over the five. */
async function live(clock: TestClock, minutes: number, members: readonly number[]): Promise<void> {
  for (let minute = 0; minute < minutes; minute += 1) {
    sequence += 1;
    for (const n of members.filter((m) => m % 5 === minute % 5)) {
      const response = await watched!.send(heartbeat(n, sequence), seedOf(n));
      expect(response.status).toBe(200);
    }
    clock.pass(MINUTE_MS);
    await watched!.collector.countBeats();
  }
}
const MEMBERS = Array.from({ length: 10 }, (_, i) => i + 1);

async function known<T>(read: (store: ReturnType<typeof openBeats>) => T | Promise<T>): Promise<T> {
  const store = openBeats({ folder: folder.path, mustExist: true });
  try {
    return await read(store);
  } finally {
    store.close();
  }
}
const events = (): Promise<readonly SilenceEvent[]> =>
  known((store) => store.silenceEvents({}, { offset: 0, limit: 100 }));
function alerts(): readonly { state: string; event: SilenceEvent; words: Record<string, string[]> }[] {
  const archive = openArchive({ folder: folder.path, mustExist: true });
  try {
    return archive
      .alerts({ kind: 'silence' }, { offset: 0, limit: 100 })
      .map(({ state, inputs, words }) => ({
        state,
        event: (JSON.parse(inputs) as { event: SilenceEvent }).event,
        words: JSON.parse(words) as Record<string, string[]>,
      }))
      .reverse();
  } finally {
    archive.close();
  }
}
/** Minutes until an event is open; null: not within so many. */
async function untilOpen(
  clock: TestClock,
  most: number,
  members: readonly number[] = [],
): Promise<number | null> {
  for (let minute = 1; minute <= most; minute += 1) {
    await live(clock, 1, members);
    if ((await events()).some(({ endedAt }) => endedAt === null)) return minute;
  }
  return null;
}
const cutJournal = (n: number, from: number, to: number, more: Partial<OutageJournal> = {}): OutageJournal =>
  journal(
    n,
    to,
    [
      span(from - 10 * MINUTE_MS, from - MINUTE_MS, to, {}),
      span(from, to - MINUTE_MS, to, { domestic: 'down', foreign: 'down', dns: 'down', collector: 'down' }),
      span(to - MINUTE_MS, to, to, {}),
    ],
    more,
  );

describe('what is handed in', () => {
  it('answers a sealed heartbeat with a sealed receipt that names it, and archives nothing', async () => {
    const clock = fresh();
    const { collector, send } = await start(clock);
    const response = await send(heartbeat(1, 1), seedOf(1));
    expect(response.status).toBe(200);
    // The connection may wait for the next one; others may not.
    expect(response.headers.get('keep-alive')).toBe(`timeout=${LONG_WAIT_S}`);
    expect((await fetch(collector.url)).headers.get('keep-alive')).toMatch(/^timeout=10\b/);
    const body = (await response.json()) as Record<string, string>;
    expect(Object.keys(body)).toEqual(['sealed_receipt']);
    const text = openReply(body['sealed_receipt']!, REPLY_KEY);
    const decoded = decodeEnvelope(text!, PAYLOAD_TYPES.receipt);
    if ('error' in decoded) throw new Error(decoded.error);
    expect(verifyEnvelope(decoded.ok, collector.keys.collector.publicKey)).toBe(true);
    const said = JSON.parse(fromUtf8(decoded.ok.payload)!) as Record<string, string>;
    expect(said).toEqual({
      note_id: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      received_at: '2026-11-18T07:00:00Z',
    });
    await stop();
    const archive = openArchive({ folder: folder.path, mustExist: true });
    expect(archive.size()).toBe(0);
    archive.close();
    expect(await known((store) => store.members().map(({ pseudonym }) => pseudonym))).toEqual([keyOf(1)]);
  });

  it('refuses notes in the clear, without a reply key, with another key, with bad fields', async () => {
    const { collector, send } = await start(fresh());
    const detail = async (response: Response): Promise<string> => {
      const { type, detail: said } = (await response.json()) as { type: string; detail: string };
      return `${response.status} ${type} ${said}`;
    };
    const clear = await submit(collector.url, signNote(heartbeat(1, 1), seedOf(1)));
    expect(await detail(clear)).toMatch(/^400 \/problems\/envelope-invalid .*sealed only/);
    const bare = sealNote(collector.keys.hpke.publicKey, signNote(heartbeat(1, 1), seedOf(1)), null);
    const sealed = { 'content-type': 'application/vnd.kuager.sealed' };
    expect(await detail(await submit(collector.url, bare, sealed))).toMatch(/envelope-invalid .*reply_key/);
    expect(await detail(await send(heartbeat(1, 1), seedOf(2)))).toMatch(/signature-invalid/);
    const wrong = { ...heartbeat(1, 1), period_s: 5, secret: 'x' } as Heartbeat;
    const problem = await send(wrong, seedOf(1));
    const { problems } = (await problem.json()) as { problems: { path: string }[] };
    expect(problems.length).toBeGreaterThanOrEqual(2);
    const future = journal(1, Date.parse('2031-01-01T00:00:00Z'), [
      span(
        Date.parse('2030-12-31T00:00:00Z'),
        Date.parse('2031-01-01T00:00:00Z'),
        Date.parse('2031-01-01T00:00:00Z'),
        {},
      ),
    ]);
    expect(await detail(await send(future, seedOf(1)))).toMatch(/clock-implausible/);
  });

  it('keeps the database from others', async () => {
    await start(fresh());
    for (const suffix of ['', '-wal', '-shm'])
      expect(statSync(join(folder.path, `beats.db${suffix}`)).mode & 0o777).toBe(0o600);
  });

  it('gives the same journal the same receipt time, and keeps it once', async () => {
    const clock = fresh();
    const { send } = await start(clock);
    const note = cutJournal(1, clock.nowMs() - HOUR * MINUTE_MS, clock.nowMs());
    const first = (await (await send(note, seedOf(1))).json()) as { sealed_receipt: string };
    clock.pass(30 * MINUTE_MS);
    const second = (await (await send(note, seedOf(1))).json()) as { sealed_receipt: string };
    const receipts = [first, second].map(({ sealed_receipt: text }) => openReply(text, REPLY_KEY));
    expect(receipts[0]).toBe(receipts[1]);
    expect(await known((store) => store.journalCount())).toBe(1);
  });
});

describe('a silence', () => {
  it('opens within minutes, is confirmed by journals when it is over, and says each once', async () => {
    const clock = fresh();
    const { send } = await start(clock);
    await live(clock, 45, MEMBERS);
    expect(await events()).toEqual([]);
    const cutAt = clock.nowMs();
    const minutes = await untilOpen(clock, 20);
    expect(minutes).not.toBeNull();
    const [open] = await events();
    expect(open).toMatchObject({ state: 'silence', extent: 'one_network', endedAt: null, active: 10 });
    expect(open!.onset.after).toBeLessThanOrEqual(cutAt);
    expect(open!.onset.before).toBeGreaterThanOrEqual(cutAt);
    expect(alerts().map(({ state }) => state)).toEqual(['opened']);
    expect(alerts()[0]?.words['en']?.[0]).toMatch(/stopped hearing/);

    await live(clock, 3 * HOUR, []);
    expect((await events()).map(({ endedAt }) => endedAt)).toEqual([null]);
    const backAt = clock.nowMs();
    for (const n of [1, 2, 3, 4]) await send(cutJournal(n, cutAt, backAt), seedOf(n));
    await live(clock, HOUR, MEMBERS);
    const [over] = await events();
    expect(over?.id).toBe(open?.id);
    expect(over?.state).toBe('shutdown_confirmed');
    expect(over?.journals).toMatchObject({ members: 4, cut: 4 });
    expect(over?.endedAt).toBeGreaterThanOrEqual(backAt);
    expect(Math.abs(over!.onset.before - cutAt)).toBeLessThanOrEqual(2 * MINUTE_MS);
    const states = alerts().map(({ state }) => state);
    expect(states[0]).toBe('opened');
    expect(states.at(-1)).toBe('ended');
    expect(states.length).toBeLessThanOrEqual(4);
  });

  it('is withdrawn when members say that everything was fine', async () => {
    const clock = fresh();
    const { send } = await start(clock);
    await live(clock, 40, MEMBERS);
    const quietAt = clock.nowMs();
    await untilOpen(clock, 20);
    const sealed = clock.nowMs();
    for (const n of [1, 2, 3, 4]) {
      const fine = journal(n, sealed, [span(quietAt - 20 * MINUTE_MS, sealed, sealed, {})]);
      await send(fine, seedOf(n));
    }
    await live(clock, 2, []);
    expect((await events())[0]?.state).toBe('withdrawn');
    expect(alerts().map(({ state }) => state)).toEqual(['opened', 'withdrawn']);
    // Still nobody is heard: that is not said once more.
    await live(clock, 30, []);
    expect(alerts()).toHaveLength(2);
  });

  it('stays a silence where journals contradict each other, and where strangers write them', async () => {
    const clock = fresh();
    const { send } = await start(clock);
    await live(clock, 40, MEMBERS);
    const cutAt = clock.nowMs();
    await untilOpen(clock, 20);
    await live(clock, 15, []);
    const sealed = clock.nowMs();
    for (const n of [1, 2, 3]) await send(cutJournal(n, cutAt, sealed), seedOf(n));
    for (const n of [4, 5, 6]) {
      const off = [
        span(cutAt - 10 * MINUTE_MS, cutAt, sealed, {}),
        span(cutAt, sealed, sealed, {
          gateway: 'down',
          domestic: 'down',
          foreign: 'down',
          dns: 'down',
          collector: 'down',
        }),
      ];
      await send(journal(n, sealed, off), seedOf(n));
    }
    for (let n = 100; n < 110; n += 1) await send(cutJournal(n, cutAt, sealed), seedOf(n));
    await live(clock, 2, []);
    const [event] = await events();
    expect(event).toMatchObject({ state: 'silence', journals: { cut: 3, local: 3 } });
    expect(event?.journals.members).toBe(6);
  });

  it('goes on through a restart in its middle', async () => {
    const clock = fresh();
    await start(clock);
    await live(clock, 45, MEMBERS);
    await untilOpen(clock, 20);
    await stop();
    clock.pass(15 * MINUTE_MS);
    await start(clock);
    await live(clock, 60, []);
    expect(await events()).toMatchObject([{ endedAt: null }]);
    expect(alerts().map(({ state }) => state)).toEqual(['opened']);
    await live(clock, 40, MEMBERS);
    expect((await events())[0]?.endedAt).not.toBeNull();
    expect(alerts().map(({ state }) => state)).toEqual(['opened', 'ended']);
  });

  it('is none when the collector was away, however long', async () => {
    const clock = fresh();
    for (const away of [5, 30, 180]) {
      await start(clock);
      await live(clock, 30, MEMBERS);
      await stop();
      clock.pass(away * MINUTE_MS);
    }
    await start(clock);
    await live(clock, 60, MEMBERS);
    expect(await events()).toEqual([]);
  });

  it('is none when the clock of the collector is set', async () => {
    const clock = fresh();
    await start(clock);
    for (const step of [-180, 240, -1, 1, -60]) {
      await live(clock, 20, MEMBERS);
      clock.set(step * MINUTE_MS);
    }
    await live(clock, 30, MEMBERS);
    expect(await events()).toEqual([]);
  });

  it('is not announced while the own line is down, and is where an anchor answers', async () => {
    const clock = fresh();
    const server = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    closing.push(() => void server.close());
    const closedPort = await new Promise<number>((resolve) => {
      const other = createServer().listen(0, '127.0.0.1', () => {
        const found = (other.address() as AddressInfo).port;
        other.close(() => resolve(found));
      });
    });
    await start(clock, { ownAnchors: [{ host: '127.0.0.1', port: closedPort }] });
    await live(clock, 40, MEMBERS);
    expect(await untilOpen(clock, 25)).toBeNull();
    await stop();
    await start(clock, {
      ownAnchors: [
        { host: '127.0.0.1', port: closedPort },
        { host: '127.0.0.1', port },
      ],
    });
    await live(clock, 40, MEMBERS);
    expect(await untilOpen(clock, 20)).not.toBeNull();
  });

  it('of recorded heartbeats that are sent again is not hidden', async () => {
    const clock = fresh();
    const { collector } = await start(clock);
    await live(clock, 40, MEMBERS);
    const recorded = MEMBERS.map((n) =>
      sealNote(collector.keys.hpke.publicKey, signNote(heartbeat(n, sequence + 1), seedOf(n))),
    );
    const replay = async (): Promise<void> => {
      for (const body of recorded) {
        const sealed = { 'content-type': 'application/vnd.kuager.sealed' };
        expect((await submit(collector.url, body, sealed)).status).toBe(200);
      }
    };
    await replay();
    let opened = false;
    for (let minute = 0; minute < 25 && !opened; minute += 1) {
      await live(clock, 1, []);
      await replay();
      opened = (await events()).length > 0;
    }
    expect(opened).toBe(true);
  });
});

describe('what is forgotten', () => {
  it('has nothing of members and journals after 14 days, and keeps the counts', async () => {
    const clock = fresh();
    const { send } = await start(clock);
    await live(clock, 40, MEMBERS);
    await send(cutJournal(1, clock.nowMs() - HOUR * MINUTE_MS, clock.nowMs()), seedOf(1));
    await stop();
    clock.pass(15 * DAY_MS);
    await start(clock);
    await stop();
    await known((store) => {
      expect(store.members()).toEqual([]);
      expect(store.journalCount()).toBe(0);
    });
    for (const file of readdirSync(folder.path).filter((name) => name.startsWith('beats.db'))) {
      const bytes = readFileSync(join(folder.path, file));
      for (const n of MEMBERS) expect(bytes.includes(keyOf(n))).toBe(false);
    }
    const hour =
      Math.floor((clock.nowMs() - 15 * DAY_MS - 20 * MINUTE_MS) / (HOUR * MINUTE_MS)) * HOUR * MINUTE_MS;
    const kept = await known((store) => store.groupsIn(hour).length);
    expect(kept).toBeGreaterThan(0);
  });
});
