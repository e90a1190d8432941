import type { IpPacket, TcpSegment } from './packet.ts';
import { TCP } from './packet.ts';

/** What a box remembers of one connection. */
export interface Flow<State> {
  readonly client: { readonly address: string; readonly port: number };
  readonly server: { readonly address: string; readonly port: number };
  /** Sequence number of the client's first byte of data. */
  readonly start: number;
  readonly state: State;
}

/** Bytes of a client that are put together at most; a request head longer than that is not looked at. */
const MAX_BYTES = 32 * 1024;

/** How far `to` is behind `from`, over the wrap at 2^32. */
function distance(from: number, to: number): number {
  return (to - from) >>> 0;
}

/**
 * The first bytes of the client in their order, whatever the order of the segments; what comes twice counts once
 * (the first copy). A gap ends what can be read so far.
 */
export class FirstStretch {
  readonly #start: number;
  readonly #waiting = new Map<number, Buffer>();
  #bytes: Buffer = Buffer.alloc(0);

  constructor(start: number) {
    this.#start = start;
  }

  get bytes(): Buffer {
    return this.#bytes;
  }

  add(segment: TcpSegment): void {
    const offset = distance(this.#start, segment.sequence);
    if (segment.data.length === 0 || offset >= MAX_BYTES) return;
    if (!this.#waiting.has(offset)) this.#waiting.set(offset, Buffer.from(segment.data));
    for (let moved = true; moved;) {
      moved = false;
      for (const [at, data] of this.#waiting) {
        const have = this.#bytes.length;
        if (at > have) continue;
        this.#waiting.delete(at);
        if (at + data.length <= have) continue;
        this.#bytes = Buffer.concat([this.#bytes, data.subarray(have - at)]);
        moved = true;
      }
    }
  }
}

const keyOf = (client: string, clientPort: number, server: string, serverPort: number): string =>
  `${client} ${clientPort} ${server} ${serverPort}`;

/** Every connection that the box has seen begin. A new SYN from the same port is a new connection. */
export class FlowTable<State> {
  readonly #flows = new Map<string, Flow<State>>();

  begin(packet: IpPacket, segment: TcpSegment, state: State): Flow<State> {
    const flow: Flow<State> = {
      client: { address: packet.source, port: segment.sourcePort },
      server: { address: packet.destination, port: segment.destinationPort },
      start: (segment.sequence + 1) >>> 0,
      state,
    };
    this.#flows.set(
      keyOf(packet.source, segment.sourcePort, packet.destination, segment.destinationPort),
      flow,
    );
    return flow;
  }

  fromClient(packet: IpPacket, segment: TcpSegment): Flow<State> | undefined {
    return this.#flows.get(
      keyOf(packet.source, segment.sourcePort, packet.destination, segment.destinationPort),
    );
  }

  fromServer(packet: IpPacket, segment: TcpSegment): Flow<State> | undefined {
    return this.#flows.get(
      keyOf(packet.destination, segment.destinationPort, packet.source, segment.sourcePort),
    );
  }
}

/** Sequence numbers that a segment takes up: its bytes, and one each for SYN and FIN (RFC 9293, 3.4). */
export function lengthOf(segment: TcpSegment): number {
  return (
    segment.data.length +
    ((segment.flags & TCP.syn) === 0 ? 0 : 1) +
    ((segment.flags & TCP.fin) === 0 ? 0 : 1)
  );
}
