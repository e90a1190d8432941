/**
 * Is the record of a pair what its kind says? Decision record 008. A pair put together from other operations of the
 * measurement, in another order, about another name, or made at a server of the liar's own, compares nothing. Whoever signs
 * can still invent whole operations: this makes no liar honest.
 */
import { canonicalAddress } from './address.ts';
import type {
  CounterfactualKind,
  KnownReflector,
  Observation,
  ReflectorNote,
  TlsObservation,
} from '../model/index.ts';
import type { Pair } from './case.ts';

/** What the steps of a kind are. */
interface KindShape {
  /** Kinds of observations that its steps are. */
  readonly of: readonly ('dns' | 'tcp' | 'tls' | 'http')[];
  readonly where: 'reflector' | 'same_address';
  /** One step instead of control, suspicion, control. */
  readonly single?: true;
  /** Steps go to different places on purpose. */
  readonly places?: 'many';
  /** Steps don't disturb each other and are made together. */
  readonly atOnce?: true;
  /** Steps at most; three unless said. */
  readonly steps?: number;
  /** Which name a step says: both in turn, the record's one or other alone, none at all, or names that the rules look at. */
  readonly says: 'turns' | 'suspect' | 'innocuous' | 'none' | 'any';
  /**
   * Where its steps go, seen from the target's own handshakes with the suspicious name: the very place, another port or
   * another address. Absent: not compared.
   */
  readonly beside?: 'same_place' | 'other_port' | 'other_address';
}
const PAIR_SHAPES: Readonly<Record<CounterfactualKind, KindShape>> = {
  'dns.name_at_resolver': { of: ['dns'], where: 'same_address', says: 'turns' },
  'dns.uncached_at_resolver': { of: ['dns'], where: 'same_address', places: 'many', steps: 4, says: 'any' },
  'dns.reflector_at_address': {
    of: ['tls', 'http'],
    where: 'same_address',
    single: true,
    steps: 1,
    says: 'innocuous',
  },
  'tcp.siblings_at_address': { of: ['tcp'], where: 'same_address', atOnce: true, steps: 8, says: 'any' },
  'tcp.family_at_reflector': { of: ['tcp'], where: 'reflector', places: 'many', says: 'any' },
  'tcp.between_reflector': { of: ['tcp'], where: 'reflector', places: 'many', says: 'any' },
  'tcp.after_pause': { of: ['tcp'], where: 'reflector', places: 'many', steps: 5, says: 'any' },
  'tls.sni_at_reflector': { of: ['tls'], where: 'reflector', says: 'turns' },
  'tls.sni_at_address': { of: ['tls'], where: 'same_address', says: 'turns' },
  'tls.split_client_hello': { of: ['tls'], where: 'same_address', single: true, steps: 1, says: 'suspect' },
  'tls.chain_at_reflector': { of: ['tls'], where: 'reflector', says: 'turns' },
  'tls.chain_at_address': { of: ['tls'], where: 'same_address', says: 'turns' },
  'tls.chain_at_self_signed': { of: ['tls'], where: 'reflector', says: 'turns' },
  'tls.chain_again': {
    of: ['tls'],
    where: 'same_address',
    atOnce: true,
    steps: 4,
    says: 'suspect',
    beside: 'same_place',
  },
  'tls.chain_without_name': {
    of: ['tls'],
    where: 'same_address',
    single: true,
    steps: 1,
    says: 'none',
    beside: 'same_place',
  },
  // One protocol alone, then the other alone: no server can choose the same one twice.
  'tls.chain_other_protocol': {
    of: ['tls'],
    where: 'same_address',
    steps: 2,
    says: 'suspect',
    beside: 'same_place',
  },
  'tls.chain_other_port': {
    of: ['tls'],
    where: 'same_address',
    single: true,
    steps: 1,
    says: 'suspect',
    beside: 'other_port',
  },
  'tls.chain_at_sibling': {
    of: ['tls'],
    where: 'same_address',
    single: true,
    steps: 1,
    says: 'suspect',
    beside: 'other_address',
  },
  'tls.chain_other_family': {
    of: ['tls'],
    where: 'same_address',
    single: true,
    steps: 1,
    says: 'suspect',
    beside: 'other_address',
  },
  'http.host_at_reflector': { of: ['http'], where: 'reflector', says: 'turns' },
  // The target's own name is the innocuous one: what is suspected is its path.
  'http.path_at_reflector': { of: ['http'], where: 'reflector', says: 'suspect' },
  'http.split_host': { of: ['http'], where: 'same_address', single: true, steps: 1, says: 'suspect' },
  'http.over_tls': { of: ['tls', 'http'], where: 'same_address', single: true, steps: 1, says: 'suspect' },
  'http.canary': { of: ['http'], where: 'reflector', single: true, steps: 1, says: 'innocuous' },
  'throughput.sni_at_reflector': { of: ['tls', 'http'], where: 'reflector', steps: 6, says: 'turns' },
  'throughput.site_at_address': {
    of: ['tls', 'http'],
    where: 'same_address',
    places: 'many',
    steps: 6,
    says: 'turns',
  },
};

export function shapeOf(kind: string): KindShape | undefined {
  return Object.hasOwn(PAIR_SHAPES, kind) ? PAIR_SHAPES[kind as CounterfactualKind] : undefined;
}

/** A pair further away than this says nothing about the moment of the suspicion. Seconds. */
const MAX_PAIR_DISTANCE_S = 600;
/** Times in a document are rounded by whoever writes them. Seconds. */
const CLOCK_SLACK_S = 1;

export interface PairWorld {
  /** Where the document says that reflectors were. */
  readonly notes: readonly ReflectorNote[];
  readonly known: readonly KnownReflector[];
  /** When the target's own operations ended, by transaction, in seconds; null: not said. */
  readonly ownEnds: ReadonlyMap<number, number | null>;
  /** The target's own handshakes. */
  readonly ownHandshakes: readonly TlsObservation[];
}

const addressOf = (o: Observation): string => (o.kind === 'dns' ? (o.resolver ?? '') : (o.address ?? ''));

/** Where an operation went: address and port. */
function placeOf(o: Observation): string {
  if (o.kind === 'dns') return o.resolver ?? '';
  const port = o.kind === 'http' ? portOf(new URL(o.url)) : o.port;
  return `${canonicalAddress(o.address ?? '')} ${port}`;
}

export function portOf(url: URL): number {
  return url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
}

function nameIn(o: Observation): string | null {
  if (o.kind === 'tls') return o.serverName;
  if (o.kind === 'dns') return o.hostname;
  return o.kind === 'http' ? o.host : null;
}

/** Every step says the name that is its turn's. */
function saysItsName({ record, steps }: Pair<Observation>, { says }: KindShape): boolean {
  return steps.every((o, i) => {
    if (o === null || says === 'any') return true;
    if (says === 'none') return nameIn(o) === null;
    // The URL of such a download always names the reflector: SNI alone is what is compared.
    const download = record.kind === 'throughput.sni_at_reflector' && o.kind === 'http';
    const suspicious = says === 'turns' ? i % 2 === 1 && !download : says === 'suspect';
    return nameIn(o) === (suspicious ? record.suspect : record.innocuous);
  });
}

/** One after the other, as they were numbered. */
function inTurn(steps: readonly (Observation | null)[]): boolean {
  const made = steps.flatMap((o) => o ?? []);
  return made.every((o, i) => {
    const before = made[i - 1];
    if (before?.startedAt == null || o.startedAt === null) return true;
    return before.startedAt + (before.duration ?? 0) <= o.startedAt + CLOCK_SLACK_S;
  });
}

/** Soon enough after an operation of the target's own. */
function nearSuspicion({ record, steps }: Pair<Observation>, ownEnds: PairWorld['ownEnds']): boolean {
  if (Math.abs(record.distance_s) > MAX_PAIR_DISTANCE_S) return false;
  if (record.suspicion === null) return true;
  if (!ownEnds.has(record.suspicion)) return false;
  const [ended, begun] = [ownEnds.get(record.suspicion) ?? null, steps[0]?.startedAt ?? null];
  return ended === null || begun === null || begun - ended <= MAX_PAIR_DISTANCE_S + CLOCK_SLACK_S;
}

/** The same thing is fetched each time: another one would take another time by itself. */
function sameDownload({ record, steps }: Pair<Observation>): boolean {
  if (record.kind !== 'throughput.sni_at_reflector') return true;
  const paths = steps.flatMap((o) =>
    o?.kind === 'http' ? new URL(o.url).pathname + new URL(o.url).search : [],
  );
  return new Set(paths).size <= 1;
}

/** Innocuous operations that died, none of them a step. */
function soundResidual({ record, residual }: Pair<Observation>): boolean {
  const noted = record.residual?.steps ?? [];
  if (noted.some((step) => record.steps.includes(step))) return false;
  return residual.every((o) => o.failure !== null);
}

/** Everything at addresses that are noted of the reflector, which is one that judging knows. */
function atReflector(
  { record }: Pair<Observation>,
  operations: readonly Observation[],
  world: PairWorld,
): boolean {
  if (!world.known.some((r) => r.name === record.reflector)) return false;
  const addresses = world.notes.filter((r) => r.name === record.reflector).flatMap((r) => r.addresses);
  const own = new Set(addresses.map(canonicalAddress));
  return operations.every((o) => own.has(canonicalAddress(addressOf(o))));
}

/** A place where a reflector's name was tried counts only if it is known where the reflector itself is. */
function elsewhere({ record }: Pair<Observation>, made: readonly Observation[], world: PairWorld): boolean {
  if (record.kind !== 'dns.reflector_at_address') return true;
  const addresses = world.notes.filter((r) => r.name === record.innocuous).flatMap((r) => r.addresses);
  const own = new Set(addresses.map(canonicalAddress));
  return own.size > 0 && !made.some((o) => own.has(canonicalAddress(addressOf(o))));
}

/** At the place that its kind says, seen from where the target's own name was said. */
function inItsPlace(
  { record }: Pair<Observation>,
  made: readonly Observation[],
  { beside }: KindShape,
  { ownHandshakes }: PairWorld,
): boolean {
  if (beside === undefined) return true;
  const own = ownHandshakes.filter((o) => o.serverName === record.suspect);
  const places = new Set(own.map(placeOf));
  const addresses = new Set(own.map((o) => canonicalAddress(o.address)));
  return made.every((o) => {
    if (places.has(placeOf(o))) return beside === 'same_place';
    const known = addresses.has(canonicalAddress(addressOf(o)));
    return beside === (known ? 'other_port' : 'other_address') && own.length > 0;
  });
}

/** No two steps agreed on one protocol. */
function protocolsDiffer({ record }: Pair<Observation>, made: readonly Observation[]): boolean {
  if (record.kind !== 'tls.chain_other_protocol') return true;
  const agreed = made.flatMap((o) => (o.kind === 'tls' && o.alpn !== null && o.alpn !== '' ? o.alpn : []));
  return new Set(agreed).size === agreed.length;
}

/** Every second step goes to the site, the others to a reflector. */
const BESIDE_REFLECTOR: ReadonlySet<string> = new Set<CounterfactualKind>([
  'throughput.site_at_address',
  'tcp.between_reflector',
  'tcp.after_pause',
]);

export function isSoundPair(pair: Pair<Observation>, world: PairWorld): boolean {
  const { record, steps, residual } = pair;
  const shape = shapeOf(record.kind);
  if (shape === undefined || shape.where !== record.where) return false;
  if (record.steps.length > (shape.steps ?? 3)) return false;
  if (record.steps.some((step, i) => i > 0 && step <= record.steps[i - 1]!)) return false;
  if (record.suspicion !== null && record.steps.includes(record.suspicion)) return false;
  const made = steps.flatMap((o) => o ?? []);
  if (shape.places !== 'many' && new Set(made.map(placeOf)).size > 1) return false;
  const sound =
    nearSuspicion(pair, world.ownEnds) &&
    (shape.atOnce === true || inTurn(steps)) &&
    saysItsName(pair, shape) &&
    sameDownload(pair) &&
    soundResidual(pair) &&
    elsewhere(pair, made, world) &&
    inItsPlace(pair, made, shape, world) &&
    protocolsDiffer(pair, made);
  if (!sound) return false;
  // Compared with what a reflector does, though the suspicious steps go to the site.
  if (BESIDE_REFLECTOR.has(record.kind)) {
    const innocuous = steps.filter((_, i) => i % 2 === 0).flatMap((o) => o ?? []);
    return atReflector(pair, [...innocuous, ...residual], world);
  }
  if (shape.where !== 'reflector') return true;
  const named = shape.says === 'turns' || shape.says === 'innocuous';
  if (named && record.innocuous !== record.reflector) return false;
  const byName = shape.of.includes('tcp') || shape.says === 'suspect';
  return (
    atReflector(pair, [...made, ...residual], world) &&
    (byName || residual.every((o) => nameIn(o) === record.reflector))
  );
}
