import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Verdict } from '../../../shared/model/index.ts';
import type { CensorRule, Scenario } from '../../scenarios/scenario.ts';
import { LOOPBACK } from '../loopback/sockets.ts';
import { STANDS } from './job.ts';
import type { InsideResult, Job, ProbeRun, Run, RunResult } from './job.ts';
import { COLLECTOR_ADDRESS } from './layout.ts';
import { labKeys, programsOf, type WantedPrograms } from './programs.ts';

/** Runs a scenario with real packets, in namespaces that end with it. */

export interface NamespaceOptions {
  /** Of the numbers that decide which packets are lost; 1 unless said. */
  readonly seed?: number;
  readonly programs?: WantedPrograms;
}

export interface SeriesResult {
  /** In the runs that were wanted. */
  readonly index: number;
  /** Of the last probe. */
  readonly verdict: Verdict | null;
  readonly exitCode: number;
  readonly measurementId: string | null;
  readonly archived: ProbeRun['archived'];
  readonly messages: readonly string[];
  readonly probes: readonly ProbeRun[];
  /** Of the probes; building the lab is not in it. */
  readonly seconds: number;
  readonly packets: number;
  readonly cpuSeconds: number;
  /** How much later than they were due packets went out: the latest of each hundred, milliseconds. */
  readonly lateMs: number;
}

export interface NamespaceResult extends SeriesResult {
  readonly scenario: Scenario;
  /** What the collector made of it, once it had all. */
  readonly collectorVerdict: Verdict | null;
  readonly setUpSeconds: number;
}

/** A punishment waited out twice, five probes, a slow machine: silence for so long is a lab that hangs. Milliseconds. */
const MAX_RUN_MS = 15 * 60_000;

/** Network, mounts and processes of its own; a user who is not root becomes root of nothing but these. */
export function unshareCommand(isRoot: boolean): readonly string[] {
  return [
    'unshare',
    ...(isRoot ? [] : ['--user', '--map-root-user']),
    ...['--net', '--mount', '--pid', '--fork', '--kill-child=KILL', '--mount-proc'],
  ];
}

/** A rule about the loopback lab's control is one about this lab's. */
function atCollector(rule: CensorRule): CensorRule {
  return rule.on === 'host' && rule.match === LOOPBACK ? { ...rule, match: COLLECTOR_ADDRESS } : rule;
}

async function prepare(
  scenario: Scenario,
  mode: Job['mode'],
  runs: readonly Run[],
  wanted: WantedPrograms | undefined,
): Promise<{ readonly folder: string; readonly command: readonly string[] }> {
  const programs = await programsOf(wanted);
  const folder = await mkdtemp(join(tmpdir(), 'kuager-netns-'));
  const job: Job = { mode, runs, programs };
  const laid: Scenario = { ...scenario, censor: scenario.censor.map(atCollector) };
  await writeFile(join(folder, 'scenario.json'), JSON.stringify(laid));
  await writeFile(join(folder, 'job.json'), JSON.stringify(job));
  await writeFile(join(folder, 'diary'), '');
  await writeFile(join(folder, 'keys.json'), await labKeys());
  const isRoot = process.getuid?.() === 0;
  return { folder, command: [...unshareCommand(isRoot), ...programs.inside, folder] };
}

function seriesResult(line: string): SeriesResult {
  const result = JSON.parse(line) as RunResult;
  const last = result.probes.at(-1);
  if (last === undefined) throw new Error('no probe ran');
  return { ...last, ...result, seconds: result.probes.reduce((sum, probe) => sum + probe.seconds, 0) };
}

/** Labs that are being built, and those that wait for a turn: building is work, where measuring is mostly waiting. */
let building = 0;
const waiting: (() => void)[] = [];

/** Gives back what to call when the lab is built, or never will be. */
async function turnToBuild(): Promise<() => void> {
  if (building >= availableParallelism()) await new Promise<void>((resolve) => waiting.push(resolve));
  else building++;
  let over = false;
  return () => {
    if (over) return;
    over = true;
    const next = waiting.shift();
    if (next === undefined) building--;
    else next();
  };
}

/** Labs that stand; the end of this process is theirs. */
const standing = new Set<() => void>();
process.once('exit', () => {
  for (const stop of standing) stop();
});

/**
 * One lab, in which the scenario is measured once for each run, one after the other; `onRun` is told as each ends.
 * Throws when the lab itself fails or `signal` ends it; whatever the probe meets in it is a result.
 */
export async function runSeriesInNamespaces(
  scenario: Scenario,
  runs: readonly Run[],
  onRun: (result: SeriesResult) => void,
  options: Pick<NamespaceOptions, 'programs'> & { readonly signal?: AbortSignal } = {},
): Promise<InsideResult> {
  const { folder, command } = await prepare(scenario, 'run', runs, options.programs);
  const [program, ...args] = command;
  const built = await turnToBuild();
  const child = spawn(program ?? '', args, { stdio: ['pipe', 'pipe', 'pipe'] });
  // The end of the pipe ends the lab, also when this process is killed; `unshare` itself heeds nothing milder.
  const stop = (): void => void child.kill('SIGKILL');
  standing.add(stop);
  options.signal?.addEventListener('abort', stop, { once: true });
  let timer = setTimeout(stop, MAX_RUN_MS);
  try {
    if (options.signal?.aborted === true) stop();
    let said = '';
    child.stdin.on('error', () => undefined);
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    const ended = new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    const lines = createInterface({ input: child.stdout, crlfDelay: Number.POSITIVE_INFINITY });
    let failure: unknown = null;
    lines.on('line', (line) => {
      clearTimeout(timer);
      timer = setTimeout(stop, MAX_RUN_MS);
      built();
      try {
        if (line !== STANDS) onRun(seriesResult(line));
      } catch (error) {
        failure ??= error;
        stop();
      }
    });
    const code = await ended;
    if (failure !== null) throw new Error(`${scenario.name}: a result that nobody took`, { cause: failure });
    if (code !== 0) throw new Error(`${scenario.name}: the namespace lab failed: ${said.trim()}`);
    return JSON.parse(await readFile(join(folder, 'result.json'), 'utf8')) as InsideResult;
  } finally {
    built();
    clearTimeout(timer);
    standing.delete(stop);
    options.signal?.removeEventListener('abort', stop);
    stop();
    if (process.env['KUAGER_LAB_KEEP'] === undefined) await rm(folder, { recursive: true, force: true });
  }
}

/** A lab for one run. Throws as `runSeriesInNamespaces`. */
export async function runInNamespaces(
  scenario: Scenario,
  options: NamespaceOptions = {},
): Promise<NamespaceResult> {
  const results: SeriesResult[] = [];
  const run: Run = { seed: options.seed ?? 1 };
  const inside = await runSeriesInNamespaces(scenario, [run], (result) => results.push(result), options);
  const result = results[0];
  if (result === undefined) throw new Error(`${scenario.name}: no probe ran`);
  const { collector, setUpSeconds } = inside;
  return {
    ...result,
    scenario,
    setUpSeconds,
    collectorVerdict: collector[result.measurementId ?? ''] ?? null,
  };
}

/** A shell on the client's device; resolves when it is left. */
export async function shellInNamespaces(scenario: Scenario, options: NamespaceOptions = {}): Promise<number> {
  const { folder, command } = await prepare(
    scenario,
    'shell',
    [{ seed: options.seed ?? 1 }],
    options.programs,
  );
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
