/**
 * Runs scenarios the way users would meet them: one collector with control and reflector on loopback, and for each
 * scenario a probe of its own behind its own censor. Only names and addresses are the lab's; every socket is real.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunningCollector } from '../../collector/serve.ts';
import { runCommand } from '../../probe/commands/run.ts';
import { EXIT } from '../../probe/errors.ts';
import type { DeviceFiles } from '../../probe/trust-store/device-files.ts';
import type { Verdict } from '../../shared/model/index.ts';
import { ALL_SCENARIOS, type Scenario } from '../scenarios/index.ts';
import {
  deviceOf,
  deviceRootOf,
  expectedOf,
  expectedTogether,
  interceptorsOf,
  placeOf,
  targetsOf,
} from '../scenarios/probes.ts';
import { labCertificates } from './certs.ts';
import {
  archivedDifferences,
  eventDifferences,
  publishedVerdicts,
  type CollectorVerdict,
} from './collector-says.ts';
import { differences } from './compare.ts';
import { deviceBelow } from './device.ts';
import { startLabCollector } from './lab-collector.ts';
import { labWorld, uploadLater } from './lab-world.ts';
import { clientName, startLoopbackLab, type ClientView, type LoopbackLab } from './loopback/lab.ts';
import { inLanes, inTurn } from './starting-order.ts';

export { LAB_ONLY } from './lab-collector.ts';
export { inLanes, inTurn, startingOrder } from './starting-order.ts';

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
  /** All probes of the scenario. */
  run(scenario: Scenario): Promise<ScenarioResult>;
  /** What the collector says now, by measurement id. */
  collectorVerdicts(): Promise<ReadonlyMap<string, CollectorVerdict>>;
  /** Where its word on the scenario's interceptor is another than expected. */
  eventDifferences(scenario: Scenario): Promise<readonly string[]>;
  /** Where the documents that it keeps say something else than expected. */
  documentDifferences(result: ScenarioResult): Promise<readonly string[]>;
  /** Stops everything; the folder stays when `keepFiles`. */
  close(keepFiles?: boolean): Promise<void>;
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
  // The probe writes names in their ASCII form.
  const input = new URL(target).href;
  const { verdict, measurementId } = others.get(input) ?? { verdict: null, measurementId: null };
  others.delete(input);
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

  const certs = await labCertificates();
  const devices = new Map<string, DeviceFiles>();
  const deviceFor = (scenario: Scenario): DeviceFiles => {
    const root = deviceRootOf(scenario);
    const name = root === null ? 'device' : `device-${root.authority}-${root.key ?? ''}`;
    const device =
      devices.get(name) ?? deviceBelow(join(folder, name), root === null ? null : certs.rootPemOf(root));
    devices.set(name, device);
    return device;
  };

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
    const stateFolder = join(folder, `probe-${scenario.name}-${deviceOf(scenario, nth)}`);
    const world = labWorld(client, lab, { stateFolder, device: deviceFor(scenario) }, out, err);
    const ran = await runCommand(flags, world);
    const moved = scenario.oneDevice === true && ran === EXIT.notDelivered;
    const exitCode = moved ? await uploadLater(flags, world) : ran;
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
      const all: ProbeResult[] = [];
      const nths = Array.from({ length: scenario.probes ?? 1 }, (_, nth) => nth);
      const one = async (nth: number): Promise<void> => {
        all[nth] = await runProbe(scenario, clientOf(nth), nth);
      };
      await inTurn(nths, scenario.sideBySide === true ? nths.length : 1, one);
      return { scenario, ...all[0]!, all };
    },
    collectorVerdicts: () => publishedVerdicts(collector.url),
    eventDifferences: (scenario) => {
      const [by] = interceptorsOf(scenario.censor);
      return eventDifferences(collector.url, scenario, by === undefined ? null : certs.rootSpkiOf(by));
    },
    documentDifferences: async ({ scenario, all }) => {
      const found = all.map(({ measurementId }, nth) =>
        archivedDifferences(collector.url, measurementId, expectedOf(scenario, nth)),
      );
      return (await Promise.all(found)).flat();
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

/** Of each probe, whose places without interference are no matter of the expectation; and of each other target. */
export function differencesOf({ scenario, all }: ScenarioResult): string[] {
  return all.flatMap(({ verdict, others }, nth) => [
    ...differences(verdict, expectedOf(scenario, nth)),
    ...(scenario.others ?? []).flatMap(({ target, expect }) =>
      differences(others.get(new URL(target).href)?.verdict ?? null, expect).map(
        (text) => `${target}: ${text}`,
      ),
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
    await inLanes(chosen, concurrency, async (scenario) => {
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
          return differences(verdict, expectedTogether(scenario, nth) ?? expectedOf(scenario, nth));
        });
        const event = result === null ? [] : await running.eventDifferences(scenario);
        const documents = result === null ? [] : await running.documentDifferences(result);
        return { ...row, differsTogether: [...verdicts, ...event, ...documents] };
      });
    return await Promise.all(together);
  } finally {
    await running.close();
  }
}
