/**
 * The gate: everything that must hold before a commit, and what CI runs first. One line a step; the whole output only of
 * those that fail. `--static`: without the tests, for who runs them all anyway.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

interface Step {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

const ROOT = join(import.meta.dirname, '..');
const bin = (name: string): string => join(ROOT, 'node_modules', '.bin', name);
const script = (name: string, file: string, ...args: string[]): Step => ({
  name,
  command: bin('tsx'),
  args: [join(ROOT, 'scripts', file), ...args],
});

const STATIC: readonly Step[] = [
  { name: 'types', command: bin('tsc'), args: ['--noEmit', '-p', '.'] },
  {
    name: 'lint',
    command: bin('eslint'),
    args: ['.', '--cache', '--cache-strategy', 'content', '--cache-location', 'node_modules/.cache/eslint/'],
  },
  { name: 'format', command: bin('prettier'), args: ['--check', '--log-level', 'warn', '--cache', '.'] },
  { name: 'unused code', command: bin('knip'), args: ['--no-progress'] },
  script('layers', 'check-layers.ts'),
  script('test lists', 'check-testlists.ts'),
  script('licences', 'check-licences.ts'),
];
const vitest = (name: string, ...args: string[]): Step => ({
  name,
  command: bin('vitest'),
  args: ['run', ...args, '--reporter=dot'],
});
const SCENARIOS_FILE = 'test/scenarios.test.ts';
const LEFT_OUT = ['test/e2e/**', 'test/namespace*.test.ts', SCENARIOS_FILE];
const TESTS = vitest('tests', ...LEFT_OUT.flatMap((file) => ['--exclude', file]));
/** Alone: a lab that waits for the processor looks like a slow line. */
const SCENARIOS = vitest('scenarios', SCENARIOS_FILE);

function run(step: Step): Promise<boolean> {
  const started = performance.now();
  return new Promise((resolve) => {
    const child = spawn(step.command, step.args, { cwd: ROOT, shell: process.platform === 'win32' });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    const end = (code: number | null, error?: Error): void => {
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      const ok = code === 0 && error === undefined;
      const last = output.trimEnd().split('\n').at(-1) ?? '';
      process.stdout.write(
        `${ok ? '✓' : '✗'} ${step.name.padEnd(12)} ${seconds.padStart(6)} s  ${ok ? '' : last}\n`,
      );
      if (!ok) process.stdout.write(`${output}${error === undefined ? '' : error.message}\n`);
      resolve(ok);
    };
    child.once('error', (error) => end(1, error));
    child.once('close', (code) => end(code));
  });
}

/** Steps at once. */
const WIDTH = 2;

/** Runs all steps, `width` at a time; true when every one succeeded. */
async function runAll(steps: readonly Step[], width: number): Promise<boolean> {
  const queue = [...steps];
  let good = true;
  const worker = async (): Promise<void> => {
    for (let step = queue.shift(); step !== undefined; step = queue.shift()) good = (await run(step)) && good;
  };
  await Promise.all(Array.from({ length: width }, worker));
  return good;
}

// The tests wait a lot (production timeouts): the static checks run beside them.
const all = !process.argv.includes('--static');
const quick = await runAll(all ? [TESTS, ...STATIC] : STATIC, WIDTH);
const ok = (!all || (await runAll([SCENARIOS], 1))) && quick;
process.stdout.write(ok ? 'all good\n' : 'not good\n');
process.exitCode = ok ? 0 : 1;
