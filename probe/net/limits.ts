/** Every limit of the drivers, with its unit. Waits follow OONI's so that results of both can be compared. */

/**
 * Longer than libc takes with one nameserver: 5 s for both questions, then 5 s for each by itself. At 15.02 s it gives
 * the addresses of one family when the other's question is ignored, and a wait of 15 s would call that silence.
 */
export const LOOKUP_TIMEOUT_MS = 18_000;
/** From the first datagram sent to giving up; one retransmission at half of it. */
export const DNS_TIMEOUT_MS = 5_000;
/** How long a query's socket stays open after the first good reply: an injected answer arrives before the true one. */
export const LATE_REPLY_WINDOW_MS = 500;
export const TCP_TIMEOUT_MS = 10_000;
export const TLS_TIMEOUT_MS = 10_000;
/** From the request to the end of the response's head. */
export const HTTP_HEAD_TIMEOUT_MS = 10_000;
/** Nothing of a body for so long: it has stopped, however much came before. */
export const HTTP_IDLE_TIMEOUT_MS = 10_000;
/** From the request to the end of the body: a server that drips bytes can't hold a slot for longer. */
export const HTTP_TOTAL_TIMEOUT_MS = 20_000;
/** Pause between the two segments of a split ClientHello, so that no stack joins them again. */
export const SPLIT_PAUSE_MS = 30;

/** Datagrams kept for one query; a flood of forged ones can't fill the memory. */
export const MAX_DNS_REPLIES = 64;
/** Decoded bytes read of one body, for hash and length; a decompression bomb ends here. */
export const MAX_BODY_READ_BYTES = 8 * 1024 * 1024;
/** Bytes of one body on the wire, so that encoded data that decodes to nothing ends too. */
export const MAX_BODY_WIRE_BYTES = 8 * 1024 * 1024;
/** Layers of Content-Encoding that are undone. */
export const MAX_CONTENT_ENCODINGS = 2;
/** Bytes of one response head. */
export const MAX_HEADER_BYTES = 64 * 1024;
/** Raw bytes of an unfinished handshake that are kept to read a certificate message from. */
export const MAX_HANDSHAKE_BYTES = 128 * 1024;
/** Characters of a foreign error text kept as detail. */
export const MAX_DETAIL_CHARS = 200;
/** UDP payload that queries offer to take (RFC 6891); the size that DNS flag day 2020 settled on. */
export const EDNS_UDP_BYTES = 1232;
/** Bytes of a DNS message over HTTPS or TCP (its own length field allows no more). */
export const MAX_DNS_MESSAGE_BYTES = 65_535;
/** Addresses of a DoH server's name that are tried. */
export const MAX_DOH_ADDRESSES = 3;

/** Milliseconds; every one can be shortened for tests and slow labs. */
export interface Timeouts {
  readonly lookup: number;
  readonly dns: number;
  readonly lateReply: number;
  readonly tcp: number;
  readonly tls: number;
  readonly httpHead: number;
  readonly httpIdle: number;
  readonly httpTotal: number;
}

export const DEFAULT_TIMEOUTS: Timeouts = {
  lookup: LOOKUP_TIMEOUT_MS,
  dns: DNS_TIMEOUT_MS,
  lateReply: LATE_REPLY_WINDOW_MS,
  tcp: TCP_TIMEOUT_MS,
  tls: TLS_TIMEOUT_MS,
  httpHead: HTTP_HEAD_TIMEOUT_MS,
  httpIdle: HTTP_IDLE_TIMEOUT_MS,
  httpTotal: HTTP_TOTAL_TIMEOUT_MS,
};
