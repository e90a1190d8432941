/**
 * A pen for documents of this probe: records in the order in which they happened, a control that really signs, matched
 * pairs. A method gives back the handle by which a golden case names the observation: `tls-3` is the handshake of
 * transaction 3. Judging such a document runs the whole way, from parsed JSON to verdict.
 */
import { utf8 } from '../../shared/codec/base64.ts';
import { sha256Hex } from '../../shared/codec/digest.ts';
import { formatEndpoint } from '../../shared/codec/ip.ts';
import type {
  Beside,
  ControlResponse,
  CounterfactualKind,
  CounterfactualRecord,
  DnsQuery,
  HttpRequest,
  InterceptionNote,
  RecordBase,
  ReflectorNote,
  SignedControlReply,
  TcpConnect,
  TlsHandshake,
} from '../../shared/model/index.ts';
import type { Chain } from './chains.ts';
import { binaries, controlReply, signControl, signNetwork, type ControlSays, type Page } from './control.ts';

export const STARTED_AT = '2026-11-20 10:00:00';
const RESOLVER = '11.254.0.53:53';
const STEP_SECONDS = 0.01;

export type Handle = string;
/** A question beside the host's own: in a pair, or with the resolver's word on why it says so. */
export interface Question {
  readonly via: 'getaddrinfo' | 'udp' | 'doh';
  readonly says: DnsSays;
  /** The host of the hop, unless given. */
  readonly name?: string;
  /** RFC 8914 INFO-CODE. */
  readonly because?: number;
}
/** The network as the document tells it; what is left out is unknown. */
export interface NetworkSays {
  readonly asn?: number;
  readonly resolverAsn?: number;
  readonly resolverAddress?: string;
  readonly type?: 'mobile' | 'fixed';
  readonly tunnel?: true;
  readonly clockOffsetMinutes?: number;
  /** The reflector's signed word. */
  readonly stated?: { readonly cc: string; readonly asn: number };
}
/** Addresses, or the failure. */
export type DnsSays = readonly string[] | string;
export type HttpSays = (Page & { readonly failure?: string }) | { readonly failure: string };

export interface TlsSays {
  readonly failure?: string;
  readonly chain?: Chain;
  /** The host of the hop, unless given. */
  readonly sni?: string;
  readonly split?: true;
}

export interface PairParts {
  readonly kind: CounterfactualKind;
  readonly suspect: string;
  readonly innocuous: string;
  readonly reflector?: ReflectorNote;
  /** The reflector that the pair names though it is made elsewhere. */
  readonly beside?: ReflectorNote;
  readonly distance_s?: number;
  readonly quiet_s?: number;
  readonly siblings?: readonly string[];
  /** Innocuous operations that died after the second step, before the third. */
  readonly punished?: readonly (() => void)[];
}

export interface TestKeys {
  readonly queries: readonly DnsQuery[];
  readonly x_dns_duplicate_responses: readonly DnsQuery[];
  readonly tcp_connect: readonly TcpConnect[];
  readonly tls_handshakes: readonly TlsHandshake[];
  readonly requests: readonly HttpRequest[];
  readonly control: ControlResponse | Record<string, never>;
  readonly control_failure: string | null;
  readonly x_control_signed: SignedControlReply | null;
  readonly x_counterfactuals: readonly CounterfactualRecord[];
  readonly x_reflectors: readonly ReflectorNote[];
}
export interface GoldenDocument {
  /** What it is judged with; no part of the measurement, and nothing that judging reads. */
  readonly beside?: Beside;
  readonly probe_asn: string;
  readonly probe_cc: string;
  readonly resolver_asn: string;
  readonly resolver_ip: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly x_network_signed?: SignedControlReply;
  readonly x_interception?: InterceptionNote;
  readonly software_name: string;
  readonly test_name: 'web_connectivity';
  readonly input: string;
  readonly measurement_start_time: string;
  readonly test_keys: TestKeys;
}

export interface Draft {
  /** getaddrinfo. */
  lookup(says: DnsSays): Handle;
  /** Our own datagram to the system's resolver; `later` came to the same query, within the listening window. */
  wire(says: DnsSays, ...later: readonly DnsSays[]): Handle;
  doh(says: DnsSays): Handle;
  ask(question: Question): Handle;
  network(says: NetworkSays): void;
  /** Begins a transaction, to which the next `tls` and `http` belong. */
  tcp(address: string, port: number, failure?: string): Handle;
  tls(says: TlsSays): Handle;
  http(url: string, says: HttpSays): Handle;
  /** What follows is one redirect deeper, at this host. */
  redirected(host: string): void;
  /** Nothing happens for so many seconds. */
  wait(seconds: number): void;
  /** The next record takes so many seconds. */
  takes(seconds: number): void;
  /** Each step begins with `tcp`. */
  pair(parts: PairParts, ...steps: readonly (() => void)[]): string;
  control(says: ControlSays): void;
  document(): GoldenDocument;
}

function answer(address: string) {
  return address.includes(':')
    ? { answer_type: 'AAAA', ipv6: address, ttl: 60 }
    : { answer_type: 'A', ipv4: address, ttl: 60 };
}

export function draft(input: string): Draft {
  const queries: DnsQuery[] = [];
  const duplicates: DnsQuery[] = [];
  const connects: TcpConnect[] = [];
  const handshakes: TlsHandshake[] = [];
  const requests: HttpRequest[] = [];
  const pairs: CounterfactualRecord[] = [];
  const reflectors: ReflectorNote[] = [];
  let reply: ControlResponse | null = null;
  let host = new URL(input).hostname;
  let depth = 0;
  let inPair: string | null = null;
  let transaction = 0;
  let clock = 0;
  let lasting = STEP_SECONDS;
  let address = '';
  let network: NetworkSays = {};

  const base = (): Required<RecordBase> => {
    clock += STEP_SECONDS;
    const [t0, t] = [clock, clock + lasting];
    if (lasting !== STEP_SECONDS) clock = t;
    lasting = STEP_SECONDS;
    const tags = [inPair === null ? `depth=${depth}` : `x:cf:${inPair}`];
    return { t0, t, tags, transaction_id: transaction };
  };
  const query = (
    engine: string,
    says: DnsSays,
    { name = host, because }: Partial<Question> = {},
  ): DnsQuery => ({
    ...base(),
    answers: typeof says === 'string' ? null : says.map(answer),
    engine,
    failure: typeof says === 'string' ? says : null,
    hostname: name,
    query_type: engine === 'getaddrinfo' ? 'ANY' : 'A',
    resolver_address: engine === 'udp' ? RESOLVER : '',
    ...(because === undefined ? {} : { x_extended_error: because }),
  });
  const ask = (engine: string, says: DnsSays, question: Partial<Question> = {}): Handle => {
    transaction += 1;
    queries.push(query(engine, says, question));
    return `dns-${transaction}`;
  };

  return {
    lookup: (says) => ask('getaddrinfo', says),
    doh: (says) => ask('doh', says),
    ask: (question) => ask(question.via, question.says, question),
    network(says) {
      network = says;
    },
    wire(says, ...later) {
      const handle = ask('udp', says);
      duplicates.push(...later.map((reply) => query('udp', reply)));
      return handle;
    },
    tcp(ip, port, failure) {
      transaction += 1;
      address = formatEndpoint(ip, port);
      const status = { failure: failure ?? null, success: failure === undefined };
      connects.push({ ...base(), ip, port, status });
      return `tcp-${transaction}`;
    },
    tls({ failure, chain = [], sni = host, split }) {
      handshakes.push({
        ...base(),
        network: 'tcp',
        address,
        cipher_suite: '',
        failure: failure ?? null,
        negotiated_protocol: '',
        no_tls_verify: false,
        peer_certificates: chain.length === 0 ? null : binaries(chain),
        server_name: sni,
        tls_version: '',
        ...(split === undefined ? {} : { x_split_client_hello: split }),
      });
      return `tls-${transaction}`;
    },
    http(url, says) {
      const { failure = null } = says;
      const body = 'status' in says ? (says.body ?? '') : '';
      const headers = 'status' in says ? (says.headers ?? []) : [];
      requests.unshift({
        ...base(),
        address,
        failure,
        request: {
          url,
          method: 'GET',
          body: null,
          body_is_truncated: false,
          headers: {},
          headers_list: [],
          tor: { exit_ip: null, exit_name: null, is_tor: false },
          x_transport: 'tcp',
        },
        response:
          'status' in says
            ? {
                code: says.status,
                body,
                body_is_truncated: false,
                headers: Object.fromEntries(headers),
                headers_list: headers,
                x_body_sha256: sha256Hex(utf8(body)),
                x_body_length: utf8(body).length,
              }
            : null,
      });
      return `http-${transaction}`;
    },
    takes(seconds) {
      lasting = seconds;
    },
    redirected(to) {
      host = to;
      depth += 1;
    },
    wait(seconds) {
      clock += seconds;
    },
    pair(parts, ...steps) {
      const { kind, suspect, innocuous, reflector, beside } = parts;
      const { distance_s = 0.1, quiet_s, siblings, punished } = parts;
      const id = `p${pairs.length + 1}`;
      inPair = id;
      const dead: number[] = [];
      const make = (step: () => void): number => {
        step();
        return transaction;
      };
      const made = steps.map((step, i) => {
        if (i === 2) dead.push(...(punished ?? []).map(make));
        return make(step);
      });
      if (steps.length === 2) dead.push(...(punished ?? []).map(make));
      inPair = null;
      const named = reflector ?? beside;
      if (named !== undefined && !reflectors.includes(named)) reflectors.push(named);
      pairs.push({
        id,
        kind,
        suspicion: null,
        where: reflector === undefined ? 'same_address' : 'reflector',
        ...(named === undefined ? {} : { reflector: named.name }),
        innocuous,
        suspect,
        ...(siblings === undefined ? {} : { siblings }),
        steps: made,
        ...(punished === undefined
          ? {}
          : { residual: { scope: 'client', seconds: steps.length > 2 ? 60 : null, steps: dead } }),
        ...(quiet_s === undefined ? {} : { quiet_s }),
        distance_s,
        outcome: 'inconclusive',
      });
      return id;
    },
    control(says) {
      reply = controlReply(input, says);
    },
    document: () => ({
      probe_asn: `AS${network.asn ?? 0}`,
      probe_cc: 'KZ',
      resolver_asn: `AS${network.resolverAsn ?? 0}`,
      resolver_ip: network.resolverAddress ?? '',
      annotations: {
        ...(network.type === undefined ? {} : { network_type: network.type }),
        ...(network.tunnel === undefined ? {} : { tunnel: 'true' }),
        ...(network.clockOffsetMinutes === undefined
          ? {}
          : { clock_offset_minutes: String(network.clockOffsetMinutes) }),
      },
      ...(network.stated === undefined ? {} : { x_network_signed: signNetwork(network.stated) }),
      software_name: 'kuager',
      test_name: 'web_connectivity',
      input,
      measurement_start_time: STARTED_AT,
      test_keys: {
        queries,
        x_dns_duplicate_responses: duplicates,
        tcp_connect: connects,
        tls_handshakes: handshakes,
        requests,
        control: reply ?? {},
        control_failure: reply === null ? 'generic_timeout_error' : null,
        x_control_signed: reply === null ? null : signControl(reply),
        x_counterfactuals: pairs,
        x_reflectors: reflectors,
      },
    }),
  };
}
