/** One DNS question, one server: over UDP, and over TCP when the reply did not fit. Destinations are checked by `outgoing`. */
import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:net';
import type { Endpoint } from './destination.ts';
import { encodeQuestion, RCODE, readMessage } from './dns-message.ts';
import type { DnsMessage, DnsQuestion } from './dns-message.ts';
import { failureOfAbort, failureOfError } from './socket-failure.ts';

/** For one datagram's reply; authoritative servers answer within a round trip. */
export const DNS_UDP_TIMEOUT_MS = 1_500;
const DNS_TCP_TIMEOUT_MS = 2_000;
/** Datagrams that are looked at while the right one has not come. */
const MAX_DATAGRAMS = 16;
/** Bytes of a reply over TCP; a server that announces more is not read. */
const MAX_TCP_REPLY_BYTES = 16 * 1024;
/** RFC 1035 section 4.2.2: every message is preceded by its length in two bytes. */
const LENGTH_BYTES = 2;
const ID_RANGE = 65_536;

export type DnsExchange = { readonly message: DnsMessage } | { readonly failure: string };

export interface DnsWay {
  /** Where a datagram really goes. */
  readonly udp: Endpoint;
  /** Opens the TCP connection to the same server. */
  connect(signal: AbortSignal): Promise<{ readonly socket: Socket } | { readonly failure: string }>;
  /** RD. */
  readonly recursive: boolean;
}

type Read = (raw: Uint8Array) => DnsMessage | null;

/** A literal is itself; Node asks even for those. */
function literalOnly(
  address: string,
  _: unknown,
  callback: (error: null, address: string, family: number) => void,
): void {
  callback(null, address, address.includes(':') ? 6 : 4);
}

/** Connected: the kernel chooses the port and lets through only what comes from that server; ICMP is reported. */
function overUdp(target: Endpoint, query: Uint8Array, read: Read, signal: AbortSignal): Promise<DnsExchange> {
  return new Promise((resolve) => {
    const type = target.address.includes(':') ? 'udp6' : 'udp4';
    const socket = createSocket({ type, lookup: literalOnly });
    let over = false;
    let datagrams = 0;
    const finish = (result: DnsExchange): void => {
      if (over) return;
      over = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      socket.close();
      resolve(result);
    };
    const onAbort = (): void => finish({ failure: failureOfAbort(signal) });
    const nothing = (): DnsExchange => ({
      failure: datagrams === 0 ? 'generic_timeout_error' : 'dns_server_misbehaving',
    });
    const timer = setTimeout(() => finish(nothing()), DNS_UDP_TIMEOUT_MS);
    signal.addEventListener('abort', onAbort, { once: true });
    socket.on('error', (error) => finish({ failure: failureOfError(error) }));
    socket.on('message', (raw) => {
      if (over) return;
      const message = read(raw);
      datagrams++;
      // What does not fit the question may be forged: the true reply can still come.
      if (message !== null) finish({ message });
      else if (datagrams >= MAX_DATAGRAMS) finish(nothing());
    });
    if (signal.aborted) {
      onAbort();
      return;
    }
    const failed = (error: Error | null | undefined): void => {
      if (error) finish({ failure: failureOfError(error) });
    };
    socket.connect(target.port, target.address, (error?: Error) => {
      failed(error);
      if (!over) socket.send(query, failed);
    });
  });
}

function overTcp(socket: Socket, query: Uint8Array, read: Read, signal: AbortSignal): Promise<DnsExchange> {
  return new Promise((resolve) => {
    let received = Buffer.alloc(0);
    const finish = (result: DnsExchange): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
      resolve(result);
    };
    const onAbort = (): void => finish({ failure: failureOfAbort(signal) });
    const timer = setTimeout(() => finish({ failure: 'generic_timeout_error' }), DNS_TCP_TIMEOUT_MS);
    signal.addEventListener('abort', onAbort, { once: true });
    socket.on('error', (error) => finish({ failure: failureOfError(error) }));
    socket.on('close', () => finish({ failure: 'eof_error' }));
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < LENGTH_BYTES) return;
      const end = LENGTH_BYTES + received.readUInt16BE(0);
      if (end > MAX_TCP_REPLY_BYTES) finish({ failure: 'message_size' });
      else if (received.length >= end) {
        const message = read(received.subarray(LENGTH_BYTES, end));
        finish(message === null ? { failure: 'dns_server_misbehaving' } : { message });
      }
    });
    if (signal.aborted) {
      onAbort();
      return;
    }
    const framed = Buffer.alloc(LENGTH_BYTES + query.length);
    framed.writeUInt16BE(query.length, 0);
    framed.set(query, LENGTH_BYTES);
    socket.write(framed);
  });
}

async function askOnce(
  way: DnsWay,
  question: DnsQuestion,
  edns: boolean,
  signal: AbortSignal,
): Promise<DnsExchange> {
  const id = randomInt(ID_RANGE);
  const query = encodeQuestion(id, question, { recursive: way.recursive, edns });
  const read: Read = (raw) => readMessage(raw, id, question);
  const first = await overUdp(way.udp, query, read, signal);
  if ('failure' in first || !first.message.truncated) return first;
  const opened = await way.connect(signal);
  return 'failure' in opened ? opened : overTcp(opened.socket, query, read, signal);
}

/**
 * Never rejects; random id, source port of the kernel's choice, the question checked in what comes back. At most two
 * datagrams and one TCP connection: servers from before EDNS (RFC 6891 section 7) are asked again without it.
 */
export async function askDns(way: DnsWay, question: DnsQuestion, signal: AbortSignal): Promise<DnsExchange> {
  const first = await askOnce(way, question, true, signal);
  const tooOld = 'message' in first && first.message.rcode === RCODE.formErr;
  return tooOld ? askOnce(way, question, false, signal) : first;
}
