/**
 * The OONI data format (df-000 … df-008, `data_format_version "0.2.0"`), as read from untrusted files and as
 * written by the probe. Field names and nullability follow the specification, not our taste.
 * Source: https://github.com/ooni/spec/tree/master/data-formats
 */

import type { InterceptionNote } from './interception.ts';

/** Bytes that are not UTF-8 text (df-001 "MaybeBinaryData"). */
export interface BinaryData {
  readonly format: 'base64';
  readonly data: string;
}
export type MaybeBinary = string | BinaryData;

/** Present on every micro-format record. Times are seconds since the measurement started. */
export interface RecordBase {
  readonly t0?: number;
  readonly t?: number;
  readonly tags?: readonly string[] | null;
  /** Never 0: their pipeline joins records by it. */
  readonly transaction_id?: number;
}

/** df-002. */
export interface DnsAnswer {
  readonly answer_type: string;
  readonly asn?: number;
  readonly as_org_name?: string;
  readonly hostname?: string;
  readonly ipv4?: string;
  readonly ipv6?: string;
  readonly ttl?: number | null;
}
export type DnsEngine = 'getaddrinfo' | 'udp' | 'tcp' | 'dot' | 'doh' | 'system' | 'unknown';
export interface DnsQuery extends RecordBase {
  readonly answers: readonly DnsAnswer[] | null;
  readonly engine: DnsEngine | string;
  readonly failure: string | null;
  readonly getaddrinfo_error?: number;
  readonly hostname: string;
  readonly query_type: 'A' | 'AAAA' | 'ANY' | string;
  /** Base64 of the DNS message. */
  readonly raw_response?: string;
  readonly rcode?: number;
  readonly resolver_address?: string;
  /** INFO-CODE of the reply's Extended DNS Error (RFC 8914), when it has one. */
  readonly x_extended_error?: number;
}

/** df-005. */
export interface TcpConnect extends RecordBase {
  readonly ip: string;
  readonly port: number;
  readonly status: { readonly failure: string | null; readonly success: boolean };
}

/** df-006. `peer_certificates` are DER, in wire order, leaf first. */
export interface TlsHandshake extends RecordBase {
  readonly network: 'tcp';
  readonly address: string;
  readonly cipher_suite: string | null;
  readonly failure: string | null;
  readonly negotiated_protocol: string | null;
  readonly no_tls_verify: boolean;
  readonly peer_certificates: readonly BinaryData[] | null;
  readonly server_name: string | null;
  readonly tls_version: string | null;
  /** Facts beside the failure, where the chain could be appraised: see observe/chain. */
  readonly x_split_client_hello?: boolean;
}

/** df-008. */
export interface NetworkEvent extends RecordBase {
  readonly address?: string;
  readonly failure: string | null;
  readonly num_bytes?: number;
  readonly operation: string;
  readonly proto?: string;
}

/** df-001. */
export interface HttpRequest extends RecordBase {
  readonly network?: string;
  readonly address?: string;
  readonly alpn?: string | null;
  readonly failure: string | null;
  readonly request: {
    readonly url: string;
    readonly method: string;
    readonly body: MaybeBinary | null;
    readonly body_is_truncated: boolean;
    readonly headers: Readonly<Record<string, MaybeBinary>>;
    readonly headers_list: readonly (readonly [string, MaybeBinary])[];
    readonly tor: { readonly exit_ip: null; readonly exit_name: null; readonly is_tor: false };
    readonly x_transport: 'tcp';
  };
  readonly response: {
    readonly code: number;
    readonly body: MaybeBinary | null;
    readonly body_is_truncated: boolean;
    readonly headers: Readonly<Record<string, MaybeBinary>>;
    readonly headers_list: readonly (readonly [string, MaybeBinary])[];
    /** Hex SHA-256 of the whole decoded body, also past the cap; null when it held an address of the volunteer. */
    readonly x_body_sha256?: string | null;
    /** Length in bytes of the whole decoded body as far as it was read. */
    readonly x_body_length?: number;
  } | null;
}

/** The control's answer, in the shape of OONI's test helper. Keys `x_*` are ours. */
export interface ControlResponse {
  readonly tcp_connect: Readonly<
    Record<string, { readonly status: boolean; readonly failure: string | null }>
  >;
  readonly tls_handshake?: Readonly<Record<string, ControlTls>>;
  readonly quic_handshake?: Readonly<Record<string, unknown>>;
  readonly http_request: {
    readonly body_length: number;
    readonly discovered_h3_endpoint?: string;
    readonly failure: string | null;
    readonly title: string;
    readonly headers: Readonly<Record<string, string>>;
    /** −1 when there was no response. */
    readonly status_code: number;
    /** Hex SHA-256 of the decoded body. */
    readonly x_body_sha256?: string | null;
  };
  readonly http3_request?: unknown;
  readonly dns: { readonly failure: string | null; readonly addrs: readonly string[] };
  /** `asn` 0 and no `x_cc`: the control has no address database, or nothing in it. */
  readonly ip_info?: Readonly<Record<string, IpInfo>> | null;
  /** What was asked and when (UTC, ISO 8601), so that a signed reply can't be reused for another name or day. */
  readonly x_request?: { readonly http_request: string; readonly tcp_connect: readonly string[] };
  readonly x_time?: string;
  /** Where a redirect led the control, in order, the requested URL first. */
  readonly x_http_chain?: readonly string[];
  /** Seconds from the last request of that chain to the end of its body. */
  readonly x_http_seconds?: number;
  /** What the zone above the name said when it was asked without a cache. */
  readonly x_parent?: ControlParent;
  /** By address: other names of the test lists that showed the control a trusted chain there within two hours. */
  readonly x_siblings?: Readonly<Record<string, readonly string[]>>;
  /** Addresses that the control's diary has for this name in the last 14 days, the present ones left out. */
  readonly x_earlier_addrs?: readonly string[];
}
/** `denied`: the parent's own servers say that the name does not exist, whatever a cache says. */
export interface ControlParent {
  /** The zone whose servers gave the word, without a final dot; empty when none could be asked. */
  readonly zone: string;
  readonly status: 'delegated' | 'denied' | 'unknown';
  readonly failure: string | null;
}
export interface IpInfo {
  readonly asn: number;
  readonly flags: number;
  /** ISO 3166-1 alpha-2. */
  readonly x_cc?: string;
}
export interface ControlTls {
  readonly server_name: string;
  readonly status: boolean;
  readonly failure: string | null;
  /** DER, wire order, also when untrusted. */
  readonly x_peer_certificates?: readonly BinaryData[];
}

/** The exact bytes that a control or reflector signed: DSSE over `payload` (UTF-8) with `payloadType`. */
export interface SignedControlReply {
  readonly payloadType: string;
  readonly payload: string;
  readonly keyid: string;
  readonly sig: string;
}

/** One matched pair made by the probe; what `steps` are is told by the kind (decision record 008). */
export interface CounterfactualRecord {
  /** Records of the pair carry the tag `x:cf:<id>`. */
  readonly id: string;
  readonly kind: CounterfactualKind;
  /** Transaction id of the record that raised the suspicion; null for a pair made for every run. */
  readonly suspicion: number | null;
  readonly where: 'reflector' | 'same_address';
  /** Name of the reflector, if one was used. */
  readonly reflector?: string;
  readonly innocuous: string;
  readonly suspect: string;
  /** `tcp.siblings_at_address`: the names of the steps, in order. */
  readonly siblings?: readonly string[];
  /** Transaction ids. */
  readonly steps: readonly number[];
  readonly residual?: ResidualNote;
  /** `tcp.after_pause`: for how long this run had sent nothing to the address before the second step, whole seconds. */
  readonly quiet_s?: number;
  /** Seconds between the suspicious operation and the first step. */
  readonly distance_s: number;
  /** What the probe saw at once; the judge decides again from the records. */
  readonly outcome: 'differs' | 'same' | 'inconclusive';
}
/** Kinds of pairs; decision record 008 says what each compares. */
export const COUNTERFACTUAL_KINDS = [
  'dns.name_at_resolver',
  'dns.uncached_at_resolver',
  'dns.reflector_at_address',
  'tcp.siblings_at_address',
  'tcp.family_at_reflector',
  'tcp.between_reflector',
  'tcp.after_pause',
  'tls.sni_at_reflector',
  'tls.sni_at_address',
  'tls.split_client_hello',
  'tls.chain_at_reflector',
  'tls.chain_at_address',
  'tls.chain_at_self_signed',
  'tls.chain_again',
  'tls.chain_without_name',
  'tls.chain_other_protocol',
  'tls.chain_other_port',
  'tls.chain_at_sibling',
  'tls.chain_other_family',
  'http.host_at_reflector',
  'http.path_at_reflector',
  'http.split_host',
  'http.over_tls',
  'http.canary',
  'throughput.sni_at_reflector',
  'throughput.site_at_address',
] as const;
export type CounterfactualKind = (typeof COUNTERFACTUAL_KINDS)[number];

/** The innocuous name died too, after the suspicious one was said: the path goes on punishing for a while. */
export interface ResidualNote {
  /** `endpoint`: another port or address of the reflector was free; `client`: none was. */
  readonly scope: 'endpoint' | 'client';
  /** From the first innocuous death to the first innocuous success at the same place; null: it was not over in time. */
  readonly seconds: number | null;
  /** Transaction ids of the innocuous operations that died meanwhile; they are not among `steps`. */
  readonly steps: readonly number[];
}

export interface WebConnectivityTestKeys {
  readonly agent: 'redirect';
  readonly client_resolver: string | null;
  readonly retries: null;
  readonly socksproxy: null;
  readonly network_events: readonly NetworkEvent[];
  readonly queries: readonly DnsQuery[];
  /** Newest first. */
  readonly requests: readonly HttpRequest[];
  readonly tcp_connect: readonly TcpConnect[];
  readonly tls_handshakes: readonly TlsHandshake[];
  readonly control: ControlResponse | Record<string, never>;
  readonly control_failure: string | null;
  readonly x_control_request?: unknown;
  readonly x_control_signed?: SignedControlReply | null;
  /** Further datagrams that answered the same query within the listening window. */
  readonly x_dns_duplicate_responses: readonly DnsQuery[];
  readonly x_counterfactuals: readonly CounterfactualRecord[];
  /** Reflectors used, with the leaf keys (hex SPKI SHA-256) that their signed descriptor promised. */
  readonly x_reflectors: readonly ReflectorNote[];
  /** No opinion is stored in a measurement: these stay null and the judge decides. */
  readonly dns_experiment_failure: string | null;
  readonly dns_consistency: null;
  readonly http_experiment_failure: string | null;
  readonly body_proportion: null;
  readonly body_length_match: null;
  readonly headers_match: null;
  readonly status_code_match: null;
  readonly title_match: null;
  readonly blocking: null;
  readonly accessible: null;
}
export interface ReflectorNote {
  readonly name: string;
  readonly addresses: readonly string[];
  readonly spki_sha256: readonly string[];
}

/** df-000. One document; its bytes are final once the probe has sealed them. */
export interface Measurement {
  readonly annotations: Readonly<Record<string, string>>;
  readonly data_format_version: '0.2.0';
  readonly extensions: Readonly<Record<string, number>>;
  readonly input: string | null;
  readonly measurement_start_time: string;
  readonly options: readonly string[];
  readonly probe_asn: string;
  readonly probe_cc: string;
  readonly probe_ip: '127.0.0.1';
  readonly probe_network_name: string;
  readonly report_id: string;
  readonly resolver_asn: string;
  readonly resolver_ip: string;
  readonly resolver_network_name: string;
  readonly software_name: string;
  readonly software_version: string;
  readonly test_keys: WebConnectivityTestKeys;
  readonly test_name: string;
  /** Seconds. */
  readonly test_runtime: number;
  readonly test_start_time: string;
  readonly test_version: string;
  readonly test_helpers?: Readonly<Record<string, unknown>>;
  /** Base64 Ed25519 public key of this network and epoch; the envelope's one signature verifies under it. */
  readonly x_key: string;
  /** A reflector's signed word on the network that the probe came from; the same bytes for everybody there in that hour. */
  readonly x_network_signed?: SignedControlReply;
  /** Present when a chain of an authority outside the roots was met that the control did not get. */
  readonly x_interception?: InterceptionNote;
}
