/** The control's reply → observations, after checking who signed what, when, about which name. */
import { fromBase64, utf8 } from '../codec/base64.ts';
import { PAYLOAD_TYPES, verifyEnvelope } from '../codec/dsse.ts';
import { parseEndpoint } from '../codec/ip.ts';
import { sameJson } from '../codec/same-json.ts';
import type { ControlResponse, Observation } from '../model/index.ts';
import type { Document } from '../schema/document.ts';
import { appraiseChain, type Roots } from './chain/index.ts';
import type { ControlState } from './observations.ts';

/** A reply speaks for the measurement only when made this close to its (rounded) start. Milliseconds. */
const MAX_CONTROL_DISTANCE_MS = 2 * 3600 * 1000;

const UTC_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z$/;

/** The URL as asked, its fragment aside: what must be equal for a reply to be about this target. */
function sameUrl(a: string, b: string): boolean {
  try {
    return new URL(a).href.split('#')[0] === new URL(b).href.split('#')[0];
  } catch {
    return a === b;
  }
}

/**
 * `present` only when the exact bytes verify under one of `controlKeys` (base64 raw Ed25519), say the same as the
 * reply in the measurement, and are about this input at this time. Documents of other probes carry no signature:
 * for them the reply is taken as it stands.
 */
export function controlState(
  doc: Document,
  rawControl: unknown,
  controlKeys: ReadonlySet<string>,
): ControlState {
  if (doc.control === null) return 'absent';
  if (!doc.ours) return 'present';
  const signed = doc.controlSigned;
  if (signed === null || signed.payloadType !== PAYLOAD_TYPES.control || !controlKeys.has(signed.keyid))
    return 'unverified';
  const key = fromBase64(signed.keyid);
  const sig = fromBase64(signed.sig);
  if (key === null || sig === null) return 'unverified';
  const envelope = { ...signed, payload: utf8(signed.payload), sig };
  if (!verifyEnvelope(envelope, key)) return 'unverified';
  let said: unknown;
  try {
    said = JSON.parse(signed.payload);
  } catch {
    return 'unverified';
  }
  const { x_time: time, x_request: request } = doc.control;
  // Without a zone the text would mean another moment on every machine.
  const made = UTC_TIME.test(time ?? '') ? Date.parse(time ?? '') : Number.NaN;
  const distance = Math.abs(made - doc.startedAt);
  const about = sameUrl(request?.http_request ?? '', doc.input) && distance <= MAX_CONTROL_DISTANCE_MS;
  return about && sameJson(said, rawControl) ? 'present' : 'unverified';
}

const BASE = {
  vantage: 'control' as const,
  depth: 0,
  counterfactual: null,
  transaction: null,
  startedAt: null,
  duration: null,
};

/** Pure; one observation for the name, each endpoint and the page. */
export function observeControl(control: ControlResponse, doc: Document, roots: Roots): Observation[] {
  const url = new URL(doc.input);
  const out: Observation[] = [
    {
      ...BASE,
      id: 'control-dns',
      kind: 'dns',
      path: 'control',
      hostname: url.hostname,
      queryType: 'ANY',
      resolver: null,
      addresses: control.dns.addrs,
      late: false,
      failure: control.dns.failure,
    },
  ];
  for (const [text, result] of Object.entries(control.tcp_connect)) {
    const endpoint = parseEndpoint(text);
    const failure = result.failure ?? (result.status ? null : 'unknown_failure: not said');
    if (endpoint !== null)
      out.push({ ...BASE, id: `control-tcp-${text}`, kind: 'tcp', ...endpoint, failure });
  }
  for (const [text, result] of Object.entries(control.tls_handshake ?? {})) {
    const endpoint = parseEndpoint(text);
    if (endpoint === null) continue;
    const chain = (result.x_peer_certificates ?? []).flatMap((c) => fromBase64(c.data) ?? []);
    const host = result.server_name === '' ? url.hostname : result.server_name;
    out.push({
      ...BASE,
      id: `control-tls-${text}`,
      kind: 'tls',
      ...endpoint,
      serverName: host,
      alpn: null,
      splitClientHello: false,
      chain,
      appraisal: chain.length === 0 ? null : appraiseChain({ chain, host, at: doc.startedAt, roots }),
      failure: result.failure ?? (result.status ? null : 'unknown_failure: not said'),
    });
  }
  const http = control.http_request;
  const finalUrl = control.x_http_chain?.at(-1) ?? doc.input;
  out.push({
    ...BASE,
    id: 'control-http',
    kind: 'http',
    url: finalUrl,
    host: url.hostname,
    encrypted: finalUrl.startsWith('https:'),
    address: null,
    status: http.status_code > 0 ? http.status_code : null,
    title: http.title === '' ? null : http.title,
    headers: Object.entries(http.headers).map(([name, value]) => [name.toLowerCase(), value]),
    bodyLength: http.body_length >= 0 ? http.body_length : null,
    bodySha256: http.x_body_sha256 ?? null,
    truncated: false,
    bodyText: null,
    failure: http.failure,
  });
  return out;
}
