/**
 * One target from first query to last pair: measure, look, make the pairs that the suspicion calls for, look again.
 * What is judged on the way decides only which pairs to make; the verdict is made from the sealed document.
 */
import type { ReflectorDescriptor } from '../../shared/model/index.ts';
import { judgeCase, type JudgeContext } from '../../shared/judge/index.ts';
import type { MeasureTools } from '../experiments/tools.ts';
import { webConnectivity } from '../experiments/web-connectivity.ts';
import { namesAtReflector, planPairs } from '../plan/pairs.ts';
import type { WebConnectivityTestKeys } from '../../shared/model/index.ts';
import { utcText } from './document.ts';
import type { EndpointLocks } from './endpoint-locks.ts';
import { runPair } from './run-pair.ts';

/** Rounds of looking and pairing for one target: reflector first, then the site's own address. */
const MAX_PAIR_ROUNDS = 4;
/** Names that one run may say to reflectors. */
export const MAX_NAMES_AT_REFLECTORS = 20;

export interface TargetInput {
  readonly url: string;
  /** Risky categories are never named to a reflector. */
  readonly risky: boolean;
}

/** Shared by all targets of a run. */
export interface RunShared {
  readonly tools: Omit<MeasureTools, 'startedAt'>;
  readonly judgeContext: JudgeContext;
  readonly reflectors: readonly ReflectorDescriptor[];
  readonly locks: EndpointLocks;
  readonly namesSaid: Set<string>;
}

export interface TargetResult {
  readonly testKeys: WebConnectivityTestKeys;
  readonly runtimeSeconds: number;
}

/** As much of the document as judging on the way needs. */
function looksLike(input: string, startedAt: number, testKeys: WebConnectivityTestKeys): unknown {
  return {
    software_name: 'kuager',
    test_name: 'web_connectivity',
    input,
    measurement_start_time: utcText(startedAt),
    test_keys: testKeys,
  };
}

/** `startedAt`: milliseconds since 1970, rounded down (see `roundStart`). */
export async function measureTarget(
  target: TargetInput,
  startedAt: number,
  shared: RunShared,
  signal: AbortSignal,
): Promise<TargetResult> {
  const tools = { ...shared.tools, startedAt };
  const { recorder, measure } = webConnectivity(target.url, tools);
  await measure(signal);
  let pairs = 0;
  for (let round = 0; round < MAX_PAIR_ROUNDS && !signal.aborted; round++) {
    const look = judgeCase(looksLike(target.url, startedAt, recorder.testKeys()), shared.judgeContext);
    if ('problems' in look) break;
    const host = new URL(target.url).hostname;
    const mayName =
      !target.risky && (shared.namesSaid.has(host) || shared.namesSaid.size < MAX_NAMES_AT_REFLECTORS);
    const next = planPairs(look.case, look.verdict, {
      reflectors: shared.reflectors,
      mayNameAtReflector: mayName,
    });
    if (next.length === 0) break;
    for (const pair of next) if (namesAtReflector(pair)) shared.namesSaid.add(pair.suspect);
    const session = { tools, recorder, signal };
    await Promise.all(next.map((pair) => runPair(session, pair, ++pairs, shared.locks)));
  }
  return { testKeys: recorder.testKeys(), runtimeSeconds: Math.round(recorder.elapsed() * 1000) / 1000 };
}
