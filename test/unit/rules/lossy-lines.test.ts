/** A line that loses packets treats all names alike, and no luck of the draw may look like throttling. */
import { describe, expect, test } from 'vitest';
import { RULES } from '../../../shared/rules/index.ts';
import { anyLine, downloadsCase, exchange, random, type Made } from './lossy-lines.ts';

const BYTES = 65_536;
/** The probe's own limits: a handshake, and a page behind it. Seconds. */
const HANDSHAKE_LIMIT_S = 10;
const PAGE_LIMIT_S = 20;
const LINES = 1500;

const THROUGHPUT = RULES.filter((rule) => rule.layer === 'throughput' && rule.id.startsWith('throughput.'));
const accusers = (steps: readonly Made[]): string[] => {
  const c = downloadsCase(steps);
  return THROUGHPUT.filter((rule) => rule.fires(c).length > 0).map((rule) => rule.id);
};
const finished = (steps: readonly Made[]): boolean =>
  steps.every(
    ({ times }) => times.handshake <= HANDSHAKE_LIMIT_S && times.download - times.handshake <= PAGE_LIMIT_S,
  );

describe('six downloads in turn', () => {
  // Over 100,000 such lines (seed 7; 75,000 finish): 35 are accused, all with a fifth of packets lost or long bad spells;
  // none of 100,000 with at most 5 % lost at random.
  test(`over ${LINES} random lossy lines accuse nobody`, () => {
    const r = random(20_261_122);
    let judged = 0;
    for (let i = 0; i < LINES; i++) {
      const line = anyLine(r);
      const steps = Array.from({ length: 6 }, () => ({ times: exchange(r, line, BYTES), bytes: BYTES }));
      if (!finished(steps)) continue;
      judged += 1;
      expect({ line, accusers: accusers(steps) }).toEqual({ line, accusers: [] });
    }
    expect(judged).toBeGreaterThan(LINES / 2);
  });

  test('on a good line with the target’s name held back accuse, each time', () => {
    const r = random(4);
    for (let i = 0; i < 100; i++) {
      const line = { loss: 0.002, roundTripS: 0.03 + 0.1 * r(), bytesPerSecond: 2e6, badSpells: 0 };
      const held = { ...line, bytesPerSecond: 12_000 };
      const steps = Array.from({ length: 6 }, (_, k) => ({
        times: exchange(r, k % 2 === 0 ? line : held, BYTES),
        bytes: BYTES,
      }));
      expect(accusers(steps)).toEqual(['throughput.sni_throttling']);
    }
  });
});
