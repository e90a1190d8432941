/** A redacted measurement → immutable signed bytes, and the part that is never published. Ontology "Measurement". */
import { toBase64, utf8 } from '../../shared/codec/base64.ts';
import { sha256Hex } from '../../shared/codec/digest.ts';
import { encodeEnvelope, PAYLOAD_TYPES, preAuthEncoding } from '../../shared/codec/dsse.ts';
import { fingerprint } from '../../shared/codec/ed25519.ts';

import type { Heartbeat, Measurement, OutageJournal } from '../../shared/model/index.ts';
import type { Identity } from './identity.ts';

/** The part of an identity that signing needs. */
export type Signer = Pick<Identity, 'publicKey' | 'sign'>;

export interface SealedMeasurement {
  /** Hex SHA-256 of `payload`. */
  readonly measurementId: string;
  /** The JSON bytes that were signed; from here on nothing ever writes this document again. */
  readonly payload: Uint8Array;
  /** DSSE envelope, JSON. */
  readonly envelope: string;
}

function envelopeOf(payloadType: string, payload: Uint8Array, signer: Signer): string {
  const sig = signer.sign(preAuthEncoding(payloadType, payload));
  return encodeEnvelope({ payloadType, payload, keyid: fingerprint(signer.publicKey), sig });
}

/** Takes what `redactMeasurement` gave, never anything else; writes `x_key` and signs. */
export function sealMeasurement(redacted: Measurement, signer: Signer): SealedMeasurement {
  const payload = utf8(
    JSON.stringify({ ...redacted, x_key: toBase64(signer.publicKey) } satisfies Measurement),
  );
  return {
    measurementId: sha256Hex(payload),
    payload,
    envelope: envelopeOf(PAYLOAD_TYPES.measurement, payload, signer),
  };
}

export interface SealedNote {
  /** Hex SHA-256 of the payload. */
  readonly noteId: string;
  /** DSSE envelope, JSON. */
  readonly envelope: string;
}

/** A heartbeat or an outage journal; the same content and key give the same note. Writes `x_key` and signs. */
export function sealNote(
  note: Omit<Heartbeat, 'x_key'> | Omit<OutageJournal, 'x_key'>,
  signer: Signer,
): SealedNote {
  const payload = utf8(JSON.stringify({ ...note, x_key: toBase64(signer.publicKey) }));
  return { noteId: sha256Hex(payload), envelope: envelopeOf(PAYLOAD_TYPES[note.kind], payload, signer) };
}

/** Finer than what may be published; the collector erases it after 90 days. */
export interface PrivateFacts {
  /** ISO 3166-2, e.g. `KZ-75`, as the volunteer said it. */
  readonly region?: string;
  readonly networkType?: 'wifi' | 'ethernet' | 'mobile' | 'satellite' | 'unknown';
  readonly clockOffsetMinutes?: number;
}

const REGION = /^[A-Z]{2}-[A-Z0-9]{1,3}$/;

/**
 * DSSE envelope of the private part, signed by the same key and bound by the measurement's id. Values outside their
 * form are left out. Null when nothing is left to say.
 */
export function sealPrivatePart(measurementId: string, facts: PrivateFacts, signer: Signer): string | null {
  const { region, networkType, clockOffsetMinutes } = facts;
  const said = {
    ...(region !== undefined && REGION.test(region) ? { region } : {}),
    ...(networkType === undefined ? {} : { network_type: networkType }),
    ...(Number.isSafeInteger(clockOffsetMinutes) ? { clock_offset_minutes: clockOffsetMinutes } : {}),
  };
  if (Object.keys(said).length === 0) return null;
  return envelopeOf(
    PAYLOAD_TYPES.private,
    utf8(JSON.stringify({ measurement_id: measurementId, ...said })),
    signer,
  );
}

/**
 * The JSON that is sealed and sent; the envelopes stand in it byte by byte. `replyKey`: 32 random bytes with which the
 * collector seals its receipt.
 */
export function submissionOf(envelope: string, privatePart: string | null, replyKey: Uint8Array): Uint8Array {
  const more = privatePart === null ? '' : `,"private":${privatePart}`;
  return utf8(`{"envelope":${envelope}${more},"reply_key":"${toBase64(replyKey)}"}`);
}
