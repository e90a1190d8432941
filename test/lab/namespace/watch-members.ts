/** The members of all networks: `kuager watch` on a device of its own each, several behind one router. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startProgram, type Started } from './start-program.ts';
import type { WatchNetwork } from './watch-network.ts';
import { COLLECTOR, homeName, LAB_COUNTRY, type WatchPlan } from './watch-plan.ts';

/** Starting is work, and a machine may have few cores. */
const STARTING_AT_ONCE = 2;
const START_TIMEOUT_MS = 120_000;
const LOOK_EVERY_MS = 100;
/** The shortest that a heartbeat may state. Seconds. */
const PERIOD_SECONDS = 60;
/** Nothing is measured here: heartbeats and looks are what is watched. Minutes. */
const MEASURES_EVERY_MINUTES = 7 * 24 * 60;

export type WatchEvent = Readonly<Record<string, unknown>> & { readonly event: string };

export interface LabMembers {
  /** All of the network that don't run; resolves when each has said something, heard or not. */
  start(network: number): Promise<void>;
  /** As a power cut does it: nothing is said any more. */
  kill(network: number): Promise<void>;
  /** As a person does it. */
  stop(network: number): Promise<void>;
  /** What each has printed since the lab stands, in order. */
  events(network: number): readonly (readonly WatchEvent[])[];
  /** Lines of each one's open journal. */
  journalLines(network: number): readonly number[];
  /** Resident memory of each that runs. Bytes. */
  memory(network: number): readonly number[];
  /** What they said to a person, or of a fault. */
  complaints(network: number): readonly string[];
}

interface Place {
  readonly home: string;
  readonly all: Started[];
  running: Started | null;
}

function eventsOf(lines: readonly string[]): readonly WatchEvent[] {
  return lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as WatchEvent);
}

function memoryOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024;
}

export function createMembers(parts: {
  readonly folder: string;
  readonly plan: WatchPlan;
  readonly network: WatchNetwork;
  readonly environment: Readonly<Record<string, string>>;
}): LabMembers {
  const { folder, plan, network, environment } = parts;
  const places: readonly (readonly Place[])[] = plan.networks.map((net) =>
    Array.from({ length: net.members }, (_, member) => ({
      home: join(folder, homeName(net, member)),
      all: [],
      running: null,
    })),
  );
  const of = (i: number): readonly Place[] => places[i] ?? [];

  let starting = 0;
  const waiting: (() => void)[] = [];
  const inTurn = async (work: () => Promise<void>): Promise<void> => {
    if (starting >= STARTING_AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
    else starting++;
    try {
      await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) starting--;
      else next();
    }
  };

  const startOne = async (i: number, place: Place): Promise<void> => {
    const command = [
      ...network.enter({ network: i }),
      ...plan.programs.probe,
      ...['watch', '--yes', '--json', '--collector', `http://${COLLECTOR.address}:${COLLECTOR.port}`],
      ...['--period', String(PERIOD_SECONDS), '--every', String(MEASURES_EVERY_MINUTES)],
      // Said, so that a reflector that is slow to answer on a busy machine moves nobody.
      ...['--cc', LAB_COUNTRY, '--asn', `AS${plan.networks[i]!.asn}`],
      ...['--network-type', plan.networks[i]!.access, '--anchors', join(folder, 'anchors.csv')],
    ];
    const started = startProgram(command, { ...environment, KUAGER_HOME: place.home, HOME: place.home });
    place.running = started;
    place.all.push(started);
    void started.ended.then(() => {
      if (place.running === started) place.running = null;
    });
    const deadline = performance.now() + START_TIMEOUT_MS;
    while (!eventsOf(started.out).some(({ event }) => event === 'heartbeat' || event === 'look')) {
      if (place.running !== started || performance.now() > deadline)
        throw new Error(`a member did not start: ${[...started.out, ...started.err].slice(-5).join(' | ')}`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  };
  const end = async (i: number, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> => {
    const ending = of(i).flatMap(({ running }) => running ?? []);
    for (const program of ending) program.kill(signal);
    await Promise.all(ending.map(({ ended }) => ended));
  };

  return {
    async start(i) {
      const idle = of(i).filter(({ running }) => running === null);
      await Promise.all(idle.map((place) => inTurn(() => startOne(i, place))));
    },
    kill: (i) => end(i, 'SIGKILL'),
    stop: (i) => end(i, 'SIGTERM'),
    events: (i) => of(i).map(({ all }) => all.flatMap(({ out }) => eventsOf(out))),
    journalLines: (i) =>
      of(i).map(({ home }) => {
        const file = join(home, 'watch/journal.jsonl');
        return existsSync(file)
          ? readFileSync(file, 'utf8')
              .split('\n')
              .filter((line) => line !== '').length
          : 0;
      }),
    memory: (i) => of(i).flatMap(({ running }) => (running?.pid == null ? [] : [memoryOf(running.pid)])),
    complaints: (i) => of(i).flatMap(({ all }) => all.flatMap(({ err }) => err)),
  };
}
