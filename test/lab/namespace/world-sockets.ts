import type { Socket as UdpSocket } from 'node:dgram';
import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { createSockets } from '../loopback/sockets.ts';
import type { Sockets } from '../loopback/sockets.ts';

/**
 * The loopback lab's servers on real addresses. They are made as always, but instead of a free loopback port each gets a
 * number; whoever listens at a real address and port hands it the connections.
 */
export interface WorldSockets extends Sockets {
  /** A connection for the server with this number. */
  hand(number: number, socket: Socket): void;
}

export function createWorldSockets(): WorldSockets {
  const base = createSockets();
  const servers: Server[] = [];
  return {
    ...base,
    listen: (server) => {
      server.on('connection', base.watch);
      servers.push(server);
      return Promise.resolve({ address: '', port: servers.length });
    },
    hand: (number, socket) => {
      const server = servers[number - 1];
      if (server === undefined) throw new Error(`no server has the number ${number}`);
      server.emit('connection', socket);
    },
  };
}

/** Binds what the loopback lab would put on a free port at this address and port instead. */
export function boundAt(sockets: Sockets, address: string, port: number): Sockets {
  const bind = async (socket: UdpSocket, from?: string) => {
    // What is bound with an address of its own only asks others.
    const where = from === undefined ? { address, port } : { address: from, port: 0 };
    socket.on('error', () => undefined);
    await new Promise<void>((resolve) => socket.bind(where, resolve));
    return { address: where.address, port: socket.address().port };
  };
  return { ...sockets, bind };
}

/** Listens there; `take` gets every connection. */
export async function listenAt(address: string, port: number, take: (socket: Socket) => void): Promise<void> {
  // As Node's own HTTP and TLS servers open theirs.
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    socket.on('error', () => undefined);
    take(socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: address, port }, resolve);
  });
}

export function dialFrom(sockets: Sockets, from: string, address: string, port: number): Socket {
  const socket = connect({ host: address, port, localAddress: from, allowHalfOpen: true, noDelay: true });
  sockets.watch(socket);
  return socket;
}
