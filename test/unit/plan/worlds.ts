import {
  placesOf,
  planPairs,
  waitsInVain,
  type PlannedPair,
  type PlanWorld,
} from '../../../probe/plan/pairs.ts';
import type {
  CounterfactualKind,
  CounterfactualRecord,
  ReflectorDescriptor,
} from '../../../shared/model/index.ts';
import type { Case } from '../../../shared/rules/index.ts';
import type { Draft } from '../../golden/build.ts';
import { judged } from '../../golden/judged.ts';
import { HOST, MIRROR } from '../../golden/scenes.ts';

export const REFLECTOR: ReflectorDescriptor = {
  name: MIRROR,
  addresses: ['11.0.0.3', '3ffe:ffff::3'],
  tlsPort: 443,
  httpPort: 80,
  morePorts: [8443],
  selfSignedPort: 9443,
  spkiSha256: [],
};

export function madeRecord(kind: CounterfactualKind, suspect = HOST): CounterfactualRecord {
  const rest = { suspicion: null, where: 'reflector', innocuous: MIRROR, steps: [], distance_s: 1 } as const;
  return { id: `x-${kind}`, kind, suspect, outcome: 'inconclusive', ...rest };
}

/** What the planner wants for a drafted measurement, in a world that allows everything unless said otherwise. */
export function planned(
  d: Draft,
  world: Partial<PlanWorld> = {},
  siblings: Case['controlExtras']['siblings'] = {},
): readonly PlannedPair[] {
  const { case: c, verdict } = judged(d.document());
  const said = { ...c, controlExtras: { ...c.controlExtras, siblings } };
  return planPairs(said, verdict, worldOf(world));
}

/** Whether pairs of this measurement that are not over yet would wait for nothing. */
export function inVain(d: Draft, world: Partial<PlanWorld> = {}): boolean {
  const { case: c, verdict } = judged(d.document());
  return waitsInVain(c, verdict, worldOf(world));
}

export function worldOf(world: Partial<PlanWorld>): PlanWorld {
  let labels = 0;
  return {
    places: placesOf([REFLECTOR]),
    mayNameAtReflector: true,
    mayCompareSpeed: true,
    mayLookAgain: false,
    mayMapTrigger: true,
    mayContact: () => true,
    othersMayConfirm: true,
    hasSecondOpinion: true,
    made: [],
    label: () => `label${++labels}`,
    ...world,
  };
}

export const kinds = (pairs: readonly PlannedPair[]): readonly PlannedPair['kind'][] =>
  pairs.map((p) => p.kind);
