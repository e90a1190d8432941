/** A collector as its operator runs it, in a process of its own that can be killed. */
import { spawn, type ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { INTERCEPTION_JSON, ROOTS_PEM } from '../../test/golden/chains.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const ONLY = '127.0.0.0/8,::1/128';
const READY_WITHIN_MS = 120_000;
const ASK_EVERY_MS = 100;
const MAX_KEPT_OUTPUT = 4000;

export interface CollectorProcess {
  readonly url: string;
  /** Milliseconds from the start of the process until it answers. */
  start(): Promise<number>;
  /** SIGKILL: nothing can be put in order. */
  kill(): Promise<void>;
  /** Its last words. */
  output(): string;
}

/** A port of loopback that nobody has; the same one is used again after a restart. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const answers = (url: string): Promise<boolean> =>
  fetch(url).then(
    async (response) => {
      await response.arrayBuffer();
      return response.ok;
    },
    () => false,
  );

export async function createCollectorProcess(data: string): Promise<CollectorProcess> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const [roots, known] = [join(data, 'bench-roots.pem'), join(data, 'bench-authorities.json')];
  writeFileSync(roots, ROOTS_PEM);
  writeFileSync(known, INTERCEPTION_JSON);
  const flags = [
    '--data',
    data,
    '--listen',
    `127.0.0.1:${port}`,
    '--extra-root',
    roots,
    '--fingerprints',
    known,
  ];
  let child: ChildProcess | null = null;
  let output = '';
  return {
    url,
    async start() {
      const started = performance.now();
      const program = ['--import', 'tsx', join(ROOT, 'collector', 'main.ts'), 'serve', ...flags];
      const running = spawn(process.execPath, program, {
        cwd: ROOT,
        env: { ...process.env, KUAGER_ONLY: ONLY },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      child = running;
      for (const stream of [running.stdout, running.stderr])
        stream.setEncoding('utf8').on('data', (text: string) => {
          output = (output + text).slice(-MAX_KEPT_OUTPUT);
        });
      while (!(await answers(`${url}/api/v1/test-helpers`))) {
        if (running.exitCode !== null) throw new Error(`the collector ended: ${output}`);
        if (performance.now() - started > READY_WITHIN_MS)
          throw new Error(`the collector is silent: ${output}`);
        await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
      }
      return performance.now() - started;
    },
    async kill() {
      const running = child;
      child = null;
      if (running === null || running.exitCode !== null) return;
      const ended = new Promise((resolve) => running.once('close', resolve));
      running.kill('SIGKILL');
      await ended;
    },
    output: () => output,
  };
}
