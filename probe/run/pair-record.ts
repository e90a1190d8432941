/** What is written down of a pair, while it is made and at its end. */
import type { CounterfactualRecord } from '../../shared/model/index.ts';
import type { Recorder } from '../experiments/recorder.ts';
import type { PlannedPair } from '../plan/pairs.ts';
import type { MadeStep } from './make-step.ts';

/** A pair under way. */
export interface Draft {
  readonly id: string;
  readonly pair: PlannedPair;
  readonly steps: MadeStep[];
  /** Innocuous tries that died meanwhile, at this reflector. */
  readonly dead: MadeStep[];
  /** When the first step began, in seconds of the measurement. */
  begun: number | null;
  scope: 'endpoint' | 'client' | null;
  /** When an innocuous name first died, in seconds of the measurement. */
  diedAt: number | null;
  /** For how long nothing had been sent to the site's address before its step; null: the pair is not about that. */
  quietSeconds: number | null;
  /** The innocuous try that passed when the punishment was over, and when. */
  recovered: { readonly step: MadeStep; readonly at: number } | null;
}

export function newDraft(id: string, pair: PlannedPair): Draft {
  const nothing = { begun: null, scope: null, diedAt: null, quietSeconds: null, recovered: null };
  return { id, pair, steps: [], dead: [], ...nothing };
}

// The hop's depth would mix these operations with the target's own.
export const tagsOf = (draft: Draft): readonly string[] => [`x:cf:${draft.id}`];

const round = (seconds: number): number => Math.round(seconds * 1000) / 1000;

function outcomeOf(steps: readonly MadeStep[], pair: PlannedPair): CounterfactualRecord['outcome'] {
  // The same thing several times: nothing in it is the innocuous part.
  if (pair.kind === 'tls.chain_again' && steps.length > 1)
    return steps.every((s) => s.ending === steps[0]?.ending) ? 'same' : 'differs';
  const [before, suspect, after] = steps;
  if (before === undefined || suspect === undefined || after === undefined) return 'inconclusive';
  if (before.ending !== after.ending) return 'inconclusive';
  return before.ending === suspect.ending ? 'same' : 'differs';
}

/** `complete`: the try that passed after the punishment counts as the last step. */
export function recordPair(recorder: Recorder, draft: Draft, complete: boolean): void {
  const { pair, scope, diedAt, quietSeconds, recovered } = draft;
  const steps = [...draft.steps, ...(complete && recovered !== null ? [recovered.step] : [])];
  if (pair.reflector !== null) {
    const { name, addresses, spkiSha256 } = pair.reflector;
    recorder.reflector({ name, addresses, spki_sha256: spkiSha256 });
  }
  const seconds = recovered === null || diedAt === null ? null : round(recovered.at - diedAt);
  const distance = pair.suspectedAt === null || draft.begun === null ? 0 : draft.begun - pair.suspectedAt;
  recorder.pair({
    id: draft.id,
    kind: pair.kind,
    suspicion: pair.suspicion,
    where: pair.where,
    ...(pair.reflector === null ? {} : { reflector: pair.reflector.name }),
    innocuous: pair.innocuous,
    suspect: pair.suspect,
    ...(pair.siblings === undefined ? {} : { siblings: pair.siblings }),
    steps: steps.map((s) => s.transaction),
    ...(scope === null ? {} : { residual: { scope, seconds, steps: draft.dead.map((s) => s.transaction) } }),
    ...(quietSeconds === null ? {} : { quiet_s: quietSeconds }),
    distance_s: round(distance),
    outcome: outcomeOf(steps, pair),
  });
}
