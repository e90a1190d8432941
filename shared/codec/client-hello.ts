/**
 * Reads a TLS ClientHello from the first bytes of a connection: what a middlebox sees before anything is encrypted.
 * Pure, bounded, never throws; the input is untrusted. Sources: RFC 8446 sections 4.1.2 and 5.1, RFC 6066 section 3,
 * RFC 7301 section 3.1.
 */

export interface ClientHello {
  /** As sent, byte by byte (Latin-1), not lower-cased; null when the message carries no host name. */
  readonly sni: string | null;
  readonly alpn: readonly string[];
  /** `supported_versions` as offered (GREASE values included), else the one legacy version. E.g. 0x0304 is TLS 1.3. */
  readonly versions: readonly number[];
  /** False: the message goes on in bytes that have not arrived, but the host name has been seen already. */
  readonly complete: boolean;
  /**
   * Offsets of the name's first byte and of the byte after its last, in the bytes given; −1 without a name. When the
   * message is split over several records, the range may enclose a record header.
   */
  readonly sniStart: number;
  readonly sniEnd: number;
}
export type ClientHelloReading = ClientHello | 'need more' | 'not tls';

/** Longest handshake message that is read; real ones, post-quantum key shares included, stay below 4 KiB. */
export const MAX_CLIENT_HELLO_BYTES = 32 * 1024;
/** RFC 8446 section 5.1: a record's fragment must not be longer. */
const MAX_RECORD_BYTES = 16_384;
const RECORD_HEADER_BYTES = 5;
const HANDSHAKE_HEADER_BYTES = 4;
const CONTENT_HANDSHAKE = 22;
const CLIENT_HELLO = 1;
const EXTENSION_SERVER_NAME = 0;
const EXTENSION_ALPN = 16;
const EXTENSION_SUPPORTED_VERSIONS = 43;
const NAME_TYPE_HOST = 0;

/** The bytes ended: malformed if the message is all there, otherwise a reason to wait. */
class Short extends Error {}

/** Walks a byte range; every read is checked. */
class Cursor {
  readonly bytes: Uint8Array;
  at: number;
  readonly end: number;
  constructor(bytes: Uint8Array, at: number, end: number) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }
  number(width: 1 | 2 | 3): number {
    let value = 0;
    for (let i = 0; i < width; i++) {
      const byte = this.at < this.end ? this.bytes[this.at] : undefined;
      if (byte === undefined) throw new Short();
      value = value * 256 + byte;
      this.at++;
    }
    return value;
  }
  /** A vector with a length prefix, as a cursor over its content. The content may not have arrived in full. */
  vector(width: 1 | 2): Cursor {
    const length = this.number(width);
    const start = this.at;
    if (start + length > this.end) throw new Short();
    this.at = start + length;
    return new Cursor(this.bytes, start, start + length);
  }
  done(): boolean {
    return this.at >= this.end;
  }
  text(): string {
    let text = '';
    for (let i = this.at; i < this.end; i++) text += String.fromCharCode(this.bytes[i] ?? 0);
    return text;
  }
}

/** Handshake bytes of the leading records, and where each record's fragment lies in the input. */
interface Fragments {
  readonly message: Uint8Array;
  readonly starts: readonly { readonly message: number; readonly input: number }[];
  /** A record of another kind follows: a message that is not complete by then never will be. */
  readonly interrupted: boolean;
}

function joinRecords(bytes: Uint8Array): Fragments | 'not tls' {
  const message = new Uint8Array(Math.min(bytes.length, MAX_CLIENT_HELLO_BYTES + HANDSHAKE_HEADER_BYTES));
  const starts: { message: number; input: number }[] = [];
  let filled = 0;
  let at = 0;
  let interrupted = false;
  while (at < bytes.length && filled < message.length) {
    const header = bytes.subarray(at, at + RECORD_HEADER_BYTES);
    if (header[0] !== CONTENT_HANDSHAKE || (header[1] ?? 3) !== 3) {
      if (at === 0) return 'not tls';
      interrupted = true;
      break;
    }
    if (header.length < RECORD_HEADER_BYTES) break;
    const length = ((header[3] ?? 0) << 8) | (header[4] ?? 0);
    if (length === 0 || length > MAX_RECORD_BYTES) return 'not tls';
    const start = at + RECORD_HEADER_BYTES;
    const fragment = bytes.subarray(start, Math.min(start + length, start + message.length - filled));
    starts.push({ message: filled, input: start });
    message.set(fragment, filled);
    filled += fragment.length;
    at = start + length;
  }
  return { message: message.subarray(0, filled), starts, interrupted };
}

/** Offset in the joined message → offset in the input. */
function inputOffset(fragments: Fragments, offset: number): number {
  const fragment = fragments.starts.findLast((start) => start.message <= offset);
  return fragment === undefined ? -1 : fragment.input + (offset - fragment.message);
}

interface Found {
  sni: string | null;
  nameAt: number;
  nameEnd: number;
  alpn: string[];
  versions: number[];
}

function readServerName(extension: Cursor, found: Found): void {
  const list = extension.vector(2);
  while (!list.done()) {
    const type = list.number(1);
    const name = list.vector(2);
    if (type !== NAME_TYPE_HOST || found.sni !== null) continue;
    found.sni = name.text();
    found.nameAt = name.at;
    found.nameEnd = name.end;
  }
}

function readExtension(type: number, extension: Cursor, found: Found): void {
  if (type === EXTENSION_SERVER_NAME) readServerName(extension, found);
  if (type === EXTENSION_ALPN) {
    const list = extension.vector(2);
    while (!list.done()) found.alpn.push(list.vector(1).text());
  }
  if (type === EXTENSION_SUPPORTED_VERSIONS) {
    const list = extension.vector(1);
    found.versions = [];
    while (!list.done()) found.versions.push(list.number(2));
  }
}

function readBody(body: Cursor, found: Found): void {
  found.versions = [body.number(2)];
  for (let i = 0; i < 32; i++) body.number(1);
  body.vector(1);
  body.vector(2);
  body.vector(1);
  if (body.done()) return;
  // Extensions are walked inside the message's own end, so that a name is seen before the last byte has arrived.
  body.number(2);
  while (!body.done()) {
    const type = body.number(2);
    readExtension(type, body.vector(2), found);
  }
}

/**
 * @param bytes all bytes received so far, from the first of the connection.
 * @returns the message; `need more` while neither its end nor a host name has arrived; `not tls` for anything that is
 * no ClientHello, is malformed or longer than MAX_CLIENT_HELLO_BYTES.
 */
export function readClientHello(bytes: Uint8Array): ClientHelloReading {
  const fragments = joinRecords(bytes);
  if (fragments === 'not tls') return 'not tls';
  const { message } = fragments;
  if (message.length > 0 && message[0] !== CLIENT_HELLO) return 'not tls';
  const unfinished = fragments.interrupted ? 'not tls' : 'need more';
  if (message.length < HANDSHAKE_HEADER_BYTES) return unfinished;
  const length = new Cursor(message, 1, message.length).number(3);
  if (length > MAX_CLIENT_HELLO_BYTES) return 'not tls';
  const end = HANDSHAKE_HEADER_BYTES + length;
  const complete = message.length >= end;
  const found: Found = { sni: null, nameAt: -1, nameEnd: -1, alpn: [], versions: [] };
  try {
    readBody(new Cursor(message, HANDSHAKE_HEADER_BYTES, Math.min(end, message.length)), found);
  } catch (error) {
    if (!(error instanceof Short)) throw error;
    if (complete) return 'not tls';
  }
  if (!complete && (found.sni === null || fragments.interrupted)) return unfinished;
  return {
    sni: found.sni,
    alpn: found.alpn,
    versions: found.versions,
    complete,
    sniStart: found.nameAt < 0 ? -1 : inputOffset(fragments, found.nameAt),
    sniEnd:
      found.nameEnd < 0
        ? -1
        : inputOffset(fragments, Math.max(found.nameEnd - 1, found.nameAt)) +
          (found.nameEnd > found.nameAt ? 1 : 0),
  };
}
