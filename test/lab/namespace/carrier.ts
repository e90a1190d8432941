import { createSocket } from 'node:dgram';

/**
 * The wire between the namespaces and the packet program. Each namespace's only interface is a VXLAN device (RFC 7348) whose
 * datagrams end here: Ethernet frames in UDP, one network identifier a namespace. No packet has another way out.
 */

/** RFC 7348, 4: its port, here on a link that has two ends. */
export const VXLAN_PORT = 4789;
const VXLAN_HEADER_BYTES = 8;
const VNI_PRESENT = 0x08;
const ETHERNET_HEADER_BYTES = 14;
const ETHERTYPE = { 4: 0x0800, 6: 0x86dd } as const;
/** Locally administered (IEEE 802); a device takes frames for its own address only, and none from it. */
export const DEVICE_MAC = '02:00:00:00:00:01';
const DEVICE_MAC_BYTES = Buffer.from([2, 0, 0, 0, 0, 1]);
const PROGRAM_MAC_BYTES = Buffer.from([2, 0, 0, 0, 0, 2]);
/** A whole second late is as bad as ten. Milliseconds. */
const MAX_COUNTED_LATE_MS = 1000;
const LATE_SHARE = 0.99;
/** Room for a burst that arrives while the program computes. Bytes. */
const SOCKET_BUFFER_BYTES = 4 * 1024 * 1024;

export interface Carrier {
  /** `network` as given to the VXLAN device; the packet is sent when `atMs` of the monotonic clock has come. */
  send(network: number, packet: Buffer, atMs: number): void;
  /** How late packets went out since it was last asked: the latest of each hundred, milliseconds. */
  takeLateness(): number;
  close(): Promise<void>;
}

interface Due {
  readonly atMs: number;
  readonly network: number;
  readonly packet: Buffer;
}

function header(network: number, packet: Buffer): Buffer {
  const bytes = Buffer.alloc(VXLAN_HEADER_BYTES + ETHERNET_HEADER_BYTES);
  bytes[0] = VNI_PRESENT;
  bytes.writeUIntBE(network, 4, 3);
  DEVICE_MAC_BYTES.copy(bytes, 8);
  PROGRAM_MAC_BYTES.copy(bytes, 14);
  bytes.writeUInt16BE((packet[0] ?? 0) >> 4 === 6 ? ETHERTYPE[6] : ETHERTYPE[4], 20);
  return bytes;
}

/** `near` is this end of the link, `far` the end at which the devices stand. `onPacket` gets IP packets only. */
export async function openCarrier(
  near: string,
  far: string,
  onPacket: (network: number, packet: Buffer) => void,
): Promise<Carrier> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: SOCKET_BUFFER_BYTES });
  // A namespace that is gone refuses what is still under way to it.
  socket.on('error', () => undefined);
  socket.on('message', (frame) => {
    if (frame.length < VXLAN_HEADER_BYTES + ETHERNET_HEADER_BYTES) return;
    const type = frame.readUInt16BE(VXLAN_HEADER_BYTES + 12);
    if (type !== ETHERTYPE[4] && type !== ETHERTYPE[6]) return;
    onPacket(frame.readUIntBE(4, 3), frame.subarray(VXLAN_HEADER_BYTES + ETHERNET_HEADER_BYTES));
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind({ address: near, port: VXLAN_PORT }, resolve);
  });

  const queue: Due[] = [];
  /** How many packets went out so many milliseconds late; a machine that is too busy makes a line of its own. */
  const late = new Uint32Array(MAX_COUNTED_LATE_MS + 1);
  let timer: NodeJS.Timeout | null = null;
  const transmit = ({ network, packet }: Due): void =>
    socket.send([header(network, packet), packet], VXLAN_PORT, far);
  const drain = (): void => {
    timer = null;
    const now = performance.now();
    let ready = 0;
    while (ready < queue.length && queue[ready]!.atMs <= now) {
      const due = queue[ready++]!;
      late[Math.min(MAX_COUNTED_LATE_MS, Math.floor(now - due.atMs))]!++;
      transmit(due);
    }
    queue.splice(0, ready);
    arm();
  };
  const arm = (): void => {
    if (timer !== null || queue.length === 0) return;
    timer = setTimeout(drain, Math.max(0, queue[0]!.atMs - performance.now()));
  };
  return {
    send: (network, packet, atMs) => {
      const due = { network, packet, atMs };
      const now = performance.now();
      if (atMs <= now) {
        late[Math.min(MAX_COUNTED_LATE_MS, Math.floor(now - atMs))]!++;
        transmit(due);
        return;
      }
      let place = queue.length;
      // What was sent first stays first when both are due at once.
      while (place > 0 && queue[place - 1]!.atMs > atMs) place--;
      queue.splice(place, 0, due);
      if (place === 0 && timer !== null) {
        clearTimeout(timer);
        timer = null;
      }
      arm();
    },
    takeLateness: () => {
      const all = late.reduce((sum, n) => sum + n, 0);
      let seen = 0;
      const at = late.findIndex((n) => (seen += n) >= LATE_SHARE * all);
      late.fill(0);
      return all === 0 ? 0 : at;
    },
    close: () =>
      new Promise((resolve) => {
        if (timer !== null) clearTimeout(timer);
        socket.close(() => resolve());
      }),
  };
}
