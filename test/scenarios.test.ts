/**
 * Every scenario the way a volunteer and a researcher meet it: the real probe behind its censor, with production
 * time-outs; upload; the collector's own verdict; and the same verdicts again after a rebuild. Waits pass at once;
 * `KUAGER_REAL_CLOCK=1` waits them out.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rebuildCommand } from '../collector/commands/rebuild.ts';
import { openDerived } from '../collector/store/sqlite/derived.ts';
import type { Verdict } from '../shared/model/index.ts';
import { looksIntoDocument } from './lab/archived.ts';
import { differences } from './lab/compare.ts';
import {
  differencesOf,
  inLanes,
  startScenarioLab,
  unmetNeed,
  type ScenarioLab,
  type ScenarioResult,
} from './lab/run-scenarios.ts';
import { ALL_SCENARIOS, type Scenario } from './scenarios/index.ts';
import { expectedOf, expectedTogether } from './scenarios/probes.ts';

const REAL_CLOCK = process.env['KUAGER_REAL_CLOCK'] === '1';
/** Mostly waiting: a real clock bears more of them side by side than a virtual one. */
const AT_A_TIME = REAL_CLOCK ? 64 : 48;
/** A stall, not the time that it takes. */
const RUN_TIMEOUT_MS = 600_000;
const MAX_LISTED = 1000;

let lab: ScenarioLab;
let closed = false;
const results = new Map<string, ScenarioResult>();
let theirs: ReadonlyMap<string, { readonly status: string; readonly verdict: Verdict }>;

const resultOf = (scenario: Scenario): ScenarioResult => {
  const result = results.get(scenario.name);
  if (result === undefined) throw new Error(`${scenario.name} was not run`);
  return result;
};
/** Measurements of everything that was run. */
const measurements = (): readonly (string | null)[] =>
  [...results.values()]
    .flatMap((result) => result.all)
    .flatMap((probe) => [probe.measurementId, ...[...probe.others.values()].map((o) => o.measurementId)]);

beforeAll(async () => {
  lab = await startScenarioLab(ALL_SCENARIOS, { virtualClock: !REAL_CLOCK });
  const shown = ALL_SCENARIOS.filter((scenario) => unmetNeed(scenario, lab.lab) === null);
  await inLanes(shown, AT_A_TIME, async (scenario) => {
    results.set(scenario.name, await lab.run(scenario));
  });
  theirs = await lab.collectorVerdicts();
}, RUN_TIMEOUT_MS);

afterAll(async () => {
  if (!closed) await lab.close(true);
  await rm(lab.folder, { recursive: true, force: true });
});

describe.each(ALL_SCENARIOS)('$name', (scenario) => {
  const { expect: wanted } = scenario;

  test(`is ${wanted.outcome} ${wanted.method ?? wanted.cause ?? ''}: ${scenario.title}`, ({ skip }) => {
    const unmet = unmetNeed(scenario, lab.lab);
    skip(unmet !== null, unmet ?? '');
    const result = resultOf(scenario);
    const messages = result.all.map((probe) => probe.messages.join('\n')).join('\n');
    expect(
      result.all.map(({ exitCode }) => exitCode),
      messages,
    ).toEqual(result.all.map(() => 0));
    expect(differencesOf(result), messages).toEqual([]);
  });

  test('is judged by the collector as by the probe, unless it knows more', ({ skip }) => {
    const unmet = unmetNeed(scenario, lab.lab);
    skip(unmet !== null, unmet ?? '');
    for (const [nth, { verdict, measurementId }] of resultOf(scenario).all.entries()) {
      const together = expectedTogether(scenario, nth);
      const judged = theirs.get(measurementId ?? '');
      expect(judged?.status).toBe('judged');
      if (together === null) expect(judged?.verdict).toEqual(verdict);
      else expect(differences(judged?.verdict ?? null, together)).toEqual([]);
    }
  });
});

const WITH_EVENT = ALL_SCENARIOS.filter((scenario) => scenario.expectEvent !== undefined);

test.each(WITH_EVENT)('$name: what the collector says of all who met the interceptor', async (scenario) => {
  expect(await lab.eventDifferences(scenario)).toEqual([]);
});

const WITH_DOCUMENT = ALL_SCENARIOS.filter((scenario) =>
  Array.from({ length: scenario.probes ?? 1 }, (_, nth) => expectedOf(scenario, nth)).some(looksIntoDocument),
);

test.each(WITH_DOCUMENT)('$name: what the device says in the documents that are kept', async (scenario) => {
  expect(await lab.documentDifferences(resultOf(scenario))).toEqual([]);
});

test('one measurement came of each target of each probe, and nothing else', () => {
  expect(new Set(theirs.keys())).toEqual(new Set(measurements()));
  expect(theirs.size).toBe(measurements().length);
});

/** Verdicts and observations as they stand in the store. */
async function derivedBytes(folder: string): Promise<ReadonlyMap<string, string>> {
  const derived = openDerived({ folder });
  try {
    const page = { orderBy: 'measurement_start_time', order: 'asc', offset: 0, limit: MAX_LISTED } as const;
    const rows = await derived.list({}, page);
    const entries = rows.map(async (row) => {
      const observations = await derived.observations(row.measurementId);
      return [row.measurementId, [row.context, row.verdict, ...observations].join('\n')] as const;
    });
    return new Map(await Promise.all(entries));
  } finally {
    await derived.close();
  }
}

test('a rebuild comes to the same verdicts, byte for byte', async () => {
  await lab.close(true);
  closed = true;
  const data = join(lab.folder, 'collector');
  const before = await derivedBytes(data);
  expect(before.size).toBe(theirs.size);
  for (const [id, { verdict }] of theirs) expect(before.get(id)).toContain(JSON.stringify(verdict));
  const said: string[] = [];
  const io = { out: (line: string) => void said.push(line), err: (line: string) => void said.push(line) };
  await rebuildCommand({ data, latest: false }, { json: false, lang: 'en', debug: false }, io);
  expect(said).toEqual([`${theirs.size} measurement(s) judged again`]);
  expect(await derivedBytes(data)).toEqual(before);
});
