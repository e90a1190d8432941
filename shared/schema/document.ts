/**
 * What judging reads of a measurement: ours or any other OONI document, old or damaged. Records that can't be read
 * are left out; a document without an input or a start time is refused with its reasons.
 */
import type {
  ControlResponse,
  CounterfactualKind,
  CounterfactualRecord,
  DnsQuery,
  HttpRequest,
  ReflectorNote,
  SignedControlReply,
  TcpConnect,
  TlsHandshake,
} from '../model/index.ts';
import { readDevice, type DeviceFacts } from './device.ts';
import { MAX_PAIR_STEPS, MAX_RESIDUAL_STEPS, MAX_SIBLINGS, tooMuchToJudge } from './judged-limits.ts';
import type { FieldProblem, Validated } from './measurement.ts';
import { readDnsQuery, readHttpRequest, readTcpConnect, readTlsHandshake } from './document-records.ts';
import { asNumber, asObject, asString, asStrings, mapDefined, type Json } from './read.ts';

export interface Document extends DeviceFacts {
  /** Made by this probe: pairs, signed control and our own meaning of `engine: udp` can be expected. */
  readonly ours: boolean;
  readonly testName: string;
  readonly input: string;
  /** Milliseconds since 1970, UTC; ours are rounded down to ten minutes. */
  readonly startedAt: number;
  readonly network: NetworkFacts;
  readonly queries: readonly DnsQuery[];
  readonly lateReplies: readonly DnsQuery[];
  readonly tcpConnects: readonly TcpConnect[];
  readonly tlsHandshakes: readonly TlsHandshake[];
  /** Newest first, as in the file. */
  readonly requests: readonly HttpRequest[];
  readonly control: ControlResponse | null;
  readonly controlFailure: string | null;
  readonly controlSigned: SignedControlReply | null;
  readonly counterfactuals: readonly CounterfactualRecord[];
  readonly reflectors: readonly ReflectorNote[];
}

/** What the document says of the network that the probe stood in. */
export interface NetworkFacts {
  /** `AS0`: unknown. */
  readonly probeAsn: string;
  readonly probeCc: string;
  readonly resolverAsn: string;
  /** As written; empty when not said. */
  readonly resolverAddress: string;
  readonly networkType: string;
  /** Packets left through a tunnel's interface. */
  readonly tunnel: boolean;
  /** The device's clock minus the collector's; null: not compared. */
  readonly clockOffsetMinutes: number | null;
  readonly signed: SignedControlReply | null;
}

const START_TIME = /^(\d{4})-(\d{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2})$/;

/** `YYYY-MM-DD HH:MM:SS` UTC → ms since 1970, or null. */
export function parseStartTime(text: string | null): number | null {
  if (text === null || !START_TIME.test(text)) return null;
  const ms = Date.parse(`${text.replace(' ', 'T')}Z`);
  return Number.isNaN(ms) ? null : ms;
}

/** Older helpers spoke a vocabulary of their own; only the words that name the same event are translated. */
const LEGACY_CONTROL_FAILURES: Readonly<Record<string, string>> = {
  connection_refused_error: 'connection_refused',
  connection_reset_error: 'connection_reset',
  tcp_timed_out_error: 'generic_timeout_error',
  dns_name_error: 'dns_nxdomain_error',
  dns_lookup_error: 'dns_nxdomain_error',
  ssl_error: 'ssl_failed_handshake',
};
function controlFailure(value: unknown): string | null {
  const text = asString(value);
  return text === null ? null : (LEGACY_CONTROL_FAILURES[text] ?? text);
}

/** The test helper's reply, ours or another operator's; null when it is none. */
export function readControl(value: unknown): ControlResponse | null {
  const control = asObject(value);
  const http = asObject(control?.['http_request']);
  const dns = asObject(control?.['dns']);
  if (control === null || (http === null && dns === null)) return null;
  const results = (key: string): Record<string, Json> =>
    Object.fromEntries(
      Object.entries(asObject(control[key]) ?? {}).filter(
        (entry): entry is [string, Json] => asObject(entry[1]) !== null,
      ),
    );
  const tcp = Object.entries(results('tcp_connect')).map(
    ([endpoint, r]) =>
      [endpoint, { status: r['status'] === true, failure: controlFailure(r['failure']) }] as const,
  );
  const tls = Object.entries(results('tls_handshake')).map(
    ([endpoint, r]) =>
      [
        endpoint,
        {
          server_name: asString(r['server_name']) ?? '',
          status: r['status'] === true,
          failure: controlFailure(r['failure']),
          x_peer_certificates: mapDefined(r['x_peer_certificates'], (c) => {
            const data = asString(c['data']);
            return data === null ? null : { format: 'base64' as const, data };
          }),
        },
      ] as const,
  );
  const headers = Object.entries(asObject(http?.['headers']) ?? {}).flatMap(([name, v]) =>
    typeof v === 'string' ? [[name, v] as const] : [],
  );
  const request = asObject(control['x_request']);
  const time = asString(control['x_time']);
  return {
    tcp_connect: Object.fromEntries(tcp),
    tls_handshake: Object.fromEntries(tls),
    http_request: {
      body_length: asNumber(http?.['body_length']) ?? -1,
      failure: controlFailure(http?.['failure']),
      title: asString(http?.['title']) ?? '',
      headers: Object.fromEntries(headers),
      status_code: asNumber(http?.['status_code']) ?? -1,
      x_body_sha256: asString(http?.['x_body_sha256']),
    },
    dns: { failure: controlFailure(dns?.['failure']), addrs: asStrings(dns?.['addrs']) },
    ...(request === null
      ? {}
      : {
          x_request: {
            http_request: asString(request['http_request']) ?? '',
            tcp_connect: asStrings(request['tcp_connect']),
          },
        }),
    ...(time === null ? {} : { x_time: time }),
    x_http_chain: asStrings(control['x_http_chain']),
    ...readControlExtras(control),
  };
}

/** What only our own control says. */
function readControlExtras(control: Json): Partial<ControlResponse> {
  const seconds = asNumber(control['x_http_seconds']);
  const parent = asObject(control['x_parent']);
  const status = asString(parent?.['status']);
  const siblings = Object.entries(asObject(control['x_siblings']) ?? {});
  const addresses = Object.entries(asObject(control['ip_info']) ?? {}).flatMap(([address, value]) => {
    const info = asObject(value);
    const cc = asString(info?.['x_cc']);
    const asn = asNumber(info?.['asn']) ?? 0;
    const flags = asNumber(info?.['flags']) ?? 0;
    return info === null ? [] : [[address, { asn, flags, ...(cc === null ? {} : { x_cc: cc }) }] as const];
  });
  return {
    ...(seconds === null ? {} : { x_http_seconds: seconds }),
    ...(status !== 'delegated' && status !== 'denied' && status !== 'unknown'
      ? {}
      : {
          x_parent: {
            zone: asString(parent?.['zone']) ?? '',
            status,
            failure: asString(parent?.['failure']),
          },
        }),
    ...(siblings.length === 0
      ? {}
      : { x_siblings: Object.fromEntries(siblings.map(([address, names]) => [address, asStrings(names)])) }),
    x_earlier_addrs: asStrings(control['x_earlier_addrs']),
    ip_info: Object.fromEntries(addresses),
  };
}

/** The control's signature beside its reply; null when a part of it is missing. */
export function readSignedReply(value: unknown): SignedControlReply | null {
  const o = asObject(value);
  const [payloadType, payload, keyid, sig] = ['payloadType', 'payload', 'keyid', 'sig'].map((k) =>
    asString(o?.[k]),
  );
  if (payloadType == null || payload == null || keyid == null || sig == null) return null;
  return { payloadType, payload, keyid, sig };
}

const transactions = (value: unknown): number[] =>
  Array.isArray(value) ? value.filter((s): s is number => typeof s === 'number') : [];

function readResidual(o: Json | null): Pick<CounterfactualRecord, 'residual'> {
  const scope = asString(o?.['scope']);
  if (o === null || (scope !== 'endpoint' && scope !== 'client')) return {};
  return { residual: { scope, seconds: asNumber(o['seconds']), steps: transactions(o['steps']) } };
}

function readCounterfactual(o: Json): CounterfactualRecord | null {
  const id = asString(o['id']);
  const kind = asString(o['kind']);
  const where = asString(o['where']);
  const [steps, siblings] = [transactions(o['steps']), asStrings(o['siblings'])];
  const died = transactions(asObject(o['residual'])?.['steps']);
  // No probe plans such a pair.
  if (steps.length > MAX_PAIR_STEPS || died.length > MAX_RESIDUAL_STEPS || siblings.length > MAX_SIBLINGS)
    return null;
  if (id === null || kind === null || (where !== 'reflector' && where !== 'same_address')) return null;
  const reflector = asString(o['reflector']);
  const quiet = asNumber(o['quiet_s']);
  return {
    id,
    kind: kind as CounterfactualKind,
    suspicion: asNumber(o['suspicion']),
    where,
    ...(reflector === null ? {} : { reflector }),
    innocuous: asString(o['innocuous']) ?? '',
    suspect: asString(o['suspect']) ?? '',
    ...(Array.isArray(o['siblings']) ? { siblings } : {}),
    ...readResidual(asObject(o['residual'])),
    ...(quiet === null ? {} : { quiet_s: quiet }),
    steps,
    distance_s: asNumber(o['distance_s']) ?? Number.POSITIVE_INFINITY,
    outcome: 'inconclusive',
  };
}

function readNetwork(doc: Json): NetworkFacts {
  const annotations = asObject(doc['annotations']);
  const offset = asString(annotations?.['clock_offset_minutes']);
  return {
    probeAsn: asString(doc['probe_asn']) ?? 'AS0',
    probeCc: asString(doc['probe_cc']) ?? 'ZZ',
    resolverAsn: asString(doc['resolver_asn']) ?? 'AS0',
    resolverAddress: asString(doc['resolver_ip']) ?? '',
    networkType: asString(annotations?.['network_type']) ?? 'unknown',
    tunnel: annotations?.['tunnel'] === 'true',
    clockOffsetMinutes: offset !== null && /^-?\d{1,6}$/.test(offset) ? Number(offset) : null,
    signed: readSignedReply(doc['x_network_signed']),
  };
}

/** Any parsed JSON → a document to judge, or every reason why it can't be one. */
export function readDocument(value: unknown): Validated<Document> {
  const doc = asObject(value);
  if (doc === null) return { problems: [{ path: '', message: 'not a JSON object' }] };
  const problems: FieldProblem[] = [];
  const keys = asObject(doc['test_keys']);
  const input = asString(doc['input']);
  const testName = asString(doc['test_name']);
  const startedAt =
    parseStartTime(asString(doc['measurement_start_time'])) ??
    parseStartTime(asString(doc['test_start_time']));
  if (testName === null) problems.push({ path: '/test_name', message: 'missing' });
  else if (testName !== 'web_connectivity')
    problems.push({ path: '/test_name', message: `"${testName.slice(0, 40)}" is not judged yet` });
  if (keys === null) problems.push({ path: '/test_keys', message: 'missing or null' });
  else problems.push(...tooMuchToJudge(keys));
  if (input === null) problems.push({ path: '/input', message: 'missing or null' });
  else if (!/^https?:\/\//i.test(input) || !URL.canParse(input))
    problems.push({ path: '/input', message: 'not an http or https URL' });
  if (startedAt === null)
    problems.push({ path: '/measurement_start_time', message: 'not "YYYY-MM-DD HH:MM:SS"' });
  if (keys === null || input === null || testName === null || startedAt === null || problems.length > 0)
    return { problems };
  const ours = doc['software_name'] === 'kuager';
  return {
    ok: {
      ours,
      ...readDevice(ours ? doc : {}),
      testName,
      input,
      startedAt,
      network: readNetwork(doc),
      queries: mapDefined(keys['queries'], readDnsQuery),
      lateReplies: mapDefined(keys['x_dns_duplicate_responses'], readDnsQuery),
      tcpConnects: mapDefined(keys['tcp_connect'], readTcpConnect),
      tlsHandshakes: mapDefined(keys['tls_handshakes'], readTlsHandshake),
      requests: mapDefined(keys['requests'], readHttpRequest),
      control: readControl(keys['control']),
      controlFailure: asString(keys['control_failure']),
      controlSigned: readSignedReply(keys['x_control_signed']),
      counterfactuals: mapDefined(keys['x_counterfactuals'], readCounterfactual),
      reflectors: mapDefined(keys['x_reflectors'], (o) => {
        const name = asString(o['name']);
        return name === null
          ? null
          : { name, addresses: asStrings(o['addresses']), spki_sha256: asStrings(o['spki_sha256']) };
      }),
    },
  };
}
