import type { Resolver } from '../loopback/dns-servers.ts';
import { decodeQuestion, encodeReply } from '../loopback/dns-messages.ts';
import { listenAt } from './world-sockets.ts';

/** RFC 1035, 4.2.2: a message is preceded by its length in two bytes. */
const LENGTH_BYTES = 2;
const MAX_MESSAGE_BYTES = 4096;

/** The client's resolver over TCP: one question a connection. */
export function startTcpResolver(address: string, port: number, resolve: Resolver): Promise<void> {
  return listenAt(address, port, (socket) => {
    let held = Buffer.alloc(0);
    socket.on('data', (bytes: Buffer) => {
      held = Buffer.concat([held, bytes]);
      if (held.length > MAX_MESSAGE_BYTES) {
        socket.destroy();
        return;
      }
      if (held.length < LENGTH_BYTES || held.length < LENGTH_BYTES + held.readUInt16BE(0)) return;
      const asked = decodeQuestion(held.subarray(LENGTH_BYTES));
      const reply = asked === null ? undefined : resolve(asked.hostname)[0];
      if (asked === null || reply === undefined) {
        socket.destroy();
        return;
      }
      const message = encodeReply(asked.query, reply);
      const length = Buffer.alloc(LENGTH_BYTES);
      length.writeUInt16BE(message.length);
      socket.end(Buffer.concat([length, message]));
    });
  });
}
