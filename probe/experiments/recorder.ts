/**
 * Results of the net → OONI micro-format records, one per operation, kept in the order in which they ended. The
 * records are all that leaves this file: a test_keys document is built from them at any moment, so a run that is cut
 * short still has what it measured.
 */
import { toBase64 } from '../../shared/codec/base64.ts';
import { formatEndpoint } from '../../shared/codec/ip.ts';
import type { Operation } from '../../shared/failure/failure.ts';
import type {
  CounterfactualRecord,
  DnsAnswer,
  DnsQuery,
  HttpRequest,
  NetworkEvent,
  ReflectorNote,
  SignedControlReply,
  TcpConnect,
  TlsHandshake,
  WebConnectivityTestKeys,
} from '../../shared/model/index.ts';
import type {
  DnsExchange,
  DnsReply,
  Endpoint,
  HttpResult,
  LookupResult,
  TcpResult,
  Timed,
  TlsResult,
} from '../net/net.ts';
import { httpRecord } from './http-record.ts';

/** What a record belongs to: a redirect depth, and a pair if it was made for one. */
export interface Place {
  readonly transaction: number;
  readonly tags: readonly string[];
}

export interface Recorder {
  /** A new transaction id; never 0. */
  transaction(): number;
  /** Seconds since the measurement started. */
  elapsed(): number;
  lookup(hostname: string, result: LookupResult, place: Place): void;
  dns(engine: 'udp' | 'doh', result: DnsExchange, place: Place): void;
  tcp(result: TcpResult, place: Place): void;
  /** `failure` after appraisal: a handshake that ended well with an untrusted chain is a failure here. */
  tls(result: TlsResult, failure: string | null, split: boolean, place: Place): void;
  http(
    url: string,
    headers: readonly (readonly [string, string])[],
    result: HttpResult,
    failure: string | null,
    place: Place,
  ): void;
  control(request: unknown, reply: unknown, signed: SignedControlReply | null, failure: string | null): void;
  pair(record: CounterfactualRecord): void;
  reflector(note: ReflectorNote): void;
  testKeys(): WebConnectivityTestKeys;
}

/** df-008: events kept per measurement; a page of a thousand redirects must not become a log file. */
const MAX_NETWORK_EVENTS = 512;

function answersOf(reply: DnsReply): DnsAnswer[] {
  return reply.answers.map((a) => ({
    answer_type: a.type,
    ttl: a.ttl,
    ...(a.type === 'A' ? { ipv4: a.value } : a.type === 'AAAA' ? { ipv6: a.value } : { hostname: a.value }),
  }));
}

const addressAnswer = (address: string): DnsAnswer =>
  address.includes(':')
    ? { answer_type: 'AAAA', ipv6: address, ttl: null }
    : { answer_type: 'A', ipv4: address, ttl: null };

const endpointText = (e: Endpoint): string => formatEndpoint(e.address, e.port);

/** `now` is the net's clock, in seconds; `client_resolver` is filled in by who knows it. */
export function createRecorder(now: () => number, clientResolver: string | null): Recorder {
  const start = now();
  const queries: DnsQuery[] = [];
  const duplicates: DnsQuery[] = [];
  const tcpConnects: TcpConnect[] = [];
  const tlsHandshakes: TlsHandshake[] = [];
  const events: NetworkEvent[] = [];
  const requests: HttpRequest[] = [];
  const pairs: CounterfactualRecord[] = [];
  const reflectors: ReflectorNote[] = [];
  let lastTransaction = 0;
  let control: {
    request: unknown;
    reply: unknown;
    signed: SignedControlReply | null;
    failure: string | null;
  } | null = null;

  const base = (times: { t0: number; t: number }, place: Place) => ({
    t0: times.t0 - start,
    t: times.t - start,
    tags: place.tags,
    transaction_id: place.transaction,
  });
  const event = (
    operation: Operation,
    failure: string | null,
    e: Endpoint,
    times: { t0: number; t: number },
    place: Place,
    bytes?: number,
  ): void => {
    if (events.length >= MAX_NETWORK_EVENTS) return;
    events.push({
      ...base(times, place),
      address: endpointText(e),
      failure,
      ...(bytes === undefined ? {} : { num_bytes: bytes }),
      operation,
      proto: 'tcp',
    });
  };
  const at = (t: number): { t0: number; t: number } => ({ t0: t, t });
  const dnsRecord = (
    engine: 'udp' | 'doh',
    x: DnsExchange,
    reply: DnsReply | null,
    times: Timed,
    place: Place,
  ): DnsQuery => ({
    ...base({ t0: times.t0, t: reply?.t ?? times.t }, place),
    answers: reply === null ? null : answersOf(reply),
    engine,
    failure: reply === null ? times.failure : reply.failure,
    hostname: x.question.hostname,
    query_type: x.question.type,
    ...(reply === null ? {} : { raw_response: toBase64(reply.raw) }),
    ...(reply?.rcode == null ? {} : { rcode: reply.rcode }),
    resolver_address: x.resolver,
    ...(reply?.extendedError == null ? {} : { x_extended_error: reply.extendedError }),
  });

  return {
    transaction: () => ++lastTransaction,
    elapsed: () => now() - start,
    lookup(hostname, result, place) {
      queries.push({
        ...base(result, place),
        answers: result.failure === null ? result.addresses.map(addressAnswer) : null,
        engine: 'getaddrinfo',
        failure: result.failure,
        ...(result.errorCode === null ? {} : { getaddrinfo_error: result.errorCode }),
        hostname,
        query_type: 'ANY',
        resolver_address: '',
      });
    },
    dns(engine, result, place) {
      // A stranger's datagram with a wrong id may come first: the reply that decided the exchange is the main record.
      const main = result.replies.find((r) => r.failure === result.failure) ?? result.replies[0] ?? null;
      queries.push(dnsRecord(engine, result, main, result, place));
      for (const reply of result.replies.filter((r) => r !== main))
        duplicates.push(dnsRecord(engine, result, reply, result, place));
    },
    tcp(result, place) {
      tcpConnects.push({
        ...base(result, place),
        ip: result.endpoint.address,
        port: result.endpoint.port,
        status: { failure: result.failure, success: result.failure === null },
      });
      event('connect', result.failure, result.endpoint, result, place);
    },
    tls(result, failure, split, place) {
      event('tls_handshake_start', null, result.endpoint, at(result.t0), place);
      if (result.bytesReceived > 0)
        event('read', null, result.endpoint, at(result.t), place, result.bytesReceived);
      event('tls_handshake_done', failure, result.endpoint, at(result.t), place);
      tlsHandshakes.push({
        ...base(result, place),
        network: 'tcp',
        address: endpointText(result.endpoint),
        cipher_suite: result.cipherSuite ?? '',
        failure,
        negotiated_protocol: result.alpn ?? '',
        no_tls_verify: false,
        peer_certificates:
          result.chain.length === 0
            ? null
            : result.chain.map((der) => ({ format: 'base64', data: toBase64(der) })),
        server_name: result.serverName ?? '',
        tls_version: result.version ?? '',
        ...(split ? { x_split_client_hello: true } : {}),
      });
    },
    http(url, headers, result, failure, place) {
      event('http_transaction_start', null, result.endpoint, at(result.t0), place);
      event('http_transaction_done', failure, result.endpoint, at(result.t), place);
      requests.push({ ...base(result, place), ...httpRecord(url, headers, result, failure) });
    },
    control(request, reply, signed, failure) {
      control = { request, reply, signed, failure };
    },
    pair: (record) => void pairs.push(record),
    reflector(note) {
      if (!reflectors.some((r) => r.name === note.name)) reflectors.push(note);
    },
    testKeys() {
      const resolved = queries.some((q) => q.engine === 'getaddrinfo' && q.failure === null);
      const failedHttp = requests.find((r) => r.failure !== null);
      const failedTls = tlsHandshakes.find((h) => h.failure !== null);
      const failedTcp = tcpConnects.find((c) => c.status.failure !== null);
      const answered = requests.some((r) => r.response !== null && r.failure === null);
      return {
        agent: 'redirect',
        client_resolver: clientResolver,
        retries: null,
        socksproxy: null,
        network_events: events,
        queries,
        requests: [...requests].reverse(),
        tcp_connect: tcpConnects,
        tls_handshakes: tlsHandshakes,
        control: (control?.reply ?? {}) as WebConnectivityTestKeys['control'],
        control_failure: control === null ? 'unknown_failure: not asked' : control.failure,
        ...(control === null ? {} : { x_control_request: control.request }),
        x_control_signed: control?.signed ?? null,
        x_dns_duplicate_responses: duplicates,
        x_counterfactuals: pairs,
        x_reflectors: reflectors,
        dns_experiment_failure: resolved
          ? null
          : (queries.find((q) => q.engine === 'getaddrinfo')?.failure ?? null),
        dns_consistency: null,
        http_experiment_failure:
          failedHttp?.failure ??
          (answered ? null : (failedTls?.failure ?? failedTcp?.status.failure ?? null)),
        body_proportion: null,
        body_length_match: null,
        headers_match: null,
        status_code_match: null,
        title_match: null,
        blocking: null,
        accessible: null,
      };
    },
  };
}
