/** Signed tree heads of a log, C2SP tlog-checkpoint: https://c2sp.org/tlog-checkpoint */
import { fromBase64, toBase64 } from '../codec/base64.ts';
import { equalBytes } from '../codec/bytes.ts';
import type { Decoded } from '../codec/decoded.ts';
import { InvalidInputError } from '../codec/decoded.ts';
import type { NoteError, VerifierKey } from '../codec/signed-note.ts';
import { openNote, signNote } from '../codec/signed-note.ts';
import { EMPTY_ROOT, HASH_BYTES } from './merkle.ts';

export interface Checkpoint {
  /** The log's identity, by custom a URL without scheme. */
  readonly origin: string;
  /** Number of leaves. */
  readonly size: number;
  /** 32 bytes. */
  readonly root: Uint8Array;
  /** Opaque lines after the root; we write none. */
  readonly extensions: readonly string[];
}

export type CheckpointError = 'malformed_checkpoint';

/** ASCII decimal without leading zeroes, as C2SP writes sizes and indexes; null when it is not, or beyond 2^53 − 1. */
export function parseDecimal(text: string): number | null {
  const value = /^(0|[1-9][0-9]{0,15})$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(value) ? value : null;
}

/** The note text. Throws `bad_text` or `bad_size` for what has no encoding. */
export function formatCheckpoint(checkpoint: Omit<Checkpoint, 'extensions'> & Partial<Checkpoint>): string {
  const { origin, size, root, extensions = [] } = checkpoint;
  if ([origin, ...extensions].some((line) => line === '' || line.includes('\n')))
    throw new InvalidInputError('bad_text', 'the lines of a checkpoint are not empty and hold no newline');
  if (!Number.isSafeInteger(size) || size < 0 || root.length !== HASH_BYTES)
    throw new InvalidInputError('bad_size', 'a checkpoint has a whole size and a 32-byte root');
  return [origin, String(size), toBase64(root), ...extensions].map((line) => `${line}\n`).join('');
}

/** Reads a note's text; says nothing about signatures. Untrusted input, never throws. */
export function parseCheckpoint(text: string): Decoded<Checkpoint, CheckpointError> {
  if (!text.endsWith('\n')) return { error: 'malformed_checkpoint', detail: 'no final newline' };
  const lines = text.slice(0, -1).split('\n');
  if (lines.includes('')) return { error: 'malformed_checkpoint', detail: 'empty line' };
  const [origin, sizeLine, rootLine, ...extensions] = lines;
  if (origin === undefined || sizeLine === undefined || rootLine === undefined)
    return { error: 'malformed_checkpoint', detail: 'fewer than three lines' };
  const size = parseDecimal(sizeLine);
  if (size === null) return { error: 'malformed_checkpoint', detail: 'tree size' };
  const root = fromBase64(rootLine);
  if (root === null || root.length !== HASH_BYTES || (size === 0 && !equalBytes(root, EMPTY_ROOT)))
    return { error: 'malformed_checkpoint', detail: 'root hash' };
  return { ok: { origin, size, root, extensions } };
}

/** A checkpoint signed by its log, whose key is named after the origin. Throws as `formatCheckpoint` and `signNote`. */
export function signCheckpoint(checkpoint: Parameters<typeof formatCheckpoint>[0], seed: Uint8Array): string {
  return signNote(formatCheckpoint(checkpoint), { name: checkpoint.origin, seed });
}

export interface OpenedCheckpoint {
  readonly checkpoint: Checkpoint;
  /** The log's key first, then any other given key that signed. */
  readonly signedBy: readonly VerifierKey[];
}

export type OpenCheckpointError = NoteError | CheckpointError | 'not_signed_by_origin';

/**
 * Verifies and reads a checkpoint. A signature by a key named after the origin is required: the keys given may also
 * hold witnesses or other logs, and none of these can speak for this log. Untrusted input, never throws.
 */
export function openCheckpoint(
  note: string | Uint8Array,
  keys: readonly VerifierKey[],
): Decoded<OpenedCheckpoint, OpenCheckpointError> {
  const opened = openNote(note, keys);
  if ('error' in opened) return opened;
  const parsed = parseCheckpoint(opened.ok.text);
  if ('error' in parsed) return parsed;
  const isLog = (key: VerifierKey): boolean => key.name === parsed.ok.origin;
  const { verifiedBy } = opened.ok;
  if (!verifiedBy.some(isLog)) return { error: 'not_signed_by_origin', detail: parsed.ok.origin };
  const signedBy = [...verifiedBy.filter(isLog), ...verifiedBy.filter((key) => !isLog(key))];
  return { ok: { checkpoint: parsed.ok, signedBy } };
}
