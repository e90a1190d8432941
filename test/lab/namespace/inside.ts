/**
 * Process 1 of a lab: in namespaces of its own (network, mounts, processes) it builds the network, is the path between its
 * parts, starts the world, the collector and the probe, and ends. The kernel ends everything else with it.
 */
import { spawn } from 'node:child_process';
import { createWriteStream, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Measurement, Verdict } from '../../../shared/model/index.ts';
import { deviceOf } from '../../scenarios/probes.ts';
import type { Scenario } from '../../scenarios/scenario.ts';
import { archivedFacts, looksIntoDocument, type ArchivedFacts } from '../archived.ts';
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
  deviceFolders,
  labOnly,
  outsideAddresses,
  resolverAddress,
  worldAddresses,
} from './layout.ts';
import { createRandom } from './line.ts';
import { FAR, NEAR, NETWORK, setUpNamespaces } from './network.ts';
import type { Namespaces } from './network.ts';
import { lineOf, startProgram, type Started } from './start-program.ts';

const MAX_VERDICTS = 1000;
/** Empty is as if they were not set. */
const MACHINE_VARIABLES = [
  ...['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR', 'CURL_CA_BUNDLE', 'REQUESTS_CA_BUNDLE'],
  'JAVA_HOME',
];
/** Lines of what a program said before it ended. */
const MAX_LAST_WORDS = 30;

const folder = process.argv[2] ?? '.';
const job = JSON.parse(readFileSync(join(folder, 'job.json'), 'utf8')) as Job;
const scenario = JSON.parse(readFileSync(join(folder, 'scenario.json'), 'utf8')) as Scenario;

/** A program in one of the namespaces. */
function start(
  namespaces: Namespaces,
  leg: Leg,
  command: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Started {
  const own = { KUAGER_ONLY: labOnly(scenario), LANG: 'C', ...environment };
  return startProgram([...namespaces.enter(leg), ...command], own);
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

/** State folder of the nth probe of a run: each is a device of its own, unless the scenario says otherwise. */
const homeOf = (run: number, nth: number): string => `probe-${run}-${deviceOf(scenario, nth)}`;

/** The client's device is not this machine: its own home, and no stores that this machine's environment names. */
const clientEnvironment = (name: string): Readonly<Record<string, string>> => ({
  ...Object.fromEntries(MACHINE_VARIABLES.map((variable) => [variable, ''])),
  HOME: deviceFolders(folder).home,
  KUAGER_HOME: join(folder, name),
});

/** Where even the collector is out of reach, what the device heard of it earlier matters. */
const cutsOff = (): boolean =>
  scenario.line?.down === true ||
  scenario.line?.penalisedSeconds !== undefined ||
  scenario.censor.some((rule) => rule.on !== 'name' && rule.match === '*');

/** A day before: the device knows its collector. Nothing of it is delivered. */
async function earlierRun(namespaces: Namespaces, name: string): Promise<void> {
  const probe = start(
    namespaces,
    'client',
    [...job.programs.probe, ...earlierArguments(folder)],
    clientEnvironment(name),
  );
  await probe.ended;
}

async function runProbe(namespaces: Namespaces, name: string): Promise<ProbeRun> {
  const began = performance.now();
  const hours = scenario.line?.clockOffsetHours;
  const clock = join(folder, 'shifted-clock.mjs');
  if (hours !== undefined) writeFileSync(clock, SHIFTED_CLOCK);
  const probe = start(namespaces, 'client', [...job.programs.probe, ...probeArguments(scenario, folder)], {
    ...clientEnvironment(name),
    ...(hours === undefined
      ? {}
      : { KUAGER_LAB_CLOCK_HOURS: String(hours), NODE_OPTIONS: `--import=file://${clock}` }),
  });
  const exitCode = await probe.ended;
  const result = probe.out
    .filter((text) => text.startsWith('{'))
    .map((text) => JSON.parse(text) as { input: string; verdict: Verdict; measurement_id: string })
    // The probe writes names in their ASCII form.
    .find(({ input }) => input === new URL(scenario.target).href);
  const seconds = (performance.now() - began) / 1000;
  const measurementId = result?.measurement_id ?? null;
  return {
    exitCode,
    verdict: result?.verdict ?? null,
    measurementId,
    archived: await archivedOf(namespaces, measurementId),
    seconds,
    messages: probe.err,
  };
}

/** A reply of the collector, asked from its own machine; null: it has no such thing. */
async function askCollector(namespaces: Namespaces, path: string): Promise<unknown> {
  const ask =
    `const reply = await fetch('${collectorUrl()}${path}');` +
    "process.stdout.write(reply.status === 404 ? 'null' : await reply.text())";
  const asked = start(namespaces, 'outside', [process.execPath, '--input-type=module', '--eval', ask]);
  if ((await asked.ended) !== 0)
    throw new Error(`the collector does not answer: ${asked.err.slice(-MAX_LAST_WORDS).join(' | ')}`);
  return JSON.parse(asked.out.join('\n'));
}

async function archivedOf(namespaces: Namespaces, id: string | null): Promise<ArchivedFacts | null> {
  if (id === null || !looksIntoDocument(scenario.expect)) return null;
  const document = await askCollector(namespaces, `/api/v1/raw_measurement?measurement_uid=${id}`);
  return document === null ? null : archivedFacts(document as Measurement);
}

async function collectorVerdicts(namespaces: Namespaces): Promise<Readonly<Record<string, Verdict>>> {
  const reply = (await askCollector(namespaces, `/api/v2/verdicts?limit=${MAX_VERDICTS}`)) as {
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
      ...clientEnvironment(homeOf(0, 0)),
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
  // A network that has fallen apart is no censor's doing.
  const fallenApart = new Promise<never>((_, reject) => {
    for (const [what, { ended, err }] of Object.entries({ 'the world': world, 'the collector': collector }))
      void ended.then((code) =>
        reject(new Error(`${what} ended (exit ${code}): ${err.slice(-MAX_LAST_WORDS).join(' | ')}`)),
      );
  });
  const measure = async (): Promise<void> => {
    for (const [index, run] of runs.entries()) {
      interfere(run);
      carrier.takeLateness();
      const [packetsBefore, cpuBefore] = [packets, process.cpuUsage()];
      const probes: ProbeRun[] = [];
      for (const home of homes[index] ?? []) probes.push(await runProbe(namespaces, home));
      const { user, system } = process.cpuUsage(cpuBefore);
      const result: RunResult = {
        ...{ index, probes },
        packets: packets - packetsBefore,
        cpuSeconds: (user + system) / 1e6,
        lateMs: carrier.takeLateness(),
      };
      process.stdout.write(`${JSON.stringify(result)}\n`);
    }
  };
  await Promise.race([measure(), fallenApart]);
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
