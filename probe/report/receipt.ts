/** The collector's word that it holds a measurement durably; worth nothing without its signature. Pure. */
import { fromBase64, fromUtf8 } from '../../shared/codec/base64.ts';
import { decodeEnvelope, PAYLOAD_TYPES, verifyEnvelope } from '../../shared/codec/dsse.ts';

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

/** `body`: the answer to a submission. Null when the receipt in it holds for this measurement. Never throws. */
export function checkReceipt(
  body: Uint8Array,
  measurementId: string,
  collectorKey: string,
): ReceiptProblem | null {
  const answer = body.length > MAX_RECEIPT_BYTES ? null : parse(body);
  const key = fromBase64(collectorKey);
  if (answer === null || key === null) return 'not_a_receipt';
  const envelope = decodeEnvelope(
    JSON.stringify(answer['receipt'] ?? null),
    PAYLOAD_TYPES.receipt,
    MAX_RECEIPT_BYTES,
  );
  if ('error' in envelope) return 'not_a_receipt';
  if (!verifyEnvelope(envelope.ok, key)) return 'wrong_key';
  const said = parse(envelope.ok.payload);
  if (said === null || typeof said['received_at'] !== 'string') return 'not_a_receipt';
  return said['measurement_id'] === measurementId ? null : 'other_measurement';
}
