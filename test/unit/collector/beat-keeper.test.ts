/** The keeper of heartbeats under a flood, over a real database: who was there before loses nothing. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createBeatKeeper, LEAST_KEPT, type BeatKeeper } from '../../../collector/beats/keeper.ts';
import { ESTABLISHED_AFTER_MS } from '../../../collector/beats/members.ts';
import type { BeatStore } from '../../../collector/store/beats.ts';
import { openBeats } from '../../../collector/store/sqlite/beats.ts';
import type { LineOfMember } from '../../../shared/model/index.ts';
import { temporaryFolder, type TemporaryFolder } from './support.ts';
import {
  heartbeat,
  journal,
  keyOf,
  LINE,
  MINUTE_MS,
  span,
  testClock,
  type TestClock,
} from './watch-support.ts';

const MAX_JOURNALS = 100;
const MAX_GROUPS = 40;
let folder: TemporaryFolder;
let store: BeatStore;
let clock: TestClock;
let keeper: BeatKeeper;
let sequence: number;

beforeEach(() => {
  folder = temporaryFolder();
  store = openBeats({ folder: folder.path });
  clock = testClock();
  sequence = 0;
  keeper = open();
});
afterEach(async () => {
  await keeper.close();
  store.close();
  folder.remove();
});
const open = (): BeatKeeper =>
  createBeatKeeper({
    store,
    nowMs: clock.nowMs,
    monotonicMs: clock.monotonicMs,
    ownerOf: () => null,
    silentSince: () => null,
    onMinute: () => Promise.resolve(),
    onJournal: () => undefined,
    onFault: (error) => {
      throw error;
    },
    maxJournals: MAX_JOURNALS,
    maxGroupsEver: MAX_GROUPS,
  });

const beat = (n: number, line: Partial<LineOfMember> = {}): void => {
  sequence += 1;
  keeper.take('', heartbeat(n, sequence, line));
};
let notes = 0;
const outage = (n: number): string => {
  const to = clock.nowMs();
  notes += 1;
  const spans = [span(to - 10 * MINUTE_MS, to, to, { collector: 'down' })];
  return keeper.take(`note-${notes}`, journal(n, to, spans));
};
const codeOf = (work: () => unknown): string | null => {
  try {
    work();
    return null;
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('a flood of journals', () => {
  it('leaves room for keys that have been there for a day, whatever keys are made up for it', () => {
    beat(1);
    clock.pass(ESTABLISHED_AFTER_MS);
    beat(1);
    // Keys that nobody has heard, and keys that were made up a moment ago.
    for (let n = 100; n < 150; n += 1) {
      beat(n);
      outage(n);
    }
    expect(store.journalCount()).toBe(MAX_JOURNALS / 2);
    beat(200);
    expect(codeOf(() => outage(200))).toBe('STORAGE_FULL');
    expect(codeOf(() => outage(300))).toBe('STORAGE_FULL');
    expect(codeOf(() => outage(1))).toBeNull();
    expect(store.journalCountOf(keyOf(1))).toBe(1);
  });

  it('of one key that has been there fills no more than its part', () => {
    [1, 2].forEach((n) => beat(n));
    clock.pass(ESTABLISHED_AFTER_MS);
    [1, 2].forEach((n) => beat(n));
    let taken = 0;
    while (codeOf(() => outage(1)) === null) taken += 1;
    expect(taken).toBeLessThan(MAX_JOURNALS);
    expect(codeOf(() => outage(2))).toBeNull();
  });
});

describe('lines that somebody makes up', () => {
  const members = (first: number): number[] => Array.from({ length: LEAST_KEPT }, (_, i) => first + i);
  const minute = async (): Promise<void> => {
    clock.pass(MINUTE_MS);
    await keeper.tick();
  };
  /** After a gap nobody is counted who has not spoken since. */
  const later = async (ms: number): Promise<void> => {
    clock.pass(ms);
    await keeper.tick();
  };
  /** As many as a group needs, of a line each, day after day. */
  const madeUp = async (line: number): Promise<void> => {
    const there = members(1_000 + 10 * line);
    const asn = `AS${200_000 + line}`;
    there.forEach((n) => beat(n, { asn, region: null }));
    await later(20 * MINUTE_MS);
    there.forEach((n) => beat(n, { asn, region: null }));
    await minute();
  };

  it('fill the table of groups to its half, and those who stay a day still find room', async () => {
    for (let line = 0; line < MAX_GROUPS; line += 1) await madeUp(line);
    expect(store.groupKeys()).toHaveLength(MAX_GROUPS / 2);
    members(1).forEach((n) => beat(n));
    await later(ESTABLISHED_AFTER_MS);
    members(1).forEach((n) => beat(n));
    await minute();
    expect(store.groupKeys()).toContain(JSON.stringify([LINE.cc, null, 9198, LINE.access, LINE.region]));
    expect(store.groupKeys().length).toBeLessThanOrEqual(MAX_GROUPS);
    // The same after a restart.
    await keeper.close();
    keeper = open();
    await madeUp(MAX_GROUPS + 1);
    expect(store.groupKeys().some((key) => key.includes(String(200_001 + MAX_GROUPS)))).toBe(false);
  });
});
