/** The world as it is: clock, randomness, terminal, folders. The lab puts another one in its place. */
import { randomBytes } from 'node:crypto';
import { homedir, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { runProgram } from './run-program.ts';
import { realSystem } from './real-system.ts';
import { settleMemory } from './settle-memory.ts';
import { routeAddress } from './net/route-address.ts';
import type { World } from './commands/world.ts';
import { createNet } from './net/create-net.ts';
import { createHttpOpener } from './net/http-opener.ts';
import { realFiles } from './trust-store/real-files.ts';

const DEFAULT_COLUMNS = 80;

/** KUAGER_HOME, else the platform's folder for state. */
function stateFolder(env: NodeJS.ProcessEnv): string {
  if (env['KUAGER_HOME'] !== undefined && env['KUAGER_HOME'] !== '') return env['KUAGER_HOME'];
  if (process.platform === 'win32') return join(env['LOCALAPPDATA'] ?? homedir(), 'kuager');
  return join(env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state'), 'kuager');
}

export function realWorld(stop: AbortSignal): World {
  const { env, stdin, stdout, stderr } = process;
  const interactive = stdin.isTTY && stderr.isTTY;
  return {
    now: () => Date.now(),
    random: (n) => new Uint8Array(randomBytes(n)),
    createNet,
    createHttpOpener,
    interfaces: () => networkInterfaces(),
    routeAddress,
    device: realFiles(),
    system: realSystem(),
    runProgram,
    settle: settleMemory,
    stateFolder: stateFolder(env),
    only: env['KUAGER_ONLY'],
    locale: env['LC_ALL'] ?? env['LC_MESSAGES'] ?? env['LANG'] ?? '',
    out: (line) => void stdout.write(`${line}\n`),
    err: (line) => void stderr.write(`${line}\n`),
    terminal: {
      interactive,
      color: stdout.isTTY && env['NO_COLOR'] === undefined && env['TERM'] !== 'dumb',
      columns: stdout.columns ?? DEFAULT_COLUMNS,
    },
    async ask(question) {
      if (!interactive) return null;
      const reader = createInterface({ input: stdin, output: stderr });
      try {
        return await reader.question(question, { signal: stop });
      } catch {
        return null; // Ctrl-C or the end of the input: no answer
      } finally {
        reader.close();
      }
    },
    stop,
  };
}
