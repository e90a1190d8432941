/**
 * What this probe may sign (an allow-list: an unknown key is a fault, so nothing that identifies a volunteer slips in
 * beside the known fields), and the little that a foreign OONI document must have to be judged.
 */
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { CHAINS_REMOVED, COUNTERFACTUAL_KINDS, type Measurement } from '../model/index.ts';
import { controlResponse, signedControlReply } from './control.ts';
import {
  asn,
  countryCode,
  exact,
  failure,
  key256,
  list,
  optional,
  orNull,
  text,
  utcTenMinutes,
} from './fields.ts';
import { dnsQuery, httpRequest, networkEvent, tcpConnect, tlsHandshake } from './micro-formats.ts';

export interface FieldProblem {
  /** JSON pointer; empty for the document itself. */
  readonly path: string;
  readonly message: string;
}
export type Validated<T> = { readonly ok: T } | { readonly problems: readonly FieldProblem[] };

/** Problems reported for one document; the count goes on, the list does not. */
const MAX_PROBLEMS = 20;

/** Characters of a URL; the probe measures none longer than 2048 as typed, and its own form may be longer. */
const MAX_INPUT_CHARS = 8_192;
/** Pairs of one measurement: a few for each of ten redirects. */
const MAX_PAIRS = 128;

/** Of one run's silence; a pair is not begun later than this after what it is about. Seconds. */
const MAX_QUIET_S = 3_600;

const residual = exact({
  scope: Type.Union([Type.Literal('endpoint'), Type.Literal('client')]),
  seconds: orNull(Type.Number({ minimum: 0 })),
  steps: list(Type.Integer({ minimum: 1 })),
});

const counterfactual = exact({
  id: Type.String({ pattern: '^[a-z0-9-]{1,32}$' }),
  kind: Type.Union(COUNTERFACTUAL_KINDS.map((kind) => Type.Literal(kind))),
  suspicion: orNull(Type.Integer({ minimum: 1 })),
  where: Type.Union([Type.Literal('reflector'), Type.Literal('same_address')]),
  reflector: optional(text),
  innocuous: text,
  suspect: text,
  siblings: optional(list(text)),
  residual: optional(residual),
  quiet_s: optional(Type.Integer({ minimum: 0, maximum: MAX_QUIET_S })),
  steps: list(Type.Integer({ minimum: 1 })),
  distance_s: Type.Number(),
  outcome: Type.Union([Type.Literal('differs'), Type.Literal('same'), Type.Literal('inconclusive')]),
});

const testKeys = exact({
  agent: Type.Literal('redirect'),
  client_resolver: orNull(text),
  retries: Type.Null(),
  socksproxy: Type.Null(),
  network_events: list(networkEvent),
  queries: list(dnsQuery),
  requests: list(httpRequest),
  tcp_connect: list(tcpConnect),
  tls_handshakes: list(tlsHandshake),
  control: Type.Union([exact({}), controlResponse]),
  control_failure: failure,
  x_control_request: optional(
    exact({
      http_request: text,
      http_request_headers: Type.Record(Type.String({ maxLength: 64 }), list(text)),
      tcp_connect: list(text),
      x_quic_enabled: optional(Type.Boolean()),
    }),
  ),
  x_control_signed: optional(orNull(signedControlReply)),
  x_dns_duplicate_responses: list(dnsQuery),
  x_counterfactuals: Type.Array(counterfactual, { maxItems: MAX_PAIRS }),
  x_reflectors: list(exact({ name: text, addresses: list(text), spki_sha256: list(text) })),
  dns_experiment_failure: failure,
  http_experiment_failure: failure,
  dns_consistency: Type.Null(),
  body_proportion: Type.Null(),
  body_length_match: Type.Null(),
  headers_match: Type.Null(),
  status_code_match: Type.Null(),
  title_match: Type.Null(),
  blocking: Type.Null(),
  accessible: Type.Null(),
});

/** Booleans about one authority: anything more would be a fingerprint of the device. */
const interceptionNote = exact({
  spki_sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  in_device_store: orNull(Type.Boolean()),
  on_other_network: orNull(Type.Boolean()),
  first_met: Type.Boolean(),
});

const sealedMeasurement = exact({
  annotations: exact({
    network_type: optional(Type.String({ maxLength: 16 })),
    list: optional(Type.String({ maxLength: 32 })),
    clock_offset_minutes: optional(Type.String({ maxLength: 8 })),
    tunnel: optional(Type.Literal('true')),
    chains_removed: optional(Type.Literal(CHAINS_REMOVED)),
  }),
  data_format_version: Type.Literal('0.2.0'),
  extensions: Type.Record(Type.String(), Type.Integer()),
  input: Type.String({ maxLength: MAX_INPUT_CHARS, pattern: '^https?://' }),
  measurement_start_time: utcTenMinutes,
  options: list(text),
  probe_asn: asn,
  probe_cc: countryCode,
  probe_ip: Type.Literal('127.0.0.1'),
  probe_network_name: text,
  report_id: text,
  resolver_asn: asn,
  resolver_ip: text,
  resolver_network_name: text,
  software_name: Type.Literal('kuager'),
  software_version: Type.String({ pattern: '^\\d+\\.\\d+\\.\\d+$' }),
  test_helpers: optional(exact({ backend: exact({ type: text, address: optional(text) }) })),
  test_keys: testKeys,
  test_name: Type.Literal('web_connectivity'),
  test_runtime: Type.Number({ minimum: 0 }),
  test_start_time: utcTenMinutes,
  test_version: Type.String({ maxLength: 32 }),
  x_key: key256,
  x_network_signed: optional(signedControlReply),
  x_interception: optional(interceptionNote),
});

type Check = ReturnType<typeof Compile>;
let compiled: Check | undefined;

/** Compiled on first use: start-up of the command line must not pay for it. */
function checker(): Check {
  compiled ??= Compile(sealedMeasurement);
  return compiled;
}

/** Our own document, exactly as sealed. Reports every bad field (up to MAX_PROBLEMS), not the first. */
export function validateSealedMeasurement(value: unknown): Validated<Measurement> {
  const check = checker();
  if (check.Check(value)) return { ok: value as Measurement };
  const problems = check
    .Errors(value)
    .slice(0, MAX_PROBLEMS)
    .map((error) => ({ path: error.instancePath, message: error.message }));
  return { problems };
}
