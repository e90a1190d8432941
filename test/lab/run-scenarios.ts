/**
 * Runs scenarios the way users would meet them: one collector with control and reflector on loopback, and for each
 * scenario a probe of its own behind its own censor. Only names and addresses are the lab's; every socket is real.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunningCollector } from '../../collector/serve.ts';
import { runCommand } from '../../probe/commands/run.ts';
import type { World } from '../../probe/commands/world.ts';
import { createNet } from '../../probe/net/create-net.ts';
import { createHttpOpener } from '../../probe/net/http-opener.ts';
import type { Verdict } from '../../shared/model/index.ts';
import {
  ALL_SCENARIOS,
  expectedOf,
  LAB_BLOCKPAGE_ROWS,
  LAB_NETWORK_ROWS,
  placeOf,
  targetsOf,
  type Scenario,
} from '../scenarios/index.ts';
import { eventDifferences, publishedVerdicts, type CollectorVerdict } from './collector-says.ts';
import { differences } from './compare.ts';
import { LAB_ONLY, startLabCollector } from './lab-collector.ts';
import { clientName, startLoopbackLab, type ClientView, type LoopbackLab } from './loopback/lab.ts';

export { LAB_ONLY } from './lab-collector.ts';

/** Probes at a time. Much more and they wait for the processor, which looks like a slow network. */
const DEFAULT_CONCURRENCY = 48;

/** What one probe came to. */
export interface ProbeResult {
  readonly exitCode: number;
  /** null when the run printed no result. */
  readonly verdict: Verdict | null;
  readonly measurementId: string | null;
  readonly seconds: number;
  /** What a volunteer would have read on stderr. */
  readonly messages: readonly string[];
  /** Of the run's other targets, by URL. */
  readonly others: ReadonlyMap<string, TargetResult>;
}
export interface TargetResult {
  readonly verdict: Verdict;
  readonly measurementId: string;
}
/** Of the first probe; `all` has every one of them, in order. */
export interface ScenarioResult extends ProbeResult {
  readonly scenario: Scenario;
  readonly all: readonly ProbeResult[];
}

export interface ScenarioLabOptions {
  /** Waits pass at once; time-outs stay as in production. Default: real time. */
  readonly virtualClock?: boolean;
}

export interface ScenarioLab {
  readonly lab: LoopbackLab;
  readonly collector: RunningCollector;
  readonly folder: string;
  /** All probes of the scenario, one after the other. */
  run(scenario: Scenario): Promise<ScenarioResult>;
  /** What the collector says now, by measurement id. */
  collectorVerdicts(): Promise<ReadonlyMap<string, CollectorVerdict>>;
  /** Where its word on the scenario's interceptor is another than expected. */
  eventDifferences(scenario: Scenario): Promise<readonly string[]>;
  /** Stops everything; the folder stays when `keepFiles`. */
  close(keepFiles?: boolean): Promise<void>;
}

function labWorld(
  client: ClientView,
  lab: LoopbackLab,
  stateFolder: string,
  out: string[],
  err: string[],
): World {
  return {
    now: () => Date.now() + client.clockOffsetMs,
    random: (n) => new Uint8Array(randomBytes(n)),
    createNet,
    createHttpOpener,
    interfaces: () => client.interfaces(),
    routeAddress: () => Promise.resolve(client.routeAddress()),
    stateFolder,
    only: LAB_ONLY,
    lab: client.lab,
    extraInterceptionJson: [JSON.stringify({ version: 1, roots: lab.knownAuthorities })],
    extraBlockpageRows: LAB_BLOCKPAGE_ROWS,
    extraNetworkRows: LAB_NETWORK_ROWS,
    locale: 'C',
    out: (line) => void out.push(line),
    err: (line) => void err.push(line),
    terminal: { interactive: false, color: false, columns: 80 },
    ask: () => Promise.resolve(null),
    stop: new AbortController().signal,
  };
}

function readResult(
  out: readonly string[],
  target: string,
): Pick<ProbeResult, 'verdict' | 'measurementId' | 'others'> {
  const results = out
    .filter((text) => text.startsWith('{'))
    .map((text) => JSON.parse(text) as { input: string; verdict: Verdict; measurement_id: string });
  const others = new Map(
    results.map((r) => [r.input, { verdict: r.verdict, measurementId: r.measurement_id }]),
  );
  const { verdict, measurementId } = others.get(target) ?? { verdict: null, measurementId: null };
  others.delete(target);
  return { verdict, measurementId, others };
}

export async function startScenarioLab(
  scenarios: readonly Scenario[],
  options: ScenarioLabOptions = {},
): Promise<ScenarioLab> {
  const folder = await mkdtemp(join(tmpdir(), 'kuager-lab-'));
  const lab = await startLoopbackLab({ scenarios, ...options });
  const rootFile = join(folder, 'lab-root.pem');
  await writeFile(rootFile, lab.rootsPem);
  const collector = await startLabCollector(lab, folder, scenarios);
  lab.outsideSays('diary');
  await collector.runDiary();
  lab.outsideSays('now');

  const runProbe = async (scenario: Scenario, client: ClientView, nth: number): Promise<ProbeResult> => {
    const out: string[] = [];
    const err: string[] = [];
    const place = placeOf(scenario, nth);
    const type = place?.type ?? scenario.line?.type;
    const flags = {
      url: [...targetsOf(scenario)],
      collector: collector.url,
      publish: true,
      yes: true,
      json: true,
      doh: client.dohUrl,
      resolver: client.resolvers.map((r) => `${r.address}:${r.port}`),
      ...(client.controlUrl === null ? {} : { control: client.controlUrl }),
      extraRoot: [rootFile],
      ...(type === undefined ? {} : { networkType: type }),
      ...(place?.region === undefined ? {} : { region: place.region }),
    };
    const started = performance.now();
    client.begin();
    const world = labWorld(client, lab, join(folder, `probe-${scenario.name}-${nth}`), out, err);
    const exitCode = await runCommand(flags, world);
    const seconds = (performance.now() - started) / 1000;
    return { exitCode, ...readResult(out, scenario.target), seconds, messages: err };
  };

  return {
    lab,
    collector,
    folder,
    async run(scenario) {
      const clientOf = (nth: number): ClientView => {
        const client = lab.clients.get(clientName(scenario, nth));
        if (client === undefined) throw new Error(`no client for ${scenario.name}`);
        return client;
      };
      const first = await runProbe(scenario, clientOf(0), 0);
      const all = [first];
      for (let nth = 1; nth < (scenario.probes ?? 1); nth++)
        all.push(await runProbe(scenario, clientOf(nth), nth));
      return { scenario, ...first, all };
    },
    collectorVerdicts: () => publishedVerdicts(collector.url),
    eventDifferences: (scenario) => eventDifferences(collector.url, scenario),
    async close(keepFiles = false) {
      await collector.close();
      await lab.close();
      if (!keepFiles) await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Why this runner can't show a scenario; null: it can. Unreachability by ICMP is emulated: loopback has none. */
export function unmetNeed(scenario: Scenario, { silence }: Pick<LoopbackLab, 'silence'>): string | null {
  if (scenario.needs?.includes('loss') === true) return 'loopback loses no packets';
  // Elsewhere than on Linux the lab's addresses refuse instead, which is another scenario.
  const needsSilence =
    scenario.needs?.includes('silence') === true ||
    scenario.censor.some((rule) => rule.on === 'address' && rule.action.kind === 'drop') ||
    scenario.sites.some((site) => site.state === 'silent');
  return needsSilence && !silence ? 'this system can’t leave a SYN unanswered' : null;
}

/** How many rounds of time-outs a scenario is likely to take. */
function rounds({ censor, line, sites, probes = 1 }: Scenario): number {
  const silent = censor.filter((rule) =>
    ['drop', 'silence', 'throttle', 'freeze'].includes(rule.action.kind),
  );
  const everything = silent.filter((rule) => rule.match === '*').length;
  const punished = censor.filter((rule) => 'residual' in rule && rule.residual !== undefined).length;
  const dead = sites.filter((site) => site.state === 'silent').length;
  const before = line?.penalisedSeconds === undefined ? 0 : 2;
  return probes * (Math.min(silent.length, 2) + 3 * everything + 2 * punished + before + dead);
}

/** What is found by comparing rates: a busy processor would be one more slow line. */
const measuresSpeed = ({ censor, sites }: Scenario): boolean =>
  censor.some((rule) => rule.action.kind === 'throttle') ||
  sites.some((site) => site.bytesPerSecond !== undefined);

/**
 * Those that wait longest first, so that none of them is left for the end; those that compare rates last, when the others
 * are over or only wait.
 */
export function startingOrder(scenarios: readonly Scenario[]): readonly Scenario[] {
  const rank = (scenario: Scenario): number => (measuresSpeed(scenario) ? -1 : rounds(scenario));
  return [...scenarios].sort((a, b) => rank(b) - rank(a));
}

/** Several at a time, each started when another has ended, the first of the list first. */
export async function inTurn<T>(items: readonly T[], atATime: number, work: (item: T) => Promise<void>) {
  const left = [...items];
  const worker = async (): Promise<void> => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: atATime }, worker));
}

/** Of each probe, whose places without interference are no matter of the expectation; and of each other target. */
export function differencesOf({ scenario, all }: ScenarioResult): string[] {
  return all.flatMap(({ verdict, others }, nth) => [
    ...differences(verdict, expectedOf(scenario, nth)),
    ...(scenario.others ?? []).flatMap(({ target, expect }) =>
      differences(others.get(target)?.verdict ?? null, expect).map((text) => `${target}: ${text}`),
    ),
  ]);
}

export interface ScenarioRow {
  readonly scenario: Scenario;
  /** Why it was not run; null when it was. */
  readonly skipped: string | null;
  readonly result: ScenarioResult | null;
  /** What differs from the expectation; empty when all is as expected. */
  readonly differs: readonly string[];
  /** The same for the collector's word on each probe once it has them all. */
  readonly differsTogether: readonly string[];
}

export interface RunOptions extends ScenarioLabOptions {
  readonly concurrency?: number;
  /** Each row as its scenario ends; the collector's part is not in it yet. */
  readonly onRow?: (row: ScenarioRow) => void;
}

/**
 * Runs the named scenarios in a lab of their own and compares; no names: all. Throws for a name that is none. Rows are in
 * the order of the scenarios.
 */
export async function runScenarios(
  names: readonly string[],
  options: RunOptions = {},
): Promise<ScenarioRow[]> {
  const unknown = names.filter((name) => !ALL_SCENARIOS.some((scenario) => scenario.name === name));
  if (unknown.length > 0) throw new Error(`no such scenario: ${unknown.join(', ')}`);
  const chosen = ALL_SCENARIOS.filter(({ name }) => names.length === 0 || names.includes(name));
  const { concurrency = DEFAULT_CONCURRENCY, onRow, ...labOptions } = options;
  const running = await startScenarioLab(chosen, labOptions);
  try {
    const { lab } = running;
    const rows = new Map<string, ScenarioRow>();
    await inTurn(startingOrder(chosen), concurrency, async (scenario) => {
      const skipped = unmetNeed(scenario, lab);
      const result = skipped === null ? await running.run(scenario) : null;
      const differs = result === null ? [] : differencesOf(result);
      const row = { scenario, skipped, result, differs, differsTogether: [] };
      rows.set(scenario.name, row);
      onRow?.(row);
    });
    const theirs = await running.collectorVerdicts();
    const together = chosen
      .flatMap(({ name }) => rows.get(name) ?? [])
      .map(async (row) => {
        const { scenario, result } = row;
        const verdicts = (result?.all ?? []).flatMap(({ measurementId }, nth) => {
          const verdict = theirs.get(measurementId ?? '')?.verdict ?? null;
          return differences(verdict, scenario.expectTogether ?? expectedOf(scenario, nth));
        });
        const event = result === null ? [] : await running.eventDifferences(scenario);
        return { ...row, differsTogether: [...verdicts, ...event] };
      });
    return await Promise.all(together);
  } finally {
    await running.close();
  }
}
