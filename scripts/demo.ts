/**
 * The whole path once, on this machine: a collector with control and reflector, a censored network per scenario, the
 * real probe in each, uploads, verdicts, one evidence bundle, verified offline by the built program.
 * `--keep` leaves the collector running and prints the page's URL.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { explain } from '../shared/judge/index.ts';
import {
  LAB_ONLY,
  startScenarioLab,
  unmetNeed,
  type ScenarioLab,
  type ScenarioResult,
} from '../test/lab/run-scenarios.ts';
import { differences } from '../test/lab/compare.ts';
import { FIRST_SCENARIOS } from '../test/scenarios/index.ts';
import { renderTable } from './lib/table.ts';

/** Its evidence is what the bundle is made of: confirmed by a pair at the reflector. */
const EVIDENCE_SCENARIO = 'tls-sni-reset';
const DIST = join(import.meta.dirname, '..', 'dist');
const say = (line: string): void => void process.stdout.write(`${line}\n`);

interface Finished {
  readonly code: number;
  readonly output: string;
}

/** A built program as a user would start it. */
function program(file: string, args: readonly string[]): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(DIST, file), ...args], {
      env: { ...process.env, KUAGER_ONLY: LAB_ONLY },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

function row(result: ScenarioResult, asExpected: boolean): string[] {
  const { scenario, verdict, messages } = result;
  if (verdict === null) return [scenario.target, 'no result', '', '', messages.at(-1) ?? ''];
  const authority = verdict.authority === null ? '' : ` (${verdict.authority})`;
  const what = `${verdict.method ?? verdict.cause ?? ''}${authority}`;
  const mark = asExpected
    ? ''
    : `  [expected ${scenario.expect.outcome} ${scenario.expect.method ?? scenario.expect.cause ?? ''}]`;
  return [
    new URL(scenario.target).host + (scenario.target.startsWith('https') ? '' : ' (http)'),
    verdict.outcome,
    what,
    verdict.evidence ?? '',
    explain(verdict, 'en') + mark,
  ];
}

/** Stops with a sentence when a step of the path failed. */
function expectCode(what: string, { code, output }: Finished, wanted: number): void {
  if (code !== wanted) throw new Error(`${what}: exit ${code} instead of ${wanted}\n${output}`);
}

async function evidence(lab: ScenarioLab, id: string): Promise<void> {
  const data = join(lab.folder, 'collector');
  const [bundle, trust] = [join(lab.folder, 'evidence.zip'), join(lab.folder, 'trust.json')];
  const build = ['evidence', 'build', '--data', data, '--measurement', id, '--out', bundle];
  expectCode('evidence build', await program('kuager-collector.mjs', build), 0);
  expectCode(
    'keys trust',
    await program('kuager-collector.mjs', ['keys', 'trust', '--data', data, '--out', trust]),
    0,
  );
  const verified = await program('kuager.mjs', ['verify', bundle, '--trust', trust]);
  expectCode('verify', verified, 0);
  say('');
  say(verified.output.trimEnd());
  say('');
  say(`bundle  ${bundle}`);
  say(`trust   ${trust}`);
}

async function untilInterrupted(): Promise<void> {
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
}

async function demo(keep: boolean): Promise<number> {
  say('starting a collector and a censored network on loopback; nothing leaves this machine');
  const lab = await startScenarioLab(FIRST_SCENARIOS);
  try {
    const started = performance.now();
    const asExpected = ({ scenario, verdict, exitCode }: ScenarioResult): boolean =>
      exitCode === 0 && differences(verdict, scenario.expect).length === 0;
    const shown = FIRST_SCENARIOS.filter((scenario) => {
      const unmet = unmetNeed(scenario, lab.lab);
      if (unmet !== null) say(`SKIPPED ${scenario.name}: ${unmet}`);
      return unmet === null;
    });
    const results = await Promise.all(shown.map((scenario) => lab.run(scenario)));
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    say('');
    say(
      renderTable(
        ['target', 'outcome', 'method or cause', 'evidence', 'why'],
        results.map((result) => row(result, asExpected(result))),
        process.stdout.columns ?? 160,
      ),
    );
    const theirs = await lab.collectorVerdicts();
    const agree = results.filter(({ measurementId, verdict }) => {
      const other = theirs.get(measurementId ?? '')?.verdict;
      return (
        other?.outcome === verdict?.outcome &&
        other?.method === verdict?.method &&
        other?.cause === verdict?.cause
      );
    });
    const good = results.filter(asExpected);
    say('');
    say(
      `${results.length} targets in ${seconds} s; ${good.length} verdicts as expected; the collector came to the same verdict for ${agree.length}`,
    );
    const item = results.find((r) => r.scenario.name === EVIDENCE_SCENARIO);
    if (item?.measurementId == null) throw new Error(`no measurement for ${EVIDENCE_SCENARIO}`);
    await evidence(lab, item.measurementId);
    const ok = good.length === results.length && agree.length === results.length;
    if (keep) {
      say(`page    ${lab.collector.url}/   (Ctrl-C stops the collector)`);
      await untilInterrupted();
    }
    return ok ? 0 : 1;
  } finally {
    await lab.close(true);
  }
}

process.exitCode = await demo(process.argv.includes('--keep'));
