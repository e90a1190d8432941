import { describe, expect, test } from 'vitest';
import { createClientClock } from '../../lab/loopback/clock.ts';

const HOUR_MS = 3600_000;

async function realMs(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

describe('the clock of a client', () => {
  test('a real one takes its time', async () => {
    const clock = createClientClock(false);
    const before = clock.now();
    expect(await realMs(() => clock.wait(200))).toBeGreaterThan(195);
    expect(clock.now() - before).toBeLessThan(1000);
  });

  test('a virtual one jumps, by just so much', async () => {
    const clock = createClientClock(true);
    const before = clock.now();
    expect(await realMs(() => clock.wait(HOUR_MS))).toBeLessThan(1000);
    expect(clock.now() - before).toBeGreaterThanOrEqual(HOUR_MS);
    expect(clock.now() - before).toBeLessThan(HOUR_MS + 1000);
  });

  test('waits side by side end in order; what follows one is over before the next ends', async () => {
    const clock = createClientClock(true);
    const before = clock.now();
    const order: string[] = [];
    const long = clock.wait(3 * HOUR_MS).then(() => order.push('long'));
    const short = clock.wait(HOUR_MS).then(async () => {
      order.push('short');
      const over = clock.busy();
      await new Promise((resolve) => setTimeout(resolve, 150));
      expect(clock.now() - before).toBeLessThan(HOUR_MS + 1000);
      order.push('after short');
      over();
    });
    await Promise.all([long, short]);
    expect(order).toEqual(['short', 'after short', 'long']);
    expect(clock.now() - before).toBeLessThan(3 * HOUR_MS + 1000);
  });

  test('nothing is skipped while something is under way', async () => {
    const clock = createClientClock(true);
    clock.busyFor(200);
    expect(await realMs(() => clock.wait(HOUR_MS))).toBeGreaterThan(195);
    const over = clock.busy();
    expect(await realMs(() => clock.wait(150))).toBeGreaterThan(145);
    over();
    over();
    expect(await realMs(() => clock.wait(HOUR_MS))).toBeLessThan(1000);
  });

  test('a wait that is stopped says so, at once and afterwards', async () => {
    const clock = createClientClock(true);
    const over = clock.busy();
    const stop = new AbortController();
    const waiting = clock.wait(HOUR_MS, stop.signal);
    stop.abort();
    expect(await waiting).toBe(false);
    expect(await clock.wait(HOUR_MS, stop.signal)).toBe(false);
    over();
    expect(await clock.wait(1)).toBe(true);
  });
});
