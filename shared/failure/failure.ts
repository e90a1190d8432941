/**
 * The closed list of failure strings (OONI df-007) and of operations. An error that is not on the list becomes
 * `unknown_failure: …` with addresses removed; nothing else may appear in a measurement.
 * Source: https://github.com/ooni/spec/blob/master/data-formats/df-007-errors.md
 */
export const FAILURES = [
  'android_dns_cache_no_data',
  'dns_bogon_error',
  'dns_nxdomain_error',
  'dns_no_answer',
  'dns_non_recoverable_failure',
  'dns_refused_error',
  'dns_reply_with_wrong_query_id',
  'dns_server_misbehaving',
  'dns_servfail_error',
  'dns_temporary_failure',
  'ssl_failed_handshake',
  'ssl_invalid_certificate',
  'ssl_invalid_hostname',
  'ssl_unknown_authority',
  'quic_incompatible_version',
  'address_family_not_supported',
  'address_in_use',
  'address_not_available',
  'bad_file_descriptor',
  'bad_address',
  'connection_aborted',
  'connection_already_closed',
  'connection_already_in_progress',
  'connection_refused',
  'connection_reset',
  'destination_address_required',
  'eof_error',
  'generic_timeout_error',
  'host_unreachable',
  'http_invalid_redirect_location_host',
  'http_unexpected_redirect_url',
  'http_unexpected_status_code',
  'interrupted',
  'invalid_argument',
  'json_parse_error',
  'message_size',
  'network_down',
  'network_reset',
  'network_unreachable',
  'no_buffer_space',
  'no_protocol_option',
  'not_a_socket',
  'not_connected',
  'operation_would_block',
  'permission_denied',
  'protocol_not_supported',
  'timed_out',
  'wrong_protocol_type',
] as const;
export type Failure = (typeof FAILURES)[number];

/** What a network event may be about. Source: df-008. */
export const OPERATIONS = [
  'connect',
  'read',
  'write',
  'read_from',
  'write_to',
  'tls_handshake_start',
  'tls_handshake_done',
  'quic_handshake_start',
  'quic_handshake_done',
  'http_transaction_start',
  'http_transaction_done',
] as const;
export type Operation = (typeof OPERATIONS)[number];

export const UNKNOWN_FAILURE_PREFIX = 'unknown_failure: ';
/** Characters of a foreign error text that may enter a measurement. */
const MAX_UNKNOWN_FAILURE_CHARS = 200;

const KNOWN: ReadonlySet<string> = new Set(FAILURES);

export function isFailure(text: string): boolean {
  return KNOWN.has(text) || text.startsWith(UNKNOWN_FAILURE_PREFIX);
}

/** A handshake that came as far as the other end's chain, and ended only in what the chain says. */
const CHAIN_FAILURES: ReadonlySet<string> = new Set<Failure>([
  'ssl_invalid_certificate',
  'ssl_invalid_hostname',
  'ssl_unknown_authority',
]);

/** No root of the snapshot vouches for the chain that was shown: somebody else may be at the other end. */
export const isChainFailure = (failure: string): boolean => CHAIN_FAILURES.has(failure);

/** Error codes of Node, libuv, libc's resolver, OpenSSL and undici. */
const BY_CODE: Readonly<Record<string, Failure>> = {
  EAFNOSUPPORT: 'address_family_not_supported',
  EADDRINUSE: 'address_in_use',
  EADDRNOTAVAIL: 'address_not_available',
  EBADF: 'bad_file_descriptor',
  EFAULT: 'bad_address',
  ECONNABORTED: 'connection_aborted',
  EALREADY: 'connection_already_in_progress',
  ECONNREFUSED: 'connection_refused',
  ECONNRESET: 'connection_reset',
  EPIPE: 'connection_reset',
  EDESTADDRREQ: 'destination_address_required',
  EHOSTUNREACH: 'host_unreachable',
  EHOSTDOWN: 'host_unreachable',
  EINTR: 'interrupted',
  EINVAL: 'invalid_argument',
  EMSGSIZE: 'message_size',
  ENETDOWN: 'network_down',
  ENETRESET: 'network_reset',
  ENETUNREACH: 'network_unreachable',
  ENOBUFS: 'no_buffer_space',
  ENOPROTOOPT: 'no_protocol_option',
  ENOTSOCK: 'not_a_socket',
  ENOTCONN: 'not_connected',
  EAGAIN: 'operation_would_block',
  EACCES: 'permission_denied',
  EPERM: 'permission_denied',
  EPROTONOSUPPORT: 'protocol_not_supported',
  EPROTOTYPE: 'wrong_protocol_type',
  ETIMEDOUT: 'generic_timeout_error',
  ETIMEOUT: 'generic_timeout_error',
  ENOTFOUND: 'dns_nxdomain_error',
  ENODATA: 'dns_no_answer',
  EAI_NODATA: 'dns_no_answer',
  EAI_NONAME: 'dns_nxdomain_error',
  EAI_AGAIN: 'dns_temporary_failure',
  EAI_FAIL: 'dns_non_recoverable_failure',
  ESERVFAIL: 'dns_servfail_error',
  EREFUSED: 'dns_refused_error',
  ABORT_ERR: 'interrupted',
  UND_ERR_SOCKET: 'eof_error',
  UND_ERR_CONNECT_TIMEOUT: 'generic_timeout_error',
  UND_ERR_HEADERS_TIMEOUT: 'generic_timeout_error',
  UND_ERR_BODY_TIMEOUT: 'generic_timeout_error',
  UND_ERR_ABORTED: 'interrupted',
};

const ADDRESS_LIKE =
  /\[?(?:[0-9a-f]{0,4}:){2,7}[0-9a-f.]*(?:%\w+)?\]?(?::\d+)?|\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b/gi;

/** Removes everything that looks like an address; used on texts that we did not write. */
export function scrubAddresses(text: string): string {
  return text.replace(ADDRESS_LIKE, '[scrubbed]');
}

/** Any error → a string of the vocabulary. */
export function failureFromErrorCode(code: string | undefined, message: string): string {
  const known = code === undefined ? undefined : BY_CODE[code];
  if (known !== undefined) return known;
  if (code !== undefined && (code.startsWith('ERR_SSL_') || code === 'EPROTO')) return 'ssl_failed_handshake';
  return UNKNOWN_FAILURE_PREFIX + scrubAddresses(message).slice(0, MAX_UNKNOWN_FAILURE_CHARS);
}
