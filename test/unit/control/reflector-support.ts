/** A reflector on loopback, and clients that speak to it in raw bytes. */
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ConnectionOptions } from 'node:tls';
import { createReflector } from '../../../collector/control/index.ts';
import type { Reflector, ReflectorOptions } from '../../../collector/control/index.ts';
import { KEY_PEM, leafFor, onCleanup } from './helpers.ts';

export const NAME = 'mirror.example';
export const CERT = leafFor(NAME);

export async function start(
  options: Partial<ReflectorOptions> = {},
): Promise<Reflector & { readonly port: number }> {
  const reflector = await createReflector({
    listen: [{ host: '127.0.0.1', port: 0 }],
    key: KEY_PEM,
    cert: CERT,
    clock: () => performance.now(),
    ...options,
  });
  onCleanup(() => reflector.close());
  return { ...reflector, port: reflector.endpoints[0]!.port };
}

export async function readAll(socket: Socket): Promise<string> {
  const parts: Buffer[] = [];
  for await (const chunk of socket as AsyncIterable<Buffer>) parts.push(chunk);
  return Buffer.concat(parts).toString('utf8');
}
export const bodyOf = (text: string): Record<string, unknown> =>
  JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4));
export const get = (host: string, path = '/'): string =>
  `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;

export async function plainExchange(port: number, bytes: string | Buffer): Promise<string> {
  const socket = connectTcp(port, '127.0.0.1');
  socket.write(bytes);
  return readAll(socket);
}
export async function secureExchange(port: number, text: string, options: ConnectionOptions = {}) {
  const socket = connectTls({
    port,
    host: '127.0.0.1',
    rejectUnauthorized: false,
    ALPNProtocols: ['h2', 'http/1.1'],
    ...options,
  });
  await once(socket, 'secureConnect');
  const leaf = socket.getPeerX509Certificate()!;
  const alpn = socket.alpnProtocol;
  socket.write(text);
  return { leaf, alpn, text: await readAll(socket) };
}
