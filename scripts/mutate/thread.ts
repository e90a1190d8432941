/**
 * Holds the tests in one thread and runs them again for each mutant, without loading anything anew: Stryker's own runner
 * for Vitest starts a thread per test file and mutant, which takes seconds where a test takes milliseconds.
 */
import { BroadcastChannel } from 'node:worker_threads';
import type { RunnerTask, RunnerTestCase, RunnerTestFile, RunnerTestSuite } from 'vitest';
import { VitestTestRunner } from 'vitest/runners';
import { getFn, getHooks } from 'vitest/suite';
import { CHANNEL, type Hits, type Mutant, type Reply, type Request, type TestOutcome } from './protocol.ts';

type Files = RunnerTestFile[];

/** The globals that Stryker's instrumented code looks at. */
interface Instrumented {
  activeMutant?: string | undefined;
  currentTestId?: string | undefined;
  hitCount?: number | undefined;
  hitLimit?: number | undefined;
  mutantCoverage?: { static: Hits; perTest: Record<string, Hits> };
}
const instrumented = ((globalThis as { __stryker__?: Instrumented }).__stryker__ ??= {});

const testsOf = (task: RunnerTask): RunnerTestCase[] =>
  task.type === 'suite' ? task.tasks.flatMap(testsOf) : task.mode === 'run' ? [task] : [];

function idOf(task: RunnerTask): string {
  const names = [task.name];
  for (let suite = task.suite; suite !== undefined; suite = suite.suite) names.unshift(suite.name);
  return names.join(' › ');
}

/** Hooks would have to be run for each mutant as well: a test that needs one is left out of this, loudly. */
function refuseHooks(files: Files): void {
  const suites = (task: RunnerTask): RunnerTestSuite[] =>
    task.type === 'suite' ? [task, ...task.tasks.flatMap(suites)] : [];
  for (const suite of files.flatMap(suites)) {
    const hooked = Object.entries(getHooks(suite)).filter(([, hooks]) => hooks.length > 0);
    if (hooked.length > 0 && suite.suite !== undefined)
      throw new Error(`${idOf(suite)}: tests with ${hooked[0]![0]} can't be run against mutants`);
  }
}

async function outcome(id: string, test: RunnerTestCase): Promise<TestOutcome> {
  const start = performance.now();
  try {
    await (getFn(test) as () => Promise<void>)();
    return { id, ms: performance.now() - start, failure: null };
  } catch (error) {
    return { id, ms: performance.now() - start, failure: String(error).slice(0, 300) };
  }
}

async function firstRun(tests: ReadonlyMap<string, RunnerTestCase>): Promise<Reply> {
  const outcomes: TestOutcome[] = [];
  for (const [id, test] of tests) {
    instrumented.currentTestId = id;
    outcomes.push(await outcome(id, test));
  }
  instrumented.currentTestId = undefined;
  const { static: atLoad, perTest } = instrumented.mutantCoverage ?? { static: {}, perTest: {} };
  return { tell: 'first-run', tests: outcomes, reached: { static: atLoad, perTest } };
}

async function against(mutant: Mutant, tests: ReadonlyMap<string, RunnerTestCase>): Promise<Reply> {
  Object.assign(instrumented, {
    activeMutant: mutant.id,
    hitCount: 0,
    hitLimit: mutant.hitLimit ?? Infinity,
  });
  let ran = 0;
  let killer: TestOutcome | null = null;
  for (const id of mutant.tests) {
    ran += 1;
    const result = await outcome(id, tests.get(id)!);
    if (result.failure !== null) {
      killer = result;
      break;
    }
  }
  const endless = instrumented.hitCount! > instrumented.hitLimit!;
  instrumented.activeMutant = undefined;
  instrumented.hitCount = undefined;
  // Rules keep what they have worked out: a mutant may have left something wrong behind, or one before it.
  const spoilt = killer !== null && (await outcome(killer.id, tests.get(killer.id)!)).failure !== null;
  return { tell: 'mutant', ran, killer, endless, spoilt };
}

/** Vitest's runner, which answers requests once the tests are loaded and lets Vitest run none of them itself. */
export default class Thread extends VitestTestRunner {
  async onBeforeRunFiles(files: Files): Promise<void> {
    const broken = files.find((file) => file.result?.state === 'fail');
    if (broken !== undefined) throw new Error(JSON.stringify(broken.result?.errors?.[0]));
    refuseHooks(files);
    const tests = new Map(files.flatMap(testsOf).map((test) => [idOf(test), test]));
    const channel = new BroadcastChannel(CHANNEL);
    const tell = (reply: Reply): void => channel.postMessage(reply);
    await new Promise<void>((stop) => {
      channel.onmessage = (event) => {
        const request = (event as { data: Request }).data;
        if (request.ask === 'stop') stop();
        if (request.ask === 'first-run') void firstRun(tests).then(tell);
        if (request.ask === 'mutant') void against(request.mutant, tests).then(tell);
      };
      tell({ tell: 'ready' });
    });
    channel.close();
    for (const test of tests.values()) test.mode = 'skip';
  }
}
