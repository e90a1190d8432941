/**
 * The loop of an unattended probe: a heartbeat now and then; where the collector does not answer, a look around every minute until it
 * does. What a heartbeat, a look and a clock are comes from outside, so that the loop runs in a test as it runs on a device.
 */
import { HEARTBEAT_JITTER } from '../../shared/model/index.ts';
import type { Look, Moment, Reaches } from './journal.ts';
import { jittered, lookGapMs } from './timing.ts';

/**
 * `heard`: the collector's receipt holds. `busy`: the collector is there and wants no heartbeat now. `unheard`: no answer that
 * counts. `nobody`: which network this is isn't known, so there was no key to speak with, and the collector did not answer either.
 */
export type Beat = 'heard' | 'busy' | 'unheard' | 'nobody';

export interface WatchDeps {
  /** Seconds between heartbeats now. */
  period(): number;
  /** `nextMs`: when the next one is due, so that the last of a key says so. */
  beat(nextMs: number): Promise<Beat>;
  look(): Promise<Omit<Reaches, 'collector'>>;
  /** Kept on the disk when it returns. */
  keepLook(look: Look): Promise<void>;
  /** Looks were kept, by this program or by one that was stopped before it, and not yet handed over. */
  journalOpen(): boolean;
  /** The collector answered again while a journal was open. */
  outageOver(): Promise<void>;
  moment(): Moment;
  /** In [0, 1). */
  random(): number;
  /** It is to stop: what failed meanwhile says nothing. */
  stopped(): boolean;
  /** Resolves false when it is to stop. */
  sleep(ms: number): Promise<boolean>;
  /** The device slept, or its clock stood still: what was learnt before may be old. */
  woke(): void;
}

const MS_PER_SECOND = 1000;
/** A wait that took so much longer was not one: the device slept. Seconds. */
const SLEPT_S = 60;
/** For the line to come up after sleep. */
export const WAKE_MS = 20_000;

/** Waits; false when it is to stop. */
async function rest(ms: number, deps: WatchDeps): Promise<boolean> {
  const before = deps.moment();
  if (!(await deps.sleep(ms))) return false;
  const after = deps.moment();
  if (after.uptime - before.uptime - ms / MS_PER_SECOND < SLEPT_S) return true;
  deps.woke();
  return deps.sleep(WAKE_MS);
}

const isThere = (answer: Beat): boolean => answer === 'heard' || answer === 'busy';

/** Looks until the collector hears; false when it is to stop. A failure that is over at the second try is none. */
async function throughOutage(deps: WatchDeps): Promise<boolean> {
  const since = deps.moment();
  for (;;) {
    const reach = await deps.look();
    const moment = deps.moment();
    const gap = lookGapMs((moment.uptime - since.uptime) * MS_PER_SECOND, deps.random());
    if (isThere(await deps.beat(gap))) return true;
    if (deps.stopped()) return false;
    await deps.keepLook({ ...moment, reach: { ...reach, collector: 'down' } });
    if (!(await rest(gap, deps))) return false;
  }
}

/** Returns when it is to stop. Throws what is our own fault. */
export async function keepWatch(deps: WatchDeps): Promise<void> {
  for (;;) {
    const gap = jittered(deps.period() * MS_PER_SECOND, HEARTBEAT_JITTER, deps.random());
    const there = isThere(await deps.beat(gap));
    if (deps.stopped() || (!there && !(await throughOutage(deps)))) return;
    if (deps.journalOpen()) await deps.outageOver();
    if (!(await rest(gap, deps))) return;
  }
}
