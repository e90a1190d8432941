import { describe, expect, it } from 'vitest';
import type { Look } from '../../../probe/watch/journal.ts';
import { keepWatch, WAKE_MS, type Beat } from '../../../probe/watch/keep-watch.ts';

/** A device whose clock runs when it waits; `collector` says at each second what becomes of a heartbeat. */
async function watch(
  seconds: number,
  collector: (second: number) => Beat,
  more: { sleepsAt?: number; journal?: boolean } = {},
) {
  let clock = 0;
  let journal = more.journal ?? false;
  const [beats, looks, handed, woke]: [{ at: number; said: Beat }[], Look[], number[], number[]] = [
    [],
    [],
    [],
    [],
  ];
  await keepWatch({
    period: () => 300,
    beat() {
      const said = collector(clock);
      beats.push({ at: clock, said });
      return Promise.resolve(said);
    },
    look: () => Promise.resolve({ gateway: 'up', domestic: 'up', foreign: 'down', dns: 'up' }),
    keepLook(look) {
      journal = true;
      looks.push(look);
      return Promise.resolve();
    },
    journalOpen: () => journal,
    outageOver() {
      journal = false;
      handed.push(clock);
      return Promise.resolve();
    },
    moment: () => ({ wall: clock * 1000, uptime: clock, boot: 'b' }),
    random: () => 0.5,
    stopped: () => clock >= seconds,
    sleep(ms) {
      clock += ms / 1000;
      // The lid was closed for eight hours.
      if (more.sleepsAt !== undefined && clock >= more.sleepsAt && woke.length === 0) clock += 8 * 3600;
      return Promise.resolve(clock < seconds);
    },
    woke: () => void woke.push(clock),
  });
  return { beats, looks, handed, woke };
}
const day = 86_400;

describe('an unattended probe', () => {
  it('says every five minutes that it is there, and looks nowhere else', async () => {
    const { beats, looks, handed } = await watch(day, () => 'heard');
    expect(beats).toHaveLength(288);
    expect([looks, handed]).toEqual([[], []]);
  });

  it('makes nothing of a failure that is over at the second try', async () => {
    let failed = false;
    const { looks, handed } = await watch(day, (s) => {
      if (s < 3000 || failed) return 'heard';
      failed = true;
      return 'unheard';
    });
    expect([looks, handed]).toEqual([[], []]);
  });

  it('is not in an outage when the collector is there and takes nothing', async () => {
    const { looks } = await watch(day, () => 'busy');
    expect(looks).toEqual([]);
  });

  it('looks every minute, after an hour every five, and hands over once when it is heard again', async () => {
    const [begins, ends] = [3000, 3000 + 3 * 3600];
    const { looks, handed } = await watch(day, (s) => (s >= begins && s < ends ? 'unheard' : 'heard'));
    const times = looks.map((look) => look.uptime);
    expect(times[0]).toBe(begins);
    const gaps = times.slice(1).map((t, i) => t - times[i]!);
    expect(new Set(gaps)).toEqual(new Set([60, 300]));
    expect(gaps.filter((gap) => gap === 60)).toHaveLength(60);
    expect(looks.every((look) => look.reach.collector === 'down' && look.reach.foreign === 'down')).toBe(
      true,
    );
    expect(handed).toHaveLength(1);
    expect(handed[0]).toBeGreaterThanOrEqual(ends);
    expect(handed[0]).toBeLessThan(ends + 300);
  });

  it('sleep is no outage: nothing is looked at, and the line gets its time to come up', async () => {
    const { beats, looks, woke } = await watch(day, () => 'heard', { sleepsAt: 3000 });
    expect(looks).toEqual([]);
    expect(woke).toHaveLength(1);
    const after = beats.find(({ at }) => at > woke[0]!)!;
    expect(after.at - woke[0]!).toBe(WAKE_MS / 1000);
  });

  it('hands over what was begun before a restart', async () => {
    const { handed } = await watch(3000, () => 'heard', { journal: true });
    expect(handed).toEqual([0]);
  });

  it('keeps no look of the moment in which it was stopped', async () => {
    const { looks } = await watch(300, (s) => (s >= 300 ? 'unheard' : 'heard'));
    expect(looks).toEqual([]);
  });
});
