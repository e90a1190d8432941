/** Stryker's test runner of this repository: passes each mutant on to the thread that holds the tests. */
import { BroadcastChannel } from 'node:worker_threads';
import type { Vitest } from 'vitest/node';
import { createVitest } from 'vitest/node';
import {
  CHANNEL,
  isDrawn,
  NOT_DRAWN,
  type Mutant,
  type Place,
  type Reply,
  type Request,
} from './protocol.ts';

/** What Stryker gives and takes; a part of @stryker-mutator/api's `TestRunner`. */
interface MutantRun {
  readonly activeMutant: Place & { readonly id: string };
  readonly testFilter?: readonly string[];
  readonly hitLimit?: number;
}

const PASSED = 0;
const FAILED = 1;

class Runner {
  #vitest: Vitest | null = null;
  #spoilt = false;
  #running: Promise<unknown> = Promise.resolve();
  readonly #channel = new BroadcastChannel(CHANNEL);
  /** The quickest first: most mutants die at the first test that reaches them. */
  readonly #ms = new Map<string, number>();

  capabilities(): { reloadEnvironment: boolean } {
    // Mutants that act only while modules load are left out (`ignoreStatic`), so nothing needs loading anew.
    return { reloadEnvironment: true };
  }

  /** The next thing that the thread tells, or how it ended. */
  async #ask(request: Request | null): Promise<Reply> {
    const reply = new Promise<Reply>((tell) => {
      this.#channel.onmessage = (event) => tell((event as { data: Reply }).data);
    });
    if (request !== null) this.#channel.postMessage(request);
    const ended = this.#running.then((): never => {
      const files = this.#vitest?.state.getFiles() ?? [];
      const errors = [
        ...(this.#vitest?.state.errorsSet ?? []),
        ...files.flatMap((f) => f.result?.errors ?? []),
      ];
      throw new Error(`the tests could not be loaded: ${JSON.stringify(errors).slice(0, 2000)}`);
    });
    return await Promise.race([reply, ended]);
  }

  async init(): Promise<void> {
    const config = 'scripts/mutate/vitest.config.ts';
    this.#vitest = await createVitest('test', { config, watch: false, maxWorkers: 1 });
    let end = (): void => undefined;
    this.#running = new Promise<void>((resolve) => (end = resolve));
    const ready = this.#ask(null);
    this.#vitest.start().then(end, end);
    await ready;
  }

  async dryRun(): Promise<unknown> {
    const reply = await this.#ask({ ask: 'first-run' });
    if (reply.tell !== 'first-run') throw new Error(`unexpected reply: ${reply.tell}`);
    for (const { id, ms } of reply.tests) this.#ms.set(id, ms);
    const tests = reply.tests.map(({ id, ms, failure }) => ({
      id,
      name: id,
      timeSpentMs: ms,
      status: failure === null ? PASSED : FAILED,
      ...(failure === null ? {} : { failureMessage: failure }),
    }));
    return { status: 'complete', tests, mutantCoverage: reply.reached };
  }

  async mutantRun({ activeMutant, testFilter = [], hitLimit }: MutantRun): Promise<unknown> {
    if (!isDrawn(activeMutant, Number(process.env['KUAGER_SAMPLE'] ?? 100)))
      return { status: 'error', errorMessage: NOT_DRAWN };
    const tests = [...testFilter].sort((a, b) => (this.#ms.get(a) ?? 0) - (this.#ms.get(b) ?? 0));
    const mutant: Mutant = { id: activeMutant.id, tests, hitLimit: hitLimit ?? null };
    if (this.#spoilt) await this.#loadAnew();
    let reply = await this.#against(mutant);
    if (reply.spoilt) {
      // Whose fault it is shows in a new thread.
      await this.#loadAnew();
      reply = await this.#against(mutant);
      this.#spoilt = reply.spoilt;
    }
    const { killer, ran, endless } = reply;
    if (endless) return { status: 'timeout', reason: 'it never ended' };
    if (killer === null) return { status: 'survived', nrOfTests: ran };
    return { status: 'killed', killedBy: [killer.id], failureMessage: killer.failure, nrOfTests: ran };
  }

  async #against(mutant: Mutant): Promise<Extract<Reply, { tell: 'mutant' }>> {
    const reply = await this.#ask({ ask: 'mutant', mutant });
    if (reply.tell !== 'mutant') throw new Error(`unexpected reply: ${reply.tell}`);
    return reply;
  }

  async #unload(): Promise<void> {
    this.#channel.postMessage({ ask: 'stop' } satisfies Request);
    await this.#running;
    await this.#vitest?.close();
  }

  async #loadAnew(): Promise<void> {
    await this.#unload();
    await this.init();
    this.#spoilt = false;
  }

  async dispose(): Promise<void> {
    await this.#unload();
    this.#channel.close();
  }
}

export const strykerPlugins = [{ kind: 'TestRunner', name: 'one-thread', injectableClass: Runner }];
