/** Records of names, connections and handshakes (df-002, 005, 006, 008) without the volunteer in them. Pure. */
import {
  base64,
  binary,
  boolean,
  failure,
  list,
  matching,
  number,
  object,
  oneOf,
  orNull,
  resolver,
  text,
} from './fields.ts';
import type { Field } from './fields.ts';

/** Our own tags and OONI's; anything else is free text that nobody reads. */
const TAG = /^[\w:.=/-]{1,80}$/;

export const RECORD: Readonly<Record<string, Field>> = {
  t0: number,
  t: number,
  tags: list(matching(TAG)),
  transaction_id: number,
};

const dnsAnswer = object({
  answer_type: oneOf('A', 'AAAA', 'CNAME'),
  asn: number,
  as_org_name: text,
  hostname: text,
  ipv4: text,
  ipv6: text,
  ttl: orNull(number),
});

export const dnsQuery = object({
  ...RECORD,
  answers: (value, redactor) => (value === null ? null : list(dnsAnswer)(value, redactor)),
  engine: oneOf('getaddrinfo', 'udp', 'doh'),
  failure,
  getaddrinfo_error: number,
  hostname: text,
  query_type: oneOf('A', 'AAAA', 'ANY'),
  raw_response: base64,
  rcode: number,
  resolver_address: resolver,
  x_extended_error: number,
});

export const tcpConnect = object({
  ...RECORD,
  ip: text,
  port: number,
  status: object({ failure, success: boolean }),
});

export const tlsHandshake = object({
  ...RECORD,
  network: () => 'tcp',
  address: text,
  cipher_suite: orNull(text),
  failure,
  negotiated_protocol: orNull(text),
  no_tls_verify: () => false,
  peer_certificates: (value, redactor) => (value === null ? null : list(binary)(value, redactor)),
  server_name: orNull(text),
  tls_version: orNull(text),
  x_split_client_hello: boolean,
});

export const networkEvent = object({
  ...RECORD,
  address: text,
  failure,
  num_bytes: number,
  operation: matching(/^[a-z_]{1,40}$/, 'unknown'),
  proto: oneOf('tcp', 'udp'),
});
