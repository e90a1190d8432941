/** Servers on loopback with a box before each: TLS and bytes are real. */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createSecureContext, createServer as createTlsServer } from 'node:tls';
import { readClientHello } from '../../../shared/codec/client-hello.ts';
import type { Issued } from '../../lab/certs.ts';

export type Deed = 'pass' | 'drop' | 'reset' | 'close' | 'alert' | 'page';
/** What a box does with one connection. `nth`: of all to it, from 0. */
export type Decide = (name: string | null, nth: number) => Deed;

export interface Box {
  readonly port: number;
  /** Names that were said, in order, and the client's port. */
  readonly heard: { readonly name: string | null; readonly from: number }[];
}

/** RFC 8446 section 6: fatal (2) unrecognized_name (112). */
const UNRECOGNIZED_NAME = Buffer.from('15030300020270', 'hex');

export function createServers() {
  const servers: Server[] = [];
  const sockets = new Set<Socket>();
  const listen = async (server: Server): Promise<number> => {
    servers.push(server);
    server.on('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const act = (deed: Exclude<Deed, 'pass' | 'drop'>, socket: Socket): void => {
    if (deed === 'reset') socket.resetAndDestroy();
    else if (deed === 'close') socket.end();
    else socket.end(deed === 'alert' ? UNRECOGNIZED_NAME : 'HTTP/1.1 403 Forbidden\r\n\r\n');
  };
  return {
    /** A TLS server that shows for each name what it is told to. */
    tls: (shown: (name: string) => Issued): Promise<number> => {
      const server = createTlsServer({
        SNICallback: (name, done) => {
          const { certPem, keyPem } = shown(name);
          done(null, createSecureContext({ cert: certPem, key: keyPem }));
        },
      });
      server.on('tlsClientError', () => undefined);
      return listen(server);
    },
    /** Reads the name of each ClientHello, then decides. */
    async box(behind: number, decide: Decide): Promise<Box> {
      const heard: Box['heard'] = [];
      const port = await listen(
        createServer((client) => {
          let hello = Buffer.alloc(0);
          const onData = (more: Buffer): void => {
            hello = Buffer.concat([hello, more]);
            const seen = readClientHello(hello);
            if (seen === 'need more') return;
            client.off('data', onData);
            const name = seen === 'not tls' ? null : seen.sni;
            const deed = decide(name, heard.length);
            heard.push({ name, from: client.remotePort ?? 0 });
            if (deed === 'drop') return;
            if (deed !== 'pass') return act(deed, client);
            const server = connect(behind, '127.0.0.1');
            sockets.add(server);
            server.on('error', () => client.destroy());
            server.write(hello);
            client.pipe(server).pipe(client);
          };
          client.on('data', onData);
        }),
      );
      return { port, heard };
    },
    /** A port where nobody listens. */
    async nobody(): Promise<number> {
      const server = createServer();
      const port = await listen(server);
      server.close();
      return port;
    },
    close(): void {
      for (const socket of sockets) socket.destroy();
      for (const server of servers) server.close();
    },
  };
}
