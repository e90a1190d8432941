/** Orders worked off by as many processes as there are cores. */
import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Count } from './figures.ts';
import type { Done, Order } from './worker.ts';

const MAX_PROCESSES = 8;

/** Rejects when a process ends before its work does. `told` after each order. */
export async function workOff(
  orders: readonly Order[],
  told: (done: Done) => void,
): Promise<readonly Count[]> {
  const left = [...orders];
  const counts: Count[] = [];
  const one = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const worker = fork(join(import.meta.dirname, 'worker.ts'), { execArgv: ['--import', 'tsx'] });
      let order: Order | undefined;
      const next = (): void => {
        order = left.shift();
        if (order === undefined) worker.disconnect();
        else worker.send(order);
      };
      worker.on('error', reject);
      worker.on('exit', (code) => {
        if (order === undefined) resolve();
        else reject(new Error(`${order.id}: its process ended with ${code}`));
      });
      worker.on('message', (message) => {
        const done = message as Done;
        counts.push(...done.counts);
        told(done);
        next();
      });
      next();
    });
  const processes = Math.min(orders.length, availableParallelism(), MAX_PROCESSES);
  await Promise.all(Array.from({ length: processes }, one));
  return counts;
}
