/** Readers of the micro-format records in documents that we did not write. Each gives null for what it can't use. */
import type {
  BinaryData,
  DnsAnswer,
  DnsQuery,
  HttpRequest,
  MaybeBinary,
  RecordBase,
  TcpConnect,
  TlsHandshake,
} from '../model/index.ts';
import {
  asArray,
  asMaybeBinary,
  asNumber,
  asObject,
  asString,
  asStrings,
  mapDefined,
  type Json,
} from './read.ts';

function readBase(o: Json): RecordBase {
  const t0 = asNumber(o['t0']);
  const t = asNumber(o['t']);
  const id = asNumber(o['transaction_id']);
  return {
    ...(t0 === null ? {} : { t0 }),
    ...(t === null ? {} : { t }),
    ...(id === null ? {} : { transaction_id: id }),
    tags: asStrings(o['tags']),
  };
}

function readAnswer(o: Json): DnsAnswer {
  const ipv4 = asString(o['ipv4']);
  const ipv6 = asString(o['ipv6']);
  const hostname = asString(o['hostname']);
  return {
    answer_type: asString(o['answer_type']) ?? '',
    ...(ipv4 === null ? {} : { ipv4 }),
    ...(ipv6 === null ? {} : { ipv6 }),
    ...(hostname === null ? {} : { hostname }),
    ttl: asNumber(o['ttl']),
  };
}

export function readDnsQuery(o: Json): DnsQuery | null {
  const hostname = asString(o['hostname']);
  if (hostname === null) return null;
  const resolver = asString(o['resolver_address']);
  const extendedError = asNumber(o['x_extended_error']);
  return {
    ...readBase(o),
    answers: mapDefined(o['answers'], readAnswer),
    // Documents from before the key existed come from the system's resolver.
    engine: asString(o['engine']) ?? 'system',
    failure: asString(o['failure']),
    hostname,
    query_type: asString(o['query_type']) ?? 'A',
    ...(resolver === null ? {} : { resolver_address: resolver }),
    ...(extendedError === null ? {} : { x_extended_error: extendedError }),
  };
}

export function readTcpConnect(o: Json): TcpConnect | null {
  const ip = asString(o['ip']);
  const port = asNumber(o['port']);
  const status = asObject(o['status']);
  if (ip === null || port === null || status === null) return null;
  const failure = asString(status['failure']);
  return { ...readBase(o), ip, port, status: { failure, success: status['success'] === true } };
}

function readCertificate(value: Json): BinaryData | null {
  const data = asString(value['data']);
  return data === null ? null : { format: 'base64', data };
}

export function readTlsHandshake(o: Json): TlsHandshake | null {
  const address = asString(o['address']);
  if (address === null) return null;
  return {
    ...readBase(o),
    network: 'tcp',
    address,
    cipher_suite: asString(o['cipher_suite']),
    failure: asString(o['failure']),
    negotiated_protocol: asString(o['negotiated_protocol']),
    no_tls_verify: o['no_tls_verify'] === true,
    peer_certificates: mapDefined(o['peer_certificates'], readCertificate),
    server_name: asString(o['server_name']),
    tls_version: asString(o['tls_version']),
    x_split_client_hello: o['x_split_client_hello'] === true,
  };
}

/** A list of pairs where there is one, else the flat map; values that are neither text nor base64 are left out. */
function readHeaders(list: unknown, map: unknown): readonly (readonly [string, MaybeBinary])[] {
  const pairs = asArray(list).flatMap((pair) => {
    const [name, value] = asArray(pair);
    const read = asMaybeBinary(value);
    return typeof name === 'string' && read !== null ? [[name, read] as const] : [];
  });
  if (pairs.length > 0) return pairs;
  return Object.entries(asObject(map) ?? {}).flatMap(([name, value]) => {
    const read = asMaybeBinary(value);
    return read === null ? [] : [[name, read] as const];
  });
}

export function readHttpRequest(o: Json): HttpRequest | null {
  const request = asObject(o['request']);
  const url = asString(request?.['url']);
  if (request === null || url === null) return null;
  const response = asObject(o['response']);
  const code = asNumber(response?.['code']);
  const address = asString(o['address']);
  const headers = response === null ? [] : readHeaders(response['headers_list'], response['headers']);
  const bodyLength = asNumber(response?.['x_body_length']);
  return {
    ...readBase(o),
    ...(address === null ? {} : { address }),
    failure: asString(o['failure']),
    request: {
      url,
      method: asString(request['method']) ?? 'GET',
      body: null,
      body_is_truncated: false,
      headers: {},
      headers_list: [],
      tor: { exit_ip: null, exit_name: null, is_tor: false },
      x_transport: 'tcp',
    },
    response:
      response === null || code === null || code === 0
        ? null
        : {
            code,
            body: asMaybeBinary(response['body']),
            body_is_truncated: response['body_is_truncated'] === true,
            headers: {},
            headers_list: headers,
            x_body_sha256: asString(response['x_body_sha256']),
            ...(bodyLength === null ? {} : { x_body_length: bodyLength }),
          },
  };
}
