/** Ways to break a measurement, one thing each: what the checklist must find. */
import type { Json } from './read.ts';

interface Spoiling {
  readonly what: string;
  /** The scenario whose measurement is spoiled; absent: `works-h2`. */
  readonly of?: string;
  readonly path: readonly (string | number)[];
  /** null takes the key away. */
  readonly change: ((old: never) => unknown) | null;
}

const FIRST_HANDSHAKE = ['test_keys', 'tls_handshakes', 0] as const;
const EVENTS = ['test_keys', 'network_events'] as const;

export const SPOILINGS: readonly Spoiling[] = [
  { what: 'no report id', path: ['report_id'], change: null },
  { what: 'no input key', path: ['input'], change: null },
  { what: 'a runtime in words', path: ['test_runtime'], change: () => '2.5' },
  { what: 'an exact start', path: ['test_start_time'], change: () => '2026-11-21 10:01:02' },
  { what: 'an address of the volunteer', path: ['probe_ip'], change: () => '203.0.113.7' },
  { what: 'a number among annotations', path: ['annotations', 'clock'], change: () => 3 },
  { what: 'a missing extension', path: ['extensions', 'netevents'], change: null },
  { what: 'a key of nobody’s', path: ['region'], change: () => 'Almaty' },
  { what: 'an opinion', path: ['test_keys', 'blocking'], change: () => false },
  { what: 'bare certificates', path: [...FIRST_HANDSHAKE, 'peer_certificates', 0], change: () => 'MIIB' },
  {
    what: 'certificates that are none',
    path: [...FIRST_HANDSHAKE, 'peer_certificates', 0, 'data'],
    change: () => 'AAAA',
  },
  { what: 'verification left out', path: [...FIRST_HANDSHAKE, 'no_tls_verify'], change: null },
  { what: 'verification off', path: [...FIRST_HANDSHAKE, 'no_tls_verify'], change: () => true },
  {
    what: 'a handshake of another transaction',
    path: [...FIRST_HANDSHAKE, 'transaction_id'],
    change: () => 999,
  },
  { what: 'no events', path: EVENTS, change: () => [] },
  {
    what: 'events that begin after the handshake',
    path: EVENTS,
    change: (events: readonly Json[]) => events.map((event) => ({ ...event, t0: 90, t: 91 })),
  },
  {
    what: 'too many events',
    path: EVENTS,
    change: (events: readonly Json[]) => [...events, ...Array.from({ length: 64 }, () => events[0])],
  },
  { what: 'an operation of nobody’s', path: [...EVENTS, 0, 'operation'], change: () => 'think' },
  { what: 'a transaction 0', path: ['test_keys', 'queries', 0, 'transaction_id'], change: () => 0 },
  { what: 'a record that ends before it begins', path: ['test_keys', 'queries', 0, 't'], change: () => -1 },
  {
    what: 'nothing from getaddrinfo',
    path: ['test_keys', 'queries'],
    change: (queries: readonly Json[]) => queries.filter((query) => query['engine'] !== 'getaddrinfo'),
  },
  {
    what: 'a failure of our own making',
    of: 'tcp-refused',
    path: ['test_keys', 'tcp_connect', 0, 'status', 'failure'],
    change: () => 'ECONNREFUSED',
  },
  {
    what: 'headers that are not flat',
    of: 'works-http',
    path: ['test_keys', 'requests', 0, 'response', 'headers', 'Via'],
    change: () => ['a', 'b'],
  },
  {
    what: 'requests oldest first',
    of: 'redirect-to-https',
    path: ['test_keys', 'requests'],
    change: (requests: readonly Json[]) => [...requests].reverse(),
  },
  {
    what: 'a handshake of the control without its connection',
    path: ['test_keys', 'control', 'tcp_connect'],
    change: () => ({}),
  },
  {
    what: 'a control that failed and answered',
    path: ['test_keys', 'control_failure'],
    change: () => 'eof_error',
  },
  { what: 'no control and no reason', path: ['test_keys', 'control'], change: () => ({}) },
];

/** A copy with the value at the path changed. */
export function spoiled(value: unknown, { path, change }: Pick<Spoiling, 'path' | 'change'>): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return change === null ? undefined : change(value as never);
  if (Array.isArray(value))
    return value.map((item, i) => (i === key ? spoiled(item, { path: rest, change }) : item));
  const { [key]: old, ...others } = value as Record<string | number, unknown>;
  return rest.length === 0 && change === null
    ? others
    : { ...others, [key]: spoiled(old, { path: rest, change }) };
}
