/** An accusation that stands on a pair that may be chance: the pair is made again. */
import type { CounterfactualKind, Verdict } from '../../shared/model/index.ts';
import { deadHandshakes, type Case } from '../../shared/rules/index.ts';
import { hostAtReflector } from './http-pairs.ts';
import { madeBefore, placeFor, type PlannedPair, type PlanWorld } from './pair.ts';
import { tlsAtAddress, tlsAtReflector } from './tls-pairs.ts';

/** Rules that rest on pairs by name, and the kind of pair that has to be made again before they count. */
const REPEATED_KIND: Readonly<Record<string, CounterfactualKind>> = {
  'tls.sni_at_reflector': 'tls.sni_at_reflector',
  'tls.sni_at_address': 'tls.sni_at_address',
  'tls.split_passes': 'tls.sni_at_address',
  'http.host_at_reflector': 'http.host_at_reflector',
};
/** Pairs that have to agree where one may be chance: a line that resets at random makes one, not three. */
const PAIRS_THAT_AGREE = 3;

/** Endings that TCP's own repeats make no accident of: silence, and a page of somebody else's. */
const NO_ACCIDENT: ReadonlySet<string> = new Set([
  'tls.sni_timeout',
  'http.host_timeout',
  'http.status_451',
  'http.blockpage',
  'http.redirect_blockpage',
]);

export function repeatedPairs(c: Case, verdict: Verdict, world: PlanWorld): readonly PlannedPair[] {
  const kind = REPEATED_KIND[verdict.rules[0]?.id ?? ''];
  if (verdict.outcome !== 'interfered' || kind === undefined || NO_ACCIDENT.has(verdict.method ?? ''))
    return [];
  const hop = c.hops.find((h) => h.host === verdict.scope.affected);
  if (hop === undefined) return [];
  const made = madeBefore(world, kind, hop.host);
  if (made === 0 || made >= PAIRS_THAT_AGREE) return [];
  const again = (): readonly PlannedPair[] => {
    const [dead] = deadHandshakes(hop);
    if (kind === 'tls.sni_at_address')
      return dead === undefined ? [] : [tlsAtAddress(kind, hop, { address: dead.address, port: dead.port })];
    const place = placeFor(world, kind === 'http.host_at_reflector' ? 'http' : 'tls');
    if (place === undefined) return [];
    return [
      kind === 'http.host_at_reflector' ? hostAtReflector(hop, place) : tlsAtReflector(kind, hop, place),
    ];
  };
  return Array.from({ length: PAIRS_THAT_AGREE - made }, again).flat();
}
