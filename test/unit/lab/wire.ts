import { createSocket } from 'node:dgram';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import dnsPacket from 'dns-packet';
import type { Endpoint } from '../../../probe/net/net.ts';

/** Plain clients of the lab on node's own modules, so that the probe's drivers don't vouch for the lab. */

/** What a client's map says of an endpoint. */
export type Mapped = Endpoint | { readonly failure: string };

/** Throws where the map says that there is no way. */
export function there(mapped: Mapped): Endpoint {
  if ('failure' in mapped) throw new Error(mapped.failure);
  return mapped;
}

/** `silence`: neither connected nor failed within `ms`. */
export function tcp(to: Mapped, ms: number): Promise<string> {
  if ('failure' in to) return Promise.resolve(to.failure);
  const at = there(to);
  return new Promise((resolve) => {
    const socket = connect(at.port, at.address);
    const done = (what: string): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(what);
    };
    const timer = setTimeout(() => done('silence'), ms);
    socket.once('connect', () => done('connected'));
    socket.once('error', (error: NodeJS.ErrnoException) => done(error.code ?? 'error'));
  });
}

export interface Heard {
  /** `end`: FIN; `silence`: still open after `ms`; `enough`: as many bytes as were asked for; else the error's code. */
  readonly end: string;
  readonly bytes: Buffer;
}

/** Sends the parts, `gapMs` apart, and listens. */
export function say(
  to: Mapped,
  parts: readonly (string | Buffer)[],
  ms: number,
  { gapMs = 0, enough = Number.POSITIVE_INFINITY } = {},
): Promise<Heard> {
  const at = there(to);
  return new Promise((resolve) => {
    const socket = connect({ host: at.address, port: at.port, noDelay: true });
    const heard: Buffer[] = [];
    const done = (end: string): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ end, bytes: Buffer.concat(heard) });
    };
    const timer = setTimeout(() => done('silence'), ms);
    let length = 0;
    socket.on('data', (bytes: Buffer) => {
      heard.push(bytes);
      length += bytes.length;
      if (length >= enough) done('enough');
    });
    socket.once('end', () => done('end'));
    socket.once('error', (error: NodeJS.ErrnoException) => done(error.code ?? 'error'));
    const next = (i: number): void => {
      const part = parts[i];
      if (part === undefined || socket.destroyed) return;
      socket.write(part);
      setTimeout(() => next(i + 1), gapMs);
    };
    socket.once('connect', () => next(0));
  });
}

export interface Handshake {
  readonly failure: string | null;
  readonly authorized: boolean;
  readonly why: string | null;
  readonly alpn: string | false | null;
  readonly socket: TLSSocket;
}

export function handshake(
  to: Mapped,
  serverName: string | null,
  rootsPem: string,
  alpn: readonly string[],
  ms = 4000,
): Promise<Handshake> {
  const at = there(to);
  return new Promise((resolve) => {
    const socket = connectTls({
      host: at.address,
      port: at.port,
      ca: rootsPem,
      rejectUnauthorized: false,
      ALPNProtocols: [...alpn],
      ...(serverName === null ? {} : { servername: serverName }),
    });
    const done = (failure: string | null): void => {
      clearTimeout(timer);
      const why = socket.authorizationError as Error | string | null;
      resolve({
        failure,
        authorized: socket.authorized,
        why: failure !== null || !why ? null : ((why as { code?: string }).code ?? String(why)),
        alpn: socket.alpnProtocol,
        socket,
      });
    };
    const timer = setTimeout(() => {
      socket.destroy();
      done('silence');
    }, ms);
    socket.once('secureConnect', () => done(null));
    socket.once('error', (error: NodeJS.ErrnoException) => done(error.code ?? error.message));
  });
}

/** A request over an open connection; the whole reply as text. */
export function get(socket: Socket, host: string, path = '/'): Promise<string> {
  return new Promise((resolve, reject) => {
    const heard: Buffer[] = [];
    socket.on('data', (bytes: Buffer) => heard.push(bytes));
    socket.once('close', () => resolve(Buffer.concat(heard).toString()));
    socket.once('error', reject);
    socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  });
}

export function get2(socket: TLSSocket, host: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const session = connectHttp2(`https://${host}`, { createConnection: () => socket });
    session.once('error', reject);
    const stream = session.request({ ':path': '/' });
    let status = 0;
    let body = '';
    stream.once('response', (headers) => (status = Number(headers[':status'])));
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => (body += text));
    stream.once('error', reject);
    stream.once('end', () => {
      session.close();
      resolve({ status, body });
    });
  });
}

/** Every datagram within `ms`: rcode and addresses. */
export function dns(
  at: Endpoint,
  hostname: string,
  ms: number,
  type: 'A' | 'AAAA' = 'A',
): Promise<{ rcode: string; addresses: string[] }[]> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    const replies: { rcode: string; addresses: string[] }[] = [];
    socket.on('message', (bytes) => replies.push(readDns(bytes)));
    setTimeout(() => socket.close(() => resolve(replies)), ms);
    socket.send(question(hostname, type), at.port, at.address);
  });
}

export function question(hostname: string, type: 'A' | 'AAAA' = 'A'): Buffer {
  return dnsPacket.encode({ type: 'query', id: 7, flags: 256, questions: [{ type, name: hostname }] });
}

export function readDns(bytes: Buffer): { rcode: string; addresses: string[] } {
  const packet = dnsPacket.decode(bytes) as dnsPacket.DecodedPacket & { rcode: string };
  const addresses = (packet.answers ?? []).map((answer) => String((answer as { data: unknown }).data));
  return { rcode: packet.rcode, addresses };
}
