/** One event for one outage, however it spreads: through the roll call, the decision, the book and real databases. */
import { afterEach, describe, expect, it } from 'vitest';
import { explainSilence } from '../../../shared/judge/silence-words.ts';
import type { SilenceEvent } from '../../../shared/model/index.ts';
import { openCountry, type Country, type Line } from './country-support.ts';
import { MINUTE_MS } from './watch-support.ts';

const HOUR_MS = 60 * MINUTE_MS;
const REGIONS = ['KZ-75', 'KZ-71', 'KZ-23'] as const;
const line = (asn: number, access: Line['access'], region: string, count = 10, period = 5): Line => ({
  asn,
  access,
  region,
  count,
  period,
});
/** Of A a fixed and a mobile network, B, and C: everywhere. */
const COUNTRY: readonly Line[] = REGIONS.flatMap((region) => [
  line(9198, 'fixed', region),
  line(29355, 'mobile', region),
  line(21299, 'mobile', region),
  line(48503, 'fixed', region),
]);

let country: Country | null = null;
afterEach(async () => {
  await country?.close();
  country = null;
});
function start(lines: readonly Line[] = COUNTRY): Country {
  country = openCountry(lines);
  return country;
}
const own = async (c: Country): Promise<readonly SilenceEvent[]> =>
  (await c.events()).filter((e) => e.partOf === undefined);
const isA = ({ asn }: Line): boolean => asn === 9198 || asn === 29355;
const everybody = (): boolean => true;

describe('a silence that spreads', () => {
  it('keeps its first id from one network to the country, and says what further parts became', async () => {
    const c = start();
    await c.live(60);
    const cutAt = c.now();
    await c.live(20, ({ asn, region }) => asn === 9198 && region === 'KZ-75');
    const [first] = await c.events();
    expect(first).toMatchObject({ extent: 'one_network', group: { asn: 9198, region: 'KZ-75' } });
    await c.live(30, ({ asn }) => asn === 9198);
    expect(await c.events()).toMatchObject([
      { id: first!.id, extent: 'one_network', group: { region: null } },
    ]);
    await c.live(30, isA);
    expect(await c.events()).toMatchObject([{ id: first!.id, extent: 'one_owner', group: { owner: 'A' } }]);
    // A region beside it is no part of that owner.
    await c.live(30, (l) => isA(l) || l.region === 'KZ-23');
    expect(await c.events()).toHaveLength(2);
    const region = (await c.events()).find((e) => e.extent === 'regional')!;
    expect(region.group.region).toBe('KZ-23');
    await c.live(30, everybody);
    const [whole, ...others] = await own(c);
    expect(others).toEqual([]);
    expect(whole).toMatchObject({ id: first!.id, extent: 'national', openedAt: first!.openedAt });
    expect(Math.abs(whole!.onset.before - cutAt)).toBeLessThanOrEqual(12 * MINUTE_MS);
    const absorbed = (await c.events()).find((e) => e.id === region.id)!;
    expect(absorbed).toMatchObject({ state: 'withdrawn', partOf: { id: first!.id } });
    expect(explainSilence(absorbed, 'en')[0]).toMatch(/part of a wider one \(.*Kazakhstan.*\)/);
    const of = (id: string): string[] => c.alerts().flatMap((a) => (a.event.id === id ? [a.state] : []));
    expect(of(region.id)).toEqual(['opened', 'withdrawn']);
    expect(of(first!.id)).toEqual(['opened', 'changed', 'changed', 'changed']);
    await c.live(40);
    expect((await own(c)).map(({ endedAt }) => endedAt !== null)).toEqual([true]);
    expect(c.unexplained()).toEqual([]);
  });

  it('is announced once when all fall silent at one time, some of them noticed later than others', async () => {
    const slow = REGIONS.flatMap((region) => [
      line(9198, 'fixed', region, 6),
      line(21299, 'mobile', region, 8, 15),
    ]);
    const c = start([...slow, line(29355, 'mobile', 'KZ-75', 12), line(48503, 'fixed', 'KZ-71', 5)]);
    await c.live(90);
    const cutAt = c.now();
    await c.live(60, everybody);
    const events = await c.events();
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ extent: 'national', endedAt: null });
    expect(events[0]!.openedAt - cutAt).toBeLessThanOrEqual(10 * MINUTE_MS);
    expect(new Set(c.alerts().map(({ event }) => event.id)).size).toBe(1);
    expect(c.unexplained()).toEqual([]);
  });

  it('stays one through a restart between its part and the whole, and between the whole and its end', async () => {
    const c = start();
    await c.live(60);
    await c.live(15, ({ asn }) => asn === 9198);
    const [first] = await c.events();
    await c.restart(3);
    await c.live(60, isA);
    expect(await c.events()).toMatchObject([{ id: first!.id, extent: 'one_owner', endedAt: null }]);
    await c.restart(10);
    await c.live(30, isA);
    await c.live(60);
    expect(await c.events()).toMatchObject([{ id: first!.id, extent: 'one_owner' }]);
    expect((await c.events())[0]!.endedAt).not.toBeNull();
    expect(c.unexplained()).toEqual([]);
  });
});

describe('new groups, of which nothing is learnt', () => {
  it('fall silent as one when it comes at once, and what is said of it follows again', async () => {
    country = openCountry(COUNTRY, false);
    const c = country;
    await c.live(90);
    const cutAt = c.now();
    await c.live(40, ({ region }) => region === 'KZ-23');
    const [event, ...others] = await own(c);
    expect(others).toEqual([]);
    expect(event).toMatchObject({ extent: 'regional', endedAt: null });
    expect(event!.openedAt - cutAt).toBeLessThanOrEqual(10 * MINUTE_MS);
    await c.live(60);
    expect((await own(c))[0]!.endedAt).not.toBeNull();
    expect(c.alerts().length).toBeGreaterThanOrEqual(2);
    expect(c.unexplained()).toEqual([]);
  });

  it('that go one after the other are not silent', async () => {
    country = openCountry(COUNTRY, false);
    const c = country;
    await c.live(90);
    // One member every six minutes, until nobody is left.
    for (let heard = 9; heard >= 0; heard -= 1) await c.live(6, ({ region }) => region === 'KZ-23', heard);
    await c.live(60, ({ region }) => region === 'KZ-23');
    expect(await c.events()).toEqual([]);
  });
});

describe('what is not one silence', () => {
  it('two regions of one owner while its third is heard', async () => {
    const c = start();
    await c.live(60);
    const cutAt = c.now();
    await c.live(40, (l) => isA(l) && l.region !== 'KZ-23');
    const events = await c.events();
    expect(new Set(events.map((e) => e.group.region))).toEqual(new Set(['KZ-75', 'KZ-71']));
    for (const event of events) {
      expect(event.partOf).toBeUndefined();
      expect(event.openedAt - cutAt).toBeLessThanOrEqual(20 * MINUTE_MS);
    }
    expect(c.unexplained()).toEqual([]);
  });

  it('a part, hours later, of which the whole is another', async () => {
    const c = start();
    await c.live(60);
    await c.live(7 * 60, ({ asn, region }) => asn === 9198 && region === 'KZ-75');
    await c.live(40, everybody);
    const events = await c.events();
    expect(events.map((e) => e.extent).sort()).toEqual(['national', 'one_network']);
    expect(events.every((e) => e.partOf === undefined && e.endedAt === null)).toBe(true);
  });
});

describe('a silence that is over for most', () => {
  it('leaves no event of those who come back a few minutes later', async () => {
    const c = start();
    await c.live(60);
    await c.live(90, everybody);
    for (const asn of [29355, 21299, 48503]) {
      await c.live(7, (l) => l.asn === asn);
    }
    await c.live(60);
    const events = await c.events();
    expect(events).toHaveLength(1);
    expect(events[0]!.endedAt).not.toBeNull();
  });

  it('narrows to mobile lines that stay cut off, with the onset that they had', async () => {
    const c = start();
    await c.live(60);
    const cutAt = c.now();
    await c.live(90, everybody);
    const isMobile = ({ access }: Line): boolean => access === 'mobile';
    await c.live(90, isMobile);
    const events = await c.events();
    expect(events).toHaveLength(2);
    const [mobile, national] = events;
    expect(national).toMatchObject({ extent: 'national', endedAt: expect.any(Number) as number });
    expect(mobile).toMatchObject({ extent: 'mobile_only', endedAt: null, onset: national!.onset });
    expect(mobile!.onset.before - cutAt).toBeLessThanOrEqual(10 * MINUTE_MS);
    await c.live(60);
    expect((await c.events()).every((e) => e.endedAt !== null)).toBe(true);
    expect(c.unexplained()).toEqual([]);
  });

  it('is outlived by one network, and not by a few of its members', async () => {
    const c = start();
    await c.live(60);
    await c.live(90, ({ region }) => region === 'KZ-23');
    await c.live(90, (l) => l.region === 'KZ-23' && l.asn === 21299);
    const events = await c.events();
    expect(events.map((e) => [e.extent, e.endedAt === null])).toEqual([
      ['one_network', true],
      ['regional', false],
    ]);
    expect(c.unexplained()).toEqual([]);
  });

  it('and falls silent again within a day, is the same one', async () => {
    const c = start();
    await c.live(60);
    for (let window = 0; window < 3; window += 1) {
      await c.live(90, everybody);
      await c.live(120);
    }
    const events = await own(c);
    expect(events.map((e) => e.extent)).toEqual(['national']);
    // Each time a part may be said first; the whole follows within minutes, and takes it back.
    expect((await c.events()).length - events.length).toBeLessThanOrEqual(2);
    expect(c.unexplained()).toEqual([]);
  });
});

describe('a flat of five', () => {
  const flat = [line(9198, 'fixed', 'KZ-75', 5)];
  const twice = async (confirmed: boolean): Promise<readonly SilenceEvent[]> => {
    const c = start(flat);
    await c.live(60);
    for (let time = 0; time < 2; time += 1) {
      const cutAt = c.now();
      await c.live(60, everybody);
      if (confirmed) c.journals(cutAt, everybody, 4);
      await c.live(25 * 60);
    }
    expect(c.unexplained()).toEqual([]);
    return c.events();
  };

  it('whose router fails twice in two days is believed once', async () => {
    expect(await twice(false)).toHaveLength(1);
  });

  it('that was cut off, by what its journals say, is believed again', async () => {
    const events = await twice(true);
    expect(events.map(({ state }) => state)).toEqual(['shutdown_confirmed', 'shutdown_confirmed']);
    expect(events[0]!.onset.before - events[1]!.onset.before).toBeGreaterThan(24 * HOUR_MS);
  });
});
