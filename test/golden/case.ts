/** What a file of rules/ holds: a document on which its rule fires, and a benign one like it on which it must not. */
import type { Cause, Evidence, Method, Outcome } from '../../shared/model/index.ts';
import type { GoldenDocument, Handle } from './build.ts';

/** What a verdict comes to, in the end, with all rules heard. */
export interface Expected {
  readonly outcome: Outcome;
  readonly method?: Method;
  readonly cause?: Cause;
  readonly authority?: string;
  readonly evidence?: Evidence;
}

export interface GoldenFinding extends Expected {
  readonly evidence: Evidence;
  /** All of them, in any order; `control-…` by their full ids. */
  readonly because: readonly Handle[];
  readonly counterfactuals?: readonly string[];
}

export interface GoldenCase {
  readonly fires: {
    /** One sentence. */
    readonly story: string;
    readonly document: GoldenDocument;
    readonly finding: GoldenFinding;
    /** Where another rule decides; absent: this one does. */
    readonly verdict?: Expected;
  };
  readonly lookAlike: {
    readonly story: string;
    readonly document: GoldenDocument;
    readonly verdict: Expected;
  };
}
