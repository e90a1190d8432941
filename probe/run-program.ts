/** This program once more, in a process of its own. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { RunProgram } from './commands/world.ts';

/** After the request to end: what was finished is kept anyway. Milliseconds. */
const KILL_AFTER_MS = 8_000;

export const runProgram: RunProgram = (args, on, signal) =>
  new Promise((resolve, reject) => {
    if (signal.aborted) {
      resolve(null);
      return;
    }
    const child = spawn(process.execPath, [...process.execArgv, process.argv[1] ?? '', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      // In a group of its own: Ctrl-C reaches it once, by us, since a second one means "at once".
      detached: process.platform !== 'win32',
      windowsHide: true,
    });
    let killer: NodeJS.Timeout | undefined;
    const stop = (): void => {
      child.kill('SIGTERM');
      killer = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS);
    };
    signal.addEventListener('abort', stop, { once: true });
    createInterface({ input: child.stdout }).on('line', (line) => on.out(line));
    createInterface({ input: child.stderr }).on('line', (line) => on.err(line));
    const done = (): void => {
      signal.removeEventListener('abort', stop);
      clearTimeout(killer);
    };
    child.once('error', (error) => {
      done();
      reject(error);
    });
    child.once('close', (code) => {
      done();
      resolve(code);
    });
  });
