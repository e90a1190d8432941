/** A response body of a hostile server: decoded, hashed and cut off at a limit, whatever its headers promise. */
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { failureOfError } from './socket-failure.ts';

/** Decoded bytes that are read of one body. A compressed body stops here too, while it inflates. */
export const MAX_BODY_BYTES = 4 * 1024 * 1024;
/** Length of a title that is reported. Source: OONI Web Connectivity's expression, so that titles can be compared. */
const TITLE = /<title>([^<]{1,128})<\/title>/i;

export interface Body {
  /** Decoded bytes read. */
  readonly length: number;
  /** Hex over the whole decoded body; null when it was not read to its end. */
  readonly sha256: string | null;
  /** Empty when there is none. */
  readonly title: string;
  readonly failure: string | null;
}

function decoderOf(response: IncomingMessage): Transform | null {
  switch (response.headers['content-encoding']?.trim().toLowerCase()) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'deflate':
      return createInflate();
    case 'br':
      return createBrotliDecompress();
    // An encoding that we did not ask for is kept as it came.
    default:
      return null;
  }
}

function decodeFailure(error: NodeJS.ErrnoException): string {
  if (error.code === 'ERR_STREAM_PREMATURE_CLOSE') return 'eof_error';
  return /^(Z_|ERR_)/.test(error.code ?? '') && error.syscall === undefined
    ? `unknown_failure: body cannot be decoded (${error.code ?? ''})`
    : failureOfError(error);
}

/**
 * @param failureNow asked when reading ends early: the reason of the layer below (a deadline, a reset) if it knows one.
 */
export async function readBody(response: IncomingMessage, failureNow: () => string | null): Promise<Body> {
  const hash = createHash('sha256');
  const kept: Buffer[] = [];
  let length = 0;
  let failure: string | null = null;
  let truncated = false;
  let received = 0;
  const decoder = decoderOf(response);
  // The error of the source has to reach the decoder's reader, or it would wait for ever.
  response.on('error', (error) => decoder?.destroy(error));
  response.on('data', (chunk: Buffer) => (received += chunk.length));
  const source = decoder === null ? response : response.pipe(decoder);
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      const piece = chunk.subarray(0, MAX_BODY_BYTES - length);
      hash.update(piece);
      kept.push(piece);
      length += piece.length;
      if (piece.length < chunk.length) {
        truncated = true;
        break;
      }
    }
  } catch (error) {
    // A body of no bytes decodes to none; the decoders call it cut short.
    const empty = received === 0 && response.complete;
    failure = empty ? null : (failureNow() ?? decodeFailure(error as NodeJS.ErrnoException));
  } finally {
    decoder?.destroy();
    response.destroy();
  }
  const complete = failure === null && !truncated;
  return {
    length,
    sha256: complete ? hash.digest('hex') : null,
    title: TITLE.exec(Buffer.concat(kept).toString('utf8'))?.[1] ?? '',
    failure,
  };
}
