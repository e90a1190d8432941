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
import { ALL_SCENARIOS, type Scenario } from '../scenarios/index.ts';
import { differences } from './compare.ts';
import { LAB_BLOCKPAGE_ROW, LAB_ONLY, startLabCollector } from './lab-collector.ts';
import { startLoopbackLab, type ClientView, type LoopbackLab } from './loopback/lab.ts';

export { LAB_ONLY } from './lab-collector.ts';

/** Probes at a time. Much more and they wait for the processor, which looks like a slow network. */
const DEFAULT_CONCURRENCY = 48;
/** Verdicts that the collector lists in one reply. */
const MAX_LISTED = 1000;

/** What one probe came to. */
export interface ProbeResult {
  readonly exitCode: number;
  /** null when the run printed no result. */
  readonly verdict: Verdict | null;
  readonly measurementId: string | null;
  readonly seconds: number;
  /** What a volunteer would have read on stderr. */
  readonly messages: readonly string[];
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
  collectorVerdicts(): Promise<ReadonlyMap<string, { readonly status: string; readonly verdict: Verdict }>>;
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
    extraInterceptionJson: [JSON.stringify({ version: 1, roots: [lab.knownAuthority] })],
    extraBlockpageRows: LAB_BLOCKPAGE_ROW,
    locale: 'C',
    out: (line) => void out.push(line),
    err: (line) => void err.push(line),
    terminal: { interactive: false, color: false, columns: 80 },
    ask: () => Promise.resolve(null),
    stop: new AbortController().signal,
  };
}

function readResult(out: readonly string[]): Pick<ProbeResult, 'verdict' | 'measurementId'> {
  const line = out.find((text) => text.startsWith('{'));
  if (line === undefined) return { verdict: null, measurementId: null };
  const { verdict, measurement_id } = JSON.parse(line) as { verdict: Verdict; measurement_id: string };
  return { verdict, measurementId: measurement_id };
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
    const type = scenario.line?.type;
    const flags = {
      url: [scenario.target],
      collector: collector.url,
      publish: true,
      yes: true,
      json: true,
      doh: client.dohUrl,
      resolver: client.resolvers.map((r) => `${r.address}:${r.port}`),
      ...(client.controlUrl === null ? {} : { control: client.controlUrl }),
      extraRoot: [rootFile],
      ...(type === undefined ? {} : { networkType: type }),
    };
    const started = performance.now();
    client.begin();
    const world = labWorld(client, lab, join(folder, `probe-${scenario.name}-${nth}`), out, err);
    const exitCode = await runCommand(flags, world);
    return { exitCode, ...readResult(out), seconds: (performance.now() - started) / 1000, messages: err };
  };

  return {
    lab,
    collector,
    folder,
    async run(scenario) {
      const client = lab.clients.get(scenario.name);
      if (client === undefined) throw new Error(`no client for ${scenario.name}`);
      const first = await runProbe(scenario, client, 0);
      const all = [first];
      for (let nth = 1; nth < (scenario.probes ?? 1); nth++) all.push(await runProbe(scenario, client, nth));
      return { scenario, ...first, all };
    },
    async collectorVerdicts() {
      const reply = await fetch(`${collector.url}/api/v2/verdicts?limit=${MAX_LISTED}`);
      const { results } = (await reply.json()) as {
        results: { measurement_id: string; status: string; verdict: Verdict }[];
      };
      return new Map(results.map(({ measurement_id, ...rest }) => [measurement_id, rest]));
    },
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

/** Those that wait longest first, so that none of them is left for the end. */
export function longestFirst(scenarios: readonly Scenario[]): readonly Scenario[] {
  return [...scenarios].sort((a, b) => rounds(b) - rounds(a));
}

/** Several at a time, each started when another has ended, the first of the list first. */
export async function inTurn<T>(items: readonly T[], atATime: number, work: (item: T) => Promise<void>) {
  const left = [...items];
  const worker = async (): Promise<void> => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: atATime }, worker));
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
    await inTurn(longestFirst(chosen), concurrency, async (scenario) => {
      const skipped = unmetNeed(scenario, lab);
      const result = skipped === null ? await running.run(scenario) : null;
      const differs = (result?.all ?? []).flatMap(({ verdict }) =>
        differences(verdict, scenario.expect, lab.knownAuthority.id),
      );
      const row = { scenario, skipped, result, differs, differsTogether: [] };
      rows.set(scenario.name, row);
      onRow?.(row);
    });
    const theirs = await running.collectorVerdicts();
    return chosen.flatMap(({ name }) => {
      const row = rows.get(name);
      if (row === undefined) return [];
      const { expectTogether, expect } = row.scenario;
      const differsTogether = (row.result?.all ?? []).flatMap(({ measurementId }) => {
        const verdict = theirs.get(measurementId ?? '')?.verdict ?? null;
        return differences(verdict, expectTogether ?? expect, lab.knownAuthority.id);
      });
      return [{ ...row, differsTogether }];
    });
  } finally {
    await running.close();
  }
}
