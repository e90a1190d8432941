/**
 * A hundred probes hand in a week's spool of 10,000 documents at once, to a real collector on loopback: signed, sealed, judged.
 * How long until its blocking events are right, and how long do readers wait meanwhile? Then again, with SIGKILL in the
 * middle. `--documents N` for fewer. Exit code 1 when a figure is missed. Started by `npm run bench:detect`.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadOrCreateKeys } from '../collector/archive/keys.ts';
import { renderTable } from './lib/table.ts';
import { read, upload, type Uploads } from './flood/client.ts';
import { createCollectorProcess } from './flood/collector-process.ts';
import { floodDocuments, WEEK_MS, type SealedDocument } from './flood/documents.ts';
import { problemsAt } from './flood/right.ts';
import { DAY_MS, HOUR_MS } from './simulate/habits.ts';

const PROBES = 100;
const DEFAULT_DOCUMENTS = 10_000;
/** Events must be right within so long after the flood began. */
const RIGHT_WITHIN_MS = 600_000;
/** Readers of the page and the API wait no longer than this, 95 of 100 times. */
const READ_P95_MS = 1_000;
const LOOK_EVERY_MS = 1_000;
/** Read for so long before the flood begins: what this machine takes when nothing is handed in. */
const IDLE_MS = 5_000;
const DEFAULT_COLUMNS = 140;

const { values } = parseArgs({
  options: { documents: { type: 'string', default: String(DEFAULT_DOCUMENTS) } },
});
const say = (line: string): void => void process.stdout.write(`${line}\n`);

interface Run {
  /** Milliseconds from the first upload until all was handed in, and until the events were right; Infinity: never. */
  readonly handedIn: number;
  readonly right: number;
  readonly idle: readonly number[];
  readonly reads: readonly number[];
  readonly problems: readonly string[];
  /** Of the restart, until it answers; null: not restarted. */
  readonly restart: number | null;
}

type Spools = readonly (readonly SealedDocument[])[];

async function untilRight(url: string, weekStart: number, started: number): Promise<readonly string[]> {
  for (;;) {
    const problems = await problemsAt(url, weekStart);
    if (problems.length === 0 || performance.now() - started > RIGHT_WITHIN_MS) return problems;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

async function untilHalf({ done }: Uploads, total: number): Promise<void> {
  while (done() < total / 2) await new Promise((resolve) => setTimeout(resolve, 50));
}

async function run(data: string, spools: Spools, weekStart: number, killed: boolean): Promise<Run> {
  const collector = await createCollectorProcess(data);
  try {
    await collector.start();
    const before = killed ? null : read(collector.url);
    if (before !== null) await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
    const idle = (await before?.stop()) ?? [];
    const total = spools.reduce((sum, spool) => sum + spool.length, 0);
    const started = performance.now();
    const uploads = upload(collector.url, spools);
    const reader = killed ? null : read(collector.url);
    let restart: number | null = null;
    if (killed) {
      await Promise.race([untilHalf(uploads, total), uploads.finished]);
      await collector.kill();
      restart = await collector.start();
    }
    await uploads.finished;
    const handedIn = performance.now() - started;
    const problems = await untilRight(collector.url, weekStart, started);
    const right = problems.length === 0 ? performance.now() - started : Infinity;
    return { handedIn, right, idle, reads: (await reader?.stop()) ?? [], problems, restart };
  } finally {
    await collector.kill();
  }
}

const seconds = (ms: number): string => (Number.isFinite(ms) ? `${(ms / 1000).toFixed(1)} s` : 'never');
function percentile(took: readonly number[], share: number): number {
  const sorted = [...took].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Infinity;
}

async function main(): Promise<number> {
  const documents = Number(values.documents);
  const folder = mkdtempSync(join(tmpdir(), 'kuager-flood-'));
  try {
    const [first, second] = [join(folder, 'first'), join(folder, 'second')];
    mkdirSync(first);
    const { keys } = loadOrCreateKeys(first);
    cpSync(first, second, { recursive: true });
    const weekStart = Math.floor((Date.now() - WEEK_MS - DAY_MS) / HOUR_MS) * HOUR_MS;
    const perProbe = Math.ceil(documents / PROBES);
    const making = performance.now();
    const spools = floodDocuments(keys, { probes: PROBES, perProbe, weekStart });
    say(`${PROBES * perProbe} documents written in ${seconds(performance.now() - making)}`);
    const plain = await run(first, spools, weekStart, false);
    const killed = await run(second, spools, weekStart, true);
    const p95 = percentile(plain.reads, 0.95);
    const mark = (reached: boolean): string => (reached ? 'reached' : 'MISSED');
    const within = seconds(RIGHT_WITHIN_MS);
    const rows = [
      ['all handed in', '', seconds(plain.handedIn), ''],
      ['events right', `≤ ${within}`, seconds(plain.right), mark(plain.right <= RIGHT_WITHIN_MS)],
      ['reads before, 95 of 100 within', '', `${percentile(plain.idle, 0.95).toFixed(0)} ms`, ''],
      [
        `reads meanwhile (${plain.reads.length}), 95 of 100 within`,
        `≤ ${READ_P95_MS} ms`,
        `${p95.toFixed(0)} ms`,
        mark(p95 <= READ_P95_MS),
      ],
      ['killed in the middle: answers again after', '', seconds(killed.restart ?? Infinity), ''],
      [
        '… and its events are right',
        `≤ ${within}`,
        seconds(killed.right),
        mark(killed.right <= RIGHT_WITHIN_MS),
      ],
    ];
    say(renderTable(['flood', 'wanted', 'got', ''], rows, process.stdout.columns ?? DEFAULT_COLUMNS));
    for (const problem of [...plain.problems, ...killed.problems]) say(`  ${problem}`);
    return rows.some((row) => row.at(-1) === 'MISSED') ? 1 : 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

process.exitCode = await main();
