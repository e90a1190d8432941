/** What measurements and notes have in common: JSON of bounded size and depth, signed by the key that it names. Pure. */
import { fromBase64, fromUtf8 } from '../../shared/codec/base64.ts';
import type { Envelope } from '../../shared/codec/dsse.ts';
import { verifyEnvelope } from '../../shared/codec/dsse.ts';
import type { FieldProblem } from '../../shared/schema/measurement.ts';
import { jsonDepth } from './json-depth.ts';

/** Brackets inside brackets; our own documents stay below ten. */
export const MAX_JSON_DEPTH = 32;

type RefusalCode =
  | 'envelope-invalid'
  | 'payload-invalid'
  | 'signature-invalid'
  | 'schema-invalid'
  | 'clock-implausible'
  | 'private-part-invalid';

export interface Refusal {
  readonly code: RefusalCode;
  readonly detail: string;
  readonly problems?: readonly FieldProblem[];
}
export interface Refusing {
  readonly refusal: Refusal;
}

export const refuse = (code: RefusalCode, detail: string): Refusing => ({ refusal: { code, detail } });

export const refuseFields = (problems: readonly FieldProblem[]): Refusing => ({
  refusal: {
    code: 'schema-invalid',
    detail: `${problems.length} field(s) are not as the format has them`,
    problems,
  },
});

export function parsePayload(
  payload: Uint8Array,
  maxBytes: number,
): { readonly ok: object } | { readonly detail: string } {
  if (payload.length > maxBytes) return { detail: `the payload has more than ${maxBytes} bytes` };
  if (jsonDepth(payload, MAX_JSON_DEPTH) > MAX_JSON_DEPTH)
    return { detail: `the payload nests deeper than ${MAX_JSON_DEPTH} levels` };
  const text = fromUtf8(payload);
  if (text === null) return { detail: 'the payload is not UTF-8' };
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? { ok: value }
      : { detail: 'the payload is not a JSON object' };
  } catch {
    return { detail: 'the payload is not JSON' };
  }
}

function keyInside(value: object): Uint8Array | null {
  const key = 'x_key' in value ? value.x_key : undefined;
  return typeof key === 'string' ? fromBase64(key) : null;
}

/** The signature is checked on the raw payload before anything else of it is believed. */
export function readSigned(
  envelope: Envelope,
  maxBytes: number,
  verifies: (envelope: Envelope, key: Uint8Array) => boolean = verifyEnvelope,
): { readonly ok: object } | Refusing {
  const parsed = parsePayload(envelope.payload, maxBytes);
  if ('detail' in parsed) return refuse('payload-invalid', parsed.detail);
  const key = keyInside(parsed.ok);
  if (key === null) return refuse('payload-invalid', 'the payload names no x_key');
  return verifies(envelope, key)
    ? parsed
    : refuse('signature-invalid', 'the signature does not verify under the x_key of the payload');
}
