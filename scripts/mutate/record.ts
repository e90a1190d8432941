/**
 * What the scenario suite's probes measured, kept so that it can be judged again for each mutant: the scenarios say what
 * verdict must come of it. Pairs that a mutant would have had made otherwise are not made anew.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createContexts } from '../../collector/archive/context.ts';
import { openFolder } from '../../collector/commands/store.ts';
import { documentOf } from '../../collector/judging.ts';
import type { SnapshotFile } from '../../shared/judge/index.ts';
import type { KnownServers } from '../../shared/model/index.ts';
import { differences } from '../../test/lab/compare.ts';
import { inTurn, startingOrder, startScenarioLab, unmetNeed } from '../../test/lab/run-scenarios.ts';
import { ALL_SCENARIOS } from '../../test/scenarios/index.ts';

const AT_A_TIME = 24;
const MAX_ENTRIES = 1000;

export interface Recording {
  readonly files: readonly SnapshotFile[];
  readonly servers: KnownServers;
  readonly documents: readonly { readonly scenario: string; readonly document: unknown }[];
}

/**
 * Runs all scenarios on loopback, waits passing at once, and writes the recording. Minutes. Gives back the names of
 * scenarios that did not come to what they say, on a busy machine perhaps; they are not in the recording.
 */
export async function record(file: string): Promise<readonly string[]> {
  const running = await startScenarioLab(ALL_SCENARIOS, { virtualClock: true });
  try {
    const differing: string[] = [];
    const of = new Map<string, string>();
    const shown = ALL_SCENARIOS.filter((scenario) => unmetNeed(scenario, running.lab) === null);
    await inTurn(startingOrder(shown), AT_A_TIME, async (scenario) => {
      const { all } = await running.run(scenario);
      if (all.some(({ verdict }) => differences(verdict, scenario.expect).length > 0))
        differing.push(scenario.name);
      else for (const { measurementId } of all) of.set(measurementId ?? '', scenario.name);
    });
    await running.close(true);
    const { archive, close } = openFolder(join(running.folder, 'collector'));
    const entries = archive.entriesFrom(0, MAX_ENTRIES);
    const { manifest, judge } = createContexts(archive, () => '')(archive.currentContext()!);
    const documents = entries.flatMap((entry) => {
      const scenario = of.get(entry.measurementId);
      return scenario === undefined ? [] : [{ scenario, document: documentOf(entry) }];
    });
    await close();
    const { servers } = manifest;
    const recording: Recording = { files: judge.snapshotFiles, servers, documents };
    writeFileSync(file, JSON.stringify(recording));
    return differing;
  } finally {
    rmSync(running.folder, { recursive: true, force: true });
  }
}
