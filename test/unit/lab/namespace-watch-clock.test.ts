import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os, { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { FAST_CLOCK, startClock } from '../../lab/namespace/watch-clock.ts';

const SPEED = 20;
/** As the program sees it. Milliseconds. */
const WAITS_MS = 6000;

/** Waits by each kind of timer, and reads each clock before and after; answers date themselves too. */
const PROGRAM = `
import { createServer, get } from 'node:http';
import { uptime } from 'node:os';
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
const read = () => ({ wall: Date.now(), made: new Date().getTime(), monotonic: performance.now(), uptime: uptime() * 1000 });
// A time-out alone keeps no program running.
const alive = setInterval(() => undefined, 1e6);
const before = read();
await wait(${WAITS_MS} / 3);
await new Promise((resolve) => setTimeout(resolve, ${WAITS_MS} / 3));
await new Promise((resolve) => AbortSignal.timeout(${WAITS_MS} / 3).addEventListener('abort', resolve));
const after = read();
const server = createServer((_, reply) => reply.end('x')).listen(0, '127.0.0.1');
await new Promise((resolve) => server.once('listening', resolve));
const dated = await new Promise((resolve) =>
  get({ port: server.address().port, host: '127.0.0.1' }, (reply) => {
    reply.resume();
    resolve(Date.parse(reply.headers.date) - Date.now());
  }),
);
server.close();
clearInterval(alive);
const passed = Object.fromEntries(Object.entries(after).map(([name, at]) => [name, at - before[name]]));
process.stdout.write(JSON.stringify({ ...passed, dated }));
`;

test('all clocks and timers of a program run faster together', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kuager-clock-'));
  try {
    const file = join(folder, 'clock.mjs');
    await writeFile(file, FAST_CLOCK);
    await writeFile(join(folder, 'program.mjs'), PROGRAM);
    const clock = startClock(file, SPEED, { now: Date.now, uptime: os.uptime });
    const began = [performance.now(), clock.now()] as const;
    const { stdout } = await promisify(execFile)(process.execPath, [join(folder, 'program.mjs')], {
      env: { ...process.env, ...clock.environment },
    });
    const took = performance.now() - began[0];
    const { dated, uptime, ...passed } = JSON.parse(stdout) as Readonly<Record<string, number>>;
    for (const ms of Object.values(passed)) {
      expect(ms).toBeGreaterThanOrEqual(0.95 * WAITS_MS);
      // No more than really passed, at that speed.
      expect(ms).toBeLessThanOrEqual(took * SPEED);
    }
    // The system counts it in hundredths of a second.
    expect(Math.abs((uptime ?? 0) - (passed['wall'] ?? 0))).toBeLessThan(20 * SPEED);
    // HTTP dates are whole seconds, and the answer is a moment old.
    expect(Math.abs(dated ?? Number.NaN)).toBeLessThan(100 * SPEED);
    expect(Math.abs(clock.now() - began[1] - took * SPEED)).toBeLessThan(100 * SPEED);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
