import { STATUS_CODES } from 'node:http';
import type { Page } from '../../scenarios/scenario.ts';
import { lengthOf } from './flow.ts';
import { TCP, writeTcp } from './packet.ts';
import type { IpPacket, TcpSegment } from './packet.ts';

/** Segments that a box on the path makes up, from one segment that it saw pass. */

const NOTHING = Buffer.alloc(0);
/** Below every path's maximum segment size. Bytes. */
const SEGMENT_BYTES = 1200;

/** In the name of the server, acknowledging what the client has just sent. */
function asServer(packet: IpPacket, seen: TcpSegment, sequence: number, flags: number, data: Buffer): Buffer {
  return writeTcp(
    { source: packet.destination, destination: packet.source },
    {
      sourcePort: seen.destinationPort,
      destinationPort: seen.sourcePort,
      sequence,
      acknowledgement: (seen.sequence + lengthOf(seen)) >>> 0,
      flags,
      data,
    },
  );
}

export function resetToClient(packet: IpPacket, seen: TcpSegment): Buffer {
  return asServer(packet, seen, seen.acknowledgement, TCP.rst | TCP.ack, NOTHING);
}

/** In the name of the client. */
export function resetToServer(packet: IpPacket, seen: TcpSegment): Buffer {
  return writeTcp(packet, {
    ...seen,
    flags: TCP.rst | TCP.ack,
    data: NOTHING,
  });
}

/** Data and then the end of the connection; `end` is the sequence number after it. */
export function answerToClient(
  packet: IpPacket,
  seen: TcpSegment,
  data: Buffer,
): { readonly packets: readonly Buffer[]; readonly end: number } {
  const packets: Buffer[] = [];
  let sequence = seen.acknowledgement;
  for (let at = 0; at < data.length; at += SEGMENT_BYTES) {
    const part = data.subarray(at, at + SEGMENT_BYTES);
    packets.push(asServer(packet, seen, sequence, TCP.psh | TCP.ack, part));
    sequence = (sequence + part.length) >>> 0;
  }
  packets.push(asServer(packet, seen, sequence, TCP.fin | TCP.ack, NOTHING));
  return { packets, end: (sequence + 1) >>> 0 };
}

export function acknowledge(packet: IpPacket, seen: TcpSegment, sequence: number): Buffer {
  return asServer(packet, seen, sequence, TCP.ack, NOTHING);
}

/** RFC 8446, 5.1 and 6: record type alert, level fatal. */
export function alertRecord(description: number): Buffer {
  return Buffer.from([21, 3, 3, 0, 2, 2, description]);
}

/** An HTTP/1.1 response that ends its connection. */
export function responseBytes(page: Page): Buffer {
  const head = [
    `HTTP/1.1 ${page.status} ${STATUS_CODES[page.status] ?? ''}`,
    ...page.headers.map(([name, value]) => `${name}: ${value}`),
    `Content-Length: ${Buffer.byteLength(page.body)}`,
    'Connection: close',
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${page.body}`);
}
