/** What making an alert again needs, and what comes of it. */
import type { ReadyContext } from './archive/context.ts';
import type { ArchiveStore, DerivedStore } from './store/store.ts';

export interface Explanation {
  /** What the decision was made again from, a line each. */
  readonly from: readonly string[];
  /** What may make a difference although nobody did anything wrong: rules or a detector of another version. */
  readonly notes: readonly string[];
  /** What does not follow, a line each; empty: the same follows. */
  readonly differences: readonly string[];
}

export interface ExplainTools {
  readonly archive: ArchiveStore;
  readonly derived: DerivedStore;
  readonly contextOf: (id: string) => ReadyContext;
}

/** Rules are code: a program can only judge by its own. */
export const contextNotes = (asked: string, context: ReadyContext): readonly string[] =>
  context.id === asked ? [] : ['the rules in force then are not this program’s: judged by its own'];
