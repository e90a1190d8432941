import { formatIp, parseIp } from '../../../shared/codec/ip.ts';

/**
 * IP, TCP, UDP and ICMP, bytes ↔ data: RFC 791, 8200, 9293, 768, 792, 4443. Only what a middlebox needs; what it doesn't
 * know it passes on as it came.
 */

export const PROTOCOL = { icmp: 1, tcp: 6, udp: 17, icmp6: 58 } as const;
export const TCP = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16 } as const;

const IPV4_HEADER_BYTES = 20;
const IPV6_HEADER_BYTES = 40;
const TCP_HEADER_BYTES = 20;
const UDP_HEADER_BYTES = 8;
const HOPS = 64;
/** How much of the packet an ICMP error quotes: enough for every header, below IPv6's minimum MTU. */
const QUOTED_BYTES = 128;
const MORE_FRAGMENTS_OR_OFFSET = 0x3fff;

export interface IpPacket {
  readonly family: 4 | 6;
  /** Canonical text. */
  readonly source: string;
  readonly destination: string;
  readonly protocol: number;
  /** False for a fragment: its transport header is not here, or not all of it. */
  readonly whole: boolean;
  /** What follows the IP header; shares the packet's memory. */
  readonly payload: Buffer;
  /** The packet from its first to its last byte. */
  readonly bytes: Buffer;
}

export interface TcpSegment {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly sequence: number;
  readonly acknowledgement: number;
  /** Bits of `TCP`. */
  readonly flags: number;
  readonly data: Buffer;
}

export interface Ports {
  readonly sourcePort: number;
  readonly destinationPort: number;
}

const texts = new Map<string, string>();
/** More addresses than a lab has, fewer than would be felt. */
const MAX_TEXTS = 10_000;

function addressText(bytes: Buffer): string {
  const key = bytes.toString('latin1');
  const known = texts.get(key);
  if (known !== undefined) return known;
  const text = formatIp({ family: bytes.length === 4 ? 4 : 6, bytes: new Uint8Array(bytes) });
  if (texts.size >= MAX_TEXTS) texts.clear();
  texts.set(key, text);
  return text;
}

/** Null for what is no whole IPv4 or IPv6 packet. IPv6 extension headers are not walked. */
export function readPacket(bytes: Buffer): IpPacket | null {
  const version = (bytes[0] ?? 0) >> 4;
  if (version === 4) {
    const header = ((bytes[0] ?? 0) & 15) * 4;
    if (bytes.length < IPV4_HEADER_BYTES || header < IPV4_HEADER_BYTES) return null;
    const length = bytes.readUInt16BE(2);
    if (length < header || length > bytes.length) return null;
    return {
      family: 4,
      source: addressText(bytes.subarray(12, 16)),
      destination: addressText(bytes.subarray(16, 20)),
      protocol: bytes[9] ?? 0,
      whole: (bytes.readUInt16BE(6) & MORE_FRAGMENTS_OR_OFFSET) === 0,
      payload: bytes.subarray(header, length),
      bytes: bytes.subarray(0, length),
    };
  }
  if (version !== 6 || bytes.length < IPV6_HEADER_BYTES) return null;
  const length = IPV6_HEADER_BYTES + bytes.readUInt16BE(4);
  if (length > bytes.length) return null;
  return {
    family: 6,
    source: addressText(bytes.subarray(8, 24)),
    destination: addressText(bytes.subarray(24, 40)),
    protocol: bytes[6] ?? 0,
    whole: true,
    payload: bytes.subarray(IPV6_HEADER_BYTES, length),
    bytes: bytes.subarray(0, length),
  };
}

/** Null when it is no TCP or its header is cut. */
export function readTcp(packet: IpPacket): TcpSegment | null {
  const { payload } = packet;
  if (packet.protocol !== PROTOCOL.tcp || !packet.whole || payload.length < TCP_HEADER_BYTES) return null;
  const offset = ((payload[12] ?? 0) >> 4) * 4;
  if (offset < TCP_HEADER_BYTES || offset > payload.length) return null;
  return {
    sourcePort: payload.readUInt16BE(0),
    destinationPort: payload.readUInt16BE(2),
    sequence: payload.readUInt32BE(4),
    acknowledgement: payload.readUInt32BE(8),
    flags: payload[13] ?? 0,
    data: payload.subarray(offset),
  };
}

/** Null when it is no UDP or its header is cut. */
export function readUdpPorts(packet: IpPacket): Ports | null {
  const { payload } = packet;
  if (packet.protocol !== PROTOCOL.udp || !packet.whole || payload.length < UDP_HEADER_BYTES) return null;
  return { sourcePort: payload.readUInt16BE(0), destinationPort: payload.readUInt16BE(2) };
}

function sum16(bytes: Buffer, start: number): number {
  let sum = start;
  const even = bytes.length & ~1;
  for (let i = 0; i < even; i += 2) sum += ((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0);
  return even === bytes.length ? sum : sum + ((bytes[even] ?? 0) << 8);
}

/** RFC 1071. */
function folded(sum: number): number {
  let rest = sum;
  while (rest > 0xffff) rest = (rest & 0xffff) + Math.floor(rest / 0x10000);
  return ~rest & 0xffff;
}

const CHECKSUM_AT: Readonly<Record<number, number>> = {
  [PROTOCOL.tcp]: 16,
  [PROTOCOL.udp]: 6,
  [PROTOCOL.icmp]: 2,
  [PROTOCOL.icmp6]: 2,
};

/**
 * Writes header and transport checksums anew, in place: after an address was changed, and because a kernel leaves them
 * to a network card that a virtual device doesn't have.
 */
export function fixChecksums(bytes: Buffer): void {
  const packet = readPacket(bytes);
  if (packet === null) return;
  const { family, payload, protocol } = packet;
  if (family === 4) {
    const header = bytes.subarray(0, (bytes[0]! & 15) * 4);
    header.writeUInt16BE(0, 10);
    header.writeUInt16BE(folded(sum16(header, 0)), 10);
  }
  const at = CHECKSUM_AT[protocol];
  if (at === undefined || !packet.whole || payload.length < at + 2) return;
  const addresses = family === 4 ? bytes.subarray(12, 20) : bytes.subarray(8, 40);
  // ICMP for IPv4 is the one without a pseudo-header.
  const pseudo = protocol === PROTOCOL.icmp ? 0 : sum16(addresses, protocol + payload.length);
  payload.writeUInt16BE(0, at);
  const sum = folded(sum16(payload, pseudo));
  // A UDP checksum of zero means "none" (RFC 768).
  payload.writeUInt16BE(protocol === PROTOCOL.udp && sum === 0 ? 0xffff : sum, at);
}

export interface Addresses {
  readonly source: string;
  readonly destination: string;
}

/** A packet with correct checksums. Both addresses are literals of one family: throws otherwise. */
export function writePacket(addresses: Addresses, protocol: number, payload: Buffer): Buffer {
  const [source, destination] = [parseIp(addresses.source), parseIp(addresses.destination)];
  if (source === null || destination === null || source.family !== destination.family)
    throw new Error(`no packet goes from ${addresses.source} to ${addresses.destination}`);
  const four = source.family === 4;
  const header = Buffer.alloc(four ? IPV4_HEADER_BYTES : IPV6_HEADER_BYTES);
  if (four) {
    header[0] = 0x45;
    header.writeUInt16BE(header.length + payload.length, 2);
    header[8] = HOPS;
    header[9] = protocol;
  } else {
    header[0] = 0x60;
    header.writeUInt16BE(payload.length, 4);
    header[6] = protocol;
    header[7] = HOPS;
  }
  header.set(source.bytes, four ? 12 : 8);
  header.set(destination.bytes, four ? 16 : 24);
  const bytes = Buffer.concat([header, payload]);
  fixChecksums(bytes);
  return bytes;
}

/** One segment without options. */
export function writeTcp(addresses: Addresses, segment: TcpSegment): Buffer {
  const header = Buffer.alloc(TCP_HEADER_BYTES);
  header.writeUInt16BE(segment.sourcePort, 0);
  header.writeUInt16BE(segment.destinationPort, 2);
  header.writeUInt32BE(segment.sequence >>> 0, 4);
  header.writeUInt32BE(segment.acknowledgement >>> 0, 8);
  header[12] = (TCP_HEADER_BYTES / 4) << 4;
  header[13] = segment.flags;
  header.writeUInt16BE(0xffff, 14);
  return writePacket(addresses, PROTOCOL.tcp, Buffer.concat([header, segment.data]));
}

/** "Host unreachable" (RFC 792, type 3 code 1; RFC 4443, type 1 code 3), said in the name of the destination. */
export function writeUnreachable(packet: IpPacket): Buffer {
  const header = Buffer.from(packet.family === 4 ? [3, 1, 0, 0, 0, 0, 0, 0] : [1, 3, 0, 0, 0, 0, 0, 0]);
  return writePacket(
    { source: packet.destination, destination: packet.source },
    packet.family === 4 ? PROTOCOL.icmp : PROTOCOL.icmp6,
    Buffer.concat([header, packet.bytes.subarray(0, QUOTED_BYTES)]),
  );
}

/** The same packet with another address and port on one side; for TCP and UDP. */
export function withEndpoint(
  packet: IpPacket,
  side: 'source' | 'destination',
  endpoint: { readonly address: string; readonly port: number },
): Buffer {
  const ip = parseIp(endpoint.address);
  if (ip === null || ip.family !== packet.family)
    throw new Error(`${endpoint.address} is no IPv${packet.family} address`);
  const bytes = Buffer.from(packet.bytes);
  const first = packet.family === 4 ? 12 : 8;
  bytes.set(ip.bytes, side === 'source' ? first : first + ip.bytes.length);
  bytes.writeUInt16BE(endpoint.port, bytes.length - packet.payload.length + (side === 'source' ? 0 : 2));
  fixChecksums(bytes);
  return bytes;
}
