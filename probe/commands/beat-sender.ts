/**
 * Heartbeats on their way: sealed, padded, on one connection that stays open, believed to have arrived only by the collector's
 * receipt. None is kept: one that can't be delivered is dropped, and the next one has a number of its own.
 */
import { fromBase64 } from '../../shared/codec/base64.ts';
import { REPLY_KEY_BYTES } from '../../shared/codec/sealed-reply.ts';
import { SEALED_MEDIA_TYPE, sealTo } from '../../shared/codec/sealed.ts';
import { isChainFailure } from '../../shared/failure/failure.ts';
import type { Descriptor, Heartbeat } from '../../shared/model/index.ts';
import type { ChainDemand, HttpClient, HttpReply, OpenHttp } from '../net/http-client.ts';
import { collectorEndpoint } from '../report/collector-endpoint.ts';
import type { Identity } from '../report/identity.ts';
import { readReceipt } from '../report/receipt.ts';
import { sealNote, submissionOf } from '../report/seal.ts';
import { SUBMIT_PATH } from '../report/upload.ts';

const SEED_BYTES = 32;
/** For so long after an untrusted chain no trusted one is tried for: it would cost a handshake each time. Milliseconds. */
const UNTRUSTED_MS = 60 * 60_000;

export type Sent =
  /** `serverTime`: milliseconds since 1970 by a Date header that may be believed; null: none. */
  | { readonly kind: 'heard'; readonly serverTime: number | null }
  /** It is there and doesn't take it: too much to do, or it knows no heartbeats. */
  | { readonly kind: 'busy'; readonly status: number }
  | { readonly kind: 'unheard'; readonly why: string };

export interface BeatSender {
  /** `beat` makes one with the next number; a second try is another heartbeat. */
  send(beat: () => Promise<Omit<Heartbeat, 'x_key'>>, identity: Identity, signal: AbortSignal): Promise<Sent>;
  /** Its connection goes; the next heartbeat opens a new one. */
  close(): Promise<void>;
}

export interface BeatSenderOptions {
  readonly collectorUrl: string;
  readonly descriptor: () => Descriptor;
  readonly openHttp: OpenHttp;
  readonly random: (bytes: number) => Uint8Array;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export function createBeatSender(options: BeatSenderOptions): BeatSender {
  const { collectorUrl, descriptor, openHttp, random, now } = options;
  const url = collectorEndpoint(collectorUrl, SUBMIT_PATH);
  let way: { readonly demand: ChainDemand; readonly http: HttpClient } | null = null;
  let untrustedUntil = 0;

  const close = async (): Promise<void> => {
    const { http } = way ?? {};
    way = null;
    await http?.close();
  };

  const open = async (demand: ChainDemand): Promise<HttpClient> => {
    if (way?.demand !== demand) await close();
    way ??= { demand, http: openHttp(demand) };
    return way.http;
  };

  const judge = (reply: HttpReply, noteId: string, replyKey: Uint8Array, demand: ChainDemand): Sent => {
    if ('failure' in reply) return { kind: 'unheard', why: reply.failure };
    const believed = demand === 'verified';
    if (reply.status === 200) {
      const collectorKey = descriptor().collector.key;
      const read = readReceipt(reply.body, noteId, { collectorKey, replyKey });
      if ('problem' in read) return { kind: 'unheard', why: read.problem };
      const date = believed ? Date.parse(reply.headers['date'] ?? '') : Number.NaN;
      return { kind: 'heard', serverTime: Number.isNaN(date) ? null : date };
    }
    // Without TLS anybody can answer anything: a collector's own problem document at least looks like one.
    const itself =
      believed &&
      (url.startsWith('https:') ||
        (reply.headers['content-type'] ?? '').startsWith('application/problem+json'));
    return itself
      ? { kind: 'busy', status: reply.status }
      : { kind: 'unheard', why: `status ${reply.status}` };
  };

  const sendOnce = async (
    demand: ChainDemand,
    note: Omit<Heartbeat, 'x_key'>,
    identity: Identity,
    signal: AbortSignal,
  ): Promise<Sent> => {
    const { noteId, envelope } = sealNote(note, identity);
    const replyKey = random(REPLY_KEY_BYTES);
    const { key, keyid } = descriptor().hpke;
    const body = sealTo({
      keyid,
      hpkeKey: fromBase64(key) ?? new Uint8Array(0),
      plaintext: submissionOf(envelope, null, replyKey),
      ephemeralSeed: random(SEED_BYTES),
    });
    const http = await open(demand);
    const headers = { 'content-type': SEALED_MEDIA_TYPE, accept: 'application/json' };
    return judge(await http.call({ method: 'POST', url, headers, body, signal }), noteId, replyKey, demand);
  };

  return {
    close,
    async send(beat, identity, signal) {
      let demand: ChainDemand = now() < untrustedUntil ? 'any_chain' : 'verified';
      const hadConnection = way !== null;
      let sent = await sendOnce(demand, await beat(), identity, signal);
      // A router may have forgotten an idle connection without a word.
      if (sent.kind === 'unheard' && hadConnection && !signal.aborted && !isChainFailure(sent.why)) {
        await close();
        sent = await sendOnce(demand, await beat(), identity, signal);
      }
      if (sent.kind === 'unheard' && demand === 'verified' && isChainFailure(sent.why)) {
        demand = 'any_chain';
        sent = await sendOnce(demand, await beat(), identity, signal);
        if (sent.kind === 'heard') untrustedUntil = now() + UNTRUSTED_MS;
      }
      if (sent.kind === 'unheard') {
        untrustedUntil = 0;
        await close();
      }
      return sent;
    },
  };
}
