import { createSocket } from 'node:dgram';
import { parseIp } from '../../shared/codec/ip.ts';

/** Any port: nothing is sent to it. */
const UNUSED_PORT = 9;

/**
 * The device's own address on the way to `address`: what the kernel chooses for a connected UDP socket, on which nothing
 * is sent. Null without a route, or for what is no address.
 */
export function routeAddress(address: string): Promise<string | null> {
  const ip = parseIp(address);
  if (ip === null) return Promise.resolve(null);
  return new Promise((resolve) => {
    const socket = createSocket(ip.family === 6 ? 'udp6' : 'udp4');
    const done = (found: string | null): void => {
      socket.removeAllListeners();
      socket.on('error', () => undefined).close();
      resolve(found);
    };
    socket.once('error', () => done(null));
    socket.connect(UNUSED_PORT, address, () => done(socket.address().address));
  });
}
