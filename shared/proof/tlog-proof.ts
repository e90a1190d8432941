/** Proof, checkable offline, that a log holds an entry, C2SP tlog-proof: https://c2sp.org/tlog-proof */
import { fromBase64, toBase64 } from '../codec/base64.ts';
import type { Decoded } from '../codec/decoded.ts';
import { InvalidInputError } from '../codec/decoded.ts';
import type { VerifierKey } from '../codec/signed-note.ts';
import { NOTE_MAX_BYTES } from '../codec/signed-note.ts';
import type { OpenCheckpointError } from './checkpoint.ts';
import { openCheckpoint, parseDecimal } from './checkpoint.ts';
import { HASH_BYTES, leafHash, verifyInclusion } from './merkle.ts';

const HEADER = 'c2sp.org/tlog-proof@v1';
/** A tree of 2^53 leaves is 53 levels high. */
const MAX_PROOF_HASHES = 53;
export const EXTRA_MAX_BYTES = 64 * 1024;
const MAX_CHARS = NOTE_MAX_BYTES + 2 * EXTRA_MAX_BYTES + MAX_PROOF_HASHES * 2 * HASH_BYTES;

export interface TlogProof {
  readonly index: number;
  /** 32 bytes each, from the leaf's sibling upwards. */
  readonly proof: readonly Uint8Array[];
  /** The signed checkpoint, verbatim. */
  readonly checkpoint: string;
  /** Opaque and *not authenticated* by the proof; null when absent. */
  readonly extra: Uint8Array | null;
}

export type TlogProofError = 'malformed_proof';

/** The proof's text. Throws `bad_size` or `bad_text` for what has no encoding. */
export function formatTlogProof(proof: Omit<TlogProof, 'extra'> & Partial<TlogProof>): string {
  const { index, checkpoint, extra = null } = proof;
  if (!Number.isSafeInteger(index) || index < 0 || proof.proof.length > MAX_PROOF_HASHES)
    throw new InvalidInputError('bad_size', 'a proof has a whole index and at most one hash a tree level');
  if (proof.proof.some((hash) => hash.length !== HASH_BYTES))
    throw new InvalidInputError('bad_size', `a proof hash has ${HASH_BYTES} bytes`);
  if (extra !== null && (extra.length === 0 || extra.length > EXTRA_MAX_BYTES))
    throw new InvalidInputError('bad_size', `extra data has 1 to ${EXTRA_MAX_BYTES} bytes`);
  if (!checkpoint.endsWith('\n')) throw new InvalidInputError('bad_text', 'a checkpoint ends in a newline');
  const head = [HEADER, ...(extra === null ? [] : [`extra ${toBase64(extra)}`]), `index ${index}`];
  return [...head, ...proof.proof.map(toBase64), '', checkpoint].join('\n');
}

function malformed(detail: string): { readonly error: TlogProofError; readonly detail: string } {
  return { error: 'malformed_proof', detail };
}

/** Reads the text; verifies nothing. Untrusted input, never throws. */
export function parseTlogProof(text: string): Decoded<TlogProof, TlogProofError> {
  if (text.length > MAX_CHARS) return malformed(`more than ${MAX_CHARS} characters`);
  const end = text.indexOf('\n\n');
  if (end < 0) return malformed('no empty line before the checkpoint');
  const [header, ...lines] = text.slice(0, end).split('\n');
  if (header !== HEADER) return malformed('first line');

  let extra: Uint8Array | null = null;
  if (lines[0]?.startsWith('extra ') === true) {
    extra = fromBase64(lines.shift()?.slice('extra '.length) ?? '');
    if (extra === null || extra.length === 0 || extra.length > EXTRA_MAX_BYTES)
      return malformed('extra data');
  }
  const indexLine = lines.shift() ?? '';
  const index = indexLine.startsWith('index ') ? parseDecimal(indexLine.slice('index '.length)) : null;
  if (index === null) return malformed('index');

  if (lines.length > MAX_PROOF_HASHES) return malformed('too many hashes');
  const proof: Uint8Array[] = [];
  for (const line of lines) {
    const hash = fromBase64(line);
    if (hash === null || hash.length !== HASH_BYTES) return malformed('hash');
    proof.push(hash);
  }
  return { ok: { index, proof, extra, checkpoint: text.slice(end + 2) } };
}

export interface VerifiedInclusion {
  readonly index: number;
  readonly size: number;
  readonly origin: string;
  readonly root: Uint8Array;
  /** The log's key first, then any other given key that signed the checkpoint. */
  readonly signedBy: readonly VerifierKey[];
}

export type VerifyTlogProofError = TlogProofError | OpenCheckpointError | 'not_included';

/**
 * Checks that the log whose checkpoint a given key signed holds `leafData` (the entry's bytes, before the RFC 6962 leaf
 * hash) at the stated index. Untrusted text, never throws.
 */
export function verifyTlogProof(input: {
  readonly text: string;
  readonly leafData: Uint8Array;
  readonly vkeys: readonly VerifierKey[];
}): Decoded<VerifiedInclusion, VerifyTlogProofError> {
  const parsed = parseTlogProof(input.text);
  if ('error' in parsed) return parsed;
  const opened = openCheckpoint(parsed.ok.checkpoint, input.vkeys);
  if ('error' in opened) return opened;
  const { index, proof } = parsed.ok;
  const { checkpoint, signedBy } = opened.ok;
  const { size, root, origin } = checkpoint;
  if (!verifyInclusion({ leafHash: leafHash(input.leafData), index, size, proof, root }))
    return { error: 'not_included' };
  return { ok: { index, size, origin, root, signedBy } };
}
