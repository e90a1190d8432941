/** One process of the bench: jobs' names and seeds in, counts out. */
import { JOBS } from './all-jobs.ts';
import type { Count } from './figures.ts';

export interface Order {
  readonly id: string;
  readonly seeds: readonly number[];
}

export interface Done {
  readonly id: string;
  readonly counts: readonly Count[];
  readonly ms: number;
}

async function work({ id, seeds }: Order): Promise<void> {
  const started = performance.now();
  const job = JOBS.find((j) => j.id === id);
  if (job === undefined) throw new Error(`no job ${id}`);
  const done: Done = { id, counts: await job.run(seeds), ms: performance.now() - started };
  process.send?.(done);
}

process.on('message', (order: Order) => void work(order));
