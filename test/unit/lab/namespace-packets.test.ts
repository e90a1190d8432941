import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FirstStretch } from '../../lab/namespace/flow.ts';
import { createLine, createRandom } from '../../lab/namespace/line.ts';
import {
  fixChecksums,
  PROTOCOL,
  readPacket,
  readTcp,
  readUdpPorts,
  TCP,
  withEndpoint,
  writePacket,
  writeTcp,
  writeUnreachable,
} from '../../lab/namespace/packet.ts';

/** RFC 1071: over data with its checksum in place, the sum is all ones. */
function sums(parts: readonly Uint8Array[]): number {
  let sum = 0;
  for (const part of parts)
    for (let i = 0; i < part.length; i++) sum += i % 2 === 0 ? part[i]! << 8 : part[i]!;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return sum;
}

const segment = {
  sourcePort: 40_000,
  destinationPort: 443,
  sequence: 4_294_967_290,
  acknowledgement: 17,
  flags: TCP.psh | TCP.ack,
  data: Buffer.from('odd'),
};
const FOUR = { source: '11.254.0.2', destination: '11.1.0.1' };
const SIX = { source: '3ffe:fffe::2', destination: '3ffe:1::1' };

describe('packets', () => {
  it('reads a packet that another implementation wrote', () => {
    // IPv4 header with its checksum as worked out in RFC 1071's manner in many textbooks.
    const header = Buffer.from('4500003044224000800600008c7c19acae241e2b', 'hex');
    const bytes = Buffer.concat([header, Buffer.alloc(28)]);
    fixChecksums(bytes);
    expect(bytes.readUInt16BE(10)).toBe(0x442e);
    expect(readPacket(bytes)).toMatchObject({
      source: '140.124.25.172',
      destination: '174.36.30.43',
      protocol: 6,
    });
  });

  it.each([
    ['IPv4', FOUR],
    ['IPv6', SIX],
  ])('writes TCP over %s with checksums that add up', (_family, addresses) => {
    const packet = readPacket(writeTcp(addresses, segment))!;
    expect(packet).toMatchObject(addresses);
    expect(readTcp(packet)).toEqual(segment);
    const four = packet.family === 4;
    const pseudo = Buffer.from([0, 6, 0, packet.payload.length]);
    expect(sums([packet.bytes.subarray(four ? 12 : 8, four ? 20 : 40), pseudo, packet.payload])).toBe(0xffff);
    if (four) expect(sums([packet.bytes.subarray(0, 20)])).toBe(0xffff);
  });

  it('changes one endpoint and nothing else', () => {
    const before = readPacket(writeTcp(SIX, segment))!;
    const bytes = withEndpoint(before, 'destination', { address: '3ffe:ffff::99', port: 20_001 });
    const after = readPacket(bytes)!;
    expect(after).toMatchObject({ source: SIX.source, destination: '3ffe:ffff::99' });
    expect(readTcp(after)).toEqual({ ...segment, destinationPort: 20_001 });
    expect(
      bytes.equals(
        writeTcp({ ...SIX, destination: '3ffe:ffff::99' }, { ...segment, destinationPort: 20_001 }),
      ),
    ).toBe(true);
  });

  it('quotes what could not be delivered', () => {
    for (const [addresses, protocol, type] of [
      [FOUR, PROTOCOL.icmp, 3],
      [SIX, PROTOCOL.icmp6, 1],
    ] as const) {
      // prettier-ignore
      const refused = readPacket(writeTcp(addresses, segment))!;
      const said = readPacket(writeUnreachable(refused))!;
      expect(said).toMatchObject({ source: addresses.destination, destination: addresses.source, protocol });
      expect(said.payload[0]).toBe(type);
      expect(said.payload.subarray(8).equals(refused.bytes)).toBe(true);
    }
  });

  it('takes what is no packet for none', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        const packet = readPacket(Buffer.from(bytes));
        if (packet === null) return;
        readTcp(packet);
        readUdpPorts(packet);
        fixChecksums(packet.bytes);
      }),
    );
  });

  it('never lets a UDP checksum be the zero that means none', () => {
    for (let i = 0; i < 0x10000; i += 251) {
      const udp = Buffer.alloc(10);
      udp.writeUInt16BE(i, 8);
      expect(readPacket(writePacket(FOUR, PROTOCOL.udp, udp))!.payload.readUInt16BE(6)).not.toBe(0);
    }
  });
});

describe('the first bytes of a client', () => {
  it('are the same in any order, with repetitions, and over the end of the sequence numbers', () => {
    const text = Buffer.from('GET / HTTP/1.1\r\nHost: example\r\n\r\n');
    const start = 0xffff_fff0;
    const cut = fc.array(fc.integer({ min: 1, max: text.length - 1 }), { maxLength: 6 });
    fc.assert(
      fc.property(cut, fc.array(fc.nat(), { minLength: 12, maxLength: 12 }), (cuts, order) => {
        const ends = [...new Set([...cuts, text.length])].sort((a, b) => a - b);
        const pieces = ends.map((end, i) => {
          const from = ends[i - 1] ?? 0;
          return { ...segment, sequence: (start + from) >>> 0, data: text.subarray(from, end) };
        });
        const shuffled = [...pieces, ...pieces].sort(
          (a, b) => (order[pieces.indexOf(a)] ?? 0) - (order[pieces.indexOf(b)] ?? 0),
        );
        const stretch = new FirstStretch(start);
        for (const piece of shuffled) stretch.add(piece);
        expect(stretch.bytes.equals(text)).toBe(true);
      }),
    );
  });

  it('stop at a gap', () => {
    const stretch = new FirstStretch(10);
    stretch.add({ ...segment, sequence: 15, data: Buffer.from('later') });
    expect(stretch.bytes.length).toBe(0);
  });
});

describe('an access line', () => {
  it('without settings delivers everything at once', () => {
    expect(createLine({}, () => 0)(1500, 7)).toBe(7);
  });

  it('holds packets to its rate and drops what would wait too long', () => {
    const line = createLine({ bitsPerSecond: 120_000, delayMs: 20 }, () => 1);
    const arrivals = Array.from({ length: 40 }, () => line(1500, 0));
    expect(arrivals.slice(0, 3)).toEqual([120, 220, 320]);
    expect(arrivals.filter((at) => at === null).length).toBeGreaterThan(20);
    // Idle time is not saved up.
    expect(line(1500, 60_000)).toBe(60_120);
  });

  it('loses the share it should, the same packets for the same seed', () => {
    const lost = (seed: number): readonly number[] => {
      const line = createLine({ loss: 0.05 }, createRandom(seed));
      return Array.from({ length: 20_000 }, (_, i) => i).filter(() => line(1, 0) === null);
    };
    expect(lost(1)).toEqual(lost(1));
    expect(lost(1)).not.toEqual(lost(2));
    expect(Math.abs(lost(3).length / 20_000 - 0.05)).toBeLessThan(0.01);
  });
});
