/** DNS messages of the walk: questions as bytes, untrusted bytes as the few facts that a walk needs. Source: RFC 1035. */
import { AUTHORITATIVE_ANSWER, decode, encode, RECURSION_DESIRED, TRUNCATED_RESPONSE } from 'dns-packet';
import type { Answer, DecodedPacket } from 'dns-packet';
import { formatIp, parseIp } from '../../shared/codec/ip.ts';

export interface DnsQuestion {
  /** Lower case, without a final dot. */
  readonly name: string;
  readonly type: 'A' | 'AAAA' | 'NS';
}
export interface DnsRecord {
  /** Lower case, without a final dot; so is `data` when it is a name. */
  readonly name: string;
  /** Of an SOA only the owner matters: its `data` is empty. */
  readonly type: 'A' | 'AAAA' | 'NS' | 'CNAME' | 'DNAME' | 'SOA';
  readonly data: string;
}
export interface DnsMessage {
  readonly rcode: number;
  /** AA: the server says that it speaks for the zone. */
  readonly authoritative: boolean;
  /** TC: the whole is to be had over TCP. */
  readonly truncated: boolean;
  readonly answers: readonly DnsRecord[];
  readonly authorities: readonly DnsRecord[];
  readonly additionals: readonly DnsRecord[];
}

export const RCODE = { noError: 0, formErr: 1, servFail: 2, nxDomain: 3, refused: 5 } as const;
const RCODE_MASK = 0x0f;
const FLAG_RESPONSE = 0x8000;
/** RFC 1035 section 4.1.1. */
const HEADER_BYTES = 12;
/** Bytes of a UDP reply that we say we take: what passes everywhere unfragmented (DNS flag day 2020). */
const EDNS_PAYLOAD_BYTES = 1232;
/** Records of one section that are read; more has no honest zone's reply to a question of ours. */
const MAX_RECORDS = 64;
const MAX_NAME_CHARS = 253;
/** Labels of 1 to 63 printable ASCII characters. */
const NAME = /^(?:[\x21-\x2d\x2f-\x7e]{1,63}\.)*[\x21-\x2d\x2f-\x7e]{1,63}$/;

/** Whether this is a name that can be asked for. */
export function isDnsName(name: string): boolean {
  return name.length <= MAX_NAME_CHARS && NAME.test(name);
}

/** Lower case, without a final dot: names are equal whatever their case (RFC 4343). */
export function plainName(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}

/** Whether `name` is `zone` or lies below it. */
export function isWithin(name: string, zone: string): boolean {
  return name === zone || name.endsWith(`.${zone}`);
}

/** @param recursive RD: asks the other side to find out, as a resolver does. */
export function encodeQuestion(
  id: number,
  question: DnsQuestion,
  how: { readonly recursive: boolean; readonly edns: boolean },
): Uint8Array {
  return encode({
    type: 'query',
    id,
    flags: how.recursive ? RECURSION_DESIRED : 0,
    questions: [{ ...question, class: 'IN' }],
    additionals: how.edns
      ? [
          {
            type: 'OPT',
            name: '.',
            udpPayloadSize: EDNS_PAYLOAD_BYTES,
            extendedRcode: 0,
            ednsVersion: 0,
            flags: 0,
            flag_do: false,
            options: [],
          },
        ]
      : [],
  });
}

function toRecord(record: Answer): DnsRecord[] {
  const name = plainName(record.name);
  switch (record.type) {
    case 'A':
    case 'AAAA': {
      const ip = parseIp(record.data);
      const family = record.type === 'A' ? 4 : 6;
      return ip?.family === family ? [{ name, type: record.type, data: formatIp(ip) }] : [];
    }
    case 'NS':
    case 'CNAME':
    case 'DNAME':
      return [{ name, type: record.type, data: plainName(record.data) }];
    case 'SOA':
      return [{ name, type: 'SOA', data: '' }];
    default:
      return [];
  }
}

const section = (records: readonly Answer[] | undefined): DnsRecord[] =>
  (records ?? []).slice(0, MAX_RECORDS).flatMap(toRecord);

/** Null also for a message that goes on past its end: the decoder reads that as if it were there. */
function decodeSafely(bytes: Buffer): DecodedPacket | null {
  try {
    const packet = decode(bytes);
    return decode.bytes <= bytes.length ? packet : null;
  } catch {
    return null;
  }
}

/**
 * Null unless this is a well-formed response with this id to this question. Servers that refuse to deal with a question
 * may leave it out; those that say something about a name may not.
 */
export function readMessage(raw: Uint8Array, id: number, question: DnsQuestion): DnsMessage | null {
  const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
  if (bytes.length < HEADER_BYTES || bytes.readUInt16BE(0) !== id) return null;
  const flags = bytes.readUInt16BE(2);
  if ((flags & FLAG_RESPONSE) === 0) return null;
  const packet = decodeSafely(bytes);
  if (packet === null) return null;
  const rcode = flags & RCODE_MASK;
  const [asked, ...more] = packet.questions ?? [];
  const same =
    asked === undefined
      ? rcode !== RCODE.noError && rcode !== RCODE.nxDomain
      : more.length === 0 &&
        asked.type === question.type &&
        asked.class === 'IN' &&
        plainName(asked.name) === question.name;
  if (!same) return null;
  return {
    rcode,
    authoritative: (flags & AUTHORITATIVE_ANSWER) !== 0,
    truncated: (flags & TRUNCATED_RESPONSE) !== 0,
    answers: section(packet.answers),
    authorities: section(packet.authorities),
    additionals: section(packet.additionals),
  };
}

/** What a reply that carries nothing is called. */
export function failureOfRcode(rcode: number): string {
  switch (rcode) {
    case RCODE.noError:
      return 'dns_no_answer';
    case RCODE.servFail:
      return 'dns_servfail_error';
    case RCODE.nxDomain:
      return 'dns_nxdomain_error';
    case RCODE.refused:
      return 'dns_refused_error';
    default:
      return 'dns_server_misbehaving';
  }
}
