/**
 * The messages of the whoami zone (RFC 1035, 4.1). Written by hand because replies echo the question's own bytes and
 * point back at it: nothing in a hostile name can be misread, and a reply is at most 36 bytes longer than its question.
 */
import { concatBytes } from '../../shared/codec/bytes.ts';
import { utf8 } from '../../shared/codec/base64.ts';

const HEADER_BYTES = 12;
const FLAG_RESPONSE = 0x80;
const OPCODE_MASK = 0x78;
const FLAG_AUTHORITATIVE = 0x04;
const FLAG_RECURSION_DESIRED = 0x01;
const MAX_LABEL_BYTES = 63;
/** Length bytes and the root's included (RFC 1035, 2.3.4). */
const MAX_NAME_BYTES = 255;
const CLASS_IN = 1;
const TYPE_SOA = 6;
const TYPE_TXT = 16;
const POINTER = 0xc000;
const RCODE = { ok: 0, format: 1, notImplemented: 4, refused: 5 } as const;
type Rcode = keyof typeof RCODE;

export interface Question {
  /** The query's header and its one question, as received. */
  readonly bytes: Uint8Array;
  /** Labels in lower case, each byte one character. */
  readonly labels: readonly string[];
  readonly type: number;
  readonly inClass: number;
}

/** `silent`: not to be answered at all, since an answer could set two servers talking to each other. */
export function readQuestion(message: Uint8Array): Question | 'silent' | 'format' | 'notImplemented' {
  if (message.length < HEADER_BYTES || ((message[2] ?? 0) & FLAG_RESPONSE) !== 0) return 'silent';
  if (((message[2] ?? 0) & OPCODE_MASK) !== 0) return 'notImplemented';
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  if (view.getUint16(4) !== 1) return 'format';
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (;;) {
    const length = message[at];
    // A pointer has no place in the first name of a message.
    if (length === undefined || length > MAX_LABEL_BYTES) return 'format';
    at++;
    if (length === 0) break;
    const label = message.subarray(at, at + length);
    at += length;
    if (label.length < length || at - HEADER_BYTES >= MAX_NAME_BYTES) return 'format';
    labels.push(String.fromCharCode(...label).toLowerCase());
  }
  if (at + 4 > message.length) return 'format';
  return {
    bytes: message.subarray(0, at + 4),
    labels,
    type: view.getUint16(at),
    inClass: view.getUint16(at + 2),
  };
}

function uint16(...values: readonly number[]): Uint8Array {
  return new Uint8Array(values.flatMap((value) => [value >> 8, value & 255]));
}

function header(query: Uint8Array, rcode: Rcode, counts: readonly [number, number, number]): Uint8Array {
  const flags =
    FLAG_RESPONSE | FLAG_AUTHORITATIVE | ((query[2] ?? 0) & (OPCODE_MASK | FLAG_RECURSION_DESIRED));
  const [questions, answers, authorities] = counts;
  return concatBytes(
    query.subarray(0, 2),
    new Uint8Array([flags, RCODE[rcode]]),
    uint16(questions, answers, authorities, 0),
  );
}

/** A reply that is nothing but its header. */
export const refusal = (query: Uint8Array, rcode: Rcode): Uint8Array => header(query, rcode, [0, 0, 0]);

/** `name` is an offset into the message; TTL 0 throughout, since each asker has to be asked about anew. */
const record = (name: number, type: number, data: Uint8Array): Uint8Array =>
  concatBytes(uint16(POINTER | name, type, CLASS_IN, 0, 0, data.length), data);

/** Bytes of labels on the wire, without the root's. */
const wireLength = (labels: readonly string[]): number =>
  labels.reduce((sum, label) => sum + 1 + label.length, 0);

const isUnder = (labels: readonly string[], zone: readonly string[]): boolean =>
  labels.length >= zone.length && zone.every((label, i) => labels[labels.length - zone.length + i] === label);

/**
 * The reply to one question: TXT is answered with `text`; another type has no data, and the zone's SOA says so.
 * @param zone labels in lower case. @param text at most 255 bytes.
 */
export function replyTo(question: Question, zone: readonly string[], text: string): Uint8Array {
  const { bytes, labels, type, inClass } = question;
  const asked = bytes.subarray(HEADER_BYTES);
  if (inClass !== CLASS_IN || !isUnder(labels, zone))
    return concatBytes(header(bytes, 'refused', [1, 0, 0]), asked);
  if (type === TYPE_TXT) {
    const said = utf8(text);
    const data = concatBytes(new Uint8Array([said.length]), said);
    return concatBytes(header(bytes, 'ok', [1, 1, 0]), asked, record(HEADER_BYTES, TYPE_TXT, data));
  }
  const apex = HEADER_BYTES + wireLength(labels.slice(0, labels.length - zone.length));
  const pointer = uint16(POINTER | apex);
  // MNAME and RNAME are the zone itself; serial, refresh, retry, expire and minimum say nothing.
  const soa = record(apex, TYPE_SOA, concatBytes(pointer, pointer, new Uint8Array(20)));
  const counts =
    type === TYPE_SOA && labels.length === zone.length ? ([1, 1, 0] as const) : ([1, 0, 1] as const);
  return concatBytes(header(bytes, 'ok', counts), asked, soa);
}
