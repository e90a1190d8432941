/**
 * A clock that runs faster, for the programs of a watched world: what takes an hour there takes some minutes here. Time as the program's
 * JavaScript reads and waits for it; packets, connections and files are as quick as ever. All programs of a lab share one clock.
 */

/** Preloaded by Node; `KUAGER_LAB_CLOCK` is `START_MS START_UPTIME_S SPEED`. */
export const FAST_CLOCK = `
import http from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import os from 'node:os';
import { performance } from 'node:perf_hooks';
import timers from 'node:timers';
import waits from 'node:timers/promises';
const [start, startUptime, speed] = process.env.KUAGER_LAB_CLOCK.split(' ').map(Number);
const RealDate = Date;
const now = () => Math.round(start + (RealDate.now() - start) * speed);
globalThis.Date = class extends RealDate {
  constructor(...args) { if (args.length === 0) super(now()); else super(...args); }
  static now() { return now(); }
};
const realNow = performance.now.bind(performance);
performance.now = () => realNow() * speed;
const { uptime } = os;
os.uptime = () => startUptime + (uptime() - startUptime) * speed;
for (const name of ['setTimeout', 'setInterval']) {
  const real = globalThis[name];
  const fast = (run, ms, ...args) => real(run, (ms ?? 0) / speed, ...args);
  globalThis[name] = fast;
  timers[name] = fast;
  const wait = waits[name];
  waits[name] = (ms, ...args) => wait((ms ?? 0) / speed, ...args);
}
const timeout = AbortSignal.timeout.bind(AbortSignal);
AbortSignal.timeout = (ms) => timeout(Math.ceil(ms / speed));
// Node dates its answers by a clock of its own.
const { writeHead } = http.ServerResponse.prototype;
http.ServerResponse.prototype.writeHead = function (...args) {
  if (!this.headersSent && !this.hasHeader('date')) this.setHeader('date', new Date().toUTCString());
  return writeHead.apply(this, args);
};
syncBuiltinESMExports();
`;

export interface LabClock {
  /** Milliseconds since 1970. */
  now(): number;
  /** What programs get so that they live by it. */
  readonly environment: Readonly<Record<string, string>>;
}

/** `file`: where FAST_CLOCK lies. */
export function startClock(
  file: string,
  speed: number,
  system: { now(): number; uptime(): number },
): LabClock {
  const start = system.now();
  return {
    now: () => Math.round(start + (system.now() - start) * speed),
    environment: {
      NODE_OPTIONS: `--import=file://${file}`,
      KUAGER_LAB_CLOCK: `${start} ${system.uptime()} ${speed}`,
    },
  };
}
