/**
 * The observations of one measurement, sorted the way the rules ask for them: by redirect hop, by vantage, by pair.
 * Order of the observations never matters: everything is looked up by what it says, and lists are sorted by id.
 */
import { formatIp, parseIp } from '../codec/ip.ts';
import type {
  CounterfactualKind,
  CounterfactualRecord,
  DnsObservation,
  HttpObservation,
  KnownReflector,
  Observation,
  ReflectorNote,
  TcpObservation,
  TlsObservation,
} from '../model/index.ts';
import type { ControlExtras, ControlState, Observed, ObservedNetwork } from '../observe/index.ts';
import type { Fingerprints } from './fingerprints.ts';
import type { Networks } from './networks.ts';

/** One URL of the redirect chain with all that the probe did for it. */
export interface Hop {
  readonly depth: number;
  readonly url: URL;
  readonly host: string;
  readonly encrypted: boolean;
  readonly port: number;
  readonly dns: readonly DnsObservation[];
  readonly tcp: readonly TcpObservation[];
  readonly tls: readonly TlsObservation[];
  readonly http: readonly HttpObservation[];
}

export interface ControlView {
  readonly dns: DnsObservation;
  readonly tcp: readonly TcpObservation[];
  readonly tls: readonly TlsObservation[];
  readonly http: HttpObservation;
  /** Hosts that the control went through by redirects, the input's among them. */
  readonly hosts: ReadonlySet<string>;
}

/** A matched pair: control, suspicion, control; a step that was not made is null. Kinds: decision record 008. */
export interface Pair<T extends Observation> {
  readonly record: CounterfactualRecord;
  readonly before: T | null;
  readonly suspect: T | null;
  readonly after: T | null;
  /** All steps in order; for kinds that are more than A-B-A. */
  readonly steps: readonly (T | null)[];
  /** Innocuous operations that died after the suspicious one: `record.residual.steps`. */
  readonly residual: readonly T[];
}

export interface Case {
  readonly ours: boolean;
  readonly hops: readonly Hop[];
  readonly control: ControlView | null;
  /** `diary`: two entries that bracket the measurement stand in for a reply made beside it. */
  readonly controlSource: 'live' | 'diary' | null;
  readonly dnsPairs: readonly Pair<DnsObservation>[];
  readonly tcpPairs: readonly Pair<TcpObservation>[];
  /** `throughput.*` are here and in `httpPairs`: the handshakes of their downloads. */
  readonly tlsPairs: readonly Pair<TlsObservation>[];
  readonly httpPairs: readonly Pair<HttpObservation>[];
  /** Milliseconds since 1970, rounded down. */
  readonly startedAt: number;
  readonly network: ObservedNetwork;
  readonly controlClockMinutes: number | null;
  readonly controlExtras: ControlExtras;
  /** Those that judging knows; pairs at others are left out of the case. */
  readonly reflectors: readonly KnownReflector[];
  /** Where the document says that reflectors were; what is found there is no proof that somebody relays it. */
  readonly reflectorNotes: readonly ReflectorNote[];
  readonly fingerprints: Fingerprints;
  /** Whose networks are, and what lines. */
  readonly networks: Networks;
  /** Everything, for rules that look at all operations at once. */
  readonly observations: readonly Observation[];
}

const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

export function canonicalAddress(address: string): string {
  const ip = parseIp(address);
  return ip === null ? address : formatIp(ip);
}

function portOf(url: URL): number {
  return url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
}

/** Where the answer of the hop before sent us. */
function redirectTarget(https: readonly HttpObservation[], depth: number): string | null {
  for (const o of https.filter((h) => h.depth === depth)) {
    const location = o.headers.find(([name]) => name === 'location')?.[1];
    if (location !== undefined && URL.canParse(location, o.url)) return new URL(location, o.url).href;
  }
  return null;
}

/** Without that answer: by the name that was asked for and the port that was tried. */
function guessedUrl(
  dns: readonly DnsObservation[],
  tls: readonly TlsObservation[],
  tcp: readonly TcpObservation[],
): string | null {
  const name = dns[0]?.hostname ?? tls[0]?.serverName;
  const secure = tls.length > 0 || (tcp.some((o) => o.port === 443) && !tcp.some((o) => o.port === 80));
  return name == null ? null : `${secure ? 'https' : 'http'}://${name}/`;
}

/** Redirects that anybody follows, with room to spare; every rule looks at every hop, and depths are text in a tag. */
const MAX_HOP_DEPTH = 32;
const isHopDepth = (depth: number): boolean =>
  Number.isInteger(depth) && depth >= 0 && depth <= MAX_HOP_DEPTH;

function hopsOf(input: string, own: readonly Observation[]): Hop[] {
  const https = own.filter((o): o is HttpObservation => o.kind === 'http');
  const depths = [...new Set(own.map((o) => o.depth))].filter(isHopDepth).sort((a, b) => a - b);
  return depths.flatMap((depth) => {
    const http = https.filter((o) => o.depth === depth);
    const dns = own.filter((o): o is DnsObservation => o.kind === 'dns' && o.depth === depth);
    const tls = own.filter((o): o is TlsObservation => o.kind === 'tls' && o.depth === depth);
    const tcp = own.filter((o): o is TcpObservation => o.kind === 'tcp' && o.depth === depth);
    const text =
      http[0]?.url ?? (depth === 0 ? input : (redirectTarget(https, depth - 1) ?? guessedUrl(dns, tls, tcp)));
    if (text === null || !URL.canParse(text)) return [];
    const url = new URL(text);
    const port = portOf(url);
    return [
      {
        depth,
        url,
        host: url.hostname,
        encrypted: url.protocol === 'https:',
        port,
        dns,
        tcp: tcp.filter((o) => o.port === port),
        // Web Connectivity also tries 443 of a plain site: that says nothing about the page that was asked for.
        tls: tls.filter((o) => o.port === port),
        http,
      },
    ];
  });
}

/** What the steps of a kind are: decision record 008. */
interface KindShape {
  /** Kinds of observations that its steps are. */
  readonly of: readonly ('dns' | 'tcp' | 'tls' | 'http')[];
  readonly where: 'reflector' | 'same_address';
  /** One step instead of control, suspicion, control. */
  readonly single?: true;
  /** Steps go to different places on purpose. */
  readonly places?: 'many';
}
const PAIR_SHAPES: Readonly<Record<CounterfactualKind, KindShape>> = {
  'dns.name_at_resolver': { of: ['dns'], where: 'same_address' },
  'dns.uncached_at_resolver': { of: ['dns'], where: 'same_address', places: 'many' },
  'dns.reflector_at_address': { of: ['tls', 'http'], where: 'same_address', single: true },
  'tcp.siblings_at_address': { of: ['tcp'], where: 'same_address' },
  'tcp.family_at_reflector': { of: ['tcp'], where: 'reflector', places: 'many' },
  'tls.sni_at_reflector': { of: ['tls'], where: 'reflector' },
  'tls.sni_at_address': { of: ['tls'], where: 'same_address' },
  'tls.split_client_hello': { of: ['tls'], where: 'same_address', single: true },
  'tls.chain_at_reflector': { of: ['tls'], where: 'reflector' },
  'tls.chain_at_address': { of: ['tls'], where: 'same_address' },
  'tls.chain_at_self_signed': { of: ['tls'], where: 'reflector' },
  'http.host_at_reflector': { of: ['http'], where: 'reflector' },
  'http.path_at_reflector': { of: ['http'], where: 'reflector' },
  'http.split_host': { of: ['http'], where: 'same_address', single: true },
  'http.over_tls': { of: ['tls', 'http'], where: 'same_address', single: true },
  'http.canary': { of: ['http'], where: 'reflector', single: true },
  'throughput.sni_at_reflector': { of: ['tls', 'http'], where: 'reflector' },
  'throughput.site_at_address': { of: ['tls', 'http'], where: 'same_address', places: 'many' },
};

/** A pair further away than this says nothing about the moment of the suspicion. Seconds. */
const MAX_PAIR_DISTANCE_S = 600;

/** Kinds in which the target's own name is the innocuous one: what is suspected is its path. */
const NAMED_BY_TARGET: ReadonlySet<string> = new Set(['http.path_at_reflector']);

/**
 * Is the record what its kind says: steps one after the other, all at one place, that place (and the innocuous name) the
 * noted reflector's, and that one known? A pair put together from other operations of the measurement, or made at a
 * server of the liar's own, compares nothing. Whoever signs can still invent whole operations: this makes no liar honest.
 */
function soundPair(
  { record, steps, residual }: Pair<Observation>,
  shape: KindShape,
  notes: readonly ReflectorNote[],
  known: readonly KnownReflector[],
): boolean {
  if (shape.where !== record.where || Math.abs(record.distance_s) > MAX_PAIR_DISTANCE_S) return false;
  if (record.steps.some((step, i) => i > 0 && step <= record.steps[i - 1]!)) return false;
  const made = steps.flatMap((o) => o ?? []);
  const places = new Set(made.map((o) => placeOf(o)));
  if (places.size > 1 && shape.places !== 'many') return false;
  if (record.suspicion !== null && record.steps.includes(record.suspicion)) return false;
  if (shape.where !== 'reflector') return true;
  if (!known.some((r) => r.name === record.reflector)) return false;
  const named = notes.filter((r) => r.name === record.reflector);
  const there = (o: Observation): boolean =>
    named.some((r) => r.addresses.some((a) => canonicalAddress(a) === canonicalAddress(addressOf(o))));
  if (![...made, ...residual].every(there)) return false;
  // Control steps alternate with suspicious ones; both kinds of name are the target's own where a path is suspected.
  const controls = shape.single === true ? [] : steps.filter((_, i) => i % 2 === 0);
  const byName = shape.of.includes('tcp') || NAMED_BY_TARGET.has(record.kind);
  return byName || [...controls, ...residual].every((o) => o === null || nameIn(o) === record.reflector);
}

const addressOf = (o: Observation): string => (o.kind === 'dns' ? (o.resolver ?? '') : (o.address ?? ''));

/** Where an operation went: address and port. */
function placeOf(o: Observation): string {
  if (o.kind === 'dns') return o.resolver ?? '';
  const port = o.kind === 'http' ? portOf(new URL(o.url)) : o.port;
  return `${canonicalAddress(o.address ?? '')} ${port}`;
}

function nameIn(o: Observation): string | null {
  if (o.kind === 'tls') return o.serverName;
  return o.kind === 'http' ? o.host : null;
}

function pairsOf<T extends Observation>(
  observed: Observed,
  known: readonly KnownReflector[],
  kind: T['kind'],
): Pair<T>[] {
  const stepKey = (id: string | null, transaction: number | null | undefined): string =>
    JSON.stringify([id, transaction]);
  const made = new Map<string, T>();
  for (const o of observed.observations) {
    if (o.kind !== kind || o.counterfactual === null) continue;
    const key = stepKey(o.counterfactual, o.transaction);
    if (!made.has(key)) made.set(key, o as T);
  }
  return observed.counterfactuals.flatMap((record): Pair<T>[] => {
    const shape = Object.hasOwn(PAIR_SHAPES, record.kind) ? PAIR_SHAPES[record.kind] : undefined;
    if (shape?.of.includes(kind) !== true) return [];
    const find = (transaction: number | undefined): T | null =>
      made.get(stepKey(record.id, transaction)) ?? null;
    const steps = record.steps.map(find);
    const residual = (record.residual?.steps ?? []).flatMap((transaction) => find(transaction) ?? []);
    const [first = null, second = null, third = null] = steps;
    const pair =
      shape.single === true
        ? { record, before: null, suspect: first, after: null, steps, residual }
        : { record, before: first, suspect: second, after: third, steps, residual };
    return soundPair(pair, shape, observed.reflectors, known) ? [pair] : [];
  });
}

function controlOf(observed: Observed): ControlView | null {
  const control = observed.observations.filter((o) => o.vantage === 'control');
  const dns = control.find((o): o is DnsObservation => o.kind === 'dns');
  const http = control.find((o): o is HttpObservation => o.kind === 'http');
  if (dns === undefined || http === undefined) return null;
  const urls = [observed.input, ...observed.controlChain].filter((u) => URL.canParse(u));
  return {
    dns,
    http,
    tcp: control.filter((o): o is TcpObservation => o.kind === 'tcp'),
    tls: control.filter((o): o is TlsObservation => o.kind === 'tls'),
    hosts: new Set(urls.map((u) => new URL(u).hostname)),
  };
}

export const controlSource = (state: ControlState): Case['controlSource'] =>
  state === 'present' ? 'live' : state === 'diary' ? 'diary' : null;

/** What rules may know beside the observations. */
export interface CaseFacts {
  readonly fingerprints: Fingerprints;
  readonly networks: Networks;
  readonly reflectors: readonly KnownReflector[];
}

export function buildCase(observed: Observed, { fingerprints, networks, reflectors }: CaseFacts): Case {
  const observations = [...observed.observations].sort(byId);
  const counterfactuals = [...observed.counterfactuals].sort(byId);
  const sorted = { ...observed, observations, counterfactuals };
  const own = observations.filter((o) => o.vantage === 'probe' && o.counterfactual === null);
  return {
    ours: observed.ours,
    hops: hopsOf(observed.input, own),
    control: controlOf(sorted),
    controlSource: controlSource(observed.controlState),
    dnsPairs: pairsOf<DnsObservation>(sorted, reflectors, 'dns'),
    tcpPairs: pairsOf<TcpObservation>(sorted, reflectors, 'tcp'),
    tlsPairs: pairsOf<TlsObservation>(sorted, reflectors, 'tls'),
    httpPairs: pairsOf<HttpObservation>(sorted, reflectors, 'http'),
    startedAt: observed.startedAt,
    network: observed.network,
    controlClockMinutes: observed.controlClockMinutes,
    controlExtras: observed.controlExtras,
    reflectors,
    reflectorNotes: observed.reflectors,
    fingerprints,
    networks,
    observations,
  };
}
