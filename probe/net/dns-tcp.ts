import { Buffer } from 'node:buffer';
import type { Context } from './context.ts';
import type { ReadReply } from './dns-wire.ts';
import type { DnsReply, Endpoint } from './net.ts';
import { stopWhen } from './stop.ts';
import { connectTcp } from './tcp.ts';
import type { OpenTcp } from './tcp.ts';

/** RFC 1035 section 4.2.2: every message is preceded by its length in two bytes. */
const LENGTH_BYTES = 2;

function exchange(
  ctx: Context,
  tcp: OpenTcp,
  query: Uint8Array,
  signal: AbortSignal,
): Promise<Buffer | null> {
  return new Promise((resolve) => {
    let received = Buffer.alloc(0);
    const finish = (message: Buffer | null): void => {
      dispose();
      tcp.close();
      resolve(message);
    };
    const dispose = stopWhen(signal, ctx.timeouts.dns, () => finish(null));
    tcp.socket.on('close', () => finish(null));
    tcp.socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      const end = received.length < LENGTH_BYTES ? Infinity : LENGTH_BYTES + received.readUInt16BE(0);
      if (received.length >= end) finish(received.subarray(LENGTH_BYTES, end));
    });
    const framed = Buffer.alloc(LENGTH_BYTES + query.length);
    framed.writeUInt16BE(query.length, 0);
    framed.set(query, LENGTH_BYTES);
    tcp.socket.write(framed);
  });
}

/** The same query to the same resolver over TCP; null when no message that answers it came. */
export async function askOverTcp(
  ctx: Context,
  resolver: Endpoint,
  query: Uint8Array,
  read: (raw: Uint8Array) => ReadReply,
  signal: AbortSignal,
): Promise<DnsReply | null> {
  const opened = await connectTcp(ctx, resolver, signal, ctx.timeouts.dns);
  if (opened.connection === null) return null;
  const message = await exchange(ctx, opened.connection as OpenTcp, query, signal);
  if (message === null) return null;
  const { accepted, reply } = read(message);
  return accepted ? { ...reply, t: ctx.now() } : null;
}
