/** What the collector has to tell apart, played with real probes on real lines; times are those of the lab's own clock. */
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import type { PublicSilence } from '../../../shared/judge/public-silence.ts';
import type { NetworkState } from './watch-commands.ts';
import { openWatchLab, type LabAlert, type WatchLab } from './watch-lab.ts';
import { networkOf as net, USUAL_SPEED, type WatchedNetwork } from './watch-plan.ts';

const MINUTE_MS = 60_000;
/** A silence of six members is found within this; minutes there. */
const FOUND_WITHIN = 12;
/** An end needs 25 observed minutes, and all that waits is sent when the line is back. */
const OVER_WITHIN = 35;
/** A change is announced at once when the last word is so old. */
const BEFORE_RETURN = 11;
const LOOK_EVERY = 1;

export interface Scene {
  readonly event: PublicSilence;
  /** As it was before anything was known of why. */
  readonly opened: PublicSilence;
  readonly alerts: readonly LabAlert[];
  /** Of that world, milliseconds since 1970. */
  readonly cutAt: number;
  readonly backAt: number;
}

/** Those that stand; whoever plays closes them. */
export const labs: WatchLab[] = [];
async function open(networks: readonly WatchedNetwork[]): Promise<WatchLab> {
  const lab = await openWatchLab(networks, USUAL_SPEED);
  labs.push(lab);
  // The collector's first minute is not a whole one.
  await lab.wait(1);
  await Promise.all(networks.map(({ name }) => lab.members(name, 'start')));
  await lab.wait(2);
  return lab;
}

/** Looks at the events until one suits. Throws with what there is instead. */
async function until(
  lab: WatchLab,
  minutes: number,
  suits: (event: PublicSilence) => boolean,
): Promise<PublicSilence> {
  const end = (await lab.now()) + minutes * MINUTE_MS;
  for (;;) {
    const events = await lab.events();
    const found = events.find(suits);
    if (found !== undefined) return found;
    if ((await lab.now()) > end)
      throw new Error(`no such event within ${minutes} min: ${JSON.stringify(events)}`);
    await lab.wait(LOOK_EVERY);
  }
}

const alertsOf = async (lab: WatchLab, id: string): Promise<readonly LabAlert[]> =>
  (await lab.alerts()).filter((alert) => alert.event_id === id);
const ownedBy = (owner: string) => (event: PublicSilence) => event.group.owner === owner;

/** From the cut to the end of its event. `meanwhile`: while nobody hears them. */
async function scene(
  lab: WatchLab,
  mine: (event: PublicSilence) => boolean,
  cut: () => Promise<void>,
  back: () => Promise<void>,
  meanwhile: () => Promise<void> = () => Promise.resolve(),
): Promise<Scene> {
  const cutAt = await lab.now();
  await cut();
  await meanwhile();
  const opened = await until(lab, FOUND_WITHIN, mine);
  await lab.wait(BEFORE_RETURN);
  const backAt = await lab.now();
  await back();
  const event = await until(lab, OVER_WITHIN, (e) => e.id === opened.id && e.ended_at !== null);
  return { event, opened, cutAt, backAt, alerts: await alertsOf(lab, event.id) };
}

export interface Seen {
  readonly home: Scene;
  readonly border: Scene;
  readonly shut: Scene;
  readonly power: Scene & { readonly journals: readonly (readonly number[])[] };
  readonly fixedEvents: readonly PublicSilence[];
  readonly explained: readonly Awaited<ReturnType<WatchLab['explain']>>[];
  readonly calm: NetworkState;
  readonly calmBefore: NetworkState;
  readonly homeAfter: NetworkState;
}

/** Four networks fall silent for four reasons; a fifth stays. */
export async function fixedLines(): Promise<Seen> {
  const lab = await open([
    net('home', 64_500),
    net('border', 64_501),
    net('shut', 64_502),
    net('power', 64_503),
    net('calm', 64_504),
  ]);
  const calmBefore = await lab.state('calm');
  const journals: (readonly number[])[] = [];
  const ofLine = (name: string, state: 'down' | 'whitelist' | 'no-collector'): Promise<Scene> =>
    scene(
      lab,
      ownedBy(`Lab ${name}`),
      () => lab.line(name, state),
      () => lab.line(name, 'up'),
    );
  const [home, border, shut, power] = await Promise.all([
    ofLine('home', 'down'),
    ofLine('border', 'whitelist'),
    ofLine('shut', 'no-collector'),
    scene(
      lab,
      ownedBy('Lab power'),
      () => lab.line('power', 'no-power'),
      () => lab.line('power', 'up'),
      async () => {
        await lab.wait(4);
        await lab.members('power', 'kill');
        journals.push((await lab.state('power')).journalLines);
        await lab.wait(1);
        await lab.members('power', 'start');
        journals.push((await lab.state('power')).journalLines);
      },
    ),
  ]);
  const alerts = await lab.alerts();
  return {
    home,
    border,
    shut,
    power: { ...power, journals },
    fixedEvents: await lab.events(),
    explained: await Promise.all(alerts.map(({ id }) => lab.explain(id))),
    calmBefore,
    calm: await lab.state('calm'),
    homeAfter: await lab.state('home'),
  };
}

/** All mobile networks lose their line, the fixed one keeps it. */
export async function mobileOnly(): Promise<{
  readonly scene: Scene;
  readonly events: readonly PublicSilence[];
}> {
  const networks = [net('first', 64_505, 'mobile'), net('second', 64_506, 'mobile'), net('wired', 64_507)];
  const lab = await open(networks);
  const all = (state: 'down' | 'up') => async (): Promise<void> => {
    await Promise.all(['first', 'second'].map((name) => lab.line(name, state)));
  };
  const wide = (event: PublicSilence): boolean =>
    event.group.access === 'mobile' && event.group.owner === null;
  const seen = await scene(lab, wide, all('down'), all('up'));
  return { scene: seen, events: await lab.events() };
}

/** The collector is not there for some minutes. */
export async function deafCollector() {
  const lab = await open([net('there', 64_508)]);
  await lab.wait(4);
  await lab.collector('kill');
  await lab.wait(5);
  const meanwhile = await lab.state('there');
  await lab.collector('start');
  // Longer than any member may take to be heard again, and than a silence takes to be found.
  await lab.wait(FOUND_WITHIN);
  return {
    meanwhile,
    after: await lab.state('there'),
    events: await lab.events(),
    alerts: await lab.alerts(),
  };
}

const MIB = 1024 * 1024;
/** Started, heard, and quiet for a while; samples, each half a minute after the other. */
const QUIET_SAMPLES = 6;
const STARTED_MS = 2000;

async function bareNodeMib(): Promise<number> {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 60000)'], { stdio: 'ignore' });
  await new Promise((resolve) => setTimeout(resolve, STARTED_MS));
  const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
  child.kill();
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

/** In real time: what a member keeps in memory when nothing happens. */
export async function idleMemory(): Promise<{ readonly watchMib: number; readonly bareMib: number }> {
  const lab = await openWatchLab([{ ...net('idle', 64_509), members: 1 }], 1);
  labs.push(lab);
  await lab.members('idle', 'start');
  const samples: number[] = [];
  while (samples.length < QUIET_SAMPLES) {
    await lab.wait(0.5);
    samples.push(...(await lab.state('idle')).memory);
  }
  return { watchMib: Math.min(...samples) / MIB, bareMib: await bareNodeMib() };
}
