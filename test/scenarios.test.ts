/**
 * Every scenario the way a volunteer and a researcher meet it: the real probe behind its censor, with production
 * timeouts, all at once; upload; the collector's own verdict; and the same verdicts again after a rebuild.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rebuildCommand } from '../collector/commands/rebuild.ts';
import { openDerived } from '../collector/store/sqlite/derived.ts';
import type { Verdict } from '../shared/model/index.ts';
import { startScenarioLab, type ScenarioLab, type ScenarioResult } from './lab/run-scenarios.ts';
import { FIRST_SCENARIOS, INTERFERENCE, LOOK_ALIKES, type Scenario } from './scenarios/index.ts';

const ALL: readonly Scenario[] = [...FIRST_SCENARIOS, ...LOOK_ALIKES, ...INTERFERENCE];
/** The longest pairs wait out four timeouts of ten seconds. */
const RUN_TIMEOUT_MS = 120_000;
const MAX_LISTED = 1000;

/** A SYN without an answer needs Linux: elsewhere the lab's addresses refuse instead, which is another scenario. */
const needsSilence = (scenario: Scenario): boolean =>
  scenario.censor.some((rule) => rule.on === 'address' && rule.action.kind === 'drop') ||
  scenario.sites.some((site) => site.state === 'silent');

let lab: ScenarioLab;
let closed = false;
const results = new Map<string, ScenarioResult>();
const theirs = new Map<string, { readonly status: string; readonly verdict: Verdict }>();

const resultOf = (scenario: Scenario): ScenarioResult => {
  const result = results.get(scenario.name);
  if (result === undefined) throw new Error(`${scenario.name} was not run`);
  return result;
};

beforeAll(async () => {
  lab = await startScenarioLab(ALL);
  for (const result of await Promise.all(ALL.map((scenario) => lab.run(scenario))))
    results.set(result.scenario.name, result);
  const reply = await fetch(`${lab.collector.url}/api/v2/verdicts?limit=${MAX_LISTED}`);
  const listed = (await reply.json()) as {
    results: { measurement_id: string; status: string; verdict: Verdict }[];
  };
  for (const { measurement_id, status, verdict } of listed.results)
    theirs.set(measurement_id, { status, verdict });
}, RUN_TIMEOUT_MS);

afterAll(async () => {
  if (!closed) await lab.close(true);
  await rm(lab.folder, { recursive: true, force: true });
});

describe.each(ALL)('$name', (scenario) => {
  const { expect: wanted } = scenario;

  test(`is ${wanted.outcome} ${wanted.method ?? wanted.cause ?? ''}: ${scenario.title}`, ({ skip }) => {
    skip(!lab.lab.silence && needsSilence(scenario), 'this system can’t leave a SYN unanswered');
    const { verdict, exitCode, messages } = resultOf(scenario);
    expect(exitCode, messages.join('\n')).toBe(0);
    const { outcome, method, cause } = wanted;
    expect(verdict, messages.join('\n')).toMatchObject({ outcome, method, cause });
    if (method !== null) expect(verdict?.layer).toBe(wanted.layer);
    if (wanted.evidence !== undefined) expect(verdict?.evidence).toBe(wanted.evidence);
    const authority = wanted.authority === 'known' ? lab.lab.knownAuthority.id : (wanted.authority ?? null);
    expect(verdict?.authority).toBe(authority);
  });

  test('is judged by the collector as by the probe', () => {
    const { verdict, measurementId } = resultOf(scenario);
    expect(theirs.get(measurementId ?? '')).toEqual({ status: 'judged', verdict });
  });
});

test('one measurement came of each scenario, and nothing else', () => {
  expect(new Set(theirs.keys())).toEqual(new Set([...results.values()].map((r) => r.measurementId)));
  expect(theirs.size).toBe(ALL.length);
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
  expect(before.size).toBe(ALL.length);
  for (const { verdict, measurementId } of results.values())
    expect(before.get(measurementId ?? '')).toContain(JSON.stringify(verdict));
  const said: string[] = [];
  const io = { out: (line: string) => void said.push(line), err: (line: string) => void said.push(line) };
  await rebuildCommand({ data, latest: false }, { json: false, lang: 'en', debug: false }, io);
  expect(said).toEqual([`${ALL.length} measurement(s) judged again`]);
  expect(await derivedBytes(data)).toEqual(before);
});
