import { createServer as createTcp } from 'node:net';
import type { LabScenario } from '../../lab/loopback/lab.ts';
import type { Page, Site, SiteBehaviour } from '../../scenarios/index.ts';
import { handshake } from './wire.ts';

/** Parts of scenarios that exist for one test only. */

export const BODY_BYTES = 200_000;

export function page(body: string, status = 200): Page {
  return { status, headers: [['Content-Type', 'text/plain']], body };
}

/** Up on both ports, with a large page at `/large`. */
export function site(host: string, addresses: readonly string[], more: Partial<Site> = {}): Site {
  const pages = { '/': page(`front of ${host}`), '/large': page('x'.repeat(BODY_BYTES)) };
  const up: SiteBehaviour = {
    state: 'up',
    http: pages,
    https: { certificate: 'trusted', alpn: ['http/1.1'], pages },
  };
  return { host, addresses, ...up, ...more };
}

export function scenario(name: string, parts: Partial<LabScenario>): LabScenario {
  return { name, title: name, sites: [], censor: [], ...parts };
}

export function request(host: string, path = '/'): string {
  return `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
}

/** A real ClientHello, as node sends it. */
export function clientHello(serverName: string): Promise<Buffer> {
  return new Promise((resolve) => {
    const server = createTcp((socket) =>
      socket.once('data', (bytes: Buffer) => {
        socket.destroy();
        server.close();
        resolve(bytes);
      }),
    );
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      void handshake({ address: '127.0.0.1', port }, serverName, '', ['http/1.1']);
    });
  });
}

/** Cut inside the first occurrence of `text`. */
export function cutAt(bytes: Buffer, text: string): Buffer[] {
  const at = bytes.indexOf(text) + 3;
  return [bytes.subarray(0, at), bytes.subarray(at)];
}
