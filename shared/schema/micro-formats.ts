/** OONI's micro-formats (df-001, 002, 005, 006, 008) as this probe writes them. Types: shared/model/ooni.ts. */
import { Type } from 'typebox';
import { OPERATIONS } from '../failure/failure.ts';
import { binary, exact, failure, list, long, maybeBinary, optional, orNull, record, text } from './fields.ts';

const dnsAnswer = exact({
  answer_type: Type.Union([Type.Literal('A'), Type.Literal('AAAA'), Type.Literal('CNAME')]),
  asn: optional(Type.Integer()),
  as_org_name: optional(text),
  hostname: optional(text),
  ipv4: optional(text),
  ipv6: optional(text),
  ttl: optional(orNull(Type.Integer())),
});

export const dnsQuery = exact({
  ...record,
  answers: orNull(list(dnsAnswer)),
  engine: Type.Union([Type.Literal('getaddrinfo'), Type.Literal('udp'), Type.Literal('doh')]),
  failure,
  getaddrinfo_error: optional(Type.Integer()),
  hostname: text,
  query_type: Type.Union([Type.Literal('A'), Type.Literal('AAAA'), Type.Literal('ANY')]),
  raw_response: optional(long),
  rcode: optional(Type.Integer()),
  resolver_address: optional(text),
  x_extended_error: optional(Type.Integer({ minimum: 0, maximum: 65535 })),
});

export const tcpConnect = exact({
  ...record,
  ip: text,
  port: Type.Integer({ minimum: 1, maximum: 65535 }),
  status: exact({ failure, success: Type.Boolean() }),
});

export const tlsHandshake = exact({
  ...record,
  network: Type.Literal('tcp'),
  address: text,
  cipher_suite: orNull(text),
  failure,
  negotiated_protocol: orNull(text),
  no_tls_verify: Type.Literal(false),
  peer_certificates: orNull(list(binary)),
  server_name: orNull(text),
  tls_version: orNull(text),
  x_split_client_hello: optional(Type.Boolean()),
});

export const networkEvent = exact({
  ...record,
  address: optional(text),
  failure,
  num_bytes: optional(Type.Integer()),
  operation: Type.Union(OPERATIONS.map((operation) => Type.Literal(operation))),
  proto: optional(text),
});

const headerPairs = list(Type.Tuple([text, maybeBinary]));
const headerMap = Type.Record(Type.String(), maybeBinary);

export const httpRequest = exact({
  ...record,
  network: optional(text),
  address: optional(text),
  alpn: optional(orNull(text)),
  failure,
  request: exact({
    url: text,
    method: Type.Literal('GET'),
    body: orNull(maybeBinary),
    body_is_truncated: Type.Boolean(),
    headers: headerMap,
    headers_list: headerPairs,
    tor: exact({ exit_ip: Type.Null(), exit_name: Type.Null(), is_tor: Type.Literal(false) }),
    x_transport: Type.Literal('tcp'),
  }),
  response: orNull(
    exact({
      code: Type.Integer({ minimum: 0, maximum: 999 }),
      body: orNull(maybeBinary),
      body_is_truncated: Type.Boolean(),
      headers: headerMap,
      headers_list: headerPairs,
      x_body_sha256: optional(orNull(Type.String({ pattern: '^[0-9a-f]{64}$' }))),
      x_body_length: optional(Type.Integer({ minimum: 0 })),
    }),
  ),
});
