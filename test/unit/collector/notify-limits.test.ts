import { describe, expect, it } from 'vitest';
import { HOUR_MS, nextStep, URGENT_GAP_MS, type Waiting } from '../../../collector/notify/limits.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z');
const PER_HOUR = 6;
const opened = (id: number): Waiting => ({ id, kind: 'blocking', state: 'opened' });
const ended = (id: number): Waiting => ({ id, kind: 'blocking', state: 'ended' });
const list = (n: number): Waiting[] => Array.from({ length: n }, (_, i) => opened(i + 1));
const step = (waiting: readonly Waiting[], sentAt: readonly number[], now = NOW) =>
  nextStep(waiting, sentAt, PER_HOUR, now);
const full = Array.from({ length: PER_HOUR }, (_, i) => NOW - (PER_HOUR - i) * 60_000);

describe('how much a channel is told', () => {
  it('is everything, one by one, on an ordinary day', () => {
    expect(step([], [])).toEqual({ kind: 'nothing' });
    expect(step(list(1), [])).toEqual({ kind: 'send', count: 1 });
    expect(step(list(PER_HOUR), [])).toEqual({ kind: 'send', count: 1 });
    expect(step(list(3), full.slice(3))).toEqual({ kind: 'send', count: 1 });
  });

  it('is one digest of a flood, at once', () => {
    expect(step(list(PER_HOUR + 1), [])).toEqual({ kind: 'send', count: PER_HOUR + 1 });
    expect(step(list(500), full.slice(1))).toEqual({ kind: 'send', count: 500 });
  });

  it('waits when the hour is full, until the first of its messages is an hour old', () => {
    const until = full[0]! + HOUR_MS;
    expect(step(list(2), full)).toEqual({ kind: 'wait', until });
    expect(step(list(2), full, until)).toEqual({ kind: 'send', count: 2 });
  });

  it.each([
    ['an end', ended(9)],
    ['a withdrawal', { id: 9, kind: 'interception', state: 'withdrawn' }],
    ['a silence', { id: 9, kind: 'silence', state: 'opened' }],
  ] as const)('does not keep %s waiting for the hour, and sends what is before it along', (_what, urgent) => {
    const until = full.at(-1)! + URGENT_GAP_MS;
    expect(step([...list(2), urgent], full)).toEqual({ kind: 'wait', until });
    expect(step([...list(2), urgent], full, until)).toEqual({ kind: 'send', count: 3 });
  });

  it('bears a clock that was set back', () => {
    expect(
      step(
        list(1),
        full.map((at) => at + 10 * HOUR_MS),
      ),
    ).toEqual({ kind: 'send', count: 1 });
  });

  it('loses nothing and stays within its bounds whatever comes', () => {
    let seed = 42;
    const random = (): number => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31;
    for (let round = 0; round < 20; round++) {
      const [sent, told, waiting]: [number[], number[], Waiting[]] = [[], [], []];
      let id = 0;
      const share = random() * 0.2;
      for (let now = NOW; now < NOW + 24 * HOUR_MS; now += 30_000) {
        if (random() < share) waiting.push(random() < 0.3 ? ended(++id) : opened(++id));
        for (let next = step(waiting, sent, now); next.kind === 'send'; next = step(waiting, sent, now)) {
          told.push(...waiting.splice(0, next.count).map((each) => each.id));
          sent.push(now);
        }
      }
      expect([...told, ...waiting.map((each) => each.id)]).toEqual(
        Array.from({ length: id }, (_, i) => i + 1),
      );
      const most = Math.max(
        ...sent.map((at) => sent.filter((other) => other > at - HOUR_MS && other <= at).length),
      );
      expect(most).toBeLessThanOrEqual(PER_HOUR + HOUR_MS / URGENT_GAP_MS);
    }
  });
});
