import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RULESET_VERSION } from '../../../shared/rules/index.ts';
import { runNoise } from '../../../scripts/lib/noise.ts';
import { noiseReport } from '../../../scripts/lib/noise-report.ts';
import { headerLine, LOSSES, readRows, ROUND_TRIPS, type NoiseRow } from '../../../scripts/lib/noise-rows.ts';
import { NOISE_SET } from '../../../scripts/lib/noise-set.ts';
import { ALL_SCENARIOS } from '../../scenarios/index.ts';

const ROW: NoiseRow = {
  scenario: 'works-h2',
  loss: 0.05,
  roundTrip: 400,
  seed: 1,
  outcome: 'accessible',
  method: null,
  differs: [],
  seconds: 9,
  lateMs: 3,
  rules: [],
};
const textOf = (...rows: readonly NoiseRow[]): string =>
  headerLine('r1') + rows.map((row) => `${JSON.stringify(row)}\n`).join('');
const named = (name: string) => ALL_SCENARIOS.find((scenario) => scenario.name === name);

describe('the scenarios of a noise report', () => {
  test('exist, are named once, and are on a line of the cell’s own', () => {
    const names = NOISE_SET.map((choice) => choice.name);
    expect(names.filter((name) => named(name) === undefined)).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names)
      expect([named(name)?.line?.loss, named(name)?.line?.delayMs]).toEqual([undefined, undefined]);
  });

  test.each(['method', 'cause'] as const)('have every %s that any scenario expects', (what) => {
    const chosen = new Set(NOISE_SET.map((choice) => named(choice.name)?.expect[what]));
    const left = ALL_SCENARIOS.map((scenario) => scenario.expect[what]).filter((x) => !chosen.has(x));
    expect(new Set(left)).toEqual(new Set());
  });

  test('are more innocent ones than ten, and say why they are there', () => {
    expect(NOISE_SET.filter((choice) => named(choice.name)?.truth === 'benign').length).toBeGreaterThan(10);
    for (const { because } of NOISE_SET) expect(because).not.toBe('');
  });
});

describe('rows of a noise report', () => {
  test('are read as they were written, a measurement once', () => {
    const other = { ...ROW, seed: 2 };
    expect(readRows(textOf(ROW, other, ROW), 'r1')).toEqual([ROW, other]);
    expect(readRows('', 'r1')).toEqual([]);
  });

  test('survive a last line that was cut off, and no other', () => {
    const cut = textOf(ROW, { ...ROW, seed: 2 }).slice(0, -20);
    expect(readRows(cut, 'r1')).toEqual([ROW]);
    expect(() => readRows(`${headerLine('r1')}{"scen\n${JSON.stringify(ROW)}\n`, 'r1')).toThrow(
      /^line 2 is no row/,
    );
  });

  test.each([
    ['another file', 'a,b\n1,2\n', /^not the rows of a noise report$/],
    ['other rules', textOf(ROW).replace('r1', 'r0'), /^rows of ruleset r0; this is r1$/],
    [
      'an outcome that is none',
      `${textOf(ROW).replace('accessible', 'fine')}${JSON.stringify(ROW)}\n`,
      /^line 2/,
    ],
    ['a number that is none', `${textOf(ROW).replace('0.05', '"x"')}${JSON.stringify(ROW)}\n`, /^line 2/],
  ])('are refused in one line: %s', (_, text, message) => {
    expect(() => readRows(text, 'r1')).toThrow(message);
  });
});

describe('a noise report', () => {
  const full = LOSSES.flatMap((loss) => ROUND_TRIPS.map((roundTrip) => ({ ...ROW, loss, roundTrip })));
  const blocked = (change: Partial<NoiseRow>): NoiseRow => ({
    ...ROW,
    ...{ scenario: 'tls-sni-reset', outcome: 'interfered', method: 'tls.sni_reset' },
    ...change,
  });

  test('is good when nobody was accused and nothing was missed', () => {
    expect(noiseReport([...full, blocked({})], 160).good).toBe(true);
  });

  test.each([
    ['an innocent accused', { ...ROW, outcome: 'interfered' }],
    ['an innocent suspected', { ...ROW, outcome: 'suspected' }],
    ['interference missed', blocked({ outcome: 'accessible', method: null })],
    ['interference found by another method', blocked({ method: 'tls.alert' })],
  ] as const)('is not, with %s, and names it', (_, wrong) => {
    const { good, text } = noiseReport([...full, { ...wrong, seed: 7, differs: ['outcome: not so'] }], 160);
    expect(good).toBe(false);
    expect(text).toContain(`${wrong.scenario}, 5 %, 400 ms, seed 7: outcome: not so`);
  });
});

describe('a run that goes on with a file', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kuager-noise-test-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const run = (file: string, signal: AbortSignal) => {
    const scenarios = ALL_SCENARIOS.filter((scenario) => scenario.name === 'works-h2');
    return runNoise(scenarios, { seeds: 1, file, signal, progress: () => undefined });
  };

  test('has nothing to do when all rows are there', async () => {
    const file = join(folder, 'rows');
    const all = LOSSES.flatMap((loss) => ROUND_TRIPS.map((roundTrip) => ({ ...ROW, loss, roundTrip })));
    const text = headerLine(RULESET_VERSION) + all.map((row) => `${JSON.stringify(row)}\n`).join('');
    await writeFile(file, text);
    const { rows, failed, planned } = await run(file, new AbortController().signal);
    expect([rows.length, failed, planned]).toEqual([all.length, [], all.length]);
    expect(await readFile(file, 'utf8')).toBe(text);
  });

  test('keeps what there is when it is stopped, and mends the line that was cut off', async () => {
    const file = join(folder, 'rows');
    await writeFile(file, `${headerLine(RULESET_VERSION)}${JSON.stringify(ROW)}\n{"scenario":"wor`);
    const { rows, planned } = await run(file, AbortSignal.abort());
    expect(rows).toEqual([ROW]);
    expect(planned).toBe(LOSSES.length * ROUND_TRIPS.length);
    expect(await readFile(file, 'utf8')).toBe(`${headerLine(RULESET_VERSION)}${JSON.stringify(ROW)}\n`);
  });
});
