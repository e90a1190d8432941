import type { CounterfactualRecord, Observation, ReflectorNote } from '../model/index.ts';

/** How far the control's answer can be relied on. */
export type ControlState = 'absent' | 'unverified' | 'present';

/** Everything the rules may look at: facts only, no opinion. */
export interface Observed {
  readonly ours: boolean;
  readonly input: string;
  /** Milliseconds since 1970, UTC. */
  readonly startedAt: number;
  readonly observations: readonly Observation[];
  readonly controlState: ControlState;
  /** URLs that the control went through, the requested one first. */
  readonly controlChain: readonly string[];
  readonly counterfactuals: readonly CounterfactualRecord[];
  readonly reflectors: readonly ReflectorNote[];
}
