import type { Cause, Evidence, Layer, Method, Observation, Outcome, Scope } from '../model/index.ts';
import type { Case } from './case.ts';

/** What a rule says when it fires. `because` names the observations that carry it. */
export interface Finding {
  readonly outcome: Outcome;
  readonly evidence: Evidence;
  readonly layer: Layer | null;
  readonly method?: Method;
  readonly cause?: Cause;
  readonly authority?: string;
  readonly host: string;
  readonly depth: number;
  readonly because: readonly Observation[];
  /** Ids of the pairs that exclude the innocent explanation. */
  readonly counterfactuals?: readonly string[];
  readonly scope?: Scope;
  readonly repeats?: { readonly n: number; readonly m: number };
}

/**
 * A rule is a public contract: its id is never reused and a changed meaning is a new id.
 * The sentence a volunteer reads is the message `rule.<id>` in shared/i18n.
 */
export interface Rule {
  readonly id: string;
  readonly layer: Layer | null;
  /** One sentence: what is claimed when it fires. */
  readonly claim: string;
  /** The strongest level it can give. */
  readonly evidence: Evidence;
  readonly outcomes: readonly Outcome[];
  /** What this evidence leaves open, as message ids. */
  readonly alternatives: readonly string[];
  /** May accuse without a pair, in documents of other probes too: fingerprint, bogon, known root. */
  readonly standsAlone?: true;
  fires(c: Case): readonly Finding[];
}
