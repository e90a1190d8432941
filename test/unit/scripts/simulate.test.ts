import { describe, expect, it } from 'vitest';
import { wilson } from '../../../scripts/bench/wilson.ts';
import { counter, rowsOf } from '../../../scripts/bench/figures.ts';
import { BLOCK_KINDS, blockWorld, noiseWorld, witnessesOf } from '../../../scripts/simulate/block-worlds.ts';
import { createDraw } from '../../../scripts/simulate/draw.ts';
import { DAY_MS, MINUTE_MS } from '../../../scripts/simulate/habits.ts';
import { createBeatStream, type Beat } from '../../../scripts/simulate/members.ts';
import { LIAR_FAMILIES, NOISE_FAMILIES } from '../../../scripts/simulate/noise-families.ts';
import { CUT_FAMILIES } from '../../../scripts/simulate/silence-worlds.ts';

const [block] = BLOCK_KINDS;

describe('worlds', () => {
  it('are the same for the same seed, and others for another', () => {
    expect(blockWorld(block!, 3)).toEqual(blockWorld(block!, 3));
    expect(blockWorld(block!, 3).casts).not.toEqual(blockWorld(block!, 4).casts);
  });

  it('have their votes in the order of arrival, and a block that its witnesses saw', () => {
    const world = blockWorld(block!, 1);
    const arrivals = world.casts.map(({ vote }) => vote.receivedAt);
    expect(arrivals).toEqual([...arrivals].sort((a, b) => a - b));
    const witnesses = witnessesOf(world);
    expect(witnesses.length).toBeGreaterThanOrEqual(2);
    expect(new Set(witnesses.map(({ vote }) => vote.pseudonym)).size).toBe(witnesses.length);
    for (const { trueAt } of witnesses) {
      expect(trueAt).toBeGreaterThanOrEqual(world.block!.from);
      expect(trueAt).toBeLessThan(world.block!.to);
    }
  });

  it('with noise: some are suspected, a block is nowhere', () => {
    for (const family of NOISE_FAMILIES) {
      const outcomes = [1, 2, 3].flatMap((seed) => noiseWorld(family, seed).casts.map((c) => c.vote.outcome));
      expect(outcomes.filter((o) => o === 'suspected').length, family.name).toBeGreaterThan(0);
      expect(outcomes.filter((o) => o === 'interfered').length / outcomes.length, family.name).toBeLessThan(
        0.1,
      );
    }
  });

  it('have at most a fifth of liars', () => {
    for (const family of LIAR_FAMILIES) {
      const { casts, voters } = noiseWorld(family, 5);
      const liars = new Set(casts.filter(({ who }) => who.liar).map(({ who }) => who.device));
      expect(liars.size).toBeGreaterThan(0);
      expect(liars.size).toBeLessThanOrEqual(voters / 5);
    }
  });

  it('of heartbeats: gaps lie between a half and one and a half periods while somebody is there', () => {
    const { members, from } = CUT_FAMILIES[0]!.world(1, 3);
    const stream = createBeatStream(createDraw(1), members, from);
    const beats: Beat[] = [];
    for (let at = from; at < from + DAY_MS / 4; at += MINUTE_MS) beats.push(...stream.minute(at));
    const mine = beats.filter(({ member }) => member.number === 0);
    const gaps = mine.slice(1).map((beat, i) => beat.at - mine[i]!.at);
    expect(gaps.length).toBeGreaterThan(30);
    // A lost heartbeat, or a line that broke off, leaves a longer gap; hardly any is shorter.
    expect(gaps.filter((gap) => gap < 150_000).length).toBeLessThanOrEqual(2);
    expect(gaps.filter((gap) => gap <= 450_000).length / gaps.length).toBeGreaterThan(0.8);
    expect(mine.every((beat, i) => i === 0 || beat.sequence > mine[i - 1]!.sequence)).toBe(true);
  });
});

describe('figures', () => {
  it('have Wilson’s interval', () => {
    // 8 of 10, as in Newcombe 1998 by the same formula.
    const { low, high } = wilson(8, 10);
    expect(low).toBeCloseTo(0.4902, 3);
    expect(high).toBeCloseTo(0.9433, 3);
    expect(wilson(0, 0)).toEqual({ low: 0, high: 1 });
    expect(wilson(0, 1000).low).toBe(0);
    expect(wilson(0, 1000).high).toBeCloseTo(0.00383, 4);
  });

  it('are missed when too few hits, too many, or nothing was tried', () => {
    const row = (figure: string, hits: number, of: number) => rowsOf([{ figure, hits, of, misses: [] }])[0]!;
    expect(row('blocking recall', 95, 100).reached).toBe(true);
    expect(row('blocking recall', 94, 100).reached).toBe(false);
    expect(row('blocking recall', 0, 0).reached).toBe(false);
    expect(row('blocking false', 1, 1000).reached).toBe(true);
    expect(row('blocking false', 2, 1000).reached).toBe(false);
    expect(row('blocking liars open', 1, 100_000).reached).toBe(false);
    expect(row('silence false', 1, 12).reached).toBe(true);
    expect(row('silence false', 2, 12).reached).toBe(false);
    expect(row('blocking half', 0, 10).reached).toBeNull();
    expect(() => row('nobody asked', 1, 1)).toThrow('no goal');
  });

  it('add up over jobs and keep what shows a miss', () => {
    const [a, b] = [counter('blocking recall'), counter('blocking recall')];
    a.add(true, 1, null);
    b.add(false, 1, 'block, seed 7');
    const [row] = rowsOf([a.count(), b.count()]);
    expect(row).toMatchObject({ got: '50.0 % (1 of 2)', reached: false, misses: ['block, seed 7'] });
  });
});
