/** Opens a watched world, and tells it what to do: unattended probes of several networks, their lines, a collector. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { PublicSilence } from '../../../shared/judge/public-silence.ts';
import { labKeys, programsForWatch } from './programs.ts';
import { unshareCommand } from './run.ts';
import type { NetworkState } from './watch-commands.ts';
import { ownerRows, type LineState, type WatchedNetwork, type WatchPlan } from './watch-plan.ts';

export interface LabAlert {
  readonly id: number;
  readonly state: 'opened' | 'changed' | 'ended' | 'withdrawn';
  readonly event_id: string;
  readonly event: PublicSilence;
}

export interface WatchLab {
  readonly folder: string;
  line(network: string, state: LineState): Promise<void>;
  members(network: string, what: 'start' | 'kill' | 'stop'): Promise<void>;
  collector(what: 'start' | 'kill'): Promise<void>;
  events(): Promise<readonly PublicSilence[]>;
  /** In the order in which they were announced. */
  alerts(): Promise<readonly LabAlert[]>;
  state(network: string): Promise<NetworkState>;
  /** An alert by `explain-alert`; exit code 0: the same follows again from what is kept. */
  explain(id: number): Promise<{ readonly exitCode: number; readonly said: readonly string[] }>;
  ask(path: string): Promise<string>;
  /** What the collector printed. */
  said(): Promise<readonly string[]>;
  /** The clock of this world, milliseconds since 1970. */
  now(): Promise<number>;
  /** Minutes of this world. */
  wait(minutes: number): Promise<void>;
  close(): Promise<void>;
}

/** Beyond this a lab hangs. Milliseconds. */
const MAX_REPLY_MS = 4 * 60_000;
const MINUTE_MS = 60_000;

async function prepare(networks: readonly WatchedNetwork[], speed: number) {
  const { inside, ...programs } = await programsForWatch(ownerRows(networks));
  const folder = await mkdtemp(join(tmpdir(), 'kuager-watch-'));
  const plan: WatchPlan = { networks, speed, programs };
  await writeFile(join(folder, 'watch.json'), JSON.stringify(plan));
  await writeFile(join(folder, 'keys.json'), await labKeys());
  return { folder, command: [...unshareCommand(process.getuid?.() === 0), ...inside, folder] };
}

/** Throws when the lab can't be built. `speed`: its minutes in one of ours. */
export async function openWatchLab(networks: readonly WatchedNetwork[], speed: number): Promise<WatchLab> {
  const { folder, command } = await prepare(networks, speed);
  const [program, ...args] = command;
  // The end of this process, or of the pipe, is the lab's.
  const child = spawn(program ?? '', args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const stop = (): void => void child.kill('SIGKILL');
  process.once('exit', stop);
  let said = '';
  child.stdin.on('error', () => undefined);
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const reply = async (): Promise<unknown> => {
    const late = setTimeout(stop, MAX_REPLY_MS);
    try {
      const { done, value } = await lines.next();
      if (done === true) throw new Error(`the lab ended: ${said.trim()}`);
      const answer = JSON.parse(value) as { readonly ok?: unknown; readonly error?: string };
      if (answer.error !== undefined) throw new Error(answer.error);
      return answer.ok;
    } finally {
      clearTimeout(late);
    }
  };
  // One at a time: replies come in the order of the questions.
  let turn: Promise<unknown> = Promise.resolve();
  const tell = (line: string): Promise<unknown> => {
    const mine = turn.then(() => {
      child.stdin.write(`${line}\n`);
      return reply();
    });
    turn = mine.catch(() => undefined);
    return mine;
  };
  const results = async <T>(line: string): Promise<readonly T[]> =>
    ((await tell(line)) as { readonly results: readonly T[] }).results;

  const close = async (): Promise<void> => {
    stop();
    await ended;
    process.off('exit', stop);
    if (process.env['KUAGER_LAB_KEEP'] === undefined) await rm(folder, { recursive: true, force: true });
  };
  try {
    await reply();
  } catch (error) {
    await close();
    throw error;
  }
  return {
    folder,
    line: async (network, state) => void (await tell(`line ${state} ${network}`)),
    members: async (network, what) => void (await tell(`members ${what} ${network}`)),
    collector: async (what) => void (await tell(`collector ${what}`)),
    events: () => results<PublicSilence>('events'),
    alerts: async () => (await results<LabAlert>('alerts')).toSorted((a, b) => a.id - b.id),
    state: async (network) => (await tell(`state ${network}`)) as NetworkState,
    explain: async (id) => (await tell(`explain ${id}`)) as Awaited<ReturnType<WatchLab['explain']>>,
    ask: async (path) => (await tell(`ask ${path}`)) as string,
    said: async () => (await tell('said')) as readonly string[],
    now: async () => (await tell('now')) as number,
    wait: (minutes) => new Promise((resolve) => setTimeout(resolve, (minutes * MINUTE_MS) / speed)),
    close,
  };
}

/** The same for a person: the lines come from the terminal. Resolves when it is left. */
export async function watchShell(networks: readonly WatchedNetwork[], speed: number): Promise<number> {
  const { folder, command } = await prepare(networks, speed);
  const [program, ...args] = command;
  const child = spawn(program ?? '', args, { stdio: 'inherit' });
  const stop = (): void => void child.kill('SIGKILL');
  process.once('exit', stop);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve(code ?? 1));
    });
  } finally {
    process.off('exit', stop);
    await rm(folder, { recursive: true, force: true });
  }
}
