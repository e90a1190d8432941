/**
 * What a reader of OONI's data format, and their pipeline's parser above all, needs of a measurement. Written from the
 * specification (https://github.com/ooni/spec/tree/master/data-formats), apart from this project's schemas.
 */
import { certificates, failure, records } from './micro-formats.ts';
import {
  is,
  isObject,
  list,
  number,
  object,
  onlyKnown,
  required,
  text,
  type Json,
  type Problems,
} from './read.ts';

const EXTENSIONS = { dnst: 0, httpt: 0, netevents: 0, tcpconnect: 0, tlshandshake: 0 };
const MAX_EVENTS_PER_TRACE = 64;
/** Start times carry ten minutes and no more. */
const ROUNDED_UTC = /^\d{4}-\d{2}-\d{2} \d{2}:\d0:00$/;
const ASN = /^AS\d{1,10}$/;

const BASE = {
  annotations: (v: unknown) => isObject(v) && Object.values(v).every((value) => typeof value === 'string'),
  data_format_version: (v: unknown) => v === '0.2.0',
  extensions: (v: unknown) =>
    Object.entries(EXTENSIONS).every(([name, version]) => object(v)[name] === version),
  input: is.textOrNull,
  measurement_start_time: (v: unknown) => ROUNDED_UTC.test(text(v)),
  options: is.texts,
  probe_asn: (v: unknown) => ASN.test(text(v)),
  probe_cc: (v: unknown) => /^[A-Z]{2}$/.test(text(v)),
  probe_ip: (v: unknown) => v === '127.0.0.1',
  probe_network_name: is.text,
  report_id: (v: unknown) => /^\d{8}T\d{6}Z_[a-z]+_[A-Z]{2}_\d+_n1_[A-Za-z0-9]{16}$/.test(text(v)),
  resolver_asn: (v: unknown) => ASN.test(text(v)),
  resolver_ip: is.text,
  resolver_network_name: is.text,
  software_name: is.filled,
  software_version: is.filled,
  test_keys: is.object,
  test_name: (v: unknown) => v === 'web_connectivity',
  test_runtime: (v: unknown) => typeof v === 'number' && v > 0,
  test_start_time: (v: unknown) => ROUNDED_UTC.test(text(v)),
  test_version: is.filled,
} as const;
const OPTIONAL_BASE = ['id', 'measurement_uid', 'test_helpers'];

/** Opinions: the pipeline makes its own, and so do we, elsewhere. */
const OPINIONS = {
  accessible: is.null,
  blocking: is.null,
  body_length_match: is.null,
  body_proportion: is.null,
  dns_consistency: is.null,
  headers_match: is.null,
  status_code_match: is.null,
  title_match: is.null,
} as const;
const TEST_KEYS = {
  ...OPINIONS,
  agent: is.filled,
  client_resolver: is.textOrNull,
  control: is.object,
  control_failure: is.textOrNull,
  dns_experiment_failure: is.textOrNull,
  http_experiment_failure: is.textOrNull,
  retries: is.null,
  socksproxy: is.null,
} as const;
const RECORD_LISTS = ['network_events', 'queries', 'requests', 'tcp_connect', 'tls_handshakes'];

const isName = (host: string): boolean => !is.address(host.replace(/^\[|\]$/g, ''));
const isOwn = (record: Json): boolean => !String(record['tags']).includes('x:cf:');

/** DNS is judged from the system's own resolution only: every name that was used has to be among it. */
function resolutions(input: string, keys: Json): Problems {
  const used = [
    input,
    ...list(keys['requests'])
      .filter(isOwn)
      .map((r) => text(object(r['request'])['url'])),
  ].map((url) => new URL(url).hostname);
  const system = list(keys['queries']).filter((q) => ['getaddrinfo', 'system'].includes(text(q['engine'])));
  const known = new Set(system.map((q) => q['hostname']));
  return [...new Set(used)]
    .filter((host) => isName(host) && !known.has(host))
    .map((host) => `queries: nothing from getaddrinfo for ${host}`);
}

/** Their parser joins each handshake with the events of its transaction and takes the first for its beginning. */
function traces(keys: Json): Problems {
  const events = list(keys['network_events']);
  const perTrace = new Map<unknown, number>();
  for (const { transaction_id: id } of events) perTrace.set(id, (perTrace.get(id) ?? 0) + 1);
  return [
    ...[...perTrace]
      .filter(([, count]) => count > MAX_EVENTS_PER_TRACE)
      .map(([id, count]) => `network_events: ${count} in transaction ${String(id)}`),
    ...list(keys['tls_handshakes']).flatMap(({ transaction_id: id, address, t0 }, i) => {
      const mine = events.filter((e) => e['transaction_id'] === id && e['address'] === address);
      const early = mine.some((e) => number(e['t0']) < number(t0));
      return early ? [] : [`tls_handshakes[${i}]: no network event of its own before it`];
    }),
  ];
}

function newestFirst(keys: Json): Problems {
  const ends = list(keys['requests']).map((r) => number(r['t']));
  return ends.flatMap((t, i) =>
    i > 0 && t > ends[i - 1]! ? [`requests[${i}]: newer than the one before`] : [],
  );
}

function control(keys: Json): Problems {
  const reply = object(keys['control']);
  if (Object.keys(reply).length === 0)
    return is.filled(keys['control_failure'])
      ? failure('control_failure', keys['control_failure'])
      : ['no control and no failure'];
  const [tcp, tls, http] = ['tcp_connect', 'tls_handshake', 'http_request'].map((k) => object(reply[k]));
  const dns = object(reply['dns']);
  const result = { status: is.boolean, failure: is.textOrNull };
  return [
    ...(keys['control_failure'] === null ? [] : ['a control and a failure']),
    ...required('control', reply, {
      tcp_connect: is.object,
      tls_handshake: is.object,
      quic_handshake: is.object,
      http_request: is.object,
      http3_request: () => true,
      dns: is.object,
      ip_info: is.object,
    }),
    ...Object.entries(tcp!).flatMap(([endpoint, value]) => [
      ...(is.endpoint(endpoint) ? [] : [`control.tcp_connect: ${endpoint}`]),
      ...required(`control.tcp_connect.${endpoint}`, object(value), result),
      ...failure(`control.tcp_connect.${endpoint}.failure`, object(value)['failure']),
    ]),
    ...Object.entries(tls!).flatMap(([endpoint, value]) => [
      ...(Object.hasOwn(tcp!, endpoint) ? [] : [`control.tls_handshake.${endpoint}: not in tcp_connect`]),
      ...required(`control.tls_handshake.${endpoint}`, object(value), { ...result, server_name: is.text }),
      ...failure(`control.tls_handshake.${endpoint}.failure`, object(value)['failure']),
      ...certificates(`control.tls_handshake.${endpoint}`, object(value)['x_peer_certificates']),
    ]),
    ...required('control.http_request', http!, {
      body_length: is.integer,
      discovered_h3_endpoint: is.text,
      failure: is.textOrNull,
      headers: (v) => isObject(v) && Object.values(v).every(is.text),
      status_code: is.integer,
      title: is.text,
    }),
    ...failure('control.http_request.failure', http!['failure']),
    ...required('control.dns', dns, { failure: is.textOrNull, addrs: is.texts }),
    ...failure('control.dns.failure', dns['failure']),
    ...Object.entries(object(reply['ip_info'])).flatMap(([ip, info]) => [
      ...(is.address(ip) ? [] : [`control.ip_info: ${ip}`]),
      ...required(`control.ip_info.${ip}`, object(info), { asn: is.integer, flags: is.integer }),
    ]),
  ];
}

/** Every fault of a measurement, as parsed from its bytes; none: a reader of the format can use it. */
export function formatProblems(measurement: unknown): Problems {
  if (!isObject(measurement)) return ['not an object'];
  const keys = object(measurement['test_keys']);
  const input = measurement['input'];
  return [
    ...required('measurement', measurement, BASE),
    ...onlyKnown('measurement', measurement, [...Object.keys(BASE), ...OPTIONAL_BASE]),
    ...required('test_keys', keys, TEST_KEYS),
    ...onlyKnown('test_keys', keys, [...Object.keys(TEST_KEYS), ...RECORD_LISTS]),
    ...failure('dns_experiment_failure', keys['dns_experiment_failure']),
    ...failure('http_experiment_failure', keys['http_experiment_failure']),
    ...records(keys),
    ...(typeof input === 'string' ? resolutions(input, keys) : []),
    ...traces(keys),
    ...newestFirst(keys),
    ...control(keys),
  ];
}
