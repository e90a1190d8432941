import type { Socket as UdpSocket } from 'node:dgram';
import { connect } from 'node:net';
import type { Server, Socket } from 'node:net';
import type { Endpoint } from '../../../probe/net/net.ts';

/** The lab lives here and nowhere else. */
export const LOOPBACK = '127.0.0.1';

/** Every socket, server and timer of a lab, so that close() leaves nothing behind. */
export interface Sockets {
  /** Listens on a free loopback port and says which. */
  listen(server: Server): Promise<Endpoint>;
  /** Binds on a free loopback port and says which. */
  bind(socket: UdpSocket, from?: string): Promise<Endpoint>;
  /** A connection to another part of the lab; `port` is always a loopback port, `from` an address of 127.0.0.0/8. */
  connect(port: number, from?: string): Socket;
  /** A connection to a true site, wherever this lab keeps it. */
  dial(to: Endpoint): Socket;
  watch(socket: Socket): void;
  /** Resolves early when the lab closes. */
  delay(ms: number): Promise<void>;
  onClose(action: () => Promise<void>): void;
  closeAll(): Promise<void>;
}

export function createSockets(): Sockets {
  const open = new Set<Socket>();
  const endings: (() => Promise<void>)[] = [];
  const waiting = new Set<() => void>();

  const watch = (socket: Socket): void => {
    if (open.has(socket)) return;
    open.add(socket);
    // What goes wrong on one connection is the client's to see; it must not end the lab.
    socket.on('error', () => undefined);
    socket.once('close', () => open.delete(socket));
  };
  return {
    watch,
    listen: async (server) => {
      server.on('connection', watch);
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen({ host: LOOPBACK, port: 0 }, resolve);
      });
      endings.push(() => new Promise((resolve) => server.close(() => resolve())));
      return { address: LOOPBACK, port: (server.address() as { port: number }).port };
    },
    bind: async (socket, from = LOOPBACK) => {
      socket.on('error', () => undefined);
      await new Promise<void>((resolve) => socket.bind({ address: from, port: 0 }, resolve));
      endings.push(() => new Promise((resolve) => socket.close(() => resolve())));
      return { address: from, port: socket.address().port };
    },
    connect: (port, from) => {
      const local = from === undefined ? {} : { localAddress: from };
      const socket = connect({ host: LOOPBACK, port, allowHalfOpen: true, noDelay: true, ...local });
      watch(socket);
      return socket;
    },
    dial: ({ address, port }) => {
      const socket = connect({ host: address, port, allowHalfOpen: true, noDelay: true });
      watch(socket);
      return socket;
    },
    delay: (ms) =>
      new Promise((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          waiting.delete(done);
          resolve();
        };
        const timer = setTimeout(done, ms);
        waiting.add(done);
      }),
    onClose: (action) => void endings.push(action),
    closeAll: async () => {
      for (const done of [...waiting]) done();
      const closed = endings.map((end) => end());
      for (const socket of open) socket.destroy();
      await Promise.all(closed);
    },
  };
}
