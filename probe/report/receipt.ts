/** The collector's word that it holds a measurement durably; worth nothing without its signature. Pure. */
import { fromBase64, fromUtf8 } from '../../shared/codec/base64.ts';
import { decodeEnvelope, PAYLOAD_TYPES, verifyEnvelope } from '../../shared/codec/dsse.ts';
import { openReply } from '../../shared/codec/sealed-reply.ts';

/** A receipt is a few hundred bytes. */
const MAX_RECEIPT_BYTES = 16 * 1024;

export type ReceiptProblem = 'not_a_receipt' | 'wrong_key' | 'other_measurement';

type Json = Readonly<Record<string, unknown>>;

function parse(bytes: Uint8Array): Json | null {
  try {
    const value: unknown = JSON.parse(fromUtf8(bytes) ?? '');
    return typeof value === 'object' && value !== null ? (value as Json) : null;
  } catch {
    return null;
  }
}

/** The receipt's envelope in an answer, sealed to `replyKey` or in the clear; null when there is none. */
function envelopeIn(answer: Json, replyKey: Uint8Array | null): string | null {
  const { sealed_receipt: sealed, receipt } = answer;
  if (typeof sealed !== 'string') return JSON.stringify(receipt ?? null);
  return replyKey === null ? null : openReply(sealed, replyKey);
}

/**
 * `body`: the answer to a submission whose receipt was asked for under `replyKey`. The receipt's envelope, when it
 * holds for this measurement, heartbeat or journal (all are named by the hash of their payload). Never throws.
 */
export function readReceipt(
  body: Uint8Array,
  measurementId: string,
  { collectorKey, replyKey }: { readonly collectorKey: string; readonly replyKey: Uint8Array | null },
): { readonly ok: string } | { readonly problem: ReceiptProblem } {
  const answer = body.length > MAX_RECEIPT_BYTES ? null : parse(body);
  const text = answer === null ? null : envelopeIn(answer, replyKey);
  const key = fromBase64(collectorKey);
  const envelope = text === null ? null : decodeEnvelope(text, PAYLOAD_TYPES.receipt, MAX_RECEIPT_BYTES);
  if (text === null || key === null || envelope === null || 'error' in envelope)
    return { problem: 'not_a_receipt' };
  if (!verifyEnvelope(envelope.ok, key)) return { problem: 'wrong_key' };
  const said = parse(envelope.ok.payload);
  if (said === null || typeof said['received_at'] !== 'string') return { problem: 'not_a_receipt' };
  // Heartbeats and journals are named otherwise: they are held, and stand in no log.
  const named = said['measurement_id'] ?? said['note_id'];
  return named === measurementId ? { ok: text } : { problem: 'other_measurement' };
}
