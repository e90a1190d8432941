/**
 * A reader for DER (ITU-T X.690) that never recurses: every caller asks for the next element by name, so the depth it
 * can reach is the depth of the code that reads, and the work is bounded by the length of the input. Input is untrusted.
 */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  utf8String: 0x0c,
  numericString: 0x12,
  printableString: 0x13,
  teletexString: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  visibleString: 0x1a,
  universalString: 0x1c,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const;

const CONTEXT = 0x80;
const CONSTRUCTED = 0x20;
/** Longest object identifier that is decoded; the longest in use (UUIDs under 2.25) take 20 bytes. */
const MAX_OID_BYTES = 64;
/** Length octets after the first; three address 16 MiB, more than any input that gets here. */
const MAX_LENGTH_OCTETS = 3;

/** `[number]` with primitive content. */
export const contextPrimitive = (number: number): number => CONTEXT | number;
/** `[number]` with constructed content. */
export const contextConstructed = (number: number): number => CONTEXT | CONSTRUCTED | number;

/** The input is not the DER that was asked for. Caught where a parser meets its caller; never leaves the codec. */
export class DerError extends Error {
  override readonly name = 'DerError';
}

export interface DerElement {
  readonly tag: number;
  /** Identifier, length and content, as they came. */
  readonly raw: Uint8Array;
  readonly content: Uint8Array;
}

const hex = (tag: number): string => `0x${tag.toString(16).padStart(2, '0')}`;

/** Reads the elements of one content, in order. Every method but `done` and `peek` throws {@link DerError}. */
export class DerReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** Tag of the next element; null at the end. */
  get peek(): number | null {
    return this.#bytes[this.#at] ?? null;
  }

  /** The next element, which must have this tag when one is given. */
  read(tag?: number): DerElement {
    const start = this.#at;
    const found = this.#bytes[start];
    if (found === undefined) throw new DerError('ends too early');
    if ((found & 0x1f) === 0x1f) throw new DerError(`tag ${hex(found)} is in the long form`);
    if (tag !== undefined && found !== tag)
      throw new DerError(`tag ${hex(found)} where ${hex(tag)} was expected`);
    const [length, contentAt] = this.#length(start + 1);
    const end = contentAt + length;
    if (end > this.#bytes.length) throw new DerError('length runs past the end');
    this.#at = end;
    return {
      tag: found,
      raw: this.#bytes.subarray(start, end),
      content: this.#bytes.subarray(contentAt, end),
    };
  }

  /** The next element when it has this tag, otherwise null and nothing is consumed. */
  optional(tag: number): DerElement | null {
    return this.peek === tag ? this.read(tag) : null;
  }

  /** A reader over the content of the next element. */
  enter(tag: number): DerReader {
    return new DerReader(this.read(tag).content);
  }

  /** Refuses what is left over. */
  end(): void {
    if (!this.done) throw new DerError('bytes after the end');
  }

  /** Definite and shortest form only (X.690 10.1). */
  #length(at: number): [length: number, contentAt: number] {
    const first = this.#bytes[at];
    if (first === undefined) throw new DerError('ends too early');
    if (first < 0x80) return [first, at + 1];
    const octets = first & 0x7f;
    if (octets === 0) throw new DerError('indefinite length');
    if (octets > MAX_LENGTH_OCTETS) throw new DerError('length too long');
    let length = 0;
    for (let i = 1; i <= octets; i++) {
      const octet = this.#bytes[at + i];
      if (octet === undefined) throw new DerError('ends too early');
      length = length * 256 + octet;
    }
    if (length < 0x80 || length < 256 ** (octets - 1)) throw new DerError('length not in its shortest form');
    return [length, at + 1 + octets];
  }
}

/** OBJECT IDENTIFIER content → dotted decimal. */
export function decodeOid(content: Uint8Array): string {
  if (content.length === 0 || content.length > MAX_OID_BYTES)
    throw new DerError('object identifier of odd length');
  const arcs: string[] = [];
  let arc = 0n;
  let small = 0;
  let octets = 0;
  for (const octet of content) {
    if (octets === 0 && octet === 0x80) throw new DerError('object identifier not in its shortest form');
    octets += 1;
    // Six septets fit a 32-bit-safe product; longer arcs are rare and go through BigInt.
    if (octets <= 6) small = small * 128 + (octet & 0x7f);
    else arc = (octets === 7 ? BigInt(small) : arc) * 128n + BigInt(octet & 0x7f);
    if (octet & 0x80) continue;
    const value = octets <= 6 ? BigInt(small) : arc;
    if (arcs.length === 0) {
      const top = value < 40n ? 0n : value < 80n ? 1n : 2n;
      arcs.push(String(top), String(value - top * 40n));
    } else arcs.push(String(value));
    small = 0;
    octets = 0;
  }
  if (octets !== 0) throw new DerError('object identifier ends too early');
  return arcs.join('.');
}

/** INTEGER content → BigInt, two's complement, in its shortest form (X.690 8.3.2). */
export function decodeInteger(content: Uint8Array): bigint {
  const [first, second] = content;
  if (first === undefined) throw new DerError('integer without content');
  // Nine equal bits at the start say what eight would have said.
  const padded = second !== undefined && (first === 0 ? second < 0x80 : first === 0xff && second >= 0x80);
  if (padded) throw new DerError('integer not in its shortest form');
  const unsigned = bytesToBigint(content);
  return (content[0] ?? 0) & 0x80 ? unsigned - (1n << BigInt(content.length * 8)) : unsigned;
}

/** INTEGER content → a number from 0 to `max`. */
export function decodeSmallInteger(content: Uint8Array, max: number): number {
  const value = content.length <= 7 ? Number(decodeInteger(content)) : Infinity;
  if (value < 0 || value > max) throw new DerError('integer out of range');
  return value;
}

/** BIT STRING content whose bits fill whole octets → those octets. */
export function decodeWholeBits(content: Uint8Array): Uint8Array {
  if (content[0] !== 0) throw new DerError('bit string that is not whole octets');
  return content.subarray(1);
}

/** BOOLEAN content. DER knows 0x00 and 0xff only; any non-zero octet is taken as true, as BER has it. */
export function decodeBoolean(content: Uint8Array): boolean {
  if (content.length !== 1) throw new DerError('boolean of odd length');
  return content[0] !== 0;
}

/** Big-endian octets → non-negative BigInt. */
export function bytesToBigint(bytes: Uint8Array): bigint {
  let text = '0x0';
  for (const byte of bytes) text += byte < 16 ? `0${byte.toString(16)}` : byte.toString(16);
  return BigInt(text);
}
