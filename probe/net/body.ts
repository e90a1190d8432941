import { Buffer } from 'node:buffer';
import { failureFromErrorCode } from '../../shared/failure/failure.ts';
import { BodySink } from './body-sink.ts';
import type { BodyWishes } from './body-sink.ts';
import { contentEncodings, createDecoder } from './content-decoding.ts';
import type { Decoder } from './content-decoding.ts';
import type { HttpHead } from './http-driver.ts';
import { MAX_BODY_WIRE_BYTES } from './limits.ts';

export interface BodyRead {
  readonly kept: Uint8Array;
  readonly length: number;
  readonly sha256: string | null;
  readonly failure: string | null;
}

/** zlib's word for data that stops in the middle. */
const ZLIB_INCOMPLETE = 'Z_BUF_ERROR';

function decodingFailure(error: NodeJS.ErrnoException): string {
  if (error.code === ZLIB_INCOMPLETE) return 'eof_error';
  return failureFromErrorCode(undefined, `content encoding: ${error.message}`);
}

/**
 * Reads a body to its end or to a limit, decoding as it comes. Failure: what `explain` makes of the stream's error,
 * `message_size` at MAX_BODY_READ_BYTES (decoded) or MAX_BODY_WIRE_BYTES, `eof_error` for one that is not whole,
 * `unknown_failure: content encoding …` (bytes of an unknown encoding are taken as they are). What was read before
 * the failure is always returned. `heard` is called for every piece that comes.
 */
export async function readBody(
  head: HttpHead,
  wishes: BodyWishes,
  explain: (error: unknown) => string,
  heard: () => void,
): Promise<BodyRead> {
  const sink = new BodySink(wishes);
  const encodings = contentEncodings(head.headers);
  let decoder: Decoder | null = null;
  let failure: string | null = null;
  let wireBytes = 0;
  try {
    for await (const chunk of head.body) {
      heard();
      const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
      if (wireBytes === 0) decoder = createDecoder(encodings, bytes[0] ?? 0, (decoded) => sink.add(decoded));
      wireBytes += bytes.length;
      if (decoder === null) sink.add(bytes);
      else await decoder.write(bytes);
      if (sink.full || wireBytes > MAX_BODY_WIRE_BYTES) failure = 'message_size';
      if (failure !== null || decoder?.error) break;
    }
    if (failure === null && !decoder?.error && !head.complete()) failure = 'eof_error';
  } catch (error) {
    failure = explain(error);
  }
  await decoder?.end();
  if (sink.full) failure ??= 'message_size';
  if (decoder?.error) failure ??= decodingFailure(decoder.error);
  if (wireBytes > 0 && encodings.length > 0 && decoder === null) {
    failure ??= failureFromErrorCode(undefined, `content encoding: ${encodings.join(', ')}`);
  }
  return { ...sink.finish(), length: sink.length, failure };
}
