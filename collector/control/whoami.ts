/**
 * A DNS server that tells who asks: every name of one zone, type TXT, is answered with the network of the packet's
 * sender, which is the resolver that a probe's question went through. Nothing of the name is looked at, kept or logged.
 * UDP only: its replies are never too long for it.
 */
import { createSocket } from 'node:dgram';
import type { RemoteInfo } from 'node:dgram';
import { createRateLimit, plainAddress, subscriberKey } from './rate-limit.ts';
import { asReflectorError } from './reflector-identity.ts';
import type { KnownNetwork } from './reflector-network.ts';
import { readQuestion, refusal, replyTo } from './whoami-message.ts';

const WHOAMI_LIMITS = {
  rateWindowMs: 10_000,
  /** Replies to one source; a large resolver asks for many probes. */
  perSource: 200,
  /** Replies to everybody: a flood with forged senders must not take the reflector's processor. */
  total: 20_000,
} as const;
type WhoamiLimits = { readonly [K in keyof typeof WHOAMI_LIMITS]: number };
/** The longest question with an EDNS record; what is longer asks for something else. */
const MAX_QUERY_BYTES = 512;
/** Kernel's queue for packets; what does not fit is lost, and resolvers ask again. */
const RECEIVE_BUFFER_BYTES = 256 * 1024;
const EVERYBODY = '*';
const UNKNOWN: KnownNetwork = { asn: 0, cc: 'ZZ' };

export interface WhoamiOptions {
  /** In lower case, without a final dot. */
  readonly zone: string;
  readonly listen: { readonly host: string; readonly port: number };
  readonly lookup: (address: string) => KnownNetwork | null;
  /** Monotonic milliseconds. */
  readonly clock: () => number;
  readonly limits?: Partial<WhoamiLimits>;
}
export interface Whoami {
  readonly endpoint: { readonly host: string; readonly port: number };
  close(): Promise<void>;
}

/** The reply to one datagram, or null. Pure but for `lookup`. */
function answerTo(message: Uint8Array, source: string, zone: readonly string[], options: WhoamiOptions) {
  const question = readQuestion(message);
  if (question === 'silent') return null;
  if (typeof question === 'string') return refusal(message, question);
  const { asn, cc } = options.lookup(source) ?? UNKNOWN;
  return replyTo(question, zone, `asn=${asn} cc=${cc}`);
}

/** @throws ReflectorError when the address can't be bound. */
export async function createWhoami(options: WhoamiOptions): Promise<Whoami> {
  const limits: WhoamiLimits = { ...WHOAMI_LIMITS, ...options.limits };
  const { host, port } = options.listen;
  const zone = options.zone.split('.');
  const rate = createRateLimit(limits.rateWindowMs, options.clock);
  const socket = createSocket({
    type: host.includes(':') ? 'udp6' : 'udp4',
    recvBufferSize: RECEIVE_BUFFER_BYTES,
  });
  const onMessage = (message: Buffer, from: RemoteInfo): void => {
    if (message.length > MAX_QUERY_BYTES || from.port === 0) return;
    const source = plainAddress(from.address);
    // One source that asks too much is not held against everybody.
    if (rate.count(subscriberKey(source)) > limits.perSource) return;
    if (rate.count(EVERYBODY) > limits.total) return;
    const reply = answerTo(message, source, zone, options);
    // A reply that can't be sent is the asker's loss; it asks again.
    if (reply !== null) socket.send(reply, from.port, from.address, () => undefined);
  };
  await new Promise<void>((resolve, reject) => {
    socket.once('error', (error) => reject(asReflectorError(error, host, port)));
    socket.bind({ address: host, port, exclusive: true }, () => {
      socket.removeAllListeners('error');
      resolve();
    });
  });
  socket.on('error', () => undefined);
  socket.on('message', onMessage);
  const bound = socket.address();
  return {
    endpoint: { host: bound.address, port: bound.port },
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}
