/**
 * Every scenario in the labs that this machine can make: verdicts, a confusion table, methods, and the peer's own flags
 * scored the same way. `--lab loopback|namespace|both`, `--real-clock`, `--peer DIR`, and names of scenarios to run only
 * those. Exit code 1 when an innocent was accused, interference was missed, or a verdict is not the expected one.
 *
 * `--noise`: namespaces, every cell of loss and delay, `--seeds N` of each scenario of `scripts/lib/noise-set.ts`, of all
 * (`--noise all`) or of those named. Rows are written to a file as they come; `--resume FILE` goes on with it, and an
 * interrupt reports what there is. Exit code 1 when a cell is not within the limits.
 */
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { OUTCOMES } from '../shared/model/index.ts';
import { ALL_SCENARIOS, type Scenario } from '../test/scenarios/index.ts';
import { scorePeer, type FlagScore } from './lib/peer-flags.ts';
import { confusion, score, shareText, TRUTHS } from './lib/scoring.ts';
import { runLoopback } from './lib/loopback-rows.ts';
import { runNamespaces } from './lib/namespace-rows.ts';
import { runNoise } from './lib/noise.ts';
import { noiseReport } from './lib/noise-report.ts';
import { NOISE_SET } from './lib/noise-set.ts';
import { rowOf, type Row } from './lib/scenario-rows.ts';
import { renderTable } from './lib/table.ts';

const DEFAULT_COLUMNS = 160;
const DEFAULT_SEEDS = 5;
const MAX_FAILURES_SHOWN = 20;
/** Beside the project, where the public data for trials lies when it is there at all. */
const DEFAULT_PEER_FOLDER = '../shared/data/ooni';

const USAGE =
  'usage: npm run scenarios -- [NAME …] [--lab loopback|namespace|both] [--real-clock] [--peer DIR]\n' +
  '       npm run scenarios -- --noise [all | NAME …] [--seeds N] [--resume FILE]';

function usage(message: string): never {
  process.stderr.write(`${message === '' ? '' : `${message}\n`}${USAGE}\n`);
  process.exit(message === '' ? 0 : 2);
}

function readArguments() {
  try {
    return parseArgs({ allowPositionals: true, options: OPTIONS });
  } catch (error) {
    return usage(error instanceof Error ? error.message : String(error));
  }
}

const OPTIONS = {
  lab: { type: 'string', default: 'loopback' },
  'real-clock': { type: 'boolean', default: false },
  noise: { type: 'boolean', default: false },
  seeds: { type: 'string', default: String(DEFAULT_SEEDS) },
  resume: { type: 'string' },
  peer: { type: 'string', default: DEFAULT_PEER_FOLDER },
  help: { type: 'boolean', default: false },
} as const;

const { values, positionals } = readArguments();
const seeds = Number(values.seeds);
const allInNoise = values.noise && positionals.length === 1 && positionals[0] === 'all';
const strangers = (allInNoise ? [] : positionals).filter(
  (name) => !ALL_SCENARIOS.some((s) => s.name === name),
);
if (values.help) usage('');
if (strangers.length > 0) usage(`no such scenario: ${strangers.join(', ')}`);
if (!['loopback', 'namespace', 'both'].includes(values.lab)) usage(`no such lab: ${values.lab}`);
if (!Number.isInteger(seeds) || seeds < 1) usage('--seeds takes a whole number from 1');
const columns = process.stdout.columns || DEFAULT_COLUMNS;
const say = (text: string): void => void process.stdout.write(`${text}\n`);

function report(rows: readonly Row[]): void {
  const lines = rows.map((r) => [
    r.scenario.name,
    r.lab,
    r.scenario.truth,
    r.judged?.outcome ?? (r.skipped === null ? 'NO VERDICT' : 'skipped'),
    r.judged?.method ?? '',
    r.evidence,
    r.seconds === 0 ? '' : r.seconds.toFixed(1),
    r.skipped ?? r.differs.join('; '),
  ]);
  say(
    renderTable(
      ['scenario', 'lab', 'truth', 'outcome', 'method', 'evidence', 's', 'differs'],
      lines,
      columns,
    ),
  );
}

function summary(title: string, rows: readonly Row[]): boolean {
  const judged = rows.flatMap((r) => r.judged ?? []);
  const s = score(judged);
  say(`\n${title}: ${judged.length} verdicts, ${rows.filter((r) => r.skipped !== null).length} skipped`);
  say(renderTable(['what was said', ...TRUTHS, ''], confusion(judged, OUTCOMES), columns));
  say(`innocent or undecidable called interfered:     ${shareText(s.accused)}`);
  say(`benign called suspected:                       ${shareText(s.suspected)}`);
  say(`interference called accessible, refused, down: ${shareText(s.missed)}`);
  say(`interference found by the expected method:     ${shareText(s.rightMethod)}`);
  say(`interference left open or laid on the line:    ${shareText(s.unsettled)}`);
  const wrong = rows.filter((r) => r.differs.length > 0 || (r.skipped === null && r.judged === null));
  say(
    `not as expected: ${wrong.length}${wrong.length === 0 ? '' : ` (${wrong.map((r) => r.scenario.name).join(', ')})`}`,
  );
  return s.accused.k === 0 && s.missed.k === 0 && wrong.length === 0;
}

function flagText(who: string, s: FlagScore): string {
  const { found, accused, wrong } = s;
  return `${who}: ${found.k} found, ${found.n - found.k} missed, ${accused.k} falsely flagged, ${accused.n - accused.k} left in peace${wrong.length === 0 ? '' : ` (wrong: ${wrong.join(', ')})`}`;
}

async function loopback(): Promise<Row[]> {
  const started = performance.now();
  const rows = await runLoopback(chosen, !values['real-clock']);
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  say(`loopback: ${seconds} s, ${values['real-clock'] ? 'real time' : 'waits on a virtual clock'}`);
  return rows;
}

function scoresOfPeer(): void {
  const peer = scorePeer(values.peer);
  if (peer === null) {
    say(`\nthe peer's own documents are not in ${values.peer}: not scored`);
    return;
  }
  say(
    `\nthe peer's 50 scenarios, as documents without pairs (${peer.leftOut} without a plain truth left out)`,
  );
  say(flagText('their flag', peer.theirs));
  say(flagText('our rules ', peer.ours));
}

/** Scenarios that a noise report is made of. */
function noisy(): readonly Scenario[] {
  if (allInNoise) return ALL_SCENARIOS;
  const names = positionals.length > 0 ? positionals : NOISE_SET.map((choice) => choice.name);
  return ALL_SCENARIOS.filter((s) => names.includes(s.name));
}

async function noise(): Promise<boolean> {
  const file = values.resume ?? join(tmpdir(), `kuager-noise-${process.pid}.jsonl`);
  const stopped = new AbortController();
  process.once('SIGINT', () => stopped.abort());
  process.once('SIGTERM', () => stopped.abort());
  const started = performance.now();
  const progress = (line: string): void => void process.stderr.write(`${line}\n`);
  progress(`rows go to ${file}`);
  const { rows, failed, planned } = await runNoise(noisy(), {
    seeds,
    file,
    signal: stopped.signal,
    progress,
  });
  const minutes = ((performance.now() - started) / 60_000).toFixed(1);
  const { text, good: within } = noiseReport(rows, columns);
  say(
    `${rows.length} of ${planned} measurements, ${seeds} seeds a cell, ${minutes} min, load ${loadavg()[0]?.toFixed(1)}`,
  );
  say(text);
  for (const line of failed.slice(0, MAX_FAILURES_SHOWN)) say(`no verdict: ${line}`);
  if (failed.length > MAX_FAILURES_SHOWN)
    say(`and ${failed.length - MAX_FAILURES_SHOWN} more without a verdict`);
  if (rows.length < planned) say(`not complete; to go on: --resume ${file}`);
  return within && rows.length === planned;
}

const chosen = ALL_SCENARIOS.filter((s) => positionals.length === 0 || positionals.includes(s.name));
let good = true;
if (values.noise) {
  try {
    good = await noise();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(2);
  }
} else {
  const rows: Row[] = [];
  if (values.lab !== 'namespace') rows.push(...(await loopback()));
  if (values.lab !== 'loopback')
    rows.push(...(await runNamespaces(chosen)).map((r) => rowOf('namespace', r)));
  report(rows);
  for (const lab of new Set(rows.map((r) => r.lab)))
    good =
      summary(
        lab,
        rows.filter((r) => r.lab === lab),
      ) && good;
  scoresOfPeer();
}
process.exitCode = good ? 0 : 1;
