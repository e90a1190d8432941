import { Buffer } from 'node:buffer';
import { decode, encode, RECURSION_DESIRED } from 'dns-packet';
import type { Answer, DecodedPacket } from 'dns-packet';
import { formatIp, parseIp } from '../../shared/codec/ip.ts';
import { EDNS_UDP_BYTES } from './limits.ts';
import type { DnsQuestion, DnsReply, DnsReplyAnswer } from './net.ts';

/** RFC 1035 section 4.1.1. */
const HEADER_BYTES = 12;
const FLAG_RESPONSE = 0x80;
const FLAG_TRUNCATED = 0x02;
const RCODE_MASK = 0x0f;
const FAILURE_BY_RCODE: Readonly<Record<number, string>> = {
  2: 'dns_servfail_error',
  3: 'dns_nxdomain_error',
  5: 'dns_refused_error',
};

/** Labels of 1 to 63 printable ASCII characters; dns-packet would write longer ones as something else. */
const NAME = /^(?:[\x21-\x2d\x2f-\x7e]{1,63}\.)*[\x21-\x2d\x2f-\x7e]{1,63}\.?$/;
const MAX_NAME_CHARS = 254;

/**
 * The query's bytes; null when the name can't be written as one (RFC 1035 limits of labels and names). `edns` (RFC 6891)
 * makes room for the reasons that a resolver may give; servers that don't know it answer FORMERR.
 */
export function encodeQuery(id: number, question: DnsQuestion, edns = true): Buffer | null {
  if (!NAME.test(question.hostname) || question.hostname.length > MAX_NAME_CHARS) return null;
  return encode({
    type: 'query',
    id,
    flags: RECURSION_DESIRED,
    questions: [{ type: question.type, name: question.hostname, class: 'IN' }],
    ...(edns ? { additionals: [OPT] } : {}),
  });
}

function toAnswer(record: Answer): DnsReplyAnswer | null {
  if (record.type === 'CNAME') return { type: 'CNAME', value: record.data, ttl: record.ttl ?? 0 };
  if (record.type !== 'A' && record.type !== 'AAAA') return null;
  const ip = parseIp(record.data);
  if (ip === null) throw new RangeError('address record without an address');
  return { type: record.type, value: formatIp(ip), ttl: record.ttl ?? 0 };
}

const OPT: Answer = {
  type: 'OPT',
  name: '.',
  udpPayloadSize: EDNS_UDP_BYTES,
  extendedRcode: 0,
  ednsVersion: 0,
  flags: 0,
  flag_do: false,
  options: [],
};
/** RFC 8914 section 2: option code, and an INFO-CODE of two bytes. */
const EDE_OPTION = 15;
const EDE_CODE_BYTES = 2;

function extendedErrorOf(packet: DecodedPacket): number | null {
  const options = (packet.additionals ?? []).flatMap((r) => (r.type === 'OPT' ? r.options : []));
  const data = options.find((o) => Number(o.code) === EDE_OPTION)?.data;
  return data !== undefined && data.length >= EDE_CODE_BYTES ? Buffer.from(data).readUInt16BE(0) : null;
}

function textsOf(packet: DecodedPacket): string[] {
  return (packet.answers ?? []).flatMap((record) => {
    if (record.type !== 'TXT') return [];
    const parts = Array.isArray(record.data) ? record.data : [record.data];
    return [
      parts.map((part) => (typeof part === 'string' ? part : Buffer.from(part).toString('utf8'))).join(''),
    ];
  });
}

interface Message {
  readonly packet: DecodedPacket;
  readonly answers: readonly DnsReplyAnswer[];
}

/** Null for malformed bytes, and for a message that goes on past its end: dns-packet reads that as if it were there. */
function decodeSafely(raw: Buffer): Message | null {
  try {
    const packet = decode(raw);
    if (decode.bytes > raw.length) return null;
    return { packet, answers: (packet.answers ?? []).map(toAnswer).filter((a) => a !== null) };
  } catch {
    return null;
  }
}

function sameName(a: string, b: string): boolean {
  const plain = (name: string): string => name.toLowerCase().replace(/\.$/, '');
  return plain(a) === plain(b);
}

/** A message without the question is let through: some servers refuse like that. */
function asksOther(packet: DecodedPacket, question: DnsQuestion): boolean {
  const asked = packet.questions?.[0];
  return asked !== undefined && !(asked.type === question.type && sameName(asked.name, question.hostname));
}

export interface ReadReply {
  /** The message answers this query, well-formed, whatever it says: a resolver library would take it. */
  readonly accepted: boolean;
  /** Cut off by the resolver: the whole answer is to be had over TCP. */
  readonly cut: boolean;
  readonly reply: Omit<DnsReply, 't'>;
}

/**
 * Untrusted bytes → what they say; never throws. Failure: `dns_reply_with_wrong_query_id`, `dns_server_misbehaving`
 * (malformed, not a response, other question, other rcode), that of the rcode, `message_size` (cut off with no
 * address in it), `dns_no_answer` (no address of the asked type), or null.
 */
export function readReply(raw: Uint8Array, id: number, question: DnsQuestion): ReadReply {
  const bytes = Buffer.from(raw);
  const headed = bytes.length >= HEADER_BYTES;
  const message = headed ? decodeSafely(bytes) : null;
  const rcode = headed ? bytes[3]! & RCODE_MASK : null;
  const answers = message?.answers ?? [];
  const texts = message === null ? [] : textsOf(message.packet);
  const extendedError = message === null ? null : extendedErrorOf(message.packet);
  const result = (accepted: boolean, failure: string | null, cut = false): ReadReply => ({
    accepted,
    cut,
    reply: { failure, rcode, answers, texts, extendedError, raw: new Uint8Array(bytes) },
  });
  if (headed && bytes.readUInt16BE(0) !== id) return result(false, 'dns_reply_with_wrong_query_id');
  if (message === null || (bytes[2]! & FLAG_RESPONSE) === 0 || asksOther(message.packet, question)) {
    return result(false, 'dns_server_misbehaving');
  }
  if (rcode !== 0) return result(true, FAILURE_BY_RCODE[rcode ?? 0] ?? 'dns_server_misbehaving');
  const cut = (bytes[2]! & FLAG_TRUNCATED) !== 0;
  if (answers.some((a) => a.type === question.type) || (question.type === 'TXT' && texts.length > 0))
    return result(true, null, cut);
  return result(true, cut ? 'message_size' : 'dns_no_answer', cut);
}
