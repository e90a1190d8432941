import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { blockingAsOf, createBlockingDetector } from '../../../collector/detect/blocking-events.ts';
import { blockingInputsOf } from '../../../collector/detect/blocking-alert.ts';
import { openArchive } from '../../../collector/store/sqlite/archive.ts';
import { openDerived } from '../../../collector/store/sqlite/derived.ts';
import type { ArchiveStore, DerivedStore } from '../../../collector/store/store.ts';
import type { BlockingEvent, Vote } from '../../../shared/model/index.ts';
import { ASN, NETWORKS } from '../judge/sightings.ts';
import { blockedVote, DAY, HOUR, shuffled, T0, vote } from '../judge/votes.ts';
import { listingOf } from './store-contract.ts';
import type { TemporaryFolder } from './support.ts';
import { temporaryFolder } from './support.ts';

const DOMAIN = 'news.example';
const FIXED = { asn: ASN.fixed, access: 'fixed' } as const;
const OTHER = { asn: ASN.other, access: 'fixed' } as const;
const page = { offset: 0, limit: 100 } as const;

let folder: TemporaryFolder;
let archive: ArchiveStore;
let derived: DerivedStore;
/** What the collector's clock says, milliseconds since 1970. */
let clock: number;
let stored: number;
beforeEach(() => {
  folder = temporaryFolder();
  archive = openArchive({ folder: folder.path });
  derived = openDerived({ folder: folder.path });
  clock = T0;
  stored = 0;
});
afterEach(async () => {
  await derived.close();
  archive.close();
  folder.remove();
});

const detector = () =>
  createBlockingDetector({
    archive,
    derived,
    context: () => ({ id: 'c', networks: NETWORKS }),
    now: () => new Date(clock).toISOString().replace(/\.\d+Z$/, 'Z'),
    monotonicMs: () => 0,
  });
async function put(...votes: readonly Vote[]): Promise<void> {
  for (const of of votes) {
    await derived.put(listingOf(stored), [], { vote: of });
    stored += 1;
    clock = Math.max(clock, of.receivedAt);
  }
}
const run = () => detector().run(Number.POSITIVE_INFINITY);
const events = () => derived.blockingEvents({}, page);
const said = () => [...archive.alerts({}, { offset: 0, limit: 1000 })].reverse().map(({ state }) => state);

/** Ten volunteers, each once a day at an hour of its own, from one day to another; blocked between two of them. */
function days(
  from: number,
  to: number,
  blocked: readonly [number, number],
  network: Vote['network'] = FIXED,
) {
  const votes: Vote[] = [];
  for (let day = from; day < to; day += 1)
    for (let who = 0; who < 10; who += 1) {
      const at = T0 + day * DAY + who * 2 * HOUR;
      const is = at >= T0 + blocked[0] * DAY && at < T0 + blocked[1] * DAY;
      votes.push((is ? blockedVote : vote)({ at, pseudonym: `${network.asn} ${who}`, network }));
    }
  return votes;
}
const NEVER = [1e6, 1e6] as const;

describe('blocking', () => {
  it('is not seen where nobody is blocked, nor when one volunteer’s line fails, nor when a site is down', async () => {
    await put(...days(0, 30, NEVER));
    await put(
      ...Array.from({ length: 30 }, (_, i) => blockedVote({ at: T0 + i * DAY, pseudonym: 'broken' })),
    );
    await put(...days(30, 35, NEVER).map((v): Vote => ({ ...v, outcome: 'down', method: null })));
    await run();
    expect([await events(), said()]).toEqual([[], []]);
  });

  it('is announced when it begins, when another owner joins, and when it is over', async () => {
    await put(...days(0, 10, [7, 100]));
    await run();
    const [opened] = await events();
    expect(opened).toMatchObject({ domain: DOMAIN, state: 'open', basis: 'interfered', owners: ['Alpha'] });
    expect(opened?.onset).toEqual({ after: T0 + 7 * DAY - 6 * HOUR, before: T0 + 7 * DAY });
    expect(said()).toEqual(['opened']);
    await run();
    await put(...days(0, 10, [7, 100], OTHER));
    await run();
    expect((await events()).map(({ id, owners }) => [id, owners])).toEqual([[opened?.id, ['Alpha', 'Beta']]]);
    expect(said()).toEqual(['opened', 'changed']);
    await put(...days(10, 15, NEVER), ...days(10, 15, NEVER, OTHER));
    await run();
    expect(await events()).toMatchObject([{ id: opened?.id, state: 'restored' }]);
    expect(said()).toEqual(['opened', 'changed', 'ended']);
    const [last] = archive.alerts({ kind: 'blocking' }, { offset: 0, limit: 1 });
    expect(blockingInputsOf(last!)).toMatchObject({ domain: DOMAIN, entries: 0, diary: 0, context: 'c' });
    expect(blockingInputsOf(last!).event).toEqual((await events())[0]);
    expect(JSON.parse(last!.words)).toMatchObject({ kk: expect.any(Array), ru: expect.any(Array) });
  });

  it('is taken back when late measurements speak against it', async () => {
    await put(...days(0, 7, NEVER), ...days(7, 8, [7, 8]).slice(0, 3));
    await run();
    expect(said()).toEqual(['opened']);
    // Judged again with the control's diary, the site was down.
    const blocked = await derived.votes({ domain: DOMAIN, since: T0 + 7 * DAY, until: T0 + 8 * DAY }, 10);
    for (const [i, of] of blocked.entries())
      await derived.put(listingOf(stored - blocked.length + i), [], {
        vote: { ...of, outcome: 'down', method: null },
      });
    await run();
    expect([await events(), said()]).toEqual([[], ['opened', 'withdrawn']]);
    await run();
    expect(said()).toEqual(['opened', 'withdrawn']);
  });

  it('is said once, also when it ended between announcing and storing the event', async () => {
    await put(...days(0, 10, [7, 100]));
    const { putBlocking } = derived;
    derived.putBlocking = () => Promise.reject(new Error('the power went'));
    await expect(run()).rejects.toThrow('the power went');
    derived.putBlocking = putBlocking;
    await run();
    expect(said()).toEqual(['opened']);
    expect(await events()).toHaveLength(1);
  });

  it('is the same whatever came first, and when everything is derived again nothing is said again', async () => {
    const votes = [...days(0, 20, [8, 12]), ...days(0, 20, [9, 14], OTHER), ...days(40, 50, [45, 48])].map(
      (v): Vote => ({ ...v, receivedAt: T0 + 60 * DAY }),
    );
    const withoutId = (all: readonly BlockingEvent[]) => all.map(({ id: _id, ...event }) => event);
    let expected: unknown;
    for (let seed = 0; seed < 4; seed += 1) {
      const order = seed === 0 ? votes : shuffled(votes, seed);
      archive.close();
      await derived.close();
      folder.remove();
      folder = temporaryFolder();
      archive = openArchive({ folder: folder.path });
      derived = openDerived({ folder: folder.path });
      stored = 0;
      for (let i = 0; i < order.length; i += 25) {
        await put(...order.slice(i, i + 25));
        await run();
      }
      const live = await events();
      expected ??= withoutId(live);
      expect(live).toHaveLength(2);
      expect(withoutId(live)).toEqual(expected);
      const alerts = said().length;
      await derived.reset();
      stored = 0;
      await put(...order);
      await detector().recheck(true);
      await run();
      expect(await events()).toEqual(live);
      expect(said()).toHaveLength(alerts);
    }
  });

  it('of years keeps its event and its onset, and ends when somebody gets through', async () => {
    const weekly = (from: number, to: number, blocked: readonly [number, number]) =>
      days(from, to, blocked).filter(({ at }) => Math.floor((at - T0) / DAY) % 4 === 0);
    await put(...weekly(0, 60, [40, 1e5]));
    await run();
    const [first] = await events();
    for (let from = 60; from < 700; from += 40) {
      await put(...weekly(from, from + 40, [40, 1e5]));
      await run();
    }
    expect(await events()).toMatchObject([{ id: first?.id, onset: first?.onset, state: 'open' }]);
    expect(said()).toEqual(['opened']);
    const live = await events();
    await detector().recheck(true);
    await run();
    expect(await events()).toEqual(live);
    await put(...weekly(700, 760, NEVER));
    await run();
    expect(await events()).toMatchObject([{ id: first?.id, onset: first?.onset, state: 'restored' }]);
    expect(said()).toEqual(['opened', 'ended']);
    // Long over, and not taken back for being out of sight.
    for (let from = 760; from < 1100; from += 40) {
      await put(...weekly(from, from + 40, NEVER));
      await detector().recheck(true);
      await run();
    }
    expect(await events()).toMatchObject([{ id: first?.id, onset: first?.onset, state: 'restored' }]);
    expect(said()).toEqual(['opened', 'ended']);
  });

  it('is told as it was known at any moment', async () => {
    const late = days(8, 13, [8, 10], OTHER).map((v): Vote => ({ ...v, receivedAt: T0 + 30 * DAY }));
    await put(...days(0, 8, NEVER), ...days(0, 8, NEVER, OTHER));
    for (let day = 8; day < 20; day += 1) {
      await put(...days(day, day + 1, [8, 13]));
      await run();
    }
    await put(...late);
    await run();
    const at = async (day: number) =>
      (await blockingAsOf({ archive, derived }, DOMAIN, NETWORKS, T0 + day * DAY)).map(
        ({ state, owners }) => [state, owners.join()],
      );
    expect(await at(8)).toEqual([]);
    expect(await at(10)).toEqual([['open', 'Alpha']]);
    expect(await at(19)).toEqual([['restored', 'Alpha']]);
    expect(await at(40)).toEqual([['restored', 'Alpha,Beta']]);
    expect((await blockingAsOf({ archive, derived }, DOMAIN, NETWORKS, T0 + 40 * DAY))[0]).toEqual(
      (await events())[0],
    );
    expect(await at(-1)).toEqual([]);
  });
});
