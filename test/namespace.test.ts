/**
 * A selection of the scenarios with real packets, one of each thing that the path can do: the probe unmodified, in a
 * network namespace of its own. The other scenarios: `npm run scenarios`.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { differences } from './lab/compare.ts';
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
    const { verdict, messages } = resultOf(scenario.name);
    expect(differences(verdict, scenario.expect), messages.join('\n')).toEqual([]);
  });

  test.each(scenarios)(
    '$name is judged by the collector as by the probe, where it was delivered',
    ({ name }) => {
      const { verdict, collectorVerdict, exitCode, messages } = resultOf(name);
      if (exitCode === 0) expect(collectorVerdict).toEqual(verdict);
      else expect(collectorVerdict, messages.join('\n')).toBeNull();
      // Behind a log-in page nothing is delivered; anywhere else everything is.
      expect(exitCode === 0).toBe(name !== 'captive-portal');
    },
  );
});
