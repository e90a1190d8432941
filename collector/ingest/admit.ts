/**
 * May these bytes enter the archive? Pure: no clock, no store. The order matters: the signature is checked on the raw
 * payload before anything else of it is believed, and nothing is ever serialised again to be checked.
 */
import { fromBase64 } from '../../shared/codec/base64.ts';
import { sha256Hex } from '../../shared/codec/digest.ts';
import type { Envelope } from '../../shared/codec/dsse.ts';
import { decodeEnvelope, PAYLOAD_TYPES, verifyEnvelope } from '../../shared/codec/dsse.ts';
import type { Measurement } from '../../shared/model/index.ts';
import { validateSealedMeasurement } from '../../shared/schema/measurement.ts';
import { parsePayload, readSigned, refuse, refuseFields } from './signed.ts';
import type { Refusal } from './signed.ts';

/** Bytes of a measurement's JSON. */
const MAX_PAYLOAD_BYTES = 6 * 1024 * 1024;
/** A start time this far ahead of our clock is a mistake of the device's clock; it is rounded down, so never ahead by design. */
export const MAX_FUTURE_MS = 24 * 60 * 60 * 1000;
/** No probe of this kind was there before; a device whose clock has stopped says 1970, or the day it was made. */
export const FIRST_START_MS = Date.UTC(2020, 0, 1);
/** Measured so long ago that it says nothing of the present: accepted, and marked late. */
const LATE_AFTER_MS = 24 * 60 * 60 * 1000;
/** Bytes of the second, private part. */
const MAX_PRIVATE_BYTES = 16 * 1024;

export interface Admitted {
  readonly measurementId: string;
  readonly measurement: Measurement;
  readonly envelope: Uint8Array;
  readonly privatePart: Uint8Array | null;
}

export type Admission = { readonly ok: Admitted } | { readonly refusal: Refusal };

/** Milliseconds since 1970 of `YYYY-MM-DD HH:MM:SS` (UTC); NaN for a day that no calendar has. */
export function startTimeMs(text: string): number {
  const ms = Date.parse(`${text.replace(' ', 'T')}Z`);
  // Date.parse takes 31 February for 3 March.
  return Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 19).replace('T', ' ') !== text
    ? Number.NaN
    : ms;
}

export function isLate(startTime: string, receivedAt: string): boolean {
  return Date.parse(receivedAt) - startTimeMs(startTime) > LATE_AFTER_MS;
}

/** Signature under the key that the payload names; then the payload's shape, then its clock. */
function admitEnvelope(envelope: Envelope, bytes: Uint8Array, nowMs: number): Admission {
  const { payload } = envelope;
  const signed = readSigned(envelope, MAX_PAYLOAD_BYTES);
  if ('refusal' in signed) return signed;
  const checked = validateSealedMeasurement(signed.ok);
  if ('problems' in checked) return refuseFields(checked.problems);
  const measurement = checked.ok;
  for (const field of ['measurement_start_time', 'test_start_time'] as const) {
    const ms = startTimeMs(measurement[field]);
    if (Number.isNaN(ms)) return refuse('clock-implausible', `${field} is not a date`);
    if (ms < FIRST_START_MS)
      return refuse(
        'clock-implausible',
        `${field} lies before this probe existed; set the clock of the device`,
      );
    if (ms > nowMs + MAX_FUTURE_MS)
      return refuse(
        'clock-implausible',
        `${field} lies more than a day in the future; set the clock of the device`,
      );
  }
  return { ok: { measurementId: sha256Hex(payload), measurement, envelope: bytes, privatePart: null } };
}

/** A bare DSSE envelope. `bytes` are kept as they came. */
export function admit(bytes: Uint8Array, nowMs: number): Admission {
  const decoded = decodeEnvelope(bytes, PAYLOAD_TYPES.measurement);
  if ('error' in decoded)
    return refuse('envelope-invalid', `not a DSSE envelope with one signature: ${decoded.error}`);
  return admitEnvelope(decoded.ok, bytes, nowMs);
}

/** The private part belongs to the measurement it names, and the same key signed it. */
export function admitPrivatePart(admitted: Admitted, bytes: Uint8Array): Admission {
  const wrong = (detail: string): Admission => refuse('private-part-invalid', detail);
  const decoded = decodeEnvelope(bytes, PAYLOAD_TYPES.private, MAX_PRIVATE_BYTES);
  if ('error' in decoded) return wrong(`not a DSSE envelope: ${decoded.error}`);
  const parsed = parsePayload(decoded.ok.payload, MAX_PRIVATE_BYTES);
  if ('detail' in parsed) return wrong(parsed.detail);
  const key = fromBase64(admitted.measurement.x_key);
  if (key === null || !verifyEnvelope(decoded.ok, key))
    return wrong('another key signed it than the measurement');
  if (!('measurement_id' in parsed.ok) || parsed.ok.measurement_id !== admitted.measurementId)
    return wrong('it names another measurement');
  return { ok: { ...admitted, privatePart: bytes } };
}
