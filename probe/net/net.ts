/**
 * The only door to the network: experiments and plans see this interface, never a socket or a clock.
 *
 * A network failure is data: every call resolves with `failure` set (df-007 spelling) and never rejects, except
 * with `DestinationForbidden` (KUAGER_ONLY), which is our own fault and ends the run.
 * All times are seconds from the net's own start (monotonic); all addresses are literals.
 */

export interface Timed {
  readonly failure: string | null;
  /** The error behind the failure, in the system's words, addresses removed; null on success. */
  readonly detail: string | null;
  readonly t0: number;
  readonly t: number;
}

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

export interface LookupResult extends Timed {
  readonly addresses: readonly string[];
  readonly canonicalName: string | null;
  /** The system's own error number, e.g. EAI codes, when it gave one. */
  readonly errorCode: number | null;
}

export interface DnsQuestion {
  readonly hostname: string;
  readonly type: 'A' | 'AAAA' | 'TXT';
}

/** One DNS message that arrived for a query; `failure` is about this message (rcode, empty answer, wrong id). */
export interface DnsReply {
  readonly failure: string | null;
  readonly rcode: number | null;
  readonly answers: readonly DnsReplyAnswer[];
  /** Of TXT records, each joined to one text; kept out of measurements. */
  readonly texts: readonly string[];
  /** INFO-CODE of an Extended DNS Error (RFC 8914). */
  readonly extendedError: number | null;
  readonly raw: Uint8Array;
  readonly t: number;
}
export interface DnsReplyAnswer {
  readonly type: 'A' | 'AAAA' | 'CNAME';
  readonly value: string;
  readonly ttl: number;
}

export interface DnsExchange extends Timed {
  /** The local wire question; `failure` above is that of the first reply, or a timeout when there is none. */
  readonly question: DnsQuestion;
  readonly resolver: string;
  /** Every datagram of the listening window in order of arrival; DoH has at most one. */
  readonly replies: readonly DnsReply[];
}

export interface TcpResult extends Timed {
  readonly endpoint: Endpoint;
  readonly connection: TcpConnection | null;
}

/** Opaque to everybody but the drivers. Whoever opened it closes it. */
export interface TcpConnection {
  readonly endpoint: Endpoint;
  close(): void;
}

export interface TlsOptions {
  /** null: no SNI is sent. */
  readonly serverName: string | null;
  readonly alpn: readonly string[];
  /** Sends the ClientHello in two TCP segments, cut inside the server name. */
  readonly splitClientHello?: boolean;
  readonly timeoutMs?: number;
}

export interface TlsResult extends Timed {
  readonly endpoint: Endpoint;
  readonly serverName: string | null;
  /** DER, wire order, leaf first, whether trusted or not; nobody has judged it yet. */
  readonly chain: readonly Uint8Array[];
  readonly cipherSuite: string | null;
  readonly version: string | null;
  readonly alpn: string | null;
  /** Bytes received before the end, an alert included: 0 tells silence from refusal. */
  readonly bytesReceived: number;
  readonly connection: TlsConnection | null;
}

export interface TlsConnection {
  readonly endpoint: Endpoint;
  readonly alpn: string | null;
  close(): void;
}

export interface HttpRequestOptions {
  readonly method: 'GET';
  /** Absolute URL; Host / :authority and path come from it. */
  readonly url: string;
  readonly headers: readonly (readonly [string, string])[];
  /** Bytes of the decoded body that are kept; reading goes on for the hash up to the driver's hard limit. */
  readonly bodyCap: number;
  readonly timeoutMs?: number;
  /** Sends the Host header in two TCP segments, cut inside its value; plain HTTP only. */
  readonly splitHost?: boolean;
  /** Byte patterns (addresses of the volunteer) to look for in the whole decoded body. */
  readonly sensitive?: readonly Uint8Array[];
}

export interface HttpResult extends Timed {
  readonly endpoint: Endpoint;
  readonly alpn: string | null;
  readonly response: HttpResponse | null;
}

export interface HttpResponse {
  readonly status: number;
  /** As received, in order, names as the server wrote them. */
  readonly headers: readonly (readonly [string, string])[];
  /** Decoded (gzip, deflate, br), at most `bodyCap` bytes. */
  readonly body: Uint8Array;
  readonly truncated: boolean;
  readonly bodyLength: number;
  /** Hex, over the whole decoded body as far as it was read; null when a sensitive pattern was in it. */
  readonly bodySha256: string | null;
  /** A body that ended early, could not be decoded or hit a limit; the head above is still true. */
  readonly bodyFailure: string | null;
}

export interface Net {
  /** Seconds since this net was made; monotonic. */
  now(): number;
  /** Resolves false when the signal fired first. */
  sleep(ms: number, signal?: AbortSignal): Promise<boolean>;
  /** Wire bytes so far, both directions, as far as user space can count them. */
  bytesUsed(): number;
  getaddrinfo(hostname: string, signal: AbortSignal): Promise<LookupResult>;
  /** The resolvers of the system's configuration, or those given by hand. */
  systemResolvers(): readonly Endpoint[];
  dnsUdp(resolver: Endpoint, question: DnsQuestion, signal: AbortSignal): Promise<DnsExchange>;
  /** RFC 8484 over a measured TLS connection; the resolver's own chain must be trusted under the net's roots. */
  dnsOverHttps(url: string, question: DnsQuestion, signal: AbortSignal): Promise<DnsExchange>;
  tcpConnect(endpoint: Endpoint, signal: AbortSignal, timeoutMs?: number): Promise<TcpResult>;
  tlsHandshake(connection: TcpConnection, options: TlsOptions, signal: AbortSignal): Promise<TlsResult>;
  /** Over h2 when the connection negotiated it, else HTTP/1.1. Consumes the connection. */
  httpRoundTrip(
    connection: TcpConnection | TlsConnection,
    options: HttpRequestOptions,
    signal: AbortSignal,
  ): Promise<HttpResult>;
}
