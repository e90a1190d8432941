import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

/** Bytes of a body once inflated. */
export const MAX_DECODED_BYTES = 8 * 1024 * 1024;
/** Bodies inflated at the same time: each may hold MAX_DECODED_BYTES. */
const MAX_PARALLEL_INFLATIONS = 4;

type Inflated = { readonly ok: Uint8Array } | { readonly error: 'decoded-too-large' | 'body-damaged' };
export type Inflate = (bytes: Uint8Array) => Promise<Inflated>;

const inflateOnce = promisify(gunzip) as (
  bytes: Uint8Array,
  options: { readonly maxOutputLength: number },
) => Promise<Uint8Array>;

/** gzip → bytes. Stops at MAX_DECODED_BYTES while inflating, so a bomb costs no more memory than that. Never throws. */
export function createInflate(): Inflate {
  let running = 0;
  const waiting: (() => void)[] = [];
  const enter = async (): Promise<void> => {
    if (running < MAX_PARALLEL_INFLATIONS) running += 1;
    // The place is handed over, not freed and taken again.
    else await new Promise<void>((resolve) => waiting.push(resolve));
  };
  const leave = (): void => {
    const next = waiting.shift();
    if (next === undefined) running -= 1;
    else next();
  };
  return async (bytes) => {
    await enter();
    try {
      return { ok: await inflateOnce(bytes, { maxOutputLength: MAX_DECODED_BYTES }) };
    } catch (error) {
      const tooLarge = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
      return { error: tooLarge ? 'decoded-too-large' : 'body-damaged' };
    } finally {
      leave();
    }
  };
}
