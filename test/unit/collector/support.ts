/** Documents, envelopes and folders that the collector's tests share. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toBase64, utf8 } from '../../../shared/codec/base64.ts';
import { PAYLOAD_TYPES, preAuthEncoding, signEnvelope } from '../../../shared/codec/dsse.ts';
import { publicKeyOf, sign } from '../../../shared/codec/ed25519.ts';
import { hpkeKeyId, sealTo } from '../../../shared/codec/sealed.ts';
import type { ControlResponse, Measurement, SignedControlReply } from '../../../shared/model/index.ts';
import type { CollectorKeys } from '../../../collector/archive/keys.ts';
import { startCollector } from '../../../collector/serve.ts';
import type { CollectorOptions, RunningCollector } from '../../../collector/serve.ts';

export const SEED = new Uint8Array(32).fill(7);

export interface TemporaryFolder {
  readonly path: string;
  remove(): void;
}
export function temporaryFolder(): TemporaryFolder {
  const path = mkdtempSync(join(tmpdir(), 'kuager-test-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

const roundedStart = (ms: number): string =>
  `${new Date(Math.floor(ms / 600_000) * 600_000).toISOString().slice(0, 19).replace('T', ' ')}`;

const tags = { t0: 0.1, t: 0.2, tags: [], transaction_id: 1 } as const;

/** The resolver answers with a loopback address; `control`, when given, saw the real one. */
export function makeMeasurement(options: {
  readonly input?: string;
  readonly seed?: Uint8Array;
  readonly at?: number;
  readonly asn?: string;
  readonly control?: ControlResponse;
  readonly signed?: SignedControlReply;
  readonly fields?: Partial<Measurement>;
}): Measurement {
  const { input = 'http://blocked.example/', seed = SEED, at = Date.now() } = options;
  const host = new URL(input).hostname;
  return {
    annotations: {},
    data_format_version: '0.2.0',
    extensions: { dnst: 0, httpt: 0, netevents: 0, tcpconnect: 0, tlshandshake: 0 },
    input,
    measurement_start_time: roundedStart(at),
    options: [],
    probe_asn: options.asn ?? 'AS9198',
    probe_cc: 'KZ',
    probe_ip: '127.0.0.1',
    probe_network_name: 'Kazakhtelecom',
    report_id: '',
    resolver_asn: 'AS9198',
    resolver_ip: '[scrubbed]',
    resolver_network_name: 'Kazakhtelecom',
    software_name: 'kuager',
    software_version: '0.1.0',
    test_keys: {
      agent: 'redirect',
      client_resolver: null,
      retries: null,
      socksproxy: null,
      network_events: [],
      queries: [
        {
          ...tags,
          answers: [{ answer_type: 'A', ipv4: '127.0.0.1', ttl: null }],
          engine: 'getaddrinfo',
          failure: null,
          hostname: host,
          query_type: 'ANY',
          resolver_address: '',
        },
        {
          ...tags,
          transaction_id: 2,
          answers: [{ answer_type: 'A', ipv4: '127.0.0.1', ttl: 60 }],
          engine: 'udp',
          failure: null,
          hostname: host,
          query_type: 'A',
          resolver_address: '11.255.0.53:53',
        },
      ],
      requests: [],
      tcp_connect: [],
      tls_handshakes: [],
      control: options.control ?? {},
      control_failure: options.control === undefined ? 'unknown_failure: no control' : null,
      x_control_signed: options.signed ?? null,
      x_dns_duplicate_responses: [],
      x_counterfactuals: [],
      x_reflectors: [],
      dns_experiment_failure: null,
      dns_consistency: null,
      http_experiment_failure: null,
      body_proportion: null,
      body_length_match: null,
      headers_match: null,
      status_code_match: null,
      title_match: null,
      blocking: null,
      accessible: null,
    },
    test_name: 'web_connectivity',
    test_runtime: 1.5,
    test_start_time: roundedStart(at),
    test_version: '0.1.0',
    x_key: toBase64(publicKeyOf(seed)),
    ...options.fields,
  };
}

/** A control reply that saw a public address and a page, and its signature. */
export function controlReply(input: string, keys: CollectorKeys, at = Date.now()) {
  const reply: ControlResponse = {
    tcp_connect: { '192.0.2.10:80': { status: true, failure: null } },
    tls_handshake: {},
    quic_handshake: {},
    http_request: {
      body_length: 12,
      discovered_h3_endpoint: '',
      failure: null,
      title: 'A page',
      headers: { 'Content-Type': 'text/html' },
      status_code: 200,
      x_body_sha256: null,
    },
    http3_request: null,
    dns: { failure: null, addrs: ['93.184.215.14'] },
    ip_info: {},
    x_request: { http_request: input, tcp_connect: [] },
    x_time: new Date(at).toISOString(),
    x_http_chain: [input],
  };
  const payload = JSON.stringify(reply);
  const sig = sign(preAuthEncoding(PAYLOAD_TYPES.control, utf8(payload)), keys.control.seed);
  const signed: SignedControlReply = {
    payloadType: PAYLOAD_TYPES.control,
    payload,
    keyid: toBase64(keys.control.publicKey),
    sig: toBase64(sig),
  };
  return { control: reply, signed };
}

export const payloadBytes = (measurement: unknown): Uint8Array => utf8(JSON.stringify(measurement));

export function envelopeOf(measurement: unknown, seed: Uint8Array = SEED): string {
  return signEnvelope({ payloadType: PAYLOAD_TYPES.measurement, payload: payloadBytes(measurement), seed });
}

export function privatePartOf(body: unknown, seed: Uint8Array = SEED): string {
  return signEnvelope({ payloadType: PAYLOAD_TYPES.private, payload: payloadBytes(body), seed });
}

export function sealFor(hpkePublicKey: Uint8Array, envelope: string, privatePart?: string): Uint8Array {
  const parts = privatePart === undefined ? '' : `,"private":${privatePart}`;
  return sealTo({
    keyid: hpkeKeyId(hpkePublicKey),
    hpkeKey: hpkePublicKey,
    plaintext: utf8(`{"envelope":${envelope}${parts}}`),
    ephemeralSeed: new Uint8Array(randomBytes(32)),
  });
}

/** A collector on a free port of loopback, its control shut in. */
export function startTestCollector(
  data: string,
  more: Partial<CollectorOptions> = {},
): Promise<RunningCollector> {
  return startCollector({
    data,
    listen: { host: '127.0.0.1', port: 0 },
    only: '127.0.0.0/8,::1/128',
    ...more,
  });
}

export const DSSE_TYPE = 'application/vnd.dsse+json';

export function submit(
  url: string,
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return fetch(`${url}/api/v1/submit`, {
    method: 'POST',
    body: typeof body === 'string' ? body : Buffer.from(body),
    headers: { 'content-type': DSSE_TYPE, ...headers },
  });
}

export interface SubmitReply {
  readonly measurement_id: string;
  readonly received_at: string;
  readonly receipt: unknown;
}
export async function submitOk(
  url: string,
  body: string | Uint8Array,
  type = DSSE_TYPE,
): Promise<SubmitReply> {
  const response = await submit(url, body, { 'content-type': type });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`submit: ${response.status} ${text}`);
  return JSON.parse(text) as SubmitReply;
}
