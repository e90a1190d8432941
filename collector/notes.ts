/** A heartbeat or journal that was handed in → kept apart from the archive, and its receipt; or why not. */
import { utf8 } from '../shared/codec/base64.ts';
import { PAYLOAD_TYPES, signEnvelope } from '../shared/codec/dsse.ts';
import type { Heartbeat, OutageJournal } from '../shared/model/index.ts';
import { admitNote, type NoteTravel } from './ingest/note.ts';
import type { Refusing } from './ingest/signed.ts';
import type { Receipt } from './web/port.ts';

/** Keeps it; when it came, RFC 3339 UTC, rounded as published times are. */
export type TakeNote = (noteId: string, note: Heartbeat | OutageJournal) => string;

export interface NoteOptions {
  /** The collector's key. */
  readonly seed: Uint8Array;
  /** Absent: this collector takes none. */
  readonly take: TakeNote | undefined;
}

/** `envelope`: an opened body. Null: it is no note. Throws STORAGE_FULL when there is no room. */
export function receiveNote(
  envelope: Uint8Array,
  travel: NoteTravel,
  nowMs: number,
  { seed, take }: NoteOptions,
): { readonly ok: Receipt } | Refusing | null {
  if (take === undefined) return null;
  const admission = admitNote(envelope, travel, nowMs);
  if (admission === null || 'refusal' in admission) return admission;
  const { noteId, note } = admission.ok;
  const receivedAt = take(noteId, note);
  const payload = utf8(JSON.stringify({ note_id: noteId, received_at: receivedAt }));
  const receipt = signEnvelope({ payloadType: PAYLOAD_TYPES.receipt, payload, seed });
  return { ok: { measurementId: noteId, receivedAt, receipt } };
}
