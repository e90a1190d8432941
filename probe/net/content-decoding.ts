import type { Buffer } from 'node:buffer';
import type { Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';
import { MAX_CONTENT_ENCODINGS } from './limits.ts';

/** RFC 1950: the low four bits of a zlib stream's first byte say "deflate". Many servers send it without that head. */
const ZLIB_METHOD_MASK = 0x0f;
const ZLIB_METHOD_DEFLATE = 8;

export interface Decoder {
  /** Resolves when the chunk has been taken in; what it decodes to was handed out as it came. */
  write(chunk: Buffer): Promise<void>;
  /** Resolves when everything was handed out, or the data turned out to be broken or incomplete. */
  end(): Promise<void>;
  readonly error: Error | null;
}

/** The layers of a Content-Encoding field, as they were applied; `identity` is none. */
export function contentEncodings(headers: readonly (readonly [string, string])[]): readonly string[] {
  return headers
    .filter(([name]) => name.toLowerCase() === 'content-encoding')
    .flatMap(([, value]) => value.toLowerCase().split(','))
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== 'identity');
}

function createStage(encoding: string, first: number | null): Transform | null {
  switch (encoding) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'br':
      return createBrotliDecompress();
    case 'deflate':
      return first === null || (first & ZLIB_METHOD_MASK) === ZLIB_METHOD_DEFLATE
        ? createInflate()
        : createInflateRaw();
    default:
      return null;
  }
}

/**
 * Undoes gzip, deflate (RFC 9110 section 8.4.1, with or without zlib's head) and br in a stream. `first` is the
 * body's first byte. `out` returns false when it wants no more: decoding ends at once, however much is left in a
 * bomb. Null: an encoding that isn't known, or more layers than anybody uses.
 */
export function createDecoder(
  encodings: readonly string[],
  first: number,
  out: (chunk: Buffer) => boolean,
): Decoder | null {
  if (encodings.length === 0 || encodings.length > MAX_CONTENT_ENCODINGS) return null;
  const stages = encodings.toReversed().map((name, i) => createStage(name, i === 0 ? first : null));
  if (!stages.every((stage) => stage !== null)) return null;
  const head = stages[0]!;
  const last = stages.reduce((from, to) => from.pipe(to));
  let error: Error | null = null;
  let over: () => void = () => undefined;
  const finished = new Promise<void>((resolve) => {
    over = resolve;
  });
  const stop = (): void => {
    stages.forEach((stage) => stage.destroy());
    over();
  };
  for (const stage of stages) {
    stage.on('error', (e: Error) => {
      error ??= e;
      stop();
    });
  }
  last.on('data', (chunk: Buffer) => {
    if (!out(chunk)) stop();
  });
  last.on('end', () => over());
  return {
    write: (chunk) =>
      head.destroyed
        ? Promise.resolve()
        : Promise.race([finished, new Promise<void>((resolve) => head.write(chunk, () => resolve()))]),
    end: () => {
      if (!head.destroyed) head.end();
      return finished;
    },
    get error() {
      return error;
    },
  };
}
