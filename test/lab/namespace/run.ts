import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Verdict } from '../../../shared/model/index.ts';
import type { CensorRule, Line, Scenario } from '../../scenarios/scenario.ts';
import { LOOPBACK } from '../loopback/sockets.ts';
import type { InsideResult, Job, ProbeRun } from './job.ts';
import { COLLECTOR_ADDRESS } from './layout.ts';

/** Runs a scenario with real packets, in namespaces that end with it. */

export interface NamespaceOptions {
  /** Of the numbers that decide which packets are lost; 1 unless said. */
  readonly seed?: number;
  /** Laid over the scenario's own line. */
  readonly line?: Partial<Line>;
  /** `built`: dist/; `source`: the TypeScript as it is. Where nothing is said: built, unless the source is newer. */
  readonly programs?: 'built' | 'source' | Pick<Job, 'probe' | 'collector'>;
}

export interface NamespaceResult {
  readonly scenario: Scenario;
  /** Of the last probe. */
  readonly verdict: Verdict | null;
  readonly exitCode: number;
  readonly measurementId: string | null;
  readonly messages: readonly string[];
  /** What the collector made of it, once it had all. */
  readonly collectorVerdict: Verdict | null;
  readonly probes: readonly ProbeRun[];
  /** Id of the lab's own entry among the interception authorities. */
  readonly knownAuthority: string;
  /** Of the probes; building the lab is not in it. */
  readonly seconds: number;
  readonly setUpSeconds: number;
  readonly packets: number;
  readonly cpuSeconds: number;
}

const ROOT = join(import.meta.dirname, '../../..');
const TSX = import.meta.resolve('tsx');
const script: readonly string[] = [process.execPath, '--import', TSX];
/** A punishment waited out twice, five probes, a slow machine. Milliseconds. */
const MAX_RUN_MS = 15 * 60_000;

/** The programs are bundles of these. */
const SOURCES = ['probe', 'collector', 'shared', 'testlists'];

async function newestSource(): Promise<number> {
  const times = SOURCES.map(async (folder) => {
    const entries = await readdir(join(ROOT, folder), { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    return Promise.all(files.map(async (f) => (await stat(join(f.parentPath, f.name))).mtimeMs));
  });
  return Math.max(...(await Promise.all(times)).flat());
}

async function isStale(built: readonly string[]): Promise<boolean> {
  if (!built.every((path) => existsSync(path))) return true;
  const times = await Promise.all(built.map(async (path) => (await stat(path)).mtimeMs));
  return Math.min(...times) < (await newestSource());
}

async function programs(wanted: NamespaceOptions['programs']): Promise<Pick<Job, 'probe' | 'collector'>> {
  if (typeof wanted === 'object') return wanted;
  const built = ['kuager', 'kuager-collector'].map((name) => join(ROOT, 'dist', `${name}.mjs`));
  if (wanted === 'source' || (wanted === undefined && (await isStale(built))))
    return {
      probe: [...script, join(ROOT, 'probe/main.ts')],
      collector: [...script, join(ROOT, 'collector/main.ts')],
    };
  return { probe: [process.execPath, built[0]!], collector: [process.execPath, built[1]!] };
}

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
  options: NamespaceOptions,
): Promise<{ readonly folder: string; readonly command: readonly string[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'kuager-netns-'));
  const job: Job = { mode, seed: options.seed ?? 1, script, ...(await programs(options.programs)) };
  const laid: Scenario = {
    ...scenario,
    censor: scenario.censor.map(atCollector),
    line: { ...scenario.line, ...options.line },
  };
  await writeFile(join(folder, 'scenario.json'), JSON.stringify(laid));
  await writeFile(join(folder, 'job.json'), JSON.stringify(job));
  await writeFile(join(folder, 'diary'), '');
  const inside = fileURLToPath(import.meta.resolve('./inside.ts'));
  const isRoot = process.getuid?.() === 0;
  return { folder, command: [...unshareCommand(isRoot), ...script, inside, folder] };
}

/** Throws when the lab itself fails; whatever the probe meets in it is a result. */
export async function runInNamespaces(
  scenario: Scenario,
  options: NamespaceOptions = {},
): Promise<NamespaceResult> {
  const { folder, command } = await prepare(scenario, 'run', options);
  const [program, ...args] = command;
  const child = spawn(program ?? '', args, { stdio: ['pipe', 'ignore', 'pipe'] });
  // The end of the pipe ends the lab, also when this process is killed; `unshare` itself heeds nothing milder.
  const stop = (): void => void child.kill('SIGKILL');
  process.once('exit', stop);
  const timer = setTimeout(stop, MAX_RUN_MS);
  try {
    let said = '';
    child.stdin.on('error', () => undefined);
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    if (code !== 0) throw new Error(`${scenario.name}: the namespace lab failed: ${said.trim()}`);
    const result = JSON.parse(await readFile(join(folder, 'result.json'), 'utf8')) as InsideResult;
    const last = result.probes.at(-1);
    if (last === undefined) throw new Error(`${scenario.name}: no probe ran`);
    const { knownAuthority, setUpSeconds, packets, cpuSeconds } = result;
    return {
      ...last,
      ...{ scenario, knownAuthority, setUpSeconds, packets, cpuSeconds, probes: result.probes },
      seconds: result.probes.reduce((sum, probe) => sum + probe.seconds, 0),
      collectorVerdict: result.collector[last.measurementId ?? ''] ?? null,
    };
  } finally {
    clearTimeout(timer);
    process.off('exit', stop);
    stop();
    if (process.env['KUAGER_LAB_KEEP'] === undefined) await rm(folder, { recursive: true, force: true });
  }
}

/** A shell on the client's device; resolves when it is left. */
export async function shellInNamespaces(scenario: Scenario, options: NamespaceOptions = {}): Promise<number> {
  const { folder, command } = await prepare(scenario, 'shell', options);
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
