/**
 * Dead Simple Signing Envelope, version 1: https://github.com/secure-systems-lab/dsse/blob/master/protocol.md and
 * https://github.com/secure-systems-lab/dsse/blob/master/envelope.md
 *
 * Narrower than the specification on purpose: standard base64 only (DSSE also allows the URL-safe alphabet), exactly one
 * signature, `keyid` always written. The payload's bytes are what was signed; nothing is ever canonicalised.
 */
import { fromBase64, fromUtf8, toBase64, utf8 } from './base64.ts';
import { concatBytes } from './bytes.ts';
import type { Decoded } from './decoded.ts';
import { ED25519_SIGNATURE_BYTES, fingerprint, publicKeyOf, sign, verify } from './ed25519.ts';

export const PAYLOAD_TYPES = {
  measurement: 'application/vnd.kuager.measurement+json',
  control: 'application/vnd.kuager.control+json',
  network: 'application/vnd.kuager.network+json',
  descriptor: 'application/vnd.kuager.descriptor+json',
  receipt: 'application/vnd.kuager.receipt+json',
  private: 'application/vnd.kuager.private+json',
  manifest: 'application/vnd.kuager.datapackage+json',
  inbound: 'application/vnd.kuager.inbound+json',
  heartbeat: 'application/vnd.kuager.heartbeat+json',
  journal: 'application/vnd.kuager.journal+json',
} as const;

export type PayloadType = (typeof PAYLOAD_TYPES)[keyof typeof PAYLOAD_TYPES];

/** Bytes of JSON that `decodeEnvelope` looks at unless told otherwise. */
export const ENVELOPE_MAX_BYTES = 8 * 1024 * 1024;
export const KEYID_MAX_CHARS = 200;

/** Five keys and four values, each between two quotation marks. */
const QUOTES_IN_AN_ENVELOPE = 18;

export interface Envelope {
  readonly payloadType: string;
  readonly payload: Uint8Array;
  /** An unauthenticated hint; never decide anything by it. */
  readonly keyid: string;
  /** 64 bytes, Ed25519. */
  readonly sig: Uint8Array;
}

export type EnvelopeError =
  'too_large' | 'not_utf8' | 'not_an_envelope' | 'wrong_payload_type' | 'bad_base64' | 'bad_signature_length';

/** What gets signed: `DSSEv1 LEN(type) type LEN(body) body`, lengths in bytes, decimal. */
export function preAuthEncoding(payloadType: string, payload: Uint8Array): Uint8Array {
  const type = utf8(payloadType);
  return concatBytes(utf8(`DSSEv1 ${type.length} `), type, utf8(` ${payload.length} `), payload);
}

/** The envelope's JSON; no signing happens here. */
export function encodeEnvelope(envelope: Envelope): string {
  return JSON.stringify({
    payloadType: envelope.payloadType,
    payload: toBase64(envelope.payload),
    signatures: [{ keyid: envelope.keyid, sig: toBase64(envelope.sig) }],
  });
}

/** Signs and encodes, `keyid` being the key's fingerprint. Throws `bad_key` unless the seed has 32 bytes. */
export function signEnvelope(input: {
  readonly payloadType: PayloadType;
  readonly payload: Uint8Array;
  readonly seed: Uint8Array;
}): string {
  const { payloadType, payload, seed } = input;
  const keyid = fingerprint(publicKeyOf(seed));
  return encodeEnvelope({
    payloadType,
    payload,
    keyid,
    sig: sign(preAuthEncoding(payloadType, payload), seed),
  });
}

/** An object with exactly these keys, or null. */
function exactObject<Key extends string>(
  value: unknown,
  keys: readonly Key[],
): Readonly<Record<Key, unknown>> | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const found = Object.keys(value);
  if (found.length !== keys.length || !keys.every((key) => found.includes(key))) return null;
  return value as Record<Key, unknown>;
}

function parseJson(text: string): unknown {
  // JSON.parse keeps the last of two equal keys, other parsers the first. A well-formed envelope needs no escapes and has
  // a known number of strings, so counting quotation marks refuses every document that two parsers could read differently.
  if (text.includes('\\') || text.split('"').length - 1 !== QUOTES_IN_AN_ENVELOPE) return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/**
 * Reads one envelope of the payload type the caller expects. Untrusted input; never throws. The signature is *not*
 * checked: see `verifyEnvelope`.
 */
export function decodeEnvelope(
  input: Uint8Array | string,
  payloadType: PayloadType,
  maxBytes: number = ENVELOPE_MAX_BYTES,
): Decoded<Envelope, EnvelopeError> {
  // A string's length is at most its bytes of UTF-8: a bound on the work either way.
  if (input.length > maxBytes) return { error: 'too_large', detail: `more than ${maxBytes} bytes` };
  const text = typeof input === 'string' ? input : fromUtf8(input);
  if (text === null) return { error: 'not_utf8' };

  const outer = exactObject(parseJson(text), ['payloadType', 'payload', 'signatures']);
  if (outer === null || !Array.isArray(outer.signatures) || outer.signatures.length !== 1)
    return { error: 'not_an_envelope' };
  const inner = exactObject(outer.signatures[0], ['keyid', 'sig']);
  if (inner === null || typeof outer.payload !== 'string' || typeof inner.sig !== 'string')
    return { error: 'not_an_envelope' };
  const { keyid } = inner;
  if (typeof keyid !== 'string' || keyid.length > KEYID_MAX_CHARS) return { error: 'not_an_envelope' };
  if (outer.payloadType !== payloadType) return { error: 'wrong_payload_type' };

  const payload = fromBase64(outer.payload);
  const sig = fromBase64(inner.sig);
  if (payload === null || sig === null) return { error: 'bad_base64' };
  if (sig.length !== ED25519_SIGNATURE_BYTES) return { error: 'bad_signature_length' };
  return { ok: { payloadType, payload, keyid, sig } };
}

/** Whether the signature is `publicKey`'s (32 bytes) over type and payload. Never throws. */
export function verifyEnvelope(envelope: Envelope, publicKey: Uint8Array): boolean {
  return verify(envelope.sig, preAuthEncoding(envelope.payloadType, envelope.payload), publicKey);
}
