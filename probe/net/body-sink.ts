import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { MAX_BODY_READ_BYTES } from './limits.ts';

export interface BodyWishes {
  /** Decoded bytes to keep. */
  readonly bodyCap: number;
  readonly sensitive?: readonly Uint8Array[];
}

/** Takes decoded bytes: hashes all, keeps the first, looks for what must not be published. */
export class BodySink {
  readonly #cap: number;
  readonly #patterns: readonly Buffer[];
  readonly #hash = createHash('sha256');
  readonly #kept: Buffer[] = [];
  #length = 0;
  #full = false;
  #sensitive = false;
  /** The end of what was searched, as long as a pattern could begin in it. */
  #tail: Buffer = Buffer.alloc(0);

  constructor(wishes: BodyWishes) {
    this.#cap = wishes.bodyCap;
    this.#patterns = (wishes.sensitive ?? []).filter((p) => p.length > 0).map((p) => Buffer.from(p));
  }

  get length(): number {
    return this.#length;
  }

  /** More came than is ever read. */
  get full(): boolean {
    return this.#full;
  }

  /** False when no more is wanted. */
  add(chunk: Buffer): boolean {
    if (this.#full) return false;
    const taken = chunk.subarray(0, MAX_BODY_READ_BYTES - this.#length);
    this.#full = taken.length < chunk.length;
    if (this.#length < this.#cap) this.#kept.push(taken.subarray(0, this.#cap - this.#length));
    this.#length += taken.length;
    this.#hash.update(taken);
    this.#search(taken);
    return !this.#full;
  }

  #search(chunk: Buffer): void {
    if (this.#sensitive || this.#patterns.length === 0) return;
    const longest = Math.max(...this.#patterns.map((pattern) => pattern.length));
    const joined = Buffer.concat([this.#tail, chunk]);
    this.#sensitive = this.#patterns.some((pattern) => joined.includes(pattern));
    this.#tail = joined.subarray(Math.max(0, joined.length - (longest - 1)));
  }

  /** Bytes kept, and the hash (hex) of all: a hash of text with an address in it would let others guess the address. */
  finish(): { readonly kept: Uint8Array; readonly sha256: string | null } {
    const sha256 = this.#hash.digest('hex');
    return { kept: new Uint8Array(Buffer.concat(this.#kept)), sha256: this.#sensitive ? null : sha256 };
  }
}
