import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { formatEndpoint, formatIp, parseIp } from '../../shared/codec/ip.ts';
import type { Context } from './context.ts';
import { askOverTcp } from './dns-tcp.ts';
import { encodeQuery, readReply } from './dns-wire.ts';
import type { ReadReply } from './dns-wire.ts';
import { failedBy, stoppedBy } from './errors.ts';
import type { Failed } from './errors.ts';
import { MAX_DNS_REPLIES } from './limits.ts';
import type { DnsExchange, DnsQuestion, DnsReply, Endpoint } from './net.ts';
import { stopWhen } from './stop.ts';

const ID_RANGE = 65_536;
/** RFC 6891 section 7. */
const RCODE_FORMERR = 1;

interface Heard {
  readonly replies: readonly (ReadReply & { readonly t: number })[];
  /** Null when a good reply came. */
  readonly failed: Failed | null;
}

/** Sends on a socket of its own and keeps whatever comes back until the window closes. */
function listen(
  ctx: Context,
  resolver: Endpoint,
  query: Uint8Array,
  read: (raw: Uint8Array) => ReadReply,
  signal: AbortSignal,
): Promise<Heard> {
  return new Promise((resolve) => {
    const replies: (ReadReply & { t: number })[] = [];
    const socket = createSocket(resolver.address.includes(':') ? 'udp6' : 'udp4');
    let resend: NodeJS.Timeout | undefined;
    let over = false;
    const finish = (failed: Failed | null): void => {
      if (over) return;
      over = true;
      dispose();
      clearTimeout(resend);
      // Listeners stay, `over` silences them: without Node's own a socket that is still being bound never closes.
      socket.close();
      resolve({ replies, failed: replies.some((r) => r.accepted) ? null : failed });
    };
    const send = (): void => {
      if (over) return;
      socket.send(query, (error) => {
        if (error) finish(failedBy(error));
        else ctx.traffic.add(query.length);
      });
    };
    let dispose = stopWhen(signal, ctx.timeouts.dns, (reason) => finish(stoppedBy(reason)));
    socket.on('error', (error) => finish(failedBy(error)));
    socket.on('message', (raw) => {
      if (over) return;
      ctx.traffic.add(raw.length);
      const reply = { ...read(raw), t: ctx.now() };
      const answers = reply.accepted && !replies.some((r) => r.accepted);
      // The answer itself is kept behind any number of forged ones.
      if (replies.length < MAX_DNS_REPLIES || answers) replies.push(reply);
      if (!answers) return;
      clearTimeout(resend);
      dispose();
      dispose = stopWhen(signal, ctx.timeouts.lateReply, () => finish(null));
    });
    // Connected: the kernel lets through only what comes from the resolver's address and port, and reports ICMP.
    socket.connect(resolver.port, resolver.address, (error?: Error) => {
      if (error) {
        finish(failedBy(error));
        return;
      }
      resend = setTimeout(send, ctx.timeouts.dns / 2);
      send();
    });
  });
}

/**
 * One question to one resolver over UDP, random id, source port chosen by the kernel, one retransmission. The
 * exchange's failure is that of the first reply that answers the query (what a stub resolver would go by); when none
 * does, that of the first reply at all, else the socket's error or a timeout. A reply that was cut off is asked for
 * again over TCP: the answer is the last of `replies` and decides. Rejects with `DestinationForbidden` only.
 */
export async function askOverUdp(
  ctx: Context,
  resolver: Endpoint,
  question: DnsQuestion,
  signal: AbortSignal,
): Promise<DnsExchange> {
  const t0 = ctx.now();
  const ip = parseIp(resolver.address);
  const done = (
    replies: readonly DnsReply[],
    failure: string | null,
    detail: string | null,
    t: number,
  ): DnsExchange => ({
    question,
    // Without the zone: the name of the volunteer's interface belongs to nobody else.
    resolver: formatEndpoint(ip === null ? resolver.address : formatIp(ip), resolver.port),
    replies,
    failure,
    detail,
    t0,
    t,
  });
  const id = randomInt(ID_RANGE);
  const query = encodeQuery(id, question);
  if (query === null || ip === null)
    return done([], 'invalid_argument', 'not a name or address for DNS', ctx.now());
  if (signal.aborted) return done([], 'interrupted', stoppedBy('interrupted').detail, ctx.now());
  const actual = ctx.lab?.mapUdp(resolver) ?? resolver;
  ctx.guard.check(actual.address);
  const read = (raw: Uint8Array): ReadReply => readReply(raw, id, question);
  let heard = await listen(ctx, actual, query, read, signal);
  // An old resolver that doesn't know the extension: asked once more in plain words.
  const plain = heard.replies.some((r) => r.accepted && r.reply.rcode === RCODE_FORMERR)
    ? encodeQuery(id, question, false)
    : null;
  if (plain !== null) heard = await listen(ctx, actual, plain, read, signal);
  const replies = heard.replies.map(({ reply, t }) => ({ ...reply, t }));
  const first = heard.replies.find((r) => r.accepted) ?? heard.replies[0];
  if (first === undefined || heard.failed?.failure === 'interrupted')
    return done(replies, heard.failed?.failure ?? null, heard.failed?.detail ?? null, ctx.now());
  if (first.cut) {
    const whole = await askOverTcp(ctx, resolver, query, read, signal);
    if (whole !== null) return done([...replies, whole], whole.failure, null, whole.t);
  }
  return done(replies, first.reply.failure, first.accepted ? null : (heard.failed?.detail ?? null), first.t);
}
