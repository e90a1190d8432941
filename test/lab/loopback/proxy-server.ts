import { createServer } from 'node:net';
import type { Endpoint } from '../../../probe/net/net.ts';
import { readFirstBytes } from './first-bytes.ts';
import { joinStreams } from './gate.ts';
import type { Sockets } from './sockets.ts';

/** Where the true site of a name is; null: nobody has that name. */
export type Locate = (host: string, port: number) => Endpoint | null;

/** A transparent proxy: each connection goes on to the true site of its SNI or Host, or is reset. */
export function startProxy(sockets: Sockets, port: number, locate: Locate): Promise<Endpoint> {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    let held: Buffer = Buffer.alloc(0);
    const onData = (bytes: Buffer): void => {
      held = Buffer.concat([held, bytes]);
      const seen = readFirstBytes(held);
      if (seen.kind === 'need more') return;
      client.off('data', onData);
      client.pause();
      const host = seen.kind === 'tls' ? seen.sni : seen.kind === 'http' ? seen.host : null;
      const to = host === null ? null : locate(host, port);
      if (to === null) {
        client.resetAndDestroy();
        return;
      }
      client.unshift(held);
      joinStreams(sockets, client, sockets.dial(to), null);
    };
    client.on('data', onData);
  });
  return sockets.listen(server);
}
