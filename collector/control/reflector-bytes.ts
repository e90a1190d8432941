/**
 * Bytes to download, for pairs that compare how fast two names travel. They come from one random block, so nothing on the
 * way can make them smaller, and no connection costs more memory than a chunk. Only over TCP: who asks has shown that the
 * answer reaches them, so nobody can have it sent to somebody else.
 */
import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { pipeline, Readable } from 'node:stream';

export const BYTES_PATH = '/.well-known/kuager-bytes';
/** Bytes of one download. */
export const MAX_DOWNLOAD_BYTES = 256 * 1024;
const CHUNK_BYTES = 16 * 1024;
const COUNT = /^[1-9]\d{0,6}$/;

/** What `?n=` asks for; null when it is no number from 1 to MAX_DOWNLOAD_BYTES. @param url path and query, untrusted. */
export function askedBytes(url: string): number | null {
  const query = new URLSearchParams(url.slice(url.indexOf('?') + 1));
  const text = query.get('n') ?? '';
  const n = COUNT.test(text) ? Number(text) : 0;
  return n >= 1 && n <= MAX_DOWNLOAD_BYTES ? n : null;
}

function* chunksOf(block: Buffer, n: number): Generator<Buffer> {
  for (let at = 0; at < n; at += CHUNK_BYTES) yield block.subarray(at, Math.min(at + CHUNK_BYTES, n));
}

/** One block for the life of the process. */
export function createBytes(): { send(response: ServerResponse, n: number): void } {
  const block = randomBytes(MAX_DOWNLOAD_BYTES);
  return {
    send(response, n) {
      // A reader that goes away ends the download; there is nobody left to tell.
      pipeline(Readable.from(chunksOf(block, n), { highWaterMark: 1 }), response, () => undefined);
    },
  };
}
