/**
 * Spool → collector. An entry leaves the spool only by a receipt under the collector's key; everything else keeps it.
 * Entries of two keys (networks, epochs) share neither a connection nor ten minutes, so that the collector can't tell
 * from timing that they come from one device. Ontology "Identity".
 *
 * Where the collector's chain isn't trusted, somebody may read and write the connection: entries whose receipt comes
 * sealed go through all the same, and nothing but a receipt is believed there. Decision record 011.
 */
import { SEALED_MEDIA_TYPE } from '../../shared/codec/sealed.ts';
import { isChainFailure } from '../../shared/failure/failure.ts';
import type { Descriptor } from '../../shared/model/index.ts';
import { collectorEndpoint } from './collector-endpoint.ts';
import type { ChainDemand, HttpAnswer, HttpClient, HttpReply, OpenHttp } from '../net/http-client.ts';
import { readReceipt } from './receipt.ts';
import type { Spool } from './spool.ts';
import type { SpoolEntry } from './spool-entry.ts';

export const SUBMIT_PATH = 'api/v1/submit';
/** Tries for one entry in one call of `deliver`. */
export const ATTEMPTS = 5;
/** Wait before try n + 1: a random part of FIRST_WAIT_MS · 2ⁿ, at most MAX_WAIT_MS ("full jitter"). */
export const FIRST_WAIT_MS = 1000;
export const MAX_WAIT_MS = 60_000;
/** A collector that asks for more patience than this is asked again in the next run. */
export const MAX_RETRY_AFTER_MS = 5 * 60_000;
export const GROUP_GAP_MS = 10 * 60_000;
/** Characters of a problem's title that are stored and shown. */
const MAX_TITLE_CHARS = 200;

/** Answers about this one entry; every other 4xx is about the address, the path or the moment. */
const REFUSALS: ReadonlySet<number> = new Set([400, 409, 413, 415, 422]);
const TRY_AGAIN: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504, 507]);

export type StopReason =
  'busy' | 'interrupted' | 'unreachable' | 'overloaded' | 'not_a_collector' | 'wrong_key';

export interface Delivery {
  readonly delivered: number;
  readonly refused: number;
  /** Still in the spool, for whatever reason. */
  readonly waiting: number;
  /** Of these, entries of another key, kept back for ten minutes. */
  readonly deferred: number;
  /** The first failure of the collector's chain; null: it was trusted throughout, or there was none. */
  readonly untrusted: string | null;
  /** Why it ended before the end; null when it did not. */
  readonly stopped: { readonly reason: StopReason; readonly line: string } | null;
}

export interface DeliverInput {
  readonly spool: Spool;
  readonly descriptor: Descriptor;
  readonly collectorUrl: string;
  readonly openHttp: OpenHttp;
  readonly signal: AbortSignal;
  /** ms since 1970. */
  readonly now: () => number;
  /** In [0, 1): jitter. */
  readonly random: () => number;
  /** Resolves false when the signal fired first. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<boolean>;
  /** This group first: the network the device is on now. */
  readonly preferGroup?: string;
  /** Waits ten minutes between groups instead of leaving the others for the next run. */
  readonly patient?: boolean;
}

type Outcome =
  | { readonly done: 'delivered' | 'refused' | 'kept' | 'gone' }
  | { readonly untrusted: string }
  | { readonly stop: StopReason; readonly line: string };

/** A connection, and how far what it says may be believed. */
interface Way {
  readonly demand: ChainDemand;
  readonly http: HttpClient;
}

const LINES: Readonly<Record<StopReason, string>> = {
  busy: 'another kuager is sending this spool; nothing to do here',
  interrupted: 'stopped; what was not sent stays in the spool',
  unreachable: "the collector can't be reached; measurements stay in the spool: run `kuager upload` later",
  overloaded: 'the collector asks for patience; measurements stay in the spool: run `kuager upload` later',
  not_a_collector:
    'what answers at this address is no collector; measurements stay in the spool: check --collector',
  wrong_key:
    "the receipt is not signed with the collector's key: not taken as delivered; ask the collector's operator",
};
const stop = (reason: StopReason, detail?: string): Extract<Outcome, { stop: StopReason }> => ({
  stop: reason,
  line: detail === undefined ? LINES[reason] : `${LINES[reason]} (${detail})`,
});

/** Seconds or a date (RFC 9110 section 10.2.3) → ms from now; null when there is none. */
export function retryAfterMs(value: string | undefined, now: number): number | null {
  if (value === undefined) return null;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}

/** The title of an RFC 9457 problem; null when the answer is none, e.g. a login page of somebody else. */
function problemTitle(answer: HttpAnswer): string | null {
  if (!(answer.headers['content-type'] ?? '').toLowerCase().startsWith('application/problem+json'))
    return null;
  try {
    const { title } = JSON.parse(Buffer.from(answer.body).toString('utf8')) as { title?: unknown };
    const text = typeof title === 'string' ? title : 'no title';
    // It is shown on a terminal: no control characters.
    return text.replace(/\p{C}/gu, ' ').slice(0, MAX_TITLE_CHARS);
  } catch {
    return null;
  }
}

/** Whether to try the same entry again, and after how long at least. */
function patienceFor(reply: HttpReply, now: number): { readonly atLeastMs: number } | null {
  if ('failure' in reply) return reply.failure === 'interrupted' ? null : { atLeastMs: 0 };
  const asked = retryAfterMs(reply.headers['retry-after'], now);
  if (TRY_AGAIN.has(reply.status) || reply.status >= 500) return { atLeastMs: asked ?? 0 };
  // Too large now, perhaps not later: only the collector knows, and says so by Retry-After.
  return reply.status === 413 && asked !== null ? { atLeastMs: asked } : null;
}

async function judge(
  reply: HttpReply,
  entry: SpoolEntry,
  { demand }: Way,
  input: DeliverInput,
): Promise<Outcome> {
  const { measurementId: id, replyKey } = entry;
  if ('failure' in reply)
    return reply.failure === 'interrupted' ? stop('interrupted') : stop('unreachable', reply.failure);
  const { spool, descriptor } = input;
  if (reply.status === 200) {
    const read = readReceipt(reply.body, id, { collectorKey: descriptor.collector.key, replyKey });
    if ('problem' in read) return stop(read.problem === 'not_a_receipt' ? 'not_a_collector' : 'wrong_key');
    await spool.delivered(id, read.ok);
    return { done: 'delivered' };
  }
  const title = problemTitle(reply);
  if (title !== null && REFUSALS.has(reply.status)) {
    // A refusal bears no signature: whoever sits on the way could have set every entry aside.
    if (demand === 'any_chain') return { done: 'kept' };
    await spool.refused(id, `${reply.status} ${title}`);
    return { done: 'refused' };
  }
  const overloaded = reply.status === 429 || reply.status >= 500 || reply.status === 413;
  return stop(overloaded ? 'overloaded' : 'not_a_collector', `status ${reply.status}`);
}

async function sendOne(id: string, way: Way, input: DeliverInput): Promise<Outcome> {
  const { spool, signal, now, random, sleep } = input;
  const entry = await spool.read(id);
  if (entry === null) return { done: 'gone' };
  // Its receipt would come in the clear, to whoever hands these bytes in.
  if (way.demand === 'any_chain' && entry.replyKey === null) return { done: 'kept' };
  for (let attempt = 1; ; attempt++) {
    const reply = await way.http.call({
      method: 'POST',
      url: collectorEndpoint(input.collectorUrl, SUBMIT_PATH),
      headers: { 'content-type': SEALED_MEDIA_TYPE, accept: 'application/json' },
      body: entry.body,
      signal,
    });
    if ('failure' in reply && isChainFailure(reply.failure)) return { untrusted: reply.failure };
    const patience = patienceFor(reply, now());
    if (patience === null || attempt >= ATTEMPTS) return judge(reply, entry, way, input);
    const asked = way.demand === 'verified' ? patience.atLeastMs : Math.min(patience.atLeastMs, MAX_WAIT_MS);
    if (asked > MAX_RETRY_AFTER_MS) return stop('overloaded');
    const jitter = random() * Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempt - 1));
    if (!(await sleep(asked + jitter, signal))) return stop('interrupted');
  }
}

/** How long this group has still to wait behind another one. Milliseconds. */
export async function gapBefore(
  group: string,
  { spool, now }: Pick<DeliverInput, 'spool' | 'now'>,
): Promise<number> {
  const last = await spool.lastWindow();
  if (last === null || last.group === group) return 0;
  const passed = now() - last.at;
  if (passed >= 0) return Math.max(0, GROUP_GAP_MS - passed);
  // The clock was set back: ten minutes from now, and not until it has caught up.
  await spool.setWindow({ group: last.group, at: now() });
  return GROUP_GAP_MS;
}

/**
 * Sends what waits. Stops at the first sign that going on is useless (unreachable, wrong key, interrupted); the rest
 * stays. Plain entries are sealed to the descriptor's key first. Throws only `ReportError` (disk) and the guard's error.
 */
export async function deliver(input: DeliverInput): Promise<Delivery> {
  const { spool, signal, now } = input;
  const count = { delivered: 0, refused: 0 };
  let untrusted: string | null = null;
  const finish = async (stopped: Delivery['stopped'], deferred = 0): Promise<Delivery> => ({
    ...count,
    waiting: (await spool.counts()).pending,
    deferred,
    untrusted,
    stopped,
  });
  const release = await spool.lock();
  if (release === null) return finish({ reason: 'busy', line: LINES.busy });
  try {
    await spool.useKey(input.descriptor.hpke);
    const groups = new Map<string, string[]>();
    for (const { measurementId, group } of (await spool.pending()).entries)
      groups.set(group, [...(groups.get(group) ?? []), measurementId]);
    const order = [...groups.keys()].sort(
      (a, b) => Number(b === input.preferGroup) - Number(a === input.preferGroup),
    );
    let deferred = 0;
    for (const group of order) {
      const gap = await gapBefore(group, input);
      const ids = groups.get(group) ?? [];
      if (gap > 0 && input.patient !== true) {
        deferred += ids.length;
        continue;
      }
      // Beyond it by an amount that nobody knows: to the second it would tell that both keys are of one device.
      const wait = gap + input.random() * GROUP_GAP_MS;
      if (gap > 0 && !(await input.sleep(wait, signal)))
        return await finish({ reason: 'interrupted', line: LINES.interrupted });
      let way: Way = { demand: 'verified', http: input.openHttp() };
      try {
        for (const id of ids) {
          if (signal.aborted) return await finish({ reason: 'interrupted', line: LINES.interrupted });
          await spool.setWindow({ group, at: now() });
          let outcome = await sendOne(id, way, input);
          if ('untrusted' in outcome) {
            untrusted ??= outcome.untrusted;
            await way.http.close();
            way = { demand: 'any_chain', http: input.openHttp('any_chain') };
            outcome = await sendOne(id, way, input);
          }
          if ('untrusted' in outcome) outcome = stop('unreachable', outcome.untrusted);
          if ('stop' in outcome) return await finish({ reason: outcome.stop, line: outcome.line }, deferred);
          if (outcome.done === 'delivered' || outcome.done === 'refused') count[outcome.done]++;
        }
      } finally {
        await spool.setWindow({ group, at: now() });
        await way.http.close();
      }
    }
    return await finish(null, deferred);
  } finally {
    await release();
  }
}
