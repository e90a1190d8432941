/**
 * DEFLATE, RFC 1951 (https://www.rfc-editor.org/rfc/rfc1951.html), for data that may lie about its size: one byte can
 * become 1032, so the promise has to be kept while inflating and not found broken afterwards.
 */
import { FlateErrorCode, Inflate, inflateSync } from 'fflate';
import type { Decoded } from './decoded.ts';

/** Compressed bytes handed over at once: 4 MB is the most that comes out before the count is looked at. */
const PIECE_BYTES = 4096;

export type InflateError = 'too_long' | 'too_short' | 'malformed' | 'trailing_bytes';

class TooLong extends Error {}

/** Null when the data makes at most `size` bytes and its end is the last byte given, as far as can be told so far. */
function problemOf(packed: Uint8Array, size: number): InflateError | null {
  let produced = 0;
  const stream = new Inflate((chunk) => {
    produced += chunk.length;
    if (produced > size) throw new TooLong();
  });
  const last = packed.length - 1;
  if (last < 1) return 'malformed';
  try {
    // Without its last byte a stream is unfinished. One that finishes has bytes behind it that nobody would ever see.
    for (let at = 0; at < last; at += PIECE_BYTES)
      stream.push(packed.subarray(at, Math.min(at + PIECE_BYTES, last)), at + PIECE_BYTES >= last);
    return 'trailing_bytes';
  } catch (error) {
    if (error instanceof TooLong) return 'too_long';
    return error instanceof Error && 'code' in error && error.code === FlateErrorCode.UnexpectedEOF
      ? null
      : 'malformed';
  }
}

/**
 * Inflates data that must give exactly `size` bytes and end exactly where it ends. Memory stays within `size` and a few
 * megabytes whatever the data says. Untrusted input, never throws.
 */
export function boundedInflate(packed: Uint8Array, size: number): Decoded<Uint8Array, InflateError> {
  const problem = problemOf(packed, size);
  if (problem !== null) return { error: problem };
  try {
    // The last byte may still add something: a byte more than promised lets that show.
    const out = inflateSync(packed, { out: new Uint8Array(size + 1) });
    if (out.length === size) return { ok: out.slice() };
    return { error: out.length < size ? 'too_short' : 'too_long' };
  } catch {
    return { error: 'malformed' };
  }
}
