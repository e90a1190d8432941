/** TLS dies after the ClientHello, or an untrusted chain is shown. Reflector first: it alone excludes the origin's own filter. */
import type { CounterfactualKind } from '../../shared/model/index.ts';
import {
  deadHandshakes,
  isGenuineReflector,
  strangeAgain,
  type Case,
  type Hop,
} from '../../shared/rules/index.ts';
import type { Endpoint } from '../net/net.ts';
import {
  alternate,
  INNOCUOUS_NAME,
  madeBefore,
  placeFor,
  suspicionOf,
  type PlannedPair,
  type PlannedStep,
  type PlanWorld,
  type ReflectorPlace,
} from './pair.ts';

export function tlsAtReflector(kind: CounterfactualKind, hop: Hop, place: ReflectorPlace): PlannedPair {
  const { reflector, endpoint } = place;
  const step = (name: string): PlannedStep => ({
    protocol: 'tls',
    name,
    endpoint,
    validFor: reflector.name,
    split: false,
  });
  return {
    kind,
    where: 'reflector',
    reflector,
    place,
    innocuous: reflector.name,
    suspect: hop.host,
    steps: alternate(step(reflector.name), step(hop.host)),
    order: 'in_turn',
    ...suspicionOf(hop.tls.at(-1)),
  };
}

/** One step with a split ClientHello, else A-B-A. */
export function tlsAtAddress(kind: CounterfactualKind, hop: Hop, endpoint: Endpoint): PlannedPair {
  const split = kind === 'tls.split_client_hello';
  const step = (name: string): PlannedStep => ({ protocol: 'tls', name, endpoint, validFor: name, split });
  return {
    kind,
    where: 'same_address',
    reflector: null,
    place: null,
    innocuous: split ? hop.host : INNOCUOUS_NAME,
    suspect: hop.host,
    steps: split ? [step(hop.host)] : alternate(step(INNOCUOUS_NAME), step(hop.host)),
    order: 'in_turn',
    ...suspicionOf(hop.tls.at(-1)),
  };
}

/** A pair at the reflector was answered by somebody else's chain: does he spare what browsers don't trust anyway? */
function foreignAtReflector(c: Case, hop: Hop): boolean {
  return c.tlsPairs.some(
    ({ record, steps }) =>
      record.kind === 'tls.chain_at_reflector' &&
      record.suspect === hop.host &&
      steps.some((o) => o !== null && o.chain.length > 0 && !isGenuineReflector(c, record.reflector, o)),
  );
}

export function tlsPairs(c: Case, hop: Hop, world: PlanWorld): readonly PlannedPair[] {
  const dead = deadHandshakes(hop);
  const shown = hop.tls.filter((o) => o.appraisal !== null && !o.appraisal.trusted);
  const untrusted = [...shown, ...strangeAgain(c, hop)];
  const first = dead[0] ?? untrusted[0];
  if (first === undefined) return [];
  const [atR, atA] =
    dead.length > 0
      ? (['tls.sni_at_reflector', 'tls.sni_at_address'] as const)
      : (['tls.chain_at_reflector', 'tls.chain_at_address'] as const);
  const place = placeFor(world, 'tls');
  if (place !== undefined && world.mayNameAtReflector && madeBefore(world, atR, hop.host) === 0)
    return [tlsAtReflector(atR, hop, place)];
  const selfSigned = placeFor(world, 'self_signed');
  const spares =
    dead.length === 0 &&
    selfSigned !== undefined &&
    world.mayNameAtReflector &&
    madeBefore(world, 'tls.chain_at_self_signed', hop.host) === 0 &&
    foreignAtReflector(c, hop)
      ? [tlsAtReflector('tls.chain_at_self_signed', hop, selfSigned)]
      : [];
  if (madeBefore(world, atA, hop.host) > 0) return spares;
  const endpoint = { address: first.address, port: first.port };
  const pair = tlsAtAddress(atA, hop, endpoint);
  return dead.length > 0 ? [pair, tlsAtAddress('tls.split_client_hello', hop, endpoint)] : [...spares, pair];
}
