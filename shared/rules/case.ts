/**
 * The observations of one measurement, sorted the way the rules ask for them: by redirect hop, by vantage, by pair.
 * Order of the observations never matters: everything is looked up by what it says, and lists are sorted by id.
 */
import type {
  CounterfactualRecord,
  DnsObservation,
  HttpObservation,
  InterceptionNote,
  KnownReflector,
  Observation,
  ReflectorNote,
  TcpObservation,
  TlsObservation,
} from '../model/index.ts';
import type { ControlExtras, ControlState, Observed, ObservedNetwork, Witness } from '../observe/index.ts';
import type { Fingerprints } from './fingerprints.ts';
import type { Networks } from './networks.ts';
import { isSoundPair, portOf, shapeOf, type PairWorld } from './pair-shapes.ts';

export { canonicalAddress } from './address.ts';

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
  /** What the device said of an authority that it met (`x_interception`). */
  readonly device: InterceptionNote | null;
  /** The device kept back the chains of a security product of its own. */
  readonly chainsRemoved: boolean;
  /** Whose word on this network counts beside others'; null: nobody's. */
  readonly asnInside: number | null;
  /** What worked in other networks where it failed here; never among `observations`. */
  readonly witnesses: readonly Witness[];
  readonly fingerprints: Fingerprints;
  /** Whose networks are, and what lines. */
  readonly networks: Networks;
  /** Everything, for rules that look at all operations at once. */
  readonly observations: readonly Observation[];
}

const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

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

/** When the target's own operations ended, by transaction. */
function ownEnds(observed: Observed): ReadonlyMap<number, number | null> {
  const ends = new Map<number, number | null>();
  for (const o of observed.observations) {
    if (o.vantage !== 'probe' || o.counterfactual !== null || o.transaction === null) continue;
    const end = o.startedAt === null ? null : o.startedAt + (o.duration ?? 0);
    const known = ends.get(o.transaction) ?? null;
    ends.set(o.transaction, known === null || end === null ? (known ?? end) : Math.max(known, end));
  }
  return ends;
}

function pairsOf<T extends Observation>(
  observed: Observed,
  known: readonly KnownReflector[],
  kind: T['kind'],
): Pair<T>[] {
  const ownHandshakes = observed.observations.filter(
    (o): o is TlsObservation => o.kind === 'tls' && o.vantage === 'probe' && o.counterfactual === null,
  );
  const world: PairWorld = {
    notes: observed.reflectors,
    known,
    ownEnds: ownEnds(observed),
    ownHandshakes,
  };
  const times = new Map<string, number>();
  for (const { id } of observed.counterfactuals) times.set(id, (times.get(id) ?? 0) + 1);
  const stepKey = (id: string | null, transaction: number | null | undefined): string =>
    JSON.stringify([id, transaction]);
  const made = new Map<string, T>();
  for (const o of observed.observations) {
    if (o.kind !== kind || o.counterfactual === null) continue;
    const key = stepKey(o.counterfactual, o.transaction);
    if (!made.has(key)) made.set(key, o as T);
  }
  return observed.counterfactuals.flatMap((record): Pair<T>[] => {
    const shape = shapeOf(record.kind);
    if (shape?.of.includes(kind) !== true) return [];
    // Two records that share their operations: neither can say whose they are.
    if (times.get(record.id) !== 1) return [];
    const find = (transaction: number | undefined): T | null =>
      made.get(stepKey(record.id, transaction)) ?? null;
    const steps = record.steps.map(find);
    const residual = (record.residual?.steps ?? []).flatMap((transaction) => find(transaction) ?? []);
    const [first = null, second = null, third = null] = steps;
    const pair =
      shape.single === true
        ? { record, before: null, suspect: first, after: null, steps, residual }
        : { record, before: first, suspect: second, after: third, steps, residual };
    return isSoundPair(pair, world) ? [pair] : [];
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
    device: observed.device,
    chainsRemoved: observed.chainsRemoved,
    asnInside: observed.asnInside,
    witnesses: observed.witnesses,
    fingerprints,
    networks,
    observations,
  };
}
