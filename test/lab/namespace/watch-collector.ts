/** The collector of a watched world, as its operator starts it. */
import { join } from 'node:path';
import { lineOf, startProgram, type Started } from './start-program.ts';
import type { WatchNetwork } from './watch-network.ts';
import { COLLECTOR, PLACES, type WatchPlan } from './watch-plan.ts';

export interface CollectorHandle {
  start(): Promise<void>;
  kill(): Promise<void>;
  /** A reply of its API as text, asked from its own machine. */
  ask(path: string): Promise<string>;
  /** `explain-alert`; exit code 0: the same follows again. */
  explain(id: string): Promise<{ readonly exitCode: number; readonly said: readonly string[] }>;
  running(): boolean;
  said(): readonly string[];
}

/** `serve` on its own machine, with an own line that it can ask about. */
export function collectorOf(parts: {
  readonly folder: string;
  readonly plan: WatchPlan;
  readonly network: WatchNetwork;
  readonly environment: Readonly<Record<string, string>>;
}): CollectorHandle {
  const { folder, plan, network, environment } = parts;
  const url = `http://${COLLECTOR.address}:${COLLECTOR.port}`;
  const command = [
    ...network.enter('collector'),
    ...plan.programs.collector,
    ...['serve', '--data', join(folder, 'collector'), '--listen', `${COLLECTOR.address}:${COLLECTOR.port}`],
    ...PLACES.abroad.anchors.flatMap((address) => ['--own-anchor', `${address}:443`]),
  ];
  let program: Started | null = null;
  let ended = true;
  return {
    running: () => !ended,
    said: () => [...(program?.out ?? []), ...(program?.err ?? [])],
    async start() {
      if (!ended) return;
      const started = startProgram(command, environment);
      program = started;
      ended = false;
      void started.ended.then(() => {
        ended = true;
      });
      await lineOf(started, 'the collector', 'listening');
    },
    async kill() {
      program?.kill('SIGKILL');
      await program?.ended;
    },
    async explain(id) {
      const explained = startProgram(
        [...plan.programs.collector, 'explain-alert', id, '--data', join(folder, 'collector')],
        environment,
      );
      const exitCode = await explained.ended;
      return { exitCode, said: [...explained.out, ...explained.err] };
    },
    async ask(path) {
      const script =
        `const reply = await fetch('${url}${path}');` +
        'process.stdout.write(await reply.text()); process.exitCode = reply.ok ? 0 : 1;';
      const asked = startProgram(
        [...network.enter('collector'), process.execPath, '--input-type=module', '--eval', script],
        { NODE_OPTIONS: '' },
      );
      if ((await asked.ended) !== 0)
        throw new Error(
          `the collector does not answer: ${[...asked.out, ...asked.err].slice(-5).join(' | ')}`,
        );
      return asked.out.join('\n');
    },
  };
}
