/**
 * Another measurement as a witness: from which network, by a known reflector's word, an address and port worked. Decision
 * record 012. Only a completed handshake whose chain is trusted for the name that was said counts: a connection alone may
 * be a transparent proxy's, so a port without TLS has no witnesses.
 */
import { formatEndpoint, formatIp, parseIp } from '../codec/ip.ts';
import type { KnownReflector, Observation, Place, TlsObservation, WitnessDocument } from '../model/index.ts';
import { readDocument, type Document } from '../schema/document.ts';
import type { Roots } from './chain/index.ts';
import { clockIsWrong } from './diary.ts';
import { readStatement } from './network.ts';
import type { Witness } from './observations.ts';
import { observeProbe } from './web-connectivity.ts';

/** The country whose networks can speak for each other; ISO 3166-1 alpha-2. */
export const WITNESS_COUNTRY = 'KZ';
/** Documents that are read for one measurement, whatever is given. */
const MAX_READ = 16;
/** Other measurements that count, the nearest in time. */
const MAX_WITNESSES = 3;

export interface WitnessContext {
  readonly roots: Roots;
  readonly controlKeys: ReadonlySet<string>;
  readonly reflectors: readonly KnownReflector[];
}

/** What a measurement can bear witness to. */
export interface WitnessFacts {
  /** By the reflector's word. */
  readonly asn: number;
  /** The target's own completed handshakes with a trusted chain. */
  readonly handshakes: readonly TlsObservation[];
}

const placeText = (o: Place): string => {
  const ip = parseIp(o.address);
  return formatEndpoint(ip === null ? o.address : formatIp(ip), o.port);
};

/** The network that the measurement was made in, if it can count here: ours, no tunnel, no wrong clock, signed, inside. */
export function networkInside(
  doc: Document,
  { controlKeys, reflectors }: Pick<WitnessContext, 'controlKeys' | 'reflectors'>,
): number | null {
  if (!doc.ours || doc.network.tunnel || clockIsWrong(doc, controlKeys)) return null;
  const statement = readStatement(doc.network.signed, reflectors, doc.startedAt);
  return statement?.cc === WITNESS_COUNTRY ? statement.asn : null;
}

function isTrustedHandshake(o: Observation): o is TlsObservation {
  return (
    o.kind === 'tls' &&
    o.vantage === 'probe' &&
    o.counterfactual === null &&
    o.failure === null &&
    o.serverName !== null &&
    o.appraisal?.trusted === true
  );
}

/** Null when the measurement is no witness of anything. `observations`: those of `doc`. */
export function witnessFacts(
  doc: Document,
  observations: readonly Observation[],
  context: Pick<WitnessContext, 'controlKeys' | 'reflectors'>,
): WitnessFacts | null {
  const asn = networkInside(doc, context);
  const handshakes = asn === null ? [] : observations.filter(isTrustedHandshake);
  return asn === null || handshakes.length === 0 ? null : { asn, handshakes };
}

/** Its own connects that failed: nothing else needs a witness. */
function failedPlaces(observations: readonly Observation[]): ReadonlySet<string> {
  return new Set(
    observations.flatMap((o) =>
      o.kind === 'tcp' && o.vantage === 'probe' && o.counterfactual === null && o.failure !== null
        ? [placeText(o)]
        : [],
    ),
  );
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** One handshake for each place at which the other measurement worked and this one failed. */
function readWitness(
  given: WitnessDocument,
  wanted: ReadonlySet<string>,
  own: number | null,
  context: WitnessContext,
): readonly Witness[] {
  const read = readDocument(given.document);
  if ('problems' in read) return [];
  const asn = networkInside(read.ok, context);
  if (asn === null || asn === own) return [];
  const facts = witnessFacts(read.ok, observeProbe(read.ok, context.roots), context);
  const byPlace = new Map<string, TlsObservation>();
  for (const o of facts?.handshakes ?? []) {
    const [place, known] = [placeText(o), byPlace.get(placeText(o))];
    if (wanted.has(place) && (known === undefined || o.id < known.id)) byPlace.set(place, o);
  }
  return [...byPlace.values()].map((o): Witness => ({
    measurementId: given.measurementId,
    asn,
    startedAt: read.ok.startedAt,
    // Not of this probe: no rule may take it for one of its own operations.
    handshake: { ...o, id: `witness-${given.measurementId}-${o.id}`, vantage: 'witness' },
  }));
}

/**
 * The witnesses of what failed in `doc`: of at most three measurements, the nearest in time, ties by id. The order of `given`
 * has no influence, and those that are left give themselves again. Pure; never throws on what is in a document.
 */
export function observeWitnesses(
  doc: Document,
  observations: readonly Observation[],
  given: readonly WitnessDocument[],
  context: WitnessContext,
): readonly Witness[] {
  const wanted = failedPlaces(observations);
  if (given.length === 0 || wanted.size === 0) return [];
  const own = networkInside(doc, context);
  const once = new Map(given.map((each) => [each.measurementId, each]));
  const read = [...once.values()]
    .sort((a, b) => compareText(a.measurementId, b.measurementId))
    .slice(0, MAX_READ)
    .map((each) => readWitness(each, wanted, own, context));
  const distance = ([w]: readonly Witness[]): number =>
    w === undefined ? Number.POSITIVE_INFINITY : Math.abs(w.startedAt - doc.startedAt);
  // Sorted by id already, and sorting is stable.
  const nearest = read.filter((each) => each.length > 0).sort((a, b) => distance(a) - distance(b));
  return nearest.slice(0, MAX_WITNESSES).flat();
}
