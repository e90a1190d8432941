/**
 * Runs scenarios the way users would meet them: one collector with control and reflector on loopback, and for each
 * scenario a probe of its own behind its own censor. Only names and addresses are the lab's; every socket is real.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCollector, type RunningCollector } from '../../collector/serve.ts';
import { runCommand } from '../../probe/commands/run.ts';
import type { World } from '../../probe/commands/world.ts';
import { createNet } from '../../probe/net/create-net.ts';
import { createHttpOpener } from '../../probe/net/http-opener.ts';
import type { Verdict } from '../../shared/model/index.ts';
import { LAB_BLOCKPAGE_FINGERPRINT, type Scenario } from '../scenarios/index.ts';
import { startLoopbackLab, type ClientView, type LoopbackLab } from './loopback/lab.ts';

/** Nothing in the lab may leave this machine. */
export const LAB_ONLY = '127.0.0.0/8,::1/128';
const REFLECTOR_NAME = 'mirror.example';
const REFLECTOR_ADDRESS = '11.255.0.3';
/** A network number for documentation (RFC 5398): no real operator is accused by a demo. */
const LAB_ASN = 'AS64500';
/** One row more for testlists/fingerprints/blockpages.csv; its values need no quoting. */
const LAB_BLOCKPAGE_ROW = `${Object.values(LAB_BLOCKPAGE_FINGERPRINT).join(',')}\n`;

export interface ScenarioResult {
  readonly scenario: Scenario;
  readonly exitCode: number;
  /** null when the run printed no result. */
  readonly verdict: Verdict | null;
  readonly measurementId: string | null;
  readonly seconds: number;
  /** What a volunteer would have read on stderr. */
  readonly messages: readonly string[];
}

export interface ScenarioLab {
  readonly lab: LoopbackLab;
  readonly collector: RunningCollector;
  readonly folder: string;
  run(scenario: Scenario): Promise<ScenarioResult>;
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
    now: () => Date.now(),
    random: (n) => new Uint8Array(randomBytes(n)),
    createNet,
    createHttpOpener,
    interfaces: () => ({}),
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

function readResult(out: readonly string[]): Pick<ScenarioResult, 'verdict' | 'measurementId'> {
  const line = out.find((text) => text.startsWith('{'));
  if (line === undefined) return { verdict: null, measurementId: null };
  const { verdict, measurement_id } = JSON.parse(line) as { verdict: Verdict; measurement_id: string };
  return { verdict, measurementId: measurement_id };
}

export async function startScenarioLab(scenarios: readonly Scenario[]): Promise<ScenarioLab> {
  const folder = await mkdtemp(join(tmpdir(), 'kuager-lab-'));
  const lab = await startLoopbackLab({ scenarios });
  const identity = lab.issue([REFLECTOR_NAME]);
  const rootFile = join(folder, 'lab-root.pem');
  await writeFile(rootFile, lab.rootsPem);
  const collector = await startCollector({
    data: join(folder, 'collector'),
    listen: { host: '127.0.0.1', port: 0 },
    extraRootsPem: [lab.rootsPem],
    extraInterceptionEntries: [{ ...lab.knownAuthority }],
    extraBlockpageRows: LAB_BLOCKPAGE_ROW,
    reflector: {
      identity,
      described: { addresses: [REFLECTOR_ADDRESS], tlsPort: 443, httpPort: 80 },
    },
    lab: lab.outside,
    only: LAB_ONLY,
  });
  const [real] = collector.reflectorEndpoints;
  if (real === undefined) throw new Error('the reflector listens nowhere');
  const endpoint = { address: real.host, port: real.port };
  await lab.addReflector({
    name: REFLECTOR_NAME,
    addresses: [REFLECTOR_ADDRESS],
    tlsPort: 443,
    httpPort: 80,
    real: { tls: endpoint, http: endpoint },
  });
  await lab.addControl(`${collector.url}/api/v1/control`);

  return {
    lab,
    collector,
    folder,
    async run(scenario) {
      const client = lab.clients.get(scenario.name);
      if (client === undefined) throw new Error(`no client for ${scenario.name}`);
      const out: string[] = [];
      const err: string[] = [];
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
        cc: 'KZ',
        asn: LAB_ASN,
      };
      const started = performance.now();
      const world = labWorld(client, lab, join(folder, `probe-${scenario.name}`), out, err);
      const exitCode = await runCommand(flags, world);
      return {
        scenario,
        exitCode,
        ...readResult(out),
        seconds: (performance.now() - started) / 1000,
        messages: err,
      };
    },
    async close(keepFiles = false) {
      await collector.close();
      await lab.close();
      if (!keepFiles) await rm(folder, { recursive: true, force: true });
    },
  };
}
