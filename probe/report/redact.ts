/**
 * The last step before a measurement is signed: it is rebuilt from the list of keys that may be signed, and every
 * address of the volunteer is taken out. Pure; ontology "Measurement". Two devices on one network in the same state
 * differ only in results afterwards.
 */
import {
  CHAINS_REMOVED,
  COUNTERFACTUAL_KINDS,
  type InterceptionNote,
  type Measurement,
} from '../../shared/model/index.ts';
import { ReportError } from './errors.ts';
import {
  boolean,
  failure,
  list,
  map,
  matching,
  nothing,
  number,
  object,
  oneOf,
  orNull,
  resolver,
  text,
} from './fields.ts';
import type { Field } from './fields.ts';
import { controlRequest, redactControl } from './redact-control.ts';
import { httpRequest } from './redact-http.ts';
import { dnsQuery, networkEvent, tcpConnect, tlsHandshake } from './redact-records.ts';
import type { Redactor } from './redactor.ts';

/** Start times are rounded down to this. */
export const START_ROUNDING_MINUTES = 10;
/** Test lists whose names may be signed; every other one is `custom`. */
export const KNOWN_LISTS: readonly string[] = ['kz', 'global-min'];

/** `mobile` or `fixed`: anything finer travels in the private part. */
const annotations = object({
  network_type: (value) =>
    value === undefined ? undefined : value === 'mobile' || value === 'fixed' ? value : 'unknown',
  list: (value) => (value === undefined ? undefined : KNOWN_LISTS.includes(String(value)) ? value : 'custom'),
  clock_offset_minutes: matching(/^-?\d{1,6}$/),
  tunnel: (value) => (value === 'true' ? value : undefined),
  chains_removed: oneOf(CHAINS_REMOVED),
});

const START_TIME = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/;

/** `YYYY-MM-DD HH:MM:SS` UTC, rounded down to ten minutes. Throws `BAD_START_TIME`. */
export function roundStartTime(time: string): string {
  const ms = START_TIME.test(time) ? Date.parse(`${time.replace(' ', 'T')}Z`) : Number.NaN;
  if (Number.isNaN(ms))
    throw new ReportError('BAD_START_TIME', 'a measurement has no readable start time; nothing was reported');
  const step = START_ROUNDING_MINUTES * 60_000;
  return new Date(Math.floor(ms / step) * step).toISOString().slice(0, 19).replace('T', ' ');
}

/**
 * The URL as it may be published. Throws `CREDENTIALS_IN_INPUT` for one with a user name or password: a secret in a
 * test list is a mistake, and nobody may publish it by accident.
 */
function checkedInput(input: string | null, redactor: Redactor): string | null {
  if (input === null) return null;
  const url = URL.canParse(input) ? new URL(input) : null;
  if (url === null ? /^[^/?#]*\/\/[^/?#]*@/.test(input) : url.username !== '' || url.password !== '') {
    throw new ReportError(
      'CREDENTIALS_IN_INPUT',
      'a URL with a user name or password is not measured; remove it from the list',
    );
  }
  return redactor.text(input);
}

const counterfactual = object({
  id: matching(/^[a-z0-9-]{1,32}$/),
  kind: oneOf(...COUNTERFACTUAL_KINDS),
  suspicion: orNull(number),
  where: oneOf('reflector', 'same_address'),
  reflector: text,
  innocuous: text,
  suspect: text,
  siblings: list(text),
  residual: object({ scope: oneOf('endpoint', 'client'), seconds: orNull(number), steps: list(number) }),
  quiet_s: number,
  steps: list(number),
  distance_s: number,
  outcome: oneOf('differs', 'same', 'inconclusive'),
});

const reflectorNote = object({
  name: text,
  addresses: list(text),
  spki_sha256: list(matching(/^[0-9a-f]{64}$/)),
});

const SPKI = /^[0-9a-f]{64}$/;

/** Whole or not at all: one authority's key, which is public where it was met, and three booleans. */
const interceptionNote: Field = (value, redactor) => {
  const note = object({
    // A hash holds no address, and a scrubbed one would be another authority's.
    spki_sha256: (old) => (typeof old === 'string' && SPKI.test(old) ? old : undefined),
    in_device_store: orNull(boolean),
    on_other_network: orNull(boolean),
    first_met: boolean,
  })(value, redactor) as Partial<InterceptionNote> | undefined;
  return note?.spki_sha256 === undefined || note.first_met === undefined ? undefined : note;
};

const testKeys: Field = (value, redactor) => {
  const source = (typeof value === 'object' && value !== null ? value : {}) as Readonly<
    Record<string, unknown>
  >;
  const { control, signed } = redactControl(source['control'], source['x_control_signed'], redactor);
  const fields = object({
    agent: () => 'redirect',
    client_resolver: orNull(resolver),
    retries: nothing,
    socksproxy: nothing,
    network_events: list(networkEvent),
    queries: list(dnsQuery),
    requests: list(httpRequest),
    tcp_connect: list(tcpConnect),
    tls_handshakes: list(tlsHandshake),
    control: () => control,
    control_failure: failure,
    x_control_request: controlRequest,
    x_control_signed: (old) => (old === undefined ? undefined : signed),
    x_dns_duplicate_responses: list(dnsQuery),
    x_counterfactuals: list(counterfactual),
    x_reflectors: list(reflectorNote),
    dns_experiment_failure: failure,
    dns_consistency: nothing,
    http_experiment_failure: failure,
    body_proportion: nothing,
    body_length_match: nothing,
    headers_match: nothing,
    status_code_match: nothing,
    title_match: nothing,
    blocking: nothing,
    accessible: nothing,
  });
  return fields(source, redactor);
};

const document = object({
  annotations: (value, redactor) => annotations(value, redactor) ?? {},
  data_format_version: () => '0.2.0',
  extensions: (value, redactor) =>
    object({ dnst: number, httpt: number, netevents: number, tcpconnect: number, tlshandshake: number })(
      value,
      redactor,
    ) ?? {},
  input: (value, redactor) => checkedInput(typeof value === 'string' ? value : null, redactor),
  measurement_start_time: (value) => roundStartTime(String(value)),
  // Command-line options hold paths and habits; none of them is needed to read a result.
  options: () => [],
  probe_asn: matching(/^AS\d{1,10}$/, 'AS0'),
  probe_cc: matching(/^[A-Z]{2}$/, 'ZZ'),
  probe_ip: () => '127.0.0.1',
  probe_network_name: (value, redactor) => text(value, redactor) ?? '',
  report_id: matching(/^[\w-]{0,128}$/, ''),
  resolver_asn: matching(/^AS\d{1,10}$/, 'AS0'),
  resolver_ip: (value, redactor) => resolver(value, redactor) ?? '',
  resolver_network_name: (value, redactor) => text(value, redactor) ?? '',
  software_name: () => 'kuager',
  software_version: matching(/^\d+\.\d+\.\d+$/, '0.0.0'),
  test_helpers: map(() => object({ address: text, type: text })),
  test_keys: testKeys,
  test_name: () => 'web_connectivity',
  test_runtime: (value, redactor) => number(value, redactor) ?? 0,
  test_start_time: (value) => roundStartTime(String(value)),
  test_version: matching(/^[\w.-]{1,32}$/, '0.0.0'),
  // A statement about a network and an hour, without an address: the same bytes for everybody there.
  x_network_signed: object({ payloadType: text, payload: text, keyid: text, sig: text }),
  x_interception: interceptionNote,
  // Written when it is sealed.
  x_key: () => '',
});

/**
 * A measurement that may be signed: unknown keys dropped on every level, times rounded, addresses scrubbed, cookies and
 * telling headers emptied. A body that changed loses its hash; a control reply that changed loses its signature.
 * `x_key` comes out empty: `sealMeasurement` writes it. Throws `CREDENTIALS_IN_INPUT`, `BAD_START_TIME`.
 */
export function redactMeasurement(measurement: Measurement, redactor: Redactor): Measurement {
  return document(measurement, redactor) as Measurement;
}
