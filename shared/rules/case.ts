/**
 * The observations of one measurement, sorted the way the rules ask for them: by redirect hop, by vantage, by pair.
 * Order of the observations never matters: everything is looked up by what it says, and lists are sorted by id.
 */
import { formatIp, parseIp } from '../codec/ip.ts';
import type {
  CounterfactualRecord,
  DnsObservation,
  HttpObservation,
  KnownReflector,
  Observation,
  ReflectorNote,
  TcpObservation,
  TlsObservation,
} from '../model/index.ts';
import type { Observed } from '../observe/index.ts';
import type { Fingerprints } from './fingerprints.ts';

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

/** A matched pair: control, suspicion, control; a step that was not made is null. */
export interface Pair<T extends Observation> {
  readonly record: CounterfactualRecord;
  readonly before: T | null;
  readonly suspect: T | null;
  readonly after: T | null;
}

export interface Case {
  readonly ours: boolean;
  readonly hops: readonly Hop[];
  readonly control: ControlView | null;
  readonly tlsPairs: readonly Pair<TlsObservation>[];
  readonly httpPairs: readonly Pair<HttpObservation>[];
  /** Those that judging knows; pairs at others are left out of the case. */
  readonly reflectors: readonly KnownReflector[];
  readonly fingerprints: Fingerprints;
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

/** One step each; the others are A-B-A. */
const SINGLE_STEP_KINDS: ReadonlySet<string> = new Set(['tls.split_client_hello', 'http.canary']);
/** Made at a server of ours. */
const REFLECTOR_KINDS: ReadonlySet<string> = new Set([
  'tls.sni_at_reflector',
  'tls.chain_at_reflector',
  'http.host_at_reflector',
  'http.canary',
]);

/** A pair further away than this says nothing about the moment of the suspicion. Seconds. */
const MAX_PAIR_DISTANCE_S = 600;

/**
 * Is the record what its kind says: steps one after the other, all at one place, that place (and the innocuous name) the
 * noted reflector's, and that one known? A pair put together from other operations of the measurement, or made at a
 * server of the liar's own, compares nothing. Whoever signs can still invent whole operations: this makes no liar honest.
 */
function soundPair(
  { record, before, suspect, after }: Pair<HttpObservation | TlsObservation>,
  notes: readonly ReflectorNote[],
  known: readonly KnownReflector[],
): boolean {
  const atReflector = REFLECTOR_KINDS.has(record.kind);
  if (atReflector !== (record.where === 'reflector') || Math.abs(record.distance_s) > MAX_PAIR_DISTANCE_S)
    return false;
  if (record.steps.some((step, i) => i > 0 && step <= record.steps[i - 1]!)) return false;
  const made = [before, suspect, after].flatMap((o) => o ?? []);
  const places = new Set(made.map((o) => placeOf(o)));
  if (places.size > 1 || (record.suspicion !== null && record.steps.includes(record.suspicion))) return false;
  if (!atReflector) return true;
  if (!known.some((r) => r.name === record.reflector)) return false;
  const named = notes.filter((r) => r.name === record.reflector);
  return made.every(
    (o) =>
      (o === suspect || nameIn(o) === record.reflector) &&
      named.some((r) => r.addresses.some((a) => canonicalAddress(a) === canonicalAddress(o.address ?? ''))),
  );
}

/** Where an operation went: address and port. */
function placeOf(o: HttpObservation | TlsObservation): string {
  const port = o.kind === 'tls' ? o.port : portOf(new URL(o.url));
  return `${canonicalAddress(o.address ?? '')} ${port}`;
}

const nameIn = (o: HttpObservation | TlsObservation): string | null =>
  o.kind === 'tls' ? o.serverName : o.host;

function pairsOf<T extends HttpObservation | TlsObservation>(
  observed: Observed,
  known: readonly KnownReflector[],
  kind: T['kind'],
  prefix: string,
): Pair<T>[] {
  const stepKey = (id: string | null, transaction: number | null | undefined): string =>
    JSON.stringify([id, transaction]);
  const made = new Map<string, T>();
  for (const o of observed.observations) {
    if (o.kind !== kind || o.counterfactual === null) continue;
    const key = stepKey(o.counterfactual, o.transaction);
    if (!made.has(key)) made.set(key, o as T);
  }
  return observed.counterfactuals
    .filter((record) => record.kind.startsWith(prefix))
    .map((record) => {
      const step = (i: number): T | null => made.get(stepKey(record.id, record.steps[i])) ?? null;
      return SINGLE_STEP_KINDS.has(record.kind)
        ? { record, before: null, suspect: step(0), after: null }
        : { record, before: step(0), suspect: step(1), after: step(2) };
    })
    .filter((pair) => soundPair(pair, observed.reflectors, known));
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

/** What rules may know beside the observations. */
export interface CaseFacts {
  readonly fingerprints: Fingerprints;
  readonly reflectors: readonly KnownReflector[];
}

export function buildCase(observed: Observed, { fingerprints, reflectors }: CaseFacts): Case {
  const observations = [...observed.observations].sort(byId);
  const counterfactuals = [...observed.counterfactuals].sort(byId);
  const sorted = { ...observed, observations, counterfactuals };
  const own = observations.filter((o) => o.vantage === 'probe' && o.counterfactual === null);
  return {
    ours: observed.ours,
    hops: hopsOf(observed.input, own),
    control: controlOf(sorted),
    tlsPairs: pairsOf<TlsObservation>(sorted, reflectors, 'tls', 'tls.'),
    httpPairs: pairsOf<HttpObservation>(sorted, reflectors, 'http', 'http.'),
    reflectors,
    fingerprints,
    observations,
  };
}
