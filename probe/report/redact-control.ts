/** The control's reply: kept as it is, or, when it holds an own address, scrubbed and then no longer signed. Pure. */
import { binary, boolean, foreignJson, list, map, number, object, oneOf, orNull, text } from './fields.ts';
import type { Field } from './fields.ts';
import type { Redactor } from './redactor.ts';

/** Not the probe's own `failure`: rewriting the control's words would part them from its signature. */
const failure: Field = orNull(text);

const tlsResult = object({
  server_name: text,
  status: boolean,
  failure,
  x_peer_certificates: list(binary),
});

const reply = object({
  tcp_connect: map(() => object({ status: boolean, failure })),
  tls_handshake: map(() => tlsResult),
  quic_handshake: (value, redactor) => (value === undefined ? undefined : foreignJson(value, redactor)),
  http_request: object({
    body_length: number,
    discovered_h3_endpoint: text,
    failure,
    title: text,
    headers: map(() => text),
    status_code: number,
    x_body_sha256: orNull(text),
  }),
  http3_request: (value, redactor) => (value === undefined ? undefined : foreignJson(value, redactor)),
  dns: object({ failure, addrs: list(text) }),
  ip_info: orNull(map(() => object({ asn: number, flags: number, x_cc: text }))),
  x_request: object({ http_request: text, tcp_connect: list(text) }),
  x_time: text,
  x_http_chain: list(text),
  x_http_seconds: number,
  x_parent: object({ zone: text, status: oneOf('delegated', 'denied', 'unknown'), failure }),
  x_siblings: map(() => list(text)),
  x_earlier_addrs: list(text),
});

/** What was asked of the control. */
export const controlRequest = object({
  http_request: text,
  http_request_headers: map(() => list(text)),
  tcp_connect: list(text),
  x_quic_enabled: boolean,
});

const signedReply = object({ payloadType: text, payload: text, keyid: text, sig: text });

const holdsOwn = (value: unknown, redactor: Redactor): boolean => {
  const before = JSON.stringify(value);
  return before !== undefined && redactor.text(before) !== before;
};

/**
 * `control` and `x_control_signed` together: a signature over bytes that name the volunteer can't be kept, and one
 * over other bytes than those shown would be no proof. Base64 certificates inside are decoded before they are searched.
 */
export function redactControl(
  control: unknown,
  signed: unknown,
  redactor: Redactor,
): { readonly control: unknown; readonly signed: unknown } {
  const clean = (reply(control, redactor) ?? {}) as Readonly<Record<string, unknown>>;
  const known = Object.keys(clean).length > 0 && 'http_request' in clean ? clean : {};
  if (typeof signed !== 'object' || signed === null) return { control: known, signed: null };
  return {
    control: known,
    signed: namesVolunteer(control, signed, redactor) ? null : signedReply(signed, redactor),
  };
}

function namesVolunteer(control: unknown, signed: object, redactor: Redactor): boolean {
  if (holdsOwn(control, redactor) || holdsOwn(signed, redactor)) return true;
  const payload = 'payload' in signed && typeof signed.payload === 'string' ? signed.payload : '';
  return [control, parse(payload)].some((value) => certificatesHoldOwn(value, redactor));
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}

function certificatesHoldOwn(value: unknown, redactor: Redactor): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if ('format' in value && 'data' in value && typeof value.data === 'string') {
    const clean = binary(value, redactor) as { data: string } | undefined;
    return clean === undefined || clean.data !== value.data;
  }
  return Object.values(value).some((item) => certificatesHoldOwn(item, redactor));
}
