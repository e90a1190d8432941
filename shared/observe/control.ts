/** The control's reply → observations, after checking who signed what, when, about which name. */
import { fromBase64, utf8 } from '../codec/base64.ts';
import { PAYLOAD_TYPES, verifyEnvelope } from '../codec/dsse.ts';
import { parseEndpoint } from '../codec/ip.ts';
import { sameJson } from '../codec/same-json.ts';
import type { ControlResponse, Observation, SignedControlReply } from '../model/index.ts';
import type { Document } from '../schema/document.ts';
import { asObject, asString } from '../schema/read.ts';
import type { Roots } from './chain/index.ts';
import { createChains } from './chains.ts';
import type { ControlState } from './observations.ts';

/** A reply speaks for the measurement only when made this close to its (rounded) start. Milliseconds. */
export const MAX_CONTROL_DISTANCE_MS = 2 * 3600 * 1000;

const UTC_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z$/;

/** The URL as asked, its fragment aside: what must be equal for a reply to be about this target. */
export function sameUrl(a: string, b: string): boolean {
  try {
    return new URL(a).href.split('#')[0] === new URL(b).href.split('#')[0];
  } catch {
    return a === b;
  }
}

/** The bytes that were signed, parsed, when the signature holds under one of `keys`; else undefined. */
export function signedJson(
  signed: SignedControlReply | null,
  payloadType: string,
  keys: ReadonlySet<string>,
): unknown {
  if (signed === null || signed.payloadType !== payloadType || !keys.has(signed.keyid)) return undefined;
  const key = fromBase64(signed.keyid);
  const sig = fromBase64(signed.sig);
  if (key === null || sig === null) return undefined;
  if (!verifyEnvelope({ ...signed, payload: utf8(signed.payload), sig }, key)) return undefined;
  try {
    return JSON.parse(signed.payload);
  } catch {
    return undefined;
  }
}

/** Milliseconds since 1970 of an ISO 8601 time in UTC, else NaN: without a zone the text means another moment elsewhere. */
export const utcMs = (text: string | undefined): number =>
  UTC_TIME.test(text ?? '') ? Date.parse(text ?? '') : Number.NaN;

/**
 * The control's clock minus the measurement's start, in minutes: signed, about this URL, and by a known control. A device
 * whose clock is days off gets an honest reply that is about another day.
 */
export function controlClockMinutes(doc: Document, controlKeys: ReadonlySet<string>): number | null {
  const said = asObject(signedJson(doc.controlSigned, PAYLOAD_TYPES.control, controlKeys));
  const made = utcMs(asString(said?.['x_time']) ?? undefined);
  const about = sameUrl(asString(asObject(said?.['x_request'])?.['http_request']) ?? '', doc.input);
  return about && !Number.isNaN(made) ? Math.round((made - doc.startedAt) / 60_000) : null;
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
  const said = signedJson(doc.controlSigned, PAYLOAD_TYPES.control, controlKeys);
  if (said === undefined) return 'unverified';
  const { x_time: time, x_request: request } = doc.control;
  const distance = Math.abs(utcMs(time) - doc.startedAt);
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
  const chains = createChains(roots, doc.startedAt);
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
      extendedError: null,
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
    const chain = chains.decode(result.x_peer_certificates ?? []);
    const host = result.server_name === '' ? url.hostname : result.server_name;
    const appraisal = chains.appraise(chain, host);
    out.push({
      ...BASE,
      id: `control-tls-${text}`,
      kind: 'tls',
      ...endpoint,
      serverName: host,
      alpn: null,
      splitClientHello: false,
      chain,
      // A site that shows the control chains without end must not make its own look forged.
      appraisal: appraisal?.trusted === false && chains.exhausted() ? null : appraisal,
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
