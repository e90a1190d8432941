import dnsPacket from 'dns-packet';
import type { Packet } from 'dns-packet';
import type { NameReply } from './names.ts';

export const TTL_SECONDS = 60;
export const RCODE_NUMBER = { NOERROR: 0, SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 } as const;
/** RFC 8914 section 2. */
const EXTENDED_ERROR_OPTION = 15;
const EDNS_UDP_BYTES = 1232;

/** Null for what is no question. */
export function decodeQuestion(bytes: Buffer): { query: Packet; hostname: string } | null {
  try {
    const query = dnsPacket.decode(bytes);
    const hostname = query.questions?.[0]?.name;
    return hostname === undefined || query.type !== 'query' ? null : { query, hostname };
  } catch {
    return null;
  }
}

/** An Extended DNS Error goes to those only who sent an OPT record themselves (RFC 6891 section 7). */
function extendedError(query: Packet, code: number | undefined): Packet['additionals'] {
  const understands = (query.additionals ?? []).some((record) => record.type === 'OPT');
  if (code === undefined || !understands) return [];
  const data = Buffer.alloc(2);
  data.writeUInt16BE(code);
  const options = [{ code: EXTENDED_ERROR_OPTION, data }] as never;
  return [
    {
      type: 'OPT',
      name: '.',
      udpPayloadSize: EDNS_UDP_BYTES,
      extendedRcode: 0,
      ednsVersion: 0,
      flags: 0,
      flag_do: false,
      options,
    },
  ];
}

/** As a resolver says it: recursion available. */
export function encodeReply(query: Packet, reply: NameReply): Buffer {
  const question = query.questions?.[0];
  const family = question?.type === 'AAAA' ? 6 : question?.type === 'A' ? 4 : 0;
  const answers = reply.addresses
    .filter((address) => (address.includes(':') ? 6 : 4) === family)
    .map((data) => ({ type: question?.type as 'A', name: question?.name ?? '', ttl: TTL_SECONDS, data }));
  return dnsPacket.encode({
    type: 'response',
    id: query.id ?? 0,
    flags: dnsPacket.RECURSION_DESIRED | dnsPacket.RECURSION_AVAILABLE | RCODE_NUMBER[reply.rcode],
    questions: query.questions ?? [],
    answers,
    additionals: extendedError(query, reply.extendedError) ?? [],
  });
}
