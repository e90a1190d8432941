/** What a watched world is told, a line each: `line down NETWORK`, `members kill NETWORK`, `collector start`, `events`, … */
import { startProgram } from './start-program.ts';
import type { LabClock } from './watch-clock.ts';
import type { CollectorHandle } from './watch-collector.ts';
import type { LabMembers } from './watch-members.ts';
import type { WatchNetwork } from './watch-network.ts';
import { LINE_STATES, type LineState, type WatchPlan } from './watch-plan.ts';

export interface WatchLabInside {
  readonly plan: WatchPlan;
  readonly folder: string;
  readonly network: WatchNetwork;
  readonly collector: CollectorHandle;
  readonly members: LabMembers;
  readonly clock: LabClock;
}

export const HELP = [
  `line ${LINE_STATES.join('|')} NETWORK`,
  'members start|kill|stop NETWORK',
  'collector start|kill',
  'events                    silences, as the collector publishes them',
  'alerts                    what it announced',
  'explain ID                an alert, and whether the same follows again',
  'ask PATH                  any other page of it, such as /api/v2/silence?lang=kk',
  'state NETWORK             what its members say, their journals, memory and bytes',
  'now                       the clock of this world',
  'run NETWORK COMMAND       a command where its members stand',
  'exit',
];

const isLineState = (text: string): text is LineState => LINE_STATES.some((state) => state === text);

function networkOf(name: string | undefined, { networks }: WatchPlan): number {
  const index = networks.findIndex((network) => network.name === name);
  if (index === -1) throw new Error(`a network is one of ${networks.map((n) => n.name).join(', ')}`);
  return index;
}

/** What `state` tells of a network. */
export interface NetworkState {
  /** Of each member: how often it printed each event. */
  readonly said: readonly Readonly<Record<string, number>>[];
  readonly heard: number;
  readonly journalLines: readonly number[];
  /** Bytes. */
  readonly memory: readonly number[];
  readonly bytes: number;
  readonly looks: readonly string[];
  readonly complaints: readonly string[];
}

function stateOf(i: number, { members, network }: WatchLabInside): NetworkState {
  const all = members.events(i);
  const count = (events: (typeof all)[number]): Record<string, number> => {
    const counts: Record<string, number> = {};
    for (const { event } of events) counts[event] = (counts[event] ?? 0) + 1;
    return counts;
  };
  const looks = all.flat().filter(({ event }) => event === 'look');
  return {
    said: all.map(count),
    heard: all.flat().filter(({ event, heard }) => event === 'heartbeat' && heard === true).length,
    journalLines: members.journalLines(i),
    memory: members.memory(i),
    bytes: network.bytesOf(i),
    looks: [...new Set(looks.map((look) => JSON.stringify(look)))],
    complaints: members.complaints(i).slice(-20),
  };
}

/** Where its members stand; what it prints. */
async function runIn(i: number, command: readonly string[], { network }: WatchLabInside): Promise<string> {
  const started = startProgram([...network.enter({ network: i }), 'sh', '-c', command.join(' ')], {});
  await started.ended;
  return [...started.out, ...started.err].join('\n');
}

/** Does it. Throws what can be told to whoever asked. */
export async function obey(line: string, lab: WatchLabInside): Promise<unknown> {
  const [verb, what = '', name, ...more] = line.trim().split(/\s+/);
  const { plan, collector, members } = lab;
  switch (verb) {
    case 'line':
      if (!isLineState(what)) throw new Error(HELP[0]);
      lab.network.setLine(networkOf(name, plan), what);
      return `${name} is ${what}`;
    case 'members':
      if (what !== 'start' && what !== 'kill' && what !== 'stop') throw new Error(HELP[1]);
      await members[what](networkOf(name, plan));
      return `${what} ${name}`;
    case 'collector':
      if (what !== 'start' && what !== 'kill') throw new Error(HELP[2]);
      await collector[what]();
      return collector.running() ? 'it runs' : 'it is down';
    case 'events':
      return JSON.parse(await collector.ask('/api/v2/silence')) as unknown;
    case 'alerts':
      return JSON.parse(await collector.ask('/api/v2/alerts')) as unknown;
    case 'explain':
      return collector.explain(what);
    case 'ask':
      return collector.ask(what);
    case 'state':
      return stateOf(networkOf(what, plan), lab);
    case 'said':
      return collector.said();
    case 'now':
      return lab.clock.now();
    case 'run':
      return runIn(networkOf(what, plan), [name ?? '', ...more], lab);
    default:
      return HELP;
  }
}
