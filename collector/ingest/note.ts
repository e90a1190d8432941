/** May this be believed as a heartbeat or an outage journal? Pure: no clock, no store. They go to beats.db, never to the archive. */
import { createPublicKey, verify } from 'node:crypto';
import { fromHex } from '../../shared/codec/base64.ts';
import { concatBytes } from '../../shared/codec/bytes.ts';
import { sha256Hex } from '../../shared/codec/digest.ts';
import type { Envelope } from '../../shared/codec/dsse.ts';
import { decodeEnvelope, PAYLOAD_TYPES, preAuthEncoding } from '../../shared/codec/dsse.ts';
import { ED25519_KEY_BYTES } from '../../shared/codec/ed25519.ts';
import type { Heartbeat, OutageJournal } from '../../shared/model/index.ts';
import { validateHeartbeat, validateJournal } from '../../shared/schema/watch.ts';
import { FIRST_START_MS, MAX_FUTURE_MS } from './admit.ts';
import { readSigned, refuse, refuseFields } from './signed.ts';
import type { Refusing } from './signed.ts';

/** Bytes of a note's JSON: a heartbeat has some 300, a journal of MAX_JOURNAL_SPANS spans some 120,000. */
const MAX_BYTES = { heartbeat: 4 * 1024, journal: 256 * 1024 } as const;
/** Envelope around the largest of them: base64 and its fields. */
const MAX_ENVELOPE_BYTES = 384 * 1024;
const MINUTE_MS = 60_000;

export interface Note {
  /** Hex SHA-256 of the payload. */
  readonly noteId: string;
  readonly note: Heartbeat | OutageJournal;
}
export type NoteAdmission = { readonly ok: Note } | Refusing;

/** How it travelled. */
export interface NoteTravel {
  readonly sealed: boolean;
  readonly privatePart: boolean;
  readonly replyKey: boolean;
}

const KINDS = ['heartbeat', 'journal'] as const;

function decode(
  bytes: Uint8Array,
): { readonly kind: (typeof KINDS)[number]; readonly envelope: Envelope } | null {
  for (const kind of KINDS) {
    const decoded = decodeEnvelope(bytes, PAYLOAD_TYPES[kind], MAX_ENVELOPE_BYTES);
    if ('ok' in decoded) return { kind, envelope: decoded.ok };
  }
  return null;
}

/** In the clear whoever reads the connection would learn the pseudonym, and by the receipt whose it is. */
function travelRefusal(travel: NoteTravel): Refusing | null {
  if (!travel.sealed)
    return refuse(
      'envelope-invalid',
      'heartbeats and journals are taken sealed only: seal it to the collector',
    );
  if (travel.privatePart)
    return refuse('private-part-invalid', 'heartbeats and journals have no private part');
  if (!travel.replyKey)
    return refuse('envelope-invalid', 'the receipt of a heartbeat or journal is sealed: send a reply_key');
  return null;
}

function clockRefusal(journal: OutageJournal, nowMs: number): Refusing | null {
  const sealedAt = Date.parse(journal.sealed_at) - (journal.clock_offset_minutes ?? 0) * MINUTE_MS;
  if (sealedAt < FIRST_START_MS)
    return refuse(
      'clock-implausible',
      'sealed_at lies before this probe existed; set the clock of the device',
    );
  if (sealedAt > nowMs + MAX_FUTURE_MS)
    return refuse(
      'clock-implausible',
      'sealed_at lies more than a day in the future; set the clock of the device',
    );
  return null;
}

/** SubjectPublicKeyInfo of an Ed25519 key without the key: RFC 8410, section 4. */
const SPKI_HEAD = fromHex('302a300506032b6570032100') ?? new Uint8Array();

/**
 * The system's own check, many times faster: notes come by the thousand and are no evidence, so that it does not matter that verifiers
 * differ on keys that nobody makes (see shared/codec/ed25519.ts).
 */
function verifiesFast({ payloadType, payload, sig }: Envelope, key: Uint8Array): boolean {
  if (key.length !== ED25519_KEY_BYTES) return false;
  try {
    const spki = Buffer.from(concatBytes(SPKI_HEAD, key));
    const publicKey = createPublicKey({ key: spki, format: 'der', type: 'spki' });
    return verify(null, preAuthEncoding(payloadType, payload), publicKey, sig);
  } catch {
    // Bytes that are no point.
    return false;
  }
}

/** A DSSE envelope; null: it is no heartbeat and no journal, whatever else it may be. */
export function admitNote(bytes: Uint8Array, travel: NoteTravel, nowMs: number): NoteAdmission | null {
  const decoded = decode(bytes);
  if (decoded === null) return null;
  const { kind, envelope } = decoded;
  const wrongTravel = travelRefusal(travel);
  if (wrongTravel !== null) return wrongTravel;
  const signed = readSigned(envelope, MAX_BYTES[kind], verifiesFast);
  if ('refusal' in signed) return signed;
  const checked = kind === 'heartbeat' ? validateHeartbeat(signed.ok) : validateJournal(signed.ok);
  if ('problems' in checked) return refuseFields(checked.problems);
  const note = checked.ok;
  const wrongClock = note.kind === 'journal' ? clockRefusal(note, nowMs) : null;
  return wrongClock ?? { ok: { noteId: sha256Hex(envelope.payload), note } };
}
