/** TCP and TLS towards every endpoint of interest: the control's own addresses and those that the probe was given. */
import { formatEndpoint, isBogon } from '../../shared/codec/ip.ts';
import { toBase64 } from '../../shared/codec/base64.ts';
import { CLOSED_PORT, type ControlResponse, type ControlTls, type IpInfo } from '../../shared/model/index.ts';
import { handshake } from './handshake.ts';
import type { Appraise, HandshakeResult } from './handshake.ts';
import { hostOf, portOf } from './http-hop.ts';
import type { Endpoint, Outgoing } from './outgoing.ts';

/** Endpoints that one request can make the control connect to. */
const MAX_ENDPOINTS = 32;
/** Further ones, at addresses that only the zone's own servers named. */
const MAX_LATER_ENDPOINTS = 8;
/** DER bytes of all chains in a reply; chains beyond it are left out, their results stay. */
const MAX_REPLY_CHAIN_BYTES = 128 * 1024;
const TLS_PORT = 443;
const HTTP_PORT = 80;
/** A refusal comes at once; where packets to a closed port are dropped nothing ever does. Milliseconds. */
const CLOSED_PORT_TIMEOUT_MS = 2_000;

/** `ip_info` flags of the test-helper protocol. */
const IP_FLAGS = { probe: 1, helper: 2, bogon: 4, tlsValid: 8 } as const;

interface EndpointPlan {
  readonly url: URL;
  readonly own: readonly string[];
  readonly fromProbe: readonly Endpoint[];
}

/**
 * Own addresses on both ports of the web (or the URL's explicit one), then the probe's. A probe's endpoint on any
 * other port but the one that serves nobody is left out, so that the control cannot be used to scan ports; so is every endpoint that `outgoing`
 * refuses, as the protocol leaves bogons out.
 */
export function planEndpoints(plan: EndpointPlan, outgoing: Outgoing): Endpoint[] {
  const ownPorts = plan.url.port === '' ? [TLS_PORT, HTTP_PORT] : [portOf(plan.url)];
  const allowedPorts = new Set([TLS_PORT, HTTP_PORT, CLOSED_PORT, portOf(plan.url)]);
  const wanted = [
    ...plan.own.flatMap((address) => ownPorts.map((port) => ({ address, port }))),
    ...plan.fromProbe.filter(({ port }) => allowedPorts.has(port)),
  ];
  // The cap must not take those that matter most.
  wanted.sort((a, b) => Number(b.port === portOf(plan.url)) - Number(a.port === portOf(plan.url)));
  const unique = new Map(
    wanted.map((endpoint) => [formatEndpoint(endpoint.address, endpoint.port), endpoint]),
  );
  return [...unique.values()]
    .filter(({ address, port }) => outgoing.refusal(address, port) === null)
    .slice(0, MAX_ENDPOINTS);
}

/** Those of a plan that became known when others were already being measured. */
export function laterEndpoints(
  plan: EndpointPlan,
  earlier: readonly Endpoint[],
  outgoing: Outgoing,
): Endpoint[] {
  const done = new Set(earlier.map(({ address, port }) => formatEndpoint(address, port)));
  return planEndpoints({ ...plan, fromProbe: [] }, outgoing)
    .filter(({ address, port }) => !done.has(formatEndpoint(address, port)))
    .slice(0, MAX_LATER_ENDPOINTS);
}

interface EndpointResult {
  readonly endpoint: Endpoint;
  readonly tcpFailure: string | null;
  /** Null: no handshake was due, or there was no connection to make it on. */
  readonly tls: HandshakeResult | null;
}

async function measure(endpoint: Endpoint, url: URL, tools: Tools): Promise<EndpointResult> {
  const { outgoing, appraise, signal } = tools;
  const serves = endpoint.port !== CLOSED_PORT || portOf(url) === CLOSED_PORT;
  const timeout = !serves ? CLOSED_PORT_TIMEOUT_MS : undefined;
  const tcp = await outgoing.connect(endpoint.address, endpoint.port, signal, timeout);
  if (tcp.socket === null) return { endpoint, tcpFailure: tcp.failure, tls: null };
  const encrypted =
    endpoint.port === TLS_PORT || (url.protocol === 'https:' && endpoint.port === portOf(url));
  if (!encrypted) {
    tcp.socket.on('error', () => undefined).destroy();
    return { endpoint, tcpFailure: null, tls: null };
  }
  const tls = await handshake(tcp.socket, {
    serverName: hostOf(url),
    alpn: ['h2', 'http/1.1'],
    signal,
    appraise,
  });
  tls.socket?.on('error', () => undefined).destroy();
  return { endpoint, tcpFailure: null, tls: { ...tls, socket: null } };
}

interface Tools {
  readonly outgoing: Outgoing;
  readonly appraise: Appraise;
  readonly signal: AbortSignal;
}

/** All at once; each is bounded by its own time-outs and by the signal. Rejects only with GuardError. */
export function measureEndpoints(
  endpoints: readonly Endpoint[],
  url: URL,
  tools: Tools,
): Promise<EndpointResult[]> {
  return Promise.all(endpoints.map((endpoint) => measure(endpoint, url, tools)));
}

const keyOf = ({ endpoint }: EndpointResult): string => formatEndpoint(endpoint.address, endpoint.port);

export function tcpSection(results: readonly EndpointResult[]): ControlResponse['tcp_connect'] {
  return Object.fromEntries(
    results.map((result) => [
      keyOf(result),
      { status: result.tcpFailure === null, failure: result.tcpFailure },
    ]),
  );
}

export function tlsSection(
  results: readonly EndpointResult[],
  serverName: string,
): Record<string, ControlTls> {
  let room = MAX_REPLY_CHAIN_BYTES;
  const section: Record<string, ControlTls> = {};
  for (const result of results) {
    if (result.tls === null) continue;
    const { failure, chain } = result.tls;
    const size = chain.reduce((sum, der) => sum + der.length, 0);
    const fits = size <= room;
    if (fits) room -= size;
    section[keyOf(result)] = {
      server_name: serverName,
      status: failure === null,
      failure,
      ...(fits && size > 0
        ? { x_peer_certificates: chain.map((der) => ({ format: 'base64', data: toBase64(der) }) as const) }
        : {}),
    };
  }
  return section;
}

/** Every address that anybody named, refused ones included: a bogon is a fact worth reporting. */
export function ipInfoSection(
  plan: EndpointPlan,
  results: readonly EndpointResult[],
  lookup: (address: string) => { readonly cc: string; readonly asn: number } | null,
): Record<string, IpInfo> {
  const fromProbe = new Set(plan.fromProbe.map(({ address }) => address));
  const own = new Set(plan.own);
  const valid = new Set(
    results.filter(({ tls }) => tls?.failure === null).map(({ endpoint }) => endpoint.address),
  );
  const info: Record<string, IpInfo> = {};
  for (const address of new Set([...own, ...fromProbe])) {
    const flags =
      (fromProbe.has(address) ? IP_FLAGS.probe : 0) |
      (own.has(address) ? IP_FLAGS.helper : 0) |
      (isBogon(address) ? IP_FLAGS.bogon : 0) |
      (valid.has(address) ? IP_FLAGS.tlsValid : 0);
    const network = lookup(address);
    info[address] = {
      // Without a database 0, the protocol's "unknown".
      asn: network?.asn ?? 0,
      flags,
      ...(network === null || network.cc === 'ZZ' ? {} : { x_cc: network.cc }),
    };
  }
  return info;
}
