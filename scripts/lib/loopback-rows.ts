/**
 * Scenarios in loopback labs, one for each processor: a lab is one process, and most of what it does is work for the
 * probes, the sites and the censor in it.
 */
import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { startingOrder } from '../../test/lab/run-scenarios.ts';
import type { Scenario } from '../../test/scenarios/index.ts';
import type { Row } from './scenario-rows.ts';

/** More labs than this only repeat what every lab has to set up. */
const MAX_PARTS = 4;
/** A lab for fewer is not worth its start. */
const MIN_SCENARIOS_OF_PART = 20;

export interface PartRequest {
  readonly names: readonly string[];
  readonly virtualClock: boolean;
}
export type PartReply = { readonly rows: readonly Row[] } | { readonly error: string };

/** Those that wait long, and those that compare rates, are dealt out evenly. */
function partsOf(scenarios: readonly Scenario[]): readonly (readonly string[])[] {
  const wanted = Math.ceil(scenarios.length / MIN_SCENARIOS_OF_PART);
  const count = Math.max(1, Math.min(MAX_PARTS, availableParallelism(), wanted));
  const parts = Array.from({ length: count }, (): string[] => []);
  startingOrder(scenarios).forEach(({ name }, i) => parts[i % count]?.push(name));
  return parts;
}

/** Throws with the part's own words when it ends without rows. */
function runPart(request: PartRequest): Promise<readonly Row[]> {
  return new Promise((resolve, reject) => {
    const child = fork(join(import.meta.dirname, 'loopback-part.ts'), { execArgv: process.execArgv });
    child.once('message', (message) => {
      const reply = message as PartReply;
      if ('error' in reply) reject(new Error(reply.error));
      else resolve(reply.rows);
    });
    child.once('error', reject);
    child.once('exit', (code, signal) =>
      reject(new Error(`a loopback lab ended without a word (${signal ?? code})`)),
    );
    child.send(request);
  });
}

/** Rows in the order of the scenarios. */
export async function runLoopback(scenarios: readonly Scenario[], virtualClock: boolean): Promise<Row[]> {
  const parts = await Promise.all(partsOf(scenarios).map((names) => runPart({ names, virtualClock })));
  const rows = new Map(parts.flat().map((row) => [row.scenario.name, row]));
  return scenarios.flatMap(({ name }) => rows.get(name) ?? []);
}
