/**
 * `npm run mutate [-- --sample PERCENT] [-- FILE …]`: how many deliberate mistakes in the rules the tests notice. Exits 1
 * below 80 %. First the scenarios are run on loopback, then each mutant is judged by the golden cases, the tests of
 * rules and the recorded scenarios. Left out: texts, ids and tables that are made while modules load.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { Stryker } from '@stryker-mutator/core';
import { isDrawn, NOT_DRAWN } from './mutate/protocol.ts';
import { record } from './mutate/record.ts';
import { wilsonUpper } from './lib/scoring.ts';

/** Percent. */
const LOWEST_SCORE = 80;
const SUBJECTS = ['shared/rules/**/*.ts', 'shared/judge/**/*.ts'];
const ROOT = join(import.meta.dirname, '..');

const { values, positionals } = parseArgs({
  options: { sample: { type: 'string', default: '100' }, recording: { type: 'string' } },
  allowPositionals: true,
});

const folder = mkdtempSync(join(tmpdir(), 'kuager-mutate-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const recording = values.recording ?? join(folder, 'recording.json');
if (values.recording === undefined) {
  process.stderr.write('running the scenarios once, to judge them again for each mutant\n');
  const differing = await record(recording);
  if (differing.length > 0)
    process.stderr.write(`left out, as they did not come to what they say: ${differing.join(', ')}\n`);
}
process.env['KUAGER_RECORDING'] = recording;
process.env['KUAGER_SAMPLE'] = values.sample;

const mutants = await new Stryker({
  mutate: positionals.length > 0 ? positionals : SUBJECTS,
  plugins: [join(import.meta.dirname, 'mutate', 'plugin.ts')],
  testRunner: 'one-thread',
  testRunnerNodeArgs: process.execArgv,
  checkerNodeArgs: process.execArgv,
  coverageAnalysis: 'perTest',
  ignoreStatic: true,
  concurrency: 1,
  timeoutMS: 20_000,
  tempDirName: 'node_modules/.cache/stryker-tmp',
  reporters: ['progress-append-only'],
  thresholds: { high: 90, low: LOWEST_SCORE, break: null },
}).runMutationTest();

const noticed = new Set<string>(['Killed', 'Timeout']);
// Those that no test reaches have not been asked for by anybody yet.
const judged = mutants.filter(
  (m) =>
    noticed.has(m.status) ||
    m.status === 'Survived' ||
    (m.status === 'NoCoverage' && isDrawn(m, Number(values.sample))),
);

function score(list: typeof mutants): string {
  const n = list.length;
  const k = list.filter((m) => noticed.has(m.status)).length;
  const percent = (share: number): string => (100 * share).toFixed(1);
  const interval =
    values.sample === '100'
      ? ''
      : ` (95 %: ${percent(1 - wilsonUpper({ k: n - k, n }))}–${percent(wilsonUpper({ k, n }))})`;
  return `${percent(k / n).padStart(6)} %  ${k}/${n}${interval}`;
}

for (const m of judged.filter((each) => !noticed.has(each.status))) {
  const { line, column } = m.location.start;
  const replacement = (m.replacement ?? '').replace(/\s+/g, ' ').slice(0, 80);
  process.stdout.write(
    `${relative(ROOT, m.fileName)}:${line + 1}:${column + 1} ${m.status} ${m.mutatorName}: ${replacement}\n`,
  );
}
for (const file of [...new Set(judged.map((m) => m.fileName))].sort())
  process.stdout.write(`${score(judged.filter((m) => m.fileName === file))}  ${relative(ROOT, file)}\n`);
const atLoad = mutants.filter((m) => m.status === 'Ignored').length;
const rest = mutants.length - judged.length - atLoad;
process.stdout.write(`${score(judged)}  of all; ${atLoad} texts and tables left out, ${rest} ${NOT_DRAWN}\n`);

const share = judged.filter((m) => noticed.has(m.status)).length / judged.length;
if (!(100 * share >= LOWEST_SCORE)) {
  process.stderr.write(`below ${LOWEST_SCORE} %\n`);
  process.exitCode = 1;
}
