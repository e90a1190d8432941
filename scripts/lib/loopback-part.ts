/** A process of `runLoopback`: runs the scenarios that it is told, in a loopback lab of its own, and says its rows. */
import { runScenarios } from '../../test/lab/run-scenarios.ts';
import type { PartReply, PartRequest } from './loopback-rows.ts';
import { rowOf } from './scenario-rows.ts';

async function answer({ names, virtualClock }: PartRequest): Promise<PartReply> {
  try {
    const rows = await runScenarios(names, { virtualClock });
    return { rows: rows.map((row) => rowOf('loopback', row)) };
  } catch (error) {
    return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

// The one who asked is gone: nobody waits for the rows.
process.once('disconnect', () => process.exit());
process.once('message', (request) => {
  void answer(request as PartRequest).then((reply) =>
    process.send?.(reply, () => {
      process.disconnect();
    }),
  );
});
