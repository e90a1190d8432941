/** `--rotate`: of the chosen targets those that are most due and fit into so many bytes. */
import type { Verdict } from '../../shared/model/index.ts';
import type { Results } from '../report/results.ts';
import { targetBytes } from '../watch/budget.ts';
import { chooseSlice, knownOf } from '../watch/slice.ts';
import type { ChosenTarget } from './choose-targets.ts';
import { randomFraction } from './random.ts';
import type { UsageBook } from './usage.ts';
import type { World } from './world.ts';

function outcomeOf(verdict: unknown): string {
  const { outcome } = (typeof verdict === 'object' && verdict !== null ? verdict : {}) as Partial<Verdict>;
  return typeof outcome === 'string' ? outcome : 'insufficient';
}

/** `bytes`: what they may take together. Perhaps none. */
export async function mostDue(
  targets: readonly ChosenTarget[],
  bytes: number,
  kept: { readonly results: Results; readonly usage: UsageBook },
  world: World,
): Promise<readonly ChosenTarget[]> {
  const now = world.now();
  const results = (await kept.results.list()).map(({ input, day, verdict }) => ({
    input,
    day,
    outcome: outcomeOf(verdict),
  }));
  return chooseSlice(targets, knownOf(results), {
    count: Math.floor(bytes / targetBytes(await kept.usage.read(now))),
    today: new Date(now).toISOString().slice(0, 10),
    random: () => randomFraction(world),
  });
}
