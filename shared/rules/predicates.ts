/** Questions that several rules ask, each answered once. */
import { formatEndpoint, ipClass, parseIp } from '../codec/ip.ts';
import type { DnsObservation, HttpObservation, Layer, Method, TlsObservation } from '../model/index.ts';
import { canonicalAddress, type Case, type Hop } from './case.ts';

/** How an exchange ended, coarse enough to say that two of them ended the same way. */
export type Ending = 'timeout' | 'reset' | 'close' | 'alert' | 'refused' | 'unreachable';

const ENDINGS: Readonly<Record<string, Ending>> = {
  generic_timeout_error: 'timeout',
  timed_out: 'timeout',
  connection_reset: 'reset',
  connection_aborted: 'reset',
  eof_error: 'close',
  connection_already_closed: 'close',
  ssl_failed_handshake: 'alert',
  connection_refused: 'refused',
  host_unreachable: 'unreachable',
  network_unreachable: 'unreachable',
  network_down: 'unreachable',
};

/** null for success and for failures that say nothing about the path (certificates, our own interruption). */
export function endingOf(failure: string | null): Ending | null {
  return failure === null ? null : (ENDINGS[failure] ?? null);
}

const TLS_METHODS: Readonly<Partial<Record<Ending, Method>>> = {
  timeout: 'tls.sni_timeout',
  reset: 'tls.sni_reset',
  close: 'tls.sni_close',
  alert: 'tls.alert',
};
const HTTP_METHODS: Readonly<Partial<Record<Ending, Method>>> = {
  timeout: 'http.host_timeout',
  reset: 'http.host_reset',
  close: 'http.host_close',
};
const TCP_METHODS: Readonly<Partial<Record<Ending, Method>>> = {
  timeout: 'tcp.timeout',
  refused: 'tcp.refused',
  reset: 'tcp.reset',
  unreachable: 'tcp.unreachable',
};

export function methodOf(layer: Layer, failure: string | null): Method | null {
  const ending = endingOf(failure);
  if (ending === null) return null;
  const table = layer === 'tls' ? TLS_METHODS : layer === 'http' ? HTTP_METHODS : TCP_METHODS;
  return table[ending] ?? null;
}

/** A ClientHello was answered with nothing usable: no chain arrived and the exchange ended. */
export function diedAfterClientHello(o: TlsObservation): boolean {
  return o.chain.length === 0 && endingOf(o.failure) !== null;
}

/** The handshake went far enough for a chain to arrive, or ended well. */
export function gotAnswer(o: TlsObservation | null): boolean {
  return o !== null && (o.chain.length > 0 || o.failure === null);
}

/** "Any TLS byte", an alert counts: the path and the server answered somebody at this address. */
export function gotAnyTlsByte(o: TlsObservation | null): boolean {
  return gotAnswer(o) || (o !== null && endingOf(o.failure) === 'alert');
}

/** Chain of the reflector itself: the key its signed descriptor promised, or a trusted path for its own name. */
export function isGenuineReflector(
  c: Case,
  reflector: string | undefined,
  o: TlsObservation | null,
): boolean {
  if (o === null || o.appraisal === null) return false;
  if (o.appraisal.trusted) return true;
  const promised = c.reflectors.find((r) => r.name === reflector)?.spkiSha256 ?? [];
  return o.appraisal.leafSpkiSha256 !== null && promised.includes(o.appraisal.leafSpkiSha256);
}

/** A reflector marks every answer of its own with this header. */
const REFLECTOR_HEADER = 'x-kuager-reflector';

export function isReflectorAnswer(
  o: Pick<HttpObservation, 'status' | 'headers'> | null,
  reflector: string | undefined,
): boolean {
  return o !== null && o.status === 200 && headerOf(o, REFLECTOR_HEADER) === reflector;
}

export function headerOf(o: Pick<HttpObservation, 'headers'>, name: string): string | null {
  return o.headers.find(([n]) => n === name)?.[1] ?? null;
}

/** Addresses that the control or an honest second opinion gave for the hop's name. */
export function truthfulAddresses(c: Case, hop: Hop): ReadonlySet<string> {
  // Asked for every address of every answer.
  const before = truthBefore.get(hop);
  if (before !== undefined && before.control === c.control) return before.truth;
  const truth = collectTruth(c, hop);
  truthBefore.set(hop, { control: c.control, truth });
  return truth;
}
interface Truth {
  readonly control: Case['control'];
  readonly truth: ReadonlySet<string>;
}
const truthBefore = new WeakMap<Hop, Truth>();

function collectTruth(c: Case, hop: Hop): ReadonlySet<string> {
  const second = hop.dns.filter((o) => o.path === 'second' && o.failure === null);
  const control = c.control !== null && c.control.dns.hostname === hop.host ? [c.control.dns] : [];
  return new Set([...second, ...control].flatMap((o) => o.addresses.map(canonicalAddress)));
}

export function canonicalEquals(set: ReadonlySet<string>, address: string): boolean {
  return set.has(canonicalAddress(address));
}

export function classesOf(addresses: Iterable<string>): ReadonlySet<string> {
  return new Set([...addresses].map((a) => addressClass(a)));
}
export function addressClass(address: string): string {
  const ip = parseIp(address);
  return ip === null ? 'unreadable' : ipClass(ip);
}

/**
 * The address is one of the name's, whoever gave it: a chain valid for the name comes from there, here or at the control.
 * Rotating pools and nearby edges answer every question differently, and all of it is true.
 */
export function servesName(c: Case, hop: Hop, address: string): boolean {
  const same = (o: TlsObservation): boolean => canonicalAddress(o.address) === canonicalAddress(address);
  const atControlToo = (c.control?.tls ?? []).filter((o) => same(o) && o.serverName === hop.host);
  return (
    hop.tls.some((o) => same(o) && o.appraisal?.trusted === true) ||
    // Other helpers keep no chain: their own verdict on the handshake has to do.
    atControlToo.some((o) => o.appraisal?.trusted ?? o.failure === null)
  );
}

/**
 * The address is not the name's, and not only because others get another one: no public name can have it, a server of
 * somebody else answers there, or the control was shown a chain there that is not the name's.
 */
export function provenWrong(c: Case, hop: Hop, address: string): boolean {
  const truth = truthfulAddresses(c, hop);
  if (canonicalEquals(truth, address) || servesName(c, hop, address)) return false;
  const kind = addressClass(address);
  if (kind !== 'public' && kind !== 'unreadable' && !classesOf(truth).has(kind)) return true;
  const same = (o: TlsObservation): boolean => canonicalAddress(o.address) === canonicalAddress(address);
  return (
    hop.tls.some((o) => same(o) && o.appraisal?.pathToRoot === true && o.appraisal.wrongName) ||
    (c.control?.tls ?? []).some((o) => same(o) && o.serverName === hop.host && o.appraisal?.trusted === false)
  );
}

/** Queries whose answers this device would act on: the system's and, where it is the same resolver, the wire's. */
export function usedByDevice(hop: Hop): readonly DnsObservation[] {
  const system = hop.dns.filter((o) => o.path === 'system' && !o.late);
  return system.length > 0 ? system : hop.dns.filter((o) => o.path === 'wire' && !o.late);
}

/** The control's TCP or TLS result for the same address and port. */
export function atControl<T extends { address: string; port: number }>(
  list: readonly T[] | undefined,
  o: { address: string; port: number },
): T | undefined {
  const endpoint = formatEndpoint(canonicalAddress(o.address), o.port);
  return list?.find((x) => formatEndpoint(canonicalAddress(x.address), x.port) === endpoint);
}

/** The control reached the hop's host: by name at depth 0, or on its own way through the redirects. */
export function controlReached(c: Case, hop: Hop): boolean {
  if (c.control === null || c.control.http.failure !== null) return false;
  // Other helpers don't say which way they went; one that got a page followed the same redirects.
  return c.control.hosts.has(hop.host) || (!c.ours && hop.depth > 0);
}

/** Addresses that this device's own resolution gave; null when it was not asked (a literal, a cut-short run). */
export function deviceAddresses(hop: Hop): ReadonlySet<string> | null {
  const used = usedByDevice(hop);
  return used.length === 0 ? null : new Set(used.flatMap((o) => o.addresses.map(canonicalAddress)));
}

/** The exchange went to an address that this device would have used, not to one that only others know. */
export function atDeviceAddress(hop: Hop, address: string | null): boolean {
  const own = deviceAddresses(hop);
  return own === null || address === null || own.has(canonicalAddress(address));
}

/** All answers to the hop's own request, a second attempt's among them. */
export function answersOf(hop: Hop): readonly HttpObservation[] {
  return hop.http.filter((o) => o.status !== null && o.failure === null);
}

/** The answer to the hop's own request, if the exchange got that far: a page before a refusal, that before a failure. */
export function responseOf(hop: Hop): HttpObservation | null {
  const answers = answersOf(hop);
  const below = (limit: number): HttpObservation | undefined =>
    answers.find((o) => o.status !== null && o.status < limit);
  return below(400) ?? below(500) ?? answers[0] ?? null;
}
