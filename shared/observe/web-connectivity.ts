/**
 * Web Connectivity (and our own runs of it) → observations: one per DNS query, TCP connect, TLS handshake and HTTP
 * round trip of the probe, each linked to its redirect depth or to the counterfactual it was made for.
 * Source: https://github.com/ooni/spec/blob/master/nettests/ts-017-web-connectivity.md
 */
import { fromBase64, fromUtf8 } from '../codec/base64.ts';
import { parseEndpoint } from '../codec/ip.ts';
import type {
  DnsObservation,
  DnsQuery,
  HttpObservation,
  HttpRequest,
  MaybeBinary,
  RecordBase,
  TcpConnect,
  TcpObservation,
  TlsHandshake,
  TlsObservation,
} from '../model/index.ts';
import type { Document } from '../schema/document.ts';
import type { Roots } from './chain/index.ts';
import { createChains, type Chains } from './chains.ts';
import { BODY_TEXT_CHARS, titleOf } from './title.ts';

const COUNTERFACTUAL_TAG = 'x:cf:';
const DEPTH_TAG = 'depth=';

function tagValue(record: RecordBase, prefix: string): string | null {
  const tag = (record.tags ?? []).find((t) => t.startsWith(prefix));
  return tag === undefined ? null : tag.slice(prefix.length);
}

function base(record: RecordBase, kind: string, index: number, depth?: number) {
  const startedAt = record.t0 ?? null;
  return {
    id: `${kind}-${record.transaction_id ?? 0}-${index}`,
    vantage: 'probe' as const,
    depth: depth ?? Number(tagValue(record, DEPTH_TAG) ?? 0),
    counterfactual: tagValue(record, COUNTERFACTUAL_TAG),
    transaction: record.transaction_id ?? null,
    startedAt,
    duration: startedAt === null || record.t === undefined ? null : record.t - startedAt,
  };
}

/** Only an encrypted question is a second opinion: port 53 may be answered by anybody, wherever it is sent. */
function dnsPath(engine: string): DnsObservation['path'] {
  if (engine === 'getaddrinfo' || engine === 'system') return 'system';
  return engine === 'udp' || engine === 'tcp' ? 'wire' : 'second';
}

function observeDns(query: DnsQuery, index: number, late: boolean): DnsObservation {
  const addresses = (query.answers ?? []).flatMap((a) => a.ipv4 ?? a.ipv6 ?? []);
  return {
    ...base(query, late ? 'dns-late' : 'dns', index),
    kind: 'dns',
    path: dnsPath(query.engine),
    hostname: query.hostname.toLowerCase(),
    queryType: query.query_type,
    resolver: query.resolver_address ?? null,
    addresses,
    late,
    extendedError: query.x_extended_error ?? null,
    failure: query.failure,
  };
}

function observeTcp(record: TcpConnect, index: number): TcpObservation {
  const failure = record.status.failure ?? (record.status.success ? null : 'unknown_failure: not said');
  return { ...base(record, 'tcp', index), kind: 'tcp', address: record.ip, port: record.port, failure };
}

/** The name the presented chain has to be valid for: a reflector shows its own whatever it is asked for. */
function expectedName(record: TlsHandshake, doc: Document): string | null {
  const id = tagValue(record, COUNTERFACTUAL_TAG);
  const pair = id === null ? undefined : doc.counterfactuals.find((c) => c.id === id);
  return pair?.where === 'reflector' ? (pair.reflector ?? null) : record.server_name;
}

function observeTls(
  record: TlsHandshake,
  index: number,
  doc: Document,
  chains: Chains,
): TlsObservation | null {
  const endpoint = parseEndpoint(record.address);
  if (endpoint === null) return null;
  const chain = chains.decode(record.peer_certificates ?? []);
  return {
    ...base(record, 'tls', index),
    kind: 'tls',
    address: endpoint.address,
    port: endpoint.port,
    serverName:
      record.server_name === null || record.server_name === '' ? null : record.server_name.toLowerCase(),
    alpn: record.negotiated_protocol,
    splitClientHello: record.x_split_client_hello === true,
    chain,
    appraisal: chains.appraise(chain, expectedName(record, doc)),
    failure: record.failure,
  };
}

function bodyText(body: MaybeBinary | null): string | null {
  if (body === null || typeof body === 'string') return body === null ? null : body.slice(0, BODY_TEXT_CHARS);
  const bytes = fromBase64(body.data);
  return bytes === null ? null : (fromUtf8(bytes) ?? '').slice(0, BODY_TEXT_CHARS);
}

function observeHttp(record: HttpRequest, index: number, depth: number): HttpObservation | null {
  let url: URL;
  try {
    url = new URL(record.request.url);
  } catch {
    return null; // an address that no browser would open carries no fact about a host
  }
  const { response } = record;
  const text = response === null ? null : bodyText(response.body);
  return {
    ...base(record, 'http', index, depth),
    kind: 'http',
    url: record.request.url,
    host: url.hostname,
    encrypted: url.protocol === 'https:',
    address: parseEndpoint(record.address ?? '')?.address ?? null,
    status: response?.code ?? null,
    title: text === null ? null : titleOf(text),
    headers: (response?.headers_list ?? []).map(([name, value]) => [
      name.toLowerCase(),
      typeof value === 'string' ? value : '',
    ]),
    bodyLength: response === null ? null : (response.x_body_length ?? text?.length ?? null),
    bodySha256: response?.x_body_sha256 ?? null,
    truncated: response?.body_is_truncated ?? false,
    bodyText: text,
    failure: record.failure,
  };
}

/** Pure; order of the result follows the document. */
export function observeProbe(doc: Document, roots: Roots) {
  const ownRequests = doc.requests.filter((r) => tagValue(r, COUNTERFACTUAL_TAG) === null);
  // Newest first: without depth tags the position tells how deep a redirect was.
  const depthOf = (r: HttpRequest): number =>
    Number(tagValue(r, DEPTH_TAG) ?? Math.max(0, ownRequests.length - 1 - ownRequests.indexOf(r)));
  const chains = createChains(roots, doc.startedAt);
  return [
    ...doc.queries.map((q, i) => observeDns(q, i, false)),
    ...doc.lateReplies.map((q, i) => observeDns(q, i, true)),
    ...doc.tcpConnects.map(observeTcp),
    ...doc.tlsHandshakes.flatMap((h, i) => observeTls(h, i, doc, chains) ?? []),
    ...doc.requests.flatMap((r, i) => observeHttp(r, i, depthOf(r)) ?? []),
  ];
}
