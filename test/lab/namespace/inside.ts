/**
 * Process 1 of a lab: in namespaces of its own (network, mounts, processes) it builds the network, is the path between its
 * parts, starts the world, the collector and the probe, and ends. The kernel ends everything else with it.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createWriteStream, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Verdict } from '../../../shared/model/index.ts';
import type { Scenario } from '../../scenarios/scenario.ts';
import { REGISTRY_ADDRESSES } from '../loopback/registry.ts';
import { openCarrier } from './carrier.ts';
import type { Carrier } from './carrier.ts';
import { createPath } from './censor.ts';
import type { Leg, PathSettings } from './censor.ts';
import {
  collectorArguments,
  collectorUrl,
  earlierArguments,
  probeArguments,
  SHIFTED_CLOCK,
} from './commands.ts';
import { STANDS } from './job.ts';
import type { InsideResult, Job, ProbeRun, Run, RunResult, WorldReady } from './job.ts';
import {
  BOX,
  boxPlaces,
  CLIENT,
  labOnly,
  outsideAddresses,
  resolverAddress,
  worldAddresses,
} from './layout.ts';
import { createRandom } from './line.ts';
import { FAR, NEAR, NETWORK, setUpNamespaces } from './network.ts';
import type { Namespaces } from './network.ts';

/** Starting a program with a compiler in front, on a busy machine. Milliseconds. */
const START_TIMEOUT_MS = 60_000;
const MAX_VERDICTS = 1000;
/** Lines of what a program said before it ended. */
const MAX_LAST_WORDS = 30;

const folder = process.argv[2] ?? '.';
const job = JSON.parse(readFileSync(join(folder, 'job.json'), 'utf8')) as Job;
const scenario = JSON.parse(readFileSync(join(folder, 'scenario.json'), 'utf8')) as Scenario;

interface Started {
  readonly child: ChildProcess;
  readonly out: string[];
  readonly err: string[];
  /** Resolves with the exit code. */
  readonly ended: Promise<number>;
}

function start(
  namespaces: Namespaces,
  leg: Leg,
  command: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Started {
  const [program, ...args] = [...namespaces.enter(leg), ...command];
  const child = spawn(program ?? '', args, {
    env: { ...process.env, KUAGER_ONLY: labOnly(scenario), LANG: 'C', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const read = (stream: NodeJS.ReadableStream): string[] => {
    const lines: string[] = [];
    let rest = '';
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      const parts = (rest + text).split('\n');
      rest = parts.pop() ?? '';
      lines.push(...parts);
    });
    stream.once('end', () => rest !== '' && lines.push(rest));
    return lines;
  };
  const [out, err] = [read(child.stdout), read(child.stderr)];
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
  return { child, out, err, ended };
}

/** The first line with this text. Throws when the program ends before, or takes too long. */
async function lineOf(started: Started, what: string, text: string): Promise<string> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  let code: number | null = null;
  void started.ended.then((ended) => {
    code = ended;
  });
  for (;;) {
    const line = [...started.out, ...started.err].find((l) => l.includes(text));
    if (line !== undefined) return line;
    if (code !== null || performance.now() > deadline)
      throw new Error(`${what} did not start (exit ${code ?? 'none'}): ${started.err.slice(-5).join(' | ')}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

let packets = 0;

interface Wire {
  readonly carrier: Carrier;
  /** From now on the path interferes, has this line, and remembers nothing of what was before. */
  interfere(run: Run): void;
}

/** The path while nobody interferes. */
async function startPath(ready: WorldReady): Promise<Wire> {
  const places = boxPlaces(scenario).map(
    ({ endpoint, boxPort }) =>
      [endpoint === null ? '*' : `${endpoint.address} ${endpoint.port}`, boxPort] as const,
  );
  const settings: PathSettings = {
    rules: scenario.censor,
    line: scenario.line ?? {},
    addresses: {
      client: new Set([CLIENT[4], CLIENT[6]]),
      world: new Set(worldAddresses(scenario, REGISTRY_ADDRESSES)),
      outside: new Set(outsideAddresses()),
    },
    spared: new Set([resolverAddress(scenario)]),
    dead: new Map(Object.entries(ready.dead)),
    boxPorts: new Map(places),
    boxAddress: BOX,
    random: createRandom(0),
  };
  let path = createPath({ ...settings, rules: [], line: {}, boxPorts: new Map() });
  const legs = new Map<number, Leg>((Object.keys(NETWORK) as Leg[]).map((leg) => [NETWORK[leg], leg]));
  const log = process.env['KUAGER_LAB_PACKETS'] === '1' ? createWriteStream(join(folder, 'packets')) : null;
  const carrier = await openCarrier(NEAR, FAR, (network, packet) => {
    packets++;
    const from = legs.get(network);
    if (from === undefined) return;
    const sent = path(from, packet, performance.now());
    log?.write(`${from} ${packet.length} -> ${sent.map((s) => `${s.leg} ${s.packet.length}`).join(', ')}\n`);
    for (const { leg, packet: bytes, atMs } of sent) carrier.send(NETWORK[leg], bytes, atMs);
  });
  const interfere = ({ seed, line }: Run): void => {
    path = createPath({ ...settings, line: { ...settings.line, ...line }, random: createRandom(seed) });
  };
  return { carrier, interfere };
}

/** State folder of the nth probe of a run: each is a device of its own. */
const homeOf = (run: number, nth: number): string => `probe-${run}-${nth}`;

/** Where even the collector is out of reach, what the device heard of it earlier matters. */
const cutsOff = (): boolean =>
  scenario.line?.down === true ||
  scenario.line?.penalisedSeconds !== undefined ||
  scenario.censor.some((rule) => rule.on !== 'name' && rule.match === '*');

/** A day before: the device knows its collector. Nothing of it is delivered. */
async function earlierRun(namespaces: Namespaces, name: string): Promise<void> {
  const probe = start(namespaces, 'client', [...job.programs.probe, ...earlierArguments(folder)], {
    KUAGER_HOME: join(folder, name),
  });
  await probe.ended;
}

async function runProbe(namespaces: Namespaces, name: string): Promise<ProbeRun> {
  const began = performance.now();
  const hours = scenario.line?.clockOffsetHours;
  const clock = join(folder, 'shifted-clock.mjs');
  if (hours !== undefined) writeFileSync(clock, SHIFTED_CLOCK);
  const probe = start(namespaces, 'client', [...job.programs.probe, ...probeArguments(scenario, folder)], {
    KUAGER_HOME: join(folder, name),
    ...(hours === undefined
      ? {}
      : { KUAGER_LAB_CLOCK_HOURS: String(hours), NODE_OPTIONS: `--import=file://${clock}` }),
  });
  const exitCode = await probe.ended;
  const result = probe.out
    .filter((text) => text.startsWith('{'))
    .map((text) => JSON.parse(text) as { input: string; verdict: Verdict; measurement_id: string })
    .find(({ input }) => input === scenario.target);
  return {
    exitCode,
    verdict: result?.verdict ?? null,
    measurementId: result?.measurement_id ?? null,
    seconds: (performance.now() - began) / 1000,
    messages: probe.err,
  };
}

/** What the collector publishes, asked from its own machine. */
async function collectorVerdicts(namespaces: Namespaces): Promise<Readonly<Record<string, Verdict>>> {
  const url = `${collectorUrl()}/api/v2/verdicts?limit=${MAX_VERDICTS}`;
  const ask = `process.stdout.write(await (await fetch('${url}')).text())`;
  const asked = start(namespaces, 'outside', [process.execPath, '--input-type=module', '--eval', ask]);
  await asked.ended;
  const reply = JSON.parse(asked.out.join('\n')) as {
    results: { measurement_id: string; verdict: Verdict }[];
  };
  return Object.fromEntries(reply.results.map((r) => [r.measurement_id, r.verdict]));
}

async function shell(namespaces: Namespaces): Promise<void> {
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const command = [...job.programs.probe, ...probeArguments(scenario, folder)].join(' ');
  say(`a shell on the client's device (${CLIENT[4]}); \`exit\` takes the lab down`);
  say(`the probe, as a volunteer would start it:\n  ${command.replace(' --json', '')}`);
  say(
    `the others: nsenter commands\n  world    ${namespaces.enter('world').join(' ')} sh\n  outside  ${namespaces.enter('outside').join(' ')} sh`,
  );
  const [program, ...args] = [...namespaces.enter('client'), process.env['SHELL'] ?? 'sh'];
  const child = spawn(program ?? '', args, {
    stdio: 'inherit',
    env: {
      ...process.env,
      KUAGER_ONLY: labOnly(scenario),
      KUAGER_HOME: join(folder, homeOf(0, 0)),
      PS1: 'client$ ',
    },
  });
  await new Promise((resolve) => child.once('close', resolve));
}

async function main(): Promise<void> {
  const began = performance.now();
  const namespaces = await setUpNamespaces(folder, scenario, worldAddresses(scenario, REGISTRY_ADDRESSES));
  const { programs, runs } = job;
  const world = start(namespaces, 'world', [...programs.world, folder]);
  const ready = JSON.parse(await lineOf(world, 'the world', '{"dead"')) as WorldReady;
  const { carrier, interfere } = await startPath(ready);
  if (scenario.listed !== undefined) {
    writeFileSync(join(folder, 'diary'), 'now');
    const diary = start(namespaces, 'outside', [...programs.diary, folder]);
    await lineOf(diary, 'the diary', 'entries written');
    await diary.ended;
    writeFileSync(join(folder, 'diary'), '');
  }
  const collector = start(namespaces, 'outside', [...programs.collector, ...collectorArguments(folder)]);
  await lineOf(collector, 'the collector', 'listening');
  const homes = runs.map((_, run) =>
    Array.from({ length: scenario.probes ?? 1 }, (_unused, nth) => homeOf(run, nth)),
  );
  // What follows is measuring, of which most is waiting.
  if (job.mode === 'run') process.stdout.write(`${STANDS}\n`);
  if (cutsOff()) for (const home of homes.flat()) await earlierRun(namespaces, home);
  if (scenario.line?.down === true) namespaces.cutClient();
  const setUpSeconds = (performance.now() - began) / 1000;
  if (job.mode === 'shell') {
    interfere(runs[0] ?? { seed: 1 });
    return shell(namespaces);
  }
  let broken: string | null = null;
  const standing = { 'the world': world, 'the collector': collector };
  for (const [what, { ended, err }] of Object.entries(standing))
    void ended.then((code) => {
      broken ??= `${what} ended (exit ${code}): ${err.slice(-MAX_LAST_WORDS).join(' | ')}`;
    });
  for (const [index, run] of runs.entries()) {
    interfere(run);
    carrier.takeLateness();
    const [packetsBefore, cpuBefore] = [packets, process.cpuUsage()];
    const probes: ProbeRun[] = [];
    for (const home of homes[index] ?? []) probes.push(await runProbe(namespaces, home));
    // A network that has fallen apart is no censor's doing.
    if (broken !== null) throw new Error(broken);
    const { user, system } = process.cpuUsage(cpuBefore);
    const result: RunResult = {
      ...{ index, probes },
      packets: packets - packetsBefore,
      cpuSeconds: (user + system) / 1e6,
      lateMs: carrier.takeLateness(),
    };
    process.stdout.write(`${JSON.stringify(result)}\n`);
  }
  const result: InsideResult = { collector: await collectorVerdicts(namespaces), setUpSeconds };
  writeFileSync(join(folder, 'result.json'), JSON.stringify(result));
}

/** Left alone, the lab ends: the one who wanted it holds the other end of this pipe. */
if (job.mode === 'run') {
  process.stdin.resume();
  process.stdin.once('end', () => process.exit(1));
  process.stdin.once('error', () => process.exit(1));
}
// Ctrl-C is for whatever runs in the shell.
process.on('SIGINT', () => undefined);
try {
  await main();
  process.exit(0);
} catch (error) {
  process.stderr.write(`lab: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
