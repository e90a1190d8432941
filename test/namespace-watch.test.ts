/**
 * Unattended probes, their lines and a collector with real packets: the line goes down, comes back, goes mobile-only, goes whitelist-only,
 * and the collector's events follow. The clock of that world runs faster (test/lab/namespace/watch-clock.ts).
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HEARTBEAT_PERIOD_SECONDS } from '../shared/model/index.ts';
import { missingForNamespaces } from './lab/namespace/requirements.ts';
import { MEMBERS } from './lab/namespace/watch-plan.ts';
import {
  deafCollector,
  fixedLines,
  idleMemory,
  labs,
  mobileOnly,
  type Scene,
  type Seen,
} from './lab/namespace/watch-scenes.ts';

const missing = missingForNamespaces();
if (missing !== null) {
  if (process.env['KUAGER_LAB'] === 'required')
    throw new Error(`KUAGER_LAB=required, but the namespace lab: ${missing}`);
  process.stderr.write(`SKIPPED: watching in the namespace lab: ${missing}\n`);
}

const MINUTE_MS = 60_000;
const ALL_TIMEOUT_MS = 8 * MINUTE_MS;
const SECONDS_PER_DAY = 24 * 3600;
const MAX_BYTES_PER_DAY = 1_000_000;
const MAX_MORE_MIB = 35;
const ms = (time: string): number => Date.parse(time);

/** Heartbeats tell an onset to some minutes: what was usual last, less the longest that one may be late, and the first that was not. */
const BRACKET_MINUTES = 16;

function expectBracket({ event, cutAt }: Scene): void {
  const { after, before } = event.onset;
  expect(ms(after)).toBeLessThanOrEqual(cutAt);
  expect(ms(before)).toBeGreaterThanOrEqual(cutAt);
  expect(ms(before) - ms(after)).toBeLessThanOrEqual(BRACKET_MINUTES * MINUTE_MS);
}

describe.skipIf(missing !== null)('unattended probes with real packets', () => {
  let fixed: Seen;
  let mobile: Awaited<ReturnType<typeof mobileOnly>>;
  let deaf: Awaited<ReturnType<typeof deafCollector>>;
  let memory: Awaited<ReturnType<typeof idleMemory>>;
  beforeAll(async () => {
    [fixed, mobile, deaf, memory] = await Promise.all([
      fixedLines(),
      mobileOnly(),
      deafCollector(),
      idleMemory(),
    ]);
  }, ALL_TIMEOUT_MS);
  afterAll(() => Promise.all(labs.map((lab) => lab.close())));

  test('a line that ends behind the router: a silence, then a shutdown that journals confirm, then its end', () => {
    const { opened, event, alerts, cutAt, backAt } = fixed.home;
    expect(opened.state).toBe('silence');
    expect(event.state).toBe('shutdown_confirmed');
    expectBracket(fixed.home);
    expect(ms(event.opened_at) - cutAt).toBeLessThan(10 * MINUTE_MS);
    expect(ms(event.ended_at ?? '')).toBeGreaterThan(backAt - MINUTE_MS);
    expect(alerts.map(({ state }) => state)).toEqual(['opened', 'changed', 'ended']);
    expect(alerts.map((alert) => alert.event.state)).toEqual([
      'silence',
      'shutdown_confirmed',
      'shutdown_confirmed',
    ]);
  });

  test('its members looked around meanwhile, and handed their journals over', () => {
    for (const said of fixed.homeAfter.said) {
      expect(said['outage_began']).toBe(1);
      expect(said['outage_over']).toBe(1);
      expect(said['look']).toBeGreaterThan(5);
    }
    expect(fixed.homeAfter.journalLines).toEqual(fixed.homeAfter.said.map(() => 0));
  });

  test('a line that ends at the border is one', () => {
    expect(fixed.border.opened.state).toBe('silence');
    expect(fixed.border.event.state).toBe('foreign_cut');
    expectBracket(fixed.border);
  });

  test('the collector’s address blocked in one owner’s networks is never a shutdown', () => {
    const { event, alerts } = fixed.shut;
    expect(event.state).toBe('collector_blocked');
    expect(new Set(alerts.map((alert) => alert.event.state))).toEqual(
      new Set(['silence', 'collector_blocked']),
    );
  });

  test('a power cut is local; journals outlive devices that lose their power', () => {
    const { event, alerts, journals } = fixed.power;
    expect(event.state).toBe('local_power_or_access');
    expect(alerts.map((alert) => alert.event.state)).not.toContain('shutdown_confirmed');
    const [killed, again] = journals;
    killed?.forEach((lines, i) => {
      expect(lines).toBeGreaterThan(1);
      expect(again?.[i]).toBeGreaterThanOrEqual(lines);
    });
  });

  test('each is one event of one network, and who was there all the time has none', () => {
    const owners = fixed.fixedEvents.map(({ group }) => group.owner).toSorted();
    expect(owners).toEqual(['Lab border', 'Lab home', 'Lab power', 'Lab shut']);
    expect(fixed.fixedEvents.map(({ extent }) => extent)).toEqual(owners.map(() => 'one_network'));
    for (const said of fixed.calm.said) expect(said['look']).toBeUndefined();
  });

  test('a heartbeat a minute costs little at the interface, and a day of the usual ones less than a megabyte', () => {
    const beats = fixed.calm.heard - fixed.calmBefore.heard;
    const perBeat = (fixed.calm.bytes - fixed.calmBefore.bytes) / beats;
    const perDay = (perBeat * SECONDS_PER_DAY) / HEARTBEAT_PERIOD_SECONDS.usual;
    process.stderr.write(
      `watch at the interface: ${Math.round(perBeat)} bytes a heartbeat over ${beats}, ${Math.round(perDay / 1000)} kB a day\n`,
    );
    expect(beats).toBeGreaterThan(MEMBERS * 20);
    expect(perDay).toBeLessThanOrEqual(MAX_BYTES_PER_DAY);
  });

  test('an idle member takes little more memory than Node itself', () => {
    const { watchMib, bareMib } = memory;
    process.stderr.write(
      `watch in memory: ${watchMib.toFixed(1)} MiB, bare Node ${bareMib.toFixed(1)} MiB\n`,
    );
    expect(watchMib).toBeGreaterThan(bareMib);
    expect(watchMib - bareMib).toBeLessThanOrEqual(MAX_MORE_MIB);
  });

  test('each is announced when it opens, when it is known why, and when it is over', () => {
    for (const { alerts } of [fixed.border, fixed.shut, fixed.power, mobile.scene])
      expect(alerts.map(({ state }) => state)).toEqual(['opened', 'changed', 'ended']);
  });

  test('every alert follows again from what is kept', () => {
    expect(fixed.explained.length).toBeGreaterThan(8);
    for (const { exitCode, said } of fixed.explained) expect(exitCode, said.join('\n')).toBe(0);
  });

  test('mobile networks alone: one event over owners, that says so', () => {
    const { event } = mobile.scene;
    expect(event.extent).toBe('mobile_only');
    expect(event.state).toBe('shutdown_confirmed');
    expectBracket(mobile.scene);
    expect(mobile.events.length).toBe(1);
  });

  test('a collector that is not there for minutes announces nothing about anybody', () => {
    expect(deaf.events).toEqual([]);
    expect(deaf.alerts).toEqual([]);
    // They noticed, and are heard again.
    expect(deaf.meanwhile.looks.length).toBeGreaterThan(0);
    expect(deaf.after.heard).toBeGreaterThan(deaf.meanwhile.heard);
  });
});
