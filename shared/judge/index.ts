/** The door of the room: a document and the dated files → verdict, the same for probe, collector and verifier. */
import type { Beside, Observation, Place, SignedControlReply, Verdict } from '../model/index.ts';
import { formatEndpoint } from '../codec/ip.ts';
import { observe, witnessFacts, type Witness, type WitnessFacts } from '../observe/index.ts';
import { readDocument } from '../schema/document.ts';
import type { FieldProblem } from '../schema/measurement.ts';
import type { JudgeContext } from './context.ts';
import { judge } from './judge.ts';
import { buildCase, canonicalAddress, controlSource, placesToWitness, type Case } from '../rules/index.ts';

export type Judgement =
  | {
      readonly verdict: Verdict;
      readonly observations: readonly Observation[];
      readonly controlSource: Case['controlSource'];
      /** Those of the given diary entries that the verdict rests on, earliest first. */
      readonly diary: readonly SignedControlReply[];
      /** Those of the given witnesses that the verdict rests on, by the ids of their handshakes. */
      readonly witnesses: readonly Witness[];
      /** Where a witness from another owner's network would confirm what was found; null: nowhere. */
      readonly silent: OnNetwork | null;
      /** Where it worked, for measurements of other networks; null: it can bear no witness. */
      readonly reached: OnNetwork | null;
    }
  | { readonly problems: readonly FieldProblem[] };

/** Addresses and ports, seen from a network by a reflector's word. */
export interface OnNetwork {
  readonly asn: number;
  readonly places: readonly Place[];
}

/** The same, with the case that was judged: what a plan looks at to decide on further pairs. */
export function judgeCase(
  document: unknown,
  context: JudgeContext,
  beside: Beside = {},
): { readonly verdict: Verdict; readonly case: Case } | { readonly problems: readonly FieldProblem[] } {
  const read = readDocument(document);
  if ('problems' in read) return read;
  const observed = observe(read.ok, document, context, beside);
  const built = buildCase(observed, context);
  return { verdict: judge(observed, context, built), case: built };
}

function restsOn(verdict: Verdict, witnesses: readonly Witness[]): readonly Witness[] {
  const because = new Set(verdict.rules.flatMap((rule) => rule.because));
  return witnesses
    .filter((w) => because.has(w.handshake.id))
    .sort((a, b) => (a.handshake.id < b.handshake.id ? -1 : 1));
}

function silentIn(c: Case): OnNetwork | null {
  const places = placesToWitness(c);
  return c.asnInside === null || places.length === 0 ? null : { asn: c.asnInside, places };
}

function reachedIn(facts: WitnessFacts | null): OnNetwork | null {
  if (facts === null) return null;
  const places = new Map(
    facts.handshakes.map(({ address, port }) => {
      const place = { address: canonicalAddress(address), port };
      return [formatEndpoint(place.address, port), place] as const;
    }),
  );
  return { asn: facts.asn, places: [...places.values()] };
}

/**
 * Pure and synchronous. `document` is parsed JSON, ours or another OONI probe's. The diary is looked at only when the
 * document has no live reply that can be relied on; witnesses only where a connect failed.
 */
export function judgeMeasurement(document: unknown, context: JudgeContext, beside: Beside = {}): Judgement {
  const read = readDocument(document);
  if ('problems' in read) return read;
  const observed = observe(read.ok, document, context, beside);
  const built = buildCase(observed, context);
  const verdict = judge(observed, context, built);
  return {
    verdict,
    observations: observed.observations,
    controlSource: controlSource(observed.controlState),
    diary: observed.diary,
    witnesses: restsOn(verdict, observed.witnesses),
    silent: silentIn(built),
    reached: reachedIn(witnessFacts(read.ok, observed.observations, context)),
  };
}

export { RULES, RULESET } from '../rules/index.ts';
export { contextFromFiles, createJudgeContext, type JudgeContext, type SnapshotFile } from './context.ts';
export { explain } from './explain.ts';
export { explainInterception } from './explain-interception.ts';
