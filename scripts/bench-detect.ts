/**
 * `npm run bench:detect [-- --quick] [--seeds N] [--only NAME] [--list]`: how often the collector's detectors are right, in simulated
 * worlds (scripts/simulate), in replays of what happened in Kazakhstan, in a real series, and under a flood of uploads.
 * A table: figure, wanted, got, 95 % interval. Exit code 1 when a figure is missed; the seeds that show it stand below.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { JOBS } from './bench/all-jobs.ts';
import { rowsOf, type Row } from './bench/figures.ts';
import { workOff } from './bench/processes.ts';
import type { Order } from './bench/worker.ts';
import { renderTable } from './lib/table.ts';

/** `--quick` looks at so much of each family: enough to see that something broke, too little for a figure. */
const QUICK_SHARE = 0.08;
/** Worlds of one order: processes stay busy to the end. */
const ORDER_SHARE = 3;
const DEFAULT_COLUMNS = 160;
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const tell = (line: string): void => void process.stderr.write(`${line}\n`);

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    seeds: { type: 'string' },
    only: { type: 'string', default: '' },
    list: { type: 'boolean', default: false },
  },
});
const FLOOD = 'flood';

function ordersOf(): readonly Order[] {
  const chosen = JOBS.filter(({ id, slow }) => id.includes(values.only) && !(values.quick && slow === true));
  return chosen.flatMap(({ id, worlds }): Order[] => {
    const wanted =
      values.seeds !== undefined ? Number(values.seeds) : values.quick ? worlds * QUICK_SHARE : worlds;
    const count = Math.max(1, Math.ceil(worlds === 1 ? 1 : wanted));
    const seeds = Array.from({ length: count }, (_, i) => i + 1);
    const size = Math.max(1, Math.ceil(count / ORDER_SHARE));
    return Array.from({ length: Math.ceil(count / size) }, (_, i) => ({
      id,
      seeds: seeds.slice(i * size, (i + 1) * size),
    }));
  });
}

function verdict({ reached }: Row): string {
  if (reached === null) return '';
  return reached ? 'reached' : 'MISSED';
}

function report(rows: readonly Row[]): boolean {
  const columns = process.stdout.columns ?? DEFAULT_COLUMNS;
  const cells = rows.map((r) => [r.figure, r.wanted, r.got, r.interval, verdict(r)]);
  say(renderTable(['figure', 'wanted', 'got', '95 % interval', ''], cells, columns));
  const missed = rows.filter((r) => r.reached === false);
  for (const { figure, misses } of rows.filter((r) => r.misses.length > 0)) {
    say('');
    say(`${figure}, for example:`);
    for (const miss of misses) say(`  ${miss}`);
  }
  return missed.length === 0;
}

function flood(): boolean {
  const args = ['--import', 'tsx', join(import.meta.dirname, 'bench-flood.ts')];
  return spawnSync(process.execPath, args, { stdio: 'inherit' }).status === 0;
}

async function main(): Promise<number> {
  if (values.seeds !== undefined && !(Number(values.seeds) >= 1)) {
    tell('--seeds takes a number from 1 on');
    return 2;
  }
  if (values.list) {
    for (const { id, worlds } of JOBS) say(`${id} (${worlds})`);
    say(FLOOD);
    return 0;
  }
  const orders = ordersOf();
  const withFlood = !values.quick && FLOOD.includes(values.only);
  if (orders.length === 0 && !withFlood) {
    tell(`nothing is called ${JSON.stringify(values.only)}; --list`);
    return 2;
  }
  const started = performance.now();
  const counts = await workOff(orders, ({ id, ms }) => tell(`${id}: ${(ms / 1000).toFixed(1)} s`));
  const reached = orders.length === 0 || report(rowsOf(counts));
  say('');
  say(`${((performance.now() - started) / 1000).toFixed(0)} s`);
  const stood = !withFlood || flood();
  return reached && stood ? 0 : 1;
}

process.exitCode = await main();
