/**
 * One look around while the collector can't be reached: is the line itself there, does it end at the border, does its resolver answer?
 * Some connections that are closed at once; nothing is asked of anybody but the certificate that a server shows to everyone.
 */
import { parseIp } from '../../shared/codec/ip.ts';
import { parseCertificate } from '../../shared/codec/x509.ts';
import type { Reach } from '../../shared/model/index.ts';
import { namesHost } from '../../shared/observe/chain/host.ts';
import type { Net } from '../net/net.ts';
import type { Anchor } from './anchors.ts';
import type { Reaches } from './journal.ts';
import { neighbourKnown, nextHop, ROUTE_FILES } from './routes.ts';

/** A connection or handshake that takes longer is of no use to anybody. Milliseconds. */
export const LOOK_TIMEOUT_MS = 8_000;
const HTTPS_PORT = 443;
/** Where a router answers or refuses: its name service and its page. */
const GATEWAY_PORTS = [53, 80] as const;
/** Anchors of a kind that are tried in one look, the first alone. */
const MAX_TRIED = 4;
/** Addresses of one anchor that are tried. */
const MAX_ADDRESSES = 2;
/** Failures that are an answer of the other end. */
const REFUSED: ReadonlySet<string> = new Set(['connection_refused', 'connection_reset']);
/** The resolver answered, whatever it said. */
const RESOLVER_SAID: ReadonlySet<string> = new Set(['dns_nxdomain_error', 'dns_no_answer']);

export interface LookTools {
  readonly net: Pick<Net, 'tcpConnect' | 'tlsHandshake' | 'getaddrinfo'>;
  readonly anchors: readonly Anchor[];
  /** False: KUAGER_ONLY keeps the probe from asking, and nothing is known. */
  readonly allows: (address: string) => boolean;
  /** False for the volunteer's own network: no name may lead there. */
  readonly mayBeAnchor: (address: string) => boolean;
  /** A file of /proc; null: this system has none. */
  readonly systemText: (path: string) => string | null;
  /** In [0, 1). */
  readonly random: () => number;
  readonly signal: AbortSignal;
  /** What the anchors' names stood for while the line was there; filled whenever a name is resolved. */
  readonly addresses: Map<string, readonly string[]>;
}

/**
 * Port 443: a certificate that names the host came back. A bare connection proves little there: boxes of mobile networks accept it
 * themselves, and a log-in page shows its own certificate. Whether the chain is trusted doesn't matter: somebody who reads along lets
 * through. Other ports: connected.
 */
async function answers(anchor: Anchor, address: string, tools: LookTools): Promise<boolean> {
  const { net, signal } = tools;
  const tcp = await net.tcpConnect({ address, port: anchor.port }, signal, LOOK_TIMEOUT_MS);
  if (tcp.connection === null) return false;
  try {
    if (anchor.port !== HTTPS_PORT) return true;
    const serverName = parseIp(anchor.host) === null ? anchor.host : null;
    const tls = await net.tlsHandshake(
      tcp.connection,
      { serverName, alpn: [], timeoutMs: LOOK_TIMEOUT_MS },
      signal,
    );
    tls.connection?.close();
    const leaf = tls.chain[0];
    const parsed = leaf === undefined ? null : parseCertificate(leaf);
    return parsed !== null && !('error' in parsed) && namesHost(parsed, anchor.host);
  } finally {
    tcp.connection.close();
  }
}

async function reachAnchor(anchor: Anchor, tools: LookTools): Promise<Reach> {
  const literal = parseIp(anchor.host) !== null;
  const known = literal ? [anchor.host] : (tools.addresses.get(anchor.host) ?? []);
  const allowed = known
    .filter((address) => tools.allows(address) && tools.mayBeAnchor(address))
    .slice(0, MAX_ADDRESSES);
  if (allowed.length === 0) return 'unknown';
  const tried = await Promise.all(allowed.map((address) => answers(anchor, address, tools)));
  return tried.includes(true) ? 'up' : 'down';
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}

/** One anchor is asked first; the others only when it is silent, since one that is down says nothing of the line. */
async function reachKind(kind: Anchor['kind'], tools: LookTools): Promise<Reach> {
  const [first, ...others] = shuffled(
    tools.anchors.filter((anchor) => anchor.kind === kind),
    tools.random,
  ).slice(0, MAX_TRIED);
  if (first === undefined) return 'unknown';
  const one = await reachAnchor(first, tools);
  if (one === 'up') return 'up';
  const all = [one, ...(await Promise.all(others.map((anchor) => reachAnchor(anchor, tools))))];
  return all.includes('up') ? 'up' : all.includes('down') ? 'down' : 'unknown';
}

/** What its name stands for now is kept: in an outage there may be nobody to ask. */
async function resolve(anchor: Anchor, tools: LookTools): Promise<Reach> {
  const { failure, addresses } = await tools.net.getaddrinfo(anchor.host, tools.signal);
  if (failure === null) tools.addresses.set(anchor.host, addresses);
  return failure === null || RESOLVER_SAID.has(failure) ? 'up' : 'down';
}

const isForbidden = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'DESTINATION_FORBIDDEN';

/** One name of an anchor; a name that libc answers by itself would say nothing. */
async function reachResolver(tools: LookTools): Promise<Reach> {
  const named = shuffled(
    tools.anchors.filter(({ host }) => parseIp(host) === null && host !== 'localhost'),
    tools.random,
  )[0];
  if (named === undefined) return 'unknown';
  try {
    return await resolve(named, tools);
  } catch (error) {
    if (isForbidden(error)) return 'unknown';
    throw error;
  }
}

/** Asks for the addresses of every named anchor, while the line is there. */
export async function learnAnchors(tools: LookTools): Promise<void> {
  for (const anchor of tools.anchors) {
    if (parseIp(anchor.host) !== null || tools.signal.aborted) continue;
    await resolve(anchor, tools).catch((error: unknown) => {
      if (!isForbidden(error)) throw error;
    });
  }
}

/** The default route's next hop: a connection that it takes or refuses, else what the neighbour table knows once it was tried. */
async function reachGateway(tools: LookTools): Promise<Reach> {
  const { systemText, net, signal } = tools;
  const hop = nextHop(systemText(ROUTE_FILES.v4), systemText(ROUTE_FILES.v6));
  if (hop === 'unknown') return 'unknown';
  if (hop === null) return 'down';
  const { address } = hop;
  if (address === null) {
    const state = systemText(`/sys/class/net/${hop.device}/operstate`)?.trim();
    return state === 'up' ? 'up' : state === 'down' ? 'down' : 'unknown';
  }
  if (!tools.allows(address)) return 'unknown';
  const tried = await Promise.all(
    GATEWAY_PORTS.map((port) => net.tcpConnect({ address, port }, signal, LOOK_TIMEOUT_MS)),
  );
  for (const { connection } of tried) connection?.close();
  if (tried.some(({ failure }) => failure === null || REFUSED.has(failure))) return 'up';
  const neighbour = neighbourKnown(systemText(ROUTE_FILES.arp), address);
  return neighbour === null ? 'unknown' : neighbour ? 'up' : 'down';
}

/** All at once, some seconds at most. Throws only what is our own fault. */
export async function lookAround(tools: LookTools): Promise<Omit<Reaches, 'collector'>> {
  const [gateway, domestic, foreign, dns] = await Promise.all([
    reachGateway(tools),
    reachKind('domestic', tools),
    reachKind('foreign', tools),
    reachResolver(tools),
  ]);
  return { gateway, domestic, foreign, dns };
}
