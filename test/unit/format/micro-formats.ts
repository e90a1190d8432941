/** df-001, 002, 005, 006, 007 and 008: the records of a measurement, one by one. */
import { isFailure } from '../../../shared/failure/failure.ts';
import { is, isObject, list, number, object, required, text, type Json, type Problems } from './read.ts';

const DER_SEQUENCE = 0x30;
const DNS_ENGINES = ['getaddrinfo', 'udp', 'tcp', 'dot', 'doh', 'system', 'unknown'];
const NETWORK_OPERATIONS = [
  'connect',
  'read',
  'write',
  'tls_handshake_start',
  'tls_handshake_done',
  'http_transaction_start',
  'http_transaction_done',
];

export function failure(where: string, value: unknown): Problems {
  return value === null || isFailure(text(value))
    ? []
    : [`${where}: not in the vocabulary: ${String(value)}`];
}

/** What every record carries. */
function base(where: string, record: Json): Problems {
  const { t0, t, transaction_id: transaction } = record;
  return [
    ...required(where, record, { t0: is.number, t: is.number, tags: is.texts, transaction_id: is.integer }),
    ...(number(t0) >= 0 && number(t) >= number(t0) ? [] : [`${where}: from ${String(t0)} to ${String(t)}`]),
    ...(number(transaction) > 0 ? [] : [`${where}: transaction ${String(transaction)}`]),
  ];
}

/** A flat map of names to values, never of names to lists. */
function headers(where: string, value: unknown): Problems {
  if (!isObject(value)) return [`${where}: no map`];
  const odd = Object.entries(value).filter(([, v]) => v === null || !is.maybeBinary(v));
  return odd.map(([name]) => `${where}.${name}: not flat`);
}

function message(where: string, value: Json, keys: Parameters<typeof required>[2]): Problems {
  const pairs = value['headers_list'];
  const isPair = (v: unknown): boolean =>
    Array.isArray(v) && v.length === 2 && is.text(v[0]) && is.maybeBinary(v[1]);
  return [
    ...required(where, value, {
      body: is.maybeBinary,
      body_is_truncated: is.boolean,
      headers: is.object,
      headers_list: (v) => Array.isArray(v) && v.every(isPair),
      ...keys,
    }),
    ...headers(`${where}.headers`, value['headers']),
    ...(Array.isArray(pairs) && pairs.length < Object.keys(object(value['headers'])).length
      ? [`${where}: headers that are not on the list`]
      : []),
  ];
}

function request(where: string, record: Json): Problems {
  const { request: sent, response } = record;
  return [
    ...required(where, record, {
      address: is.endpoint,
      network: is.filled,
      alpn: is.textOrNull,
      failure: is.textOrNull,
    }),
    ...failure(`${where}.failure`, record['failure']),
    ...message(`${where}.request`, object(sent), {
      url: is.filled,
      method: is.filled,
      x_transport: is.filled,
      tor: (v) => isObject(v) && v['is_tor'] === false && v['exit_ip'] === null && v['exit_name'] === null,
    }),
    ...(response === null ? [] : message(`${where}.response`, object(response), { code: is.integer })),
  ];
}

function query(where: string, record: Json): Problems {
  const answers = list(record['answers']).flatMap((answer, i) => {
    const key = { A: 'ipv4', AAAA: 'ipv6', CNAME: 'hostname' }[text(answer['answer_type'])];
    return key !== undefined && is.filled(answer[key]) ? [] : [`${where}.answers[${i}]: nothing answered`];
  });
  return [
    ...required(where, record, {
      answers: is.listOrNull,
      engine: (v) => DNS_ENGINES.includes(text(v)),
      failure: is.textOrNull,
      hostname: is.filled,
      query_type: (v) => ['A', 'AAAA', 'ANY'].includes(text(v)),
      resolver_address: is.text,
    }),
    ...failure(`${where}.failure`, record['failure']),
    ...answers,
  ];
}

function connect(where: string, record: Json): Problems {
  const status = object(record['status']);
  return [
    ...required(where, record, { ip: is.address, port: is.integer, status: is.object }),
    ...required(`${where}.status`, status, { failure: is.textOrNull, success: is.boolean }),
    ...failure(`${where}.status.failure`, status['failure']),
    ...(status['success'] === (status['failure'] === null) ? [] : [`${where}.status: contradicts itself`]),
  ];
}

export function certificates(where: string, value: unknown): Problems {
  return list(value).flatMap((item, i) => {
    const der = Buffer.from(text(item['data']), 'base64');
    const good = item['format'] === 'base64' && Object.keys(item).length === 2 && der[0] === DER_SEQUENCE;
    return good ? [] : [`${where}[${i}]: not {format, data} of a DER certificate`];
  });
}

function handshake(where: string, record: Json): Problems {
  return [
    ...required(where, record, {
      network: (v) => v === 'tcp',
      address: is.endpoint,
      cipher_suite: is.text,
      failure: is.textOrNull,
      negotiated_protocol: is.text,
      no_tls_verify: is.false,
      peer_certificates: is.listOrNull,
      server_name: is.text,
      tls_version: is.text,
    }),
    ...failure(`${where}.failure`, record['failure']),
    ...certificates(`${where}.peer_certificates`, record['peer_certificates']),
  ];
}

function networkEvent(where: string, record: Json): Problems {
  const operation = text(record['operation']);
  return [
    ...required(where, record, { address: is.endpoint, failure: is.textOrNull, proto: is.filled }),
    ...failure(`${where}.failure`, record['failure']),
    ...(NETWORK_OPERATIONS.includes(operation) ? [] : [`${where}: unknown operation ${operation}`]),
    ...(operation === 'read' || operation === 'write'
      ? required(where, record, { num_bytes: is.integer })
      : []),
  ];
}

const LISTS = {
  requests: request,
  queries: query,
  x_dns_duplicate_responses: query,
  tcp_connect: connect,
  tls_handshakes: handshake,
  network_events: networkEvent,
} as const;

export function records(keys: Json): Problems {
  return Object.entries(LISTS).flatMap(([name, check]) => [
    ...required('test_keys', keys, { [name]: is.list }),
    ...list(keys[name]).flatMap((record, i) => {
      const where = `${name}[${i}]`;
      return [...base(where, record), ...check(where, record)];
    }),
  ]);
}
