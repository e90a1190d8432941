import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openWatchState, watchFolder } from '../../../probe/commands/watch-state.ts';
import {
  afterDamage,
  MAX_KEYS,
  RANGE,
  readReserved,
  reserve,
  reservedText,
  type Reserved,
} from '../../../probe/watch/sequence.ts';

const NOW = Date.parse('2026-11-22T10:00:00Z');
const key = (group: string) => ({ group, endsAt: NOW + 1e9 });

describe('numbers of heartbeats', () => {
  it('property: never one twice, wherever it is killed', () => {
    // Each step: reserve and reach the disk or not, then use some of what was reserved.
    const steps = fc.array(fc.record({ written: fc.boolean(), used: fc.integer({ min: 0, max: RANGE }) }), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(steps, (all) => {
        let disk: Reserved = new Map();
        let highest = -1;
        for (const { written, used } of all) {
          const step = reserve(disk, key('a'), { now: NOW, lost: false });
          if (!written) continue; // killed before the write was durable: none was used
          disk = readReserved(reservedText(step.reserved))!;
          for (let i = 0; i < used; i++) {
            expect(step.first + i).toBeGreaterThan(highest);
            highest = step.first + i;
          }
        }
      }),
    );
  });

  it('a damaged file leads beyond whatever was used, and tells no more than the hour', () => {
    expect(readReserved('[["a",1')).toBeNull();
    const first = reserve(new Map(), key('a'), { now: NOW, lost: true }).first;
    expect(first).toBe(afterDamage(NOW));
    expect(first % 3600).toBe(0);
    expect(afterDamage(NOW + 3600_000) - first).toBe(3600);
    expect(first).toBeLessThan(2 ** 40);
  });

  it('forgets keys that sign nothing any more, and holds no more than it may', () => {
    let reserved: Reserved = new Map([['old', { next: 64, endsAt: NOW - 40 * 24 * 3600_000 }]]);
    for (let i = 0; i < MAX_KEYS + 10; i++)
      reserved = reserve(reserved, key(`g${i}`), { now: NOW, lost: false }).reserved;
    expect(reserved.size).toBe(MAX_KEYS);
    expect(reserved.has('old')).toBe(false);
  });
});

describe('on the disk', () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'kuager-watch-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('numbers grow over starts, and one instance watches', async () => {
    const first = await openWatchState(folder);
    const release = await first.lock();
    expect([await first.nextSequence(key('a'), NOW), await first.nextSequence(key('a'), NOW)]).toEqual([
      0, 1,
    ]);
    expect(await first.nextSequence(key('b'), NOW)).toBe(0);
    const second = await openWatchState(folder);
    expect(await second.lock()).toBeNull();
    expect(await second.nextSequence(key('a'), NOW)).toBe(RANGE);
    await release?.();
    expect(await second.lock()).not.toBeNull();
  });

  it('a long outage is rewritten shorter on the way and loses no look', async () => {
    const state = await openWatchState(folder);
    const reach = {
      gateway: 'up',
      domestic: 'down',
      foreign: 'down',
      dns: 'down',
      collector: 'down',
    } as const;
    const line = { cc: 'KZ', asn: 'AS9198', access: 'fixed', region: null } as const;
    await state.beginJournal({ line, at: NOW });
    const LOOKS = 2_050;
    for (let i = 0; i < LOOKS; i++)
      await state.keepLook({ wall: NOW + i * 60_000, uptime: i * 60, boot: 'b', reach });
    const again = await openWatchState(folder);
    expect(again.journal()?.stretches.map((s) => s.looks)).toEqual([LOOKS]);
    expect(again.journal()?.lines).toBeLessThan(100);
    await again.forget();
    expect(readdirSync(watchFolder(folder))).toEqual([]);
  }, 60_000);

  it('a damaged state starts anew', async () => {
    await openWatchState(folder);
    for (const name of ['sequence.json', 'journal.jsonl', 'times.json'])
      writeFileSync(join(watchFolder(folder), name), '{"torn');
    const state = await openWatchState(folder);
    expect(state.journal()).toBeNull();
    expect(state.times()).toEqual({ lastRunAt: null, lastRoomAt: null });
    expect(await state.nextSequence(key('a'), NOW)).toBe(afterDamage(NOW));
  });
});
