#!/usr/bin/env node
/**
 * Entry of every npm script: installs and builds what is missing, then runs the task. Plain JavaScript without imports
 * from npm, because on a fresh clone nothing is installed yet.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const STAMP = join(ROOT, 'node_modules', '.kuager-install');
const MIN_NODE = [20, 18, 1];

function fail(message, code = 1) {
  process.stderr.write(`${message}\n`);
  process.exit(code);
}

function run(command, args, env = {}) {
  const shell = process.platform === 'win32';
  const { status, error } = spawnSync(command, args, {
    cwd: ROOT,
    stdio: 'inherit',
    shell,
    env: { ...process.env, ...env },
  });
  if (error) fail(`${command}: ${error.message}`);
  return status ?? 1;
}

function must(command, args, env) {
  const status = run(command, args, env);
  if (status !== 0) process.exit(status);
}

function checkNode() {
  const have = process.versions.node.split('.').map(Number);
  const older = MIN_NODE.findIndex((min, i) => have[i] !== min);
  if (older >= 0 && have[older] < MIN_NODE[older])
    fail(`Node ${MIN_NODE.join('.')} or newer is needed; this is ${process.versions.node}`);
}

/** Somebody ran `npm ci` by hand: what it noted is what the lockfile says, and what it compiled runs on this Node. */
function installedByHand(lockText) {
  try {
    const noted = JSON.parse(readFileSync(join(ROOT, 'node_modules', '.package-lock.json'), 'utf8')).packages;
    const locked = JSON.parse(lockText).packages;
    const same = Object.entries(locked).every(
      ([path, { optional, integrity }]) =>
        path === '' || (noted[path] === undefined ? optional === true : noted[path].integrity === integrity),
    );
    if (!same || Object.keys(noted).some((path) => locked[path] === undefined)) return false;
    const Database = createRequire(import.meta.url)('better-sqlite3');
    new Database(':memory:').close();
    return true;
  } catch {
    return false;
  }
}

/** Installs exactly the lockfile, once per lockfile and Node version (better-sqlite3 is compiled for it). */
function install() {
  const lock = readFileSync(join(ROOT, 'package-lock.json'));
  const want = createHash('sha256').update(lock).update(process.version).digest('hex');
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === want) return;
  if (installedByHand(lock.toString())) {
    writeFileSync(STAMP, want);
    return;
  }
  process.stderr.write('installing dependencies; the first time this takes about two minutes\n');
  must('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  writeFileSync(STAMP, want);
}

const bin = (name) => join(ROOT, 'node_modules', '.bin', name);
const tsx = (script, args = []) => [bin('tsx'), [join(ROOT, 'scripts', script), ...args]];

/** Tests that run whole scenarios. */
const LABS = ['test/scenarios.test.ts', 'test/namespace.test.ts', 'test/namespace-watch.test.ts'];

const TASKS = {
  demo(args) {
    must(...tsx('build.ts', ['--if-stale']));
    return run(...tsx('demo.ts', args), { KUAGER_ONLY: '127.0.0.0/8,::1/128' });
  },
  /** A censored network of real packets, by hand. */
  lab(args) {
    if (!args.includes('--list')) must(...tsx('build.ts', ['--if-stale']));
    return run(...tsx('lab.ts', args));
  },
  build: (args) => run(...tsx('build.ts', args)),
  /** Everything; with arguments, only what they name. The labs come last and alone: what waits for the processor looks like a slow line. */
  test(args) {
    must(...tsx('build.ts', ['--if-stale']));
    if (args.length > 0) return run(bin('vitest'), ['run', ...args]);
    const others = run(bin('vitest'), ['run', ...LABS.flatMap((file) => ['--exclude', file])]);
    const labs = LABS.map((file) => run(bin('vitest'), ['run', file]));
    return Math.max(others, ...labs);
  },
  check: (args) => run(...tsx('check.ts', args)),
  scenarios(args) {
    must(...tsx('build.ts', ['--if-stale']));
    return run(...tsx('scenarios.ts', args), { KUAGER_ONLY: '127.0.0.0/8,::1/128' });
  },
  /** How many deliberate mistakes in the rules the tests notice. */
  mutate: (args) => run(...tsx('mutate.ts', args), { KUAGER_ONLY: '127.0.0.0/8,::1/128' }),
  /** Hostile certificate chains against everything that reads one. */
  fuzz: (args) => run(...tsx('fuzz-certificates.ts', args)),
  /** How soon blocking and silence are found, and how often by mistake. */
  'bench:detect': (args) => run(...tsx('bench-detect.ts', args), { KUAGER_ONLY: '127.0.0.0/8,::1/128' }),
};

const [task, ...args] = process.argv.slice(2);
if (!Object.hasOwn(TASKS, task ?? '')) fail(`usage: bootstrap.mjs ${Object.keys(TASKS).join('|')}`, 2);
checkNode();
install();
process.exit(TASKS[task](args));
