/**
 * A selection of the scenarios with real packets, one of each thing that the path can do: the probe unmodified, in a
 * network namespace of its own. The other scenarios: `npm run scenarios`.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { documentDifferences } from './lab/archived.ts';
import { differences } from './lab/compare.ts';
import { programsOf } from './lab/namespace/programs.ts';
import { missingForNamespaces } from './lab/namespace/requirements.ts';
import { runInNamespaces, type NamespaceResult } from './lab/namespace/run.ts';
import { inTurn } from './lab/run-scenarios.ts';
import { ALL_SCENARIOS } from './scenarios/index.ts';

const SELECTION = [
  'works-h2',
  'hosts-file',
  'dns-injection-race',
  'tcp-timeout',
  'address-unreachable',
  'tls-sni-timeout',
  'tls-sni-reset',
  'tls-alert',
  'tls-split-passes',
  'http-host-close',
  'http-451',
  'tls-interception-known',
  'antivirus-on-the-device',
  'forged-with-strange-root-installed',
  'frozen-by-name',
  'captive-portal',
] as const;

/** Labs side by side: each mostly waits. */
const AT_A_TIME = 4;
const ALL_TIMEOUT_MS = 8 * 60_000;

const missing = missingForNamespaces();
if (missing !== null) {
  if (process.env['KUAGER_LAB'] === 'required')
    throw new Error(`KUAGER_LAB=required, but the namespace lab: ${missing}`);
  process.stderr.write(`SKIPPED: the namespace lab: ${missing}\n`);
}

const scenarios = SELECTION.map((name) => {
  const scenario = ALL_SCENARIOS.find((s) => s.name === name);
  if (scenario === undefined) throw new Error(`no scenario ${name}`);
  return scenario;
});
const results = new Map<string, NamespaceResult | Error>();

function resultOf(name: string): NamespaceResult {
  const result = results.get(name);
  if (result === undefined || result instanceof Error) throw result ?? new Error(`${name} was not run`);
  return result;
}

describe.skipIf(missing !== null)('with real packets', () => {
  beforeAll(async () => {
    await inTurn(scenarios, AT_A_TIME, async (scenario) => {
      results.set(scenario.name, await runInNamespaces(scenario).catch((error: unknown) => error as Error));
    });
  }, ALL_TIMEOUT_MS);

  test.each(scenarios)('$name is as expected: $title', (scenario) => {
    const { verdict, messages, archived } = resultOf(scenario.name);
    const differs = [
      ...differences(verdict, scenario.expect),
      ...documentDifferences(archived, scenario.expect),
    ];
    expect(differs, messages.join('\n')).toEqual([]);
  });

  test.each(scenarios)(
    '$name is judged by the collector as by the probe, unless it knows more, where it was delivered',
    ({ name, expectTogether }) => {
      const { verdict, collectorVerdict, exitCode, messages } = resultOf(name);
      if (exitCode === 0 && expectTogether !== undefined)
        expect(differences(collectorVerdict, expectTogether)).toEqual([]);
      else if (exitCode === 0) expect(collectorVerdict).toEqual(verdict);
      else expect(collectorVerdict, messages.join('\n')).toBeNull();
      // Behind a log-in page nothing is delivered; anywhere else everything is.
      expect(exitCode === 0).toBe(name !== 'captive-portal');
    },
  );

  test('a collector that ends while a probe measures is the lab’s failure', async () => {
    const { collector } = await programsOf(undefined);
    const folder = await mkdtemp(join(tmpdir(), 'kuager-netns-ends-'));
    const measuring = join(folder, 'measuring');
    const whenMeasuring = `"$@" & while ! [ -e '${measuring}' ]; do sleep 0.1; done; kill -KILL $!; wait`;
    const programs = {
      collector: ['sh', '-c', whenMeasuring, 'sh', ...collector],
      probe: ['sh', '-c', `: > '${measuring}'; exec sleep 60`, 'sh'],
    };
    await expect(runInNamespaces(scenarios[0]!, { programs })).rejects.toThrow('the collector ended');
    await rm(folder, { recursive: true });
  });
});
