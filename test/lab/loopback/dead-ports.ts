import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { Worker } from 'node:worker_threads';
import type { Endpoint } from '../../../probe/net/net.ts';
import { LOOPBACK } from './sockets.ts';
import type { Sockets } from './sockets.ts';

/**
 * Ports at which nobody answers.
 *
 * `silent`: a SYN stays unanswered. A thread listens with the smallest backlog and then blocks, so that it never
 * accepts; a few connections fill the queue and Linux drops the SYN of every further one. The thread must not return
 * to its event loop: libuv would accept.
 * `refused`: held by the near end of a connection, so that nobody else can be given it, and without a listener.
 */
export interface DeadPorts {
  readonly refused: Endpoint;
  /** Null where the system does not drop the SYN of a full queue; such scenarios can't be run there. */
  readonly silent: Endpoint | null;
  readonly silentUdp: Endpoint;
  /** A datagram to it is answered with ICMP: the socket there hears another peer only. */
  readonly refusedUdp: Endpoint;
}

/** Connections that may be needed to fill the queue (backlog 1 takes two on Linux). */
const MAX_FILLING = 8;
/** A loopback SYN that is not answered by then is not going to be. */
const SILENCE_MS = 300;

const BLOCKED_LISTENER = `
const { parentPort, workerData } = require('node:worker_threads');
const server = require('node:net').createServer();
server.listen({ host: '${LOOPBACK}', port: 0, backlog: 1 }, () => {
  parentPort.postMessage(server.address().port);
  Atomics.wait(new Int32Array(workerData), 0, 0);
  server.close();
  parentPort.close();
});`;

async function startSilent(sockets: Sockets): Promise<Endpoint | null> {
  const gate = new SharedArrayBuffer(4);
  const worker = new Worker(BLOCKED_LISTENER, { eval: true, workerData: gate });
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  sockets.onClose(() => {
    Atomics.store(new Int32Array(gate), 0, 1);
    Atomics.notify(new Int32Array(gate), 0);
    return exited;
  });
  const port = await new Promise<number>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  for (let i = 0; i < MAX_FILLING; i++) {
    if ((await knock(sockets, port)) === 'silence') return { address: LOOPBACK, port };
  }
  return null;
}

/** A connection that succeeds stays in the queue until the lab closes. */
function knock(sockets: Sockets, port: number): Promise<'connected' | 'silence' | 'refused'> {
  return new Promise((resolve) => {
    const socket = sockets.connect(port);
    const timer = setTimeout(() => {
      socket.destroy();
      resolve('silence');
    }, SILENCE_MS);
    socket.once('connect', () => {
      clearTimeout(timer);
      resolve('connected');
    });
    socket.once('error', () => {
      clearTimeout(timer);
      resolve('refused');
    });
  });
}

async function holdRefused(sockets: Sockets): Promise<Endpoint> {
  const holder = await sockets.listen(createServer());
  const socket = sockets.connect(holder.port);
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  return { address: LOOPBACK, port: socket.localPort ?? 0 };
}

async function holdRefusedUdp(sockets: Sockets, peer: Endpoint): Promise<Endpoint> {
  const socket = createSocket('udp4');
  const endpoint = await sockets.bind(socket);
  await new Promise<void>((resolve) => socket.connect(peer.port, peer.address, () => resolve()));
  return endpoint;
}

export async function startDeadPorts(sockets: Sockets): Promise<DeadPorts> {
  const [refused, silent, silentUdp] = await Promise.all([
    holdRefused(sockets),
    startSilent(sockets),
    sockets.bind(createSocket('udp4')),
  ]);
  return { refused, silent, silentUdp, refusedUdp: await holdRefusedUdp(sockets, silentUdp) };
}
