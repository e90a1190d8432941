/**
 * One spool file: a line of JSON, then the body. The line names nothing that is published except the measurement's id,
 * which the receipt needs; the hash tells a damaged body from a whole one.
 */
import { fromBase64, fromUtf8, toBase64, utf8 } from '../../shared/codec/base64.ts';
import { concatBytes } from '../../shared/codec/bytes.ts';
import { sha256Hex } from '../../shared/codec/digest.ts';
import { REPLY_KEY_BYTES } from '../../shared/codec/sealed-reply.ts';
import { MAX_SEALED_PLAINTEXT_BYTES } from '../../shared/codec/sealed.ts';

const MAX_HEAD_BYTES = 512;
/** A plain submission may be as long as what fits into a sealed one. */
export const MAX_ENTRY_BYTES = MAX_HEAD_BYTES + MAX_SEALED_PLAINTEXT_BYTES;
const VERSION = 1;
const NEWLINE = 0x0a;

export interface SpoolEntry {
  /** Hex, 64 digits. */
  readonly measurementId: string;
  /** `Identity.group`. */
  readonly group: string;
  /** False: plain, because the collector's key was not known when it was written. */
  readonly sealed: boolean;
  /** Opens the collector's answer; null for entries of a program that asked for none. */
  readonly replyKey: Uint8Array | null;
  readonly body: Uint8Array;
}

export const isMeasurementId = (text: string): boolean => /^[0-9a-f]{64}$/.test(text);

export function encodeEntry(entry: SpoolEntry): Uint8Array {
  const head = {
    v: VERSION,
    id: entry.measurementId,
    group: entry.group,
    sealed: entry.sealed,
    ...(entry.replyKey === null ? {} : { reply: toBase64(entry.replyKey) }),
    sha256: sha256Hex(entry.body),
  };
  return concatBytes(utf8(`${JSON.stringify(head)}\n`), entry.body);
}

/** Null for anything that `encodeEntry` did not write, whole. */
export function decodeEntry(bytes: Uint8Array): SpoolEntry | null {
  const end = bytes.subarray(0, MAX_HEAD_BYTES).indexOf(NEWLINE);
  const text = end < 0 ? null : fromUtf8(bytes.subarray(0, end));
  if (text === null) return null;
  const body = bytes.subarray(end + 1);
  try {
    const { v, id, group, sealed, reply, sha256 } = JSON.parse(text) as Readonly<Record<string, unknown>>;
    if (v !== VERSION || typeof id !== 'string' || !isMeasurementId(id)) return null;
    if (typeof group !== 'string' || !/^[0-9a-f]{1,64}$/.test(group) || typeof sealed !== 'boolean')
      return null;
    const replyKey = typeof reply === 'string' ? fromBase64(reply) : null;
    if (reply !== undefined && replyKey?.length !== REPLY_KEY_BYTES) return null;
    return sha256 === sha256Hex(body) ? { measurementId: id, group, sealed, replyKey, body } : null;
  } catch {
    return null;
  }
}
