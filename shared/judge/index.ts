/** The door of the room: a document and the dated files → verdict, the same for probe, collector and verifier. */
import type { Observation, SignedControlReply, Verdict } from '../model/index.ts';
import { observe } from '../observe/index.ts';
import { readDocument } from '../schema/document.ts';
import type { FieldProblem } from '../schema/measurement.ts';
import type { JudgeContext } from './context.ts';
import { judge } from './judge.ts';
import { buildCase, controlSource, type Case } from '../rules/index.ts';

export type Judgement =
  | {
      readonly verdict: Verdict;
      readonly observations: readonly Observation[];
      readonly controlSource: Case['controlSource'];
      /** Those of the given diary entries that the verdict rests on, earliest first. */
      readonly diary: readonly SignedControlReply[];
    }
  | { readonly problems: readonly FieldProblem[] };

/** The same, with the case that was judged: what a plan looks at to decide on further pairs. */
export function judgeCase(
  document: unknown,
  context: JudgeContext,
): { readonly verdict: Verdict; readonly case: Case } | { readonly problems: readonly FieldProblem[] } {
  const read = readDocument(document);
  if ('problems' in read) return read;
  const observed = observe(read.ok, document, context);
  return {
    verdict: judge(observed, context),
    case: buildCase(observed, context),
  };
}

/**
 * Pure and synchronous. `document` is parsed JSON, ours or another OONI probe's. `diary`: entries of the control's diary
 * around its start, in any order; looked at only when the document has no live reply that can be relied on.
 */
export function judgeMeasurement(
  document: unknown,
  context: JudgeContext,
  diary: readonly SignedControlReply[] = [],
): Judgement {
  const read = readDocument(document);
  if ('problems' in read) return read;
  const observed = observe(read.ok, document, context, diary);
  return {
    verdict: judge(observed, context),
    observations: observed.observations,
    controlSource: controlSource(observed.controlState),
    diary: observed.diary,
  };
}

export { RULES, RULESET } from '../rules/index.ts';
export { contextFromFiles, createJudgeContext, type JudgeContext, type SnapshotFile } from './context.ts';
export { explain } from './explain.ts';
export { explainInterception } from './explain-interception.ts';
