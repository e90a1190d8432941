/**
 * The control's diary: what it saw of a URL before and after a measurement that has no live reply. Two entries stand in
 * for the reply only if they bracket the start, both within two hours, and say the same: then nothing that matters is
 * likely to have changed in between. Each entry is a signed reply of its own.
 */
import { PAYLOAD_TYPES } from '../codec/dsse.ts';
import type { ControlResponse, SignedControlReply } from '../model/index.ts';
import { readControl, type Document } from '../schema/document.ts';
import { controlClockMinutes, MAX_CONTROL_DISTANCE_MS, sameUrl, signedJson, utcMs } from './control.ts';

/** Starts and the control's times are rounded down to this. Milliseconds. */
const TIME_STEP_MS = 10 * 60_000;
/** A device whose clock is known to be further off started at another time than it says. Minutes; two roundings. */
const MAX_CLOCK_ERROR_MINUTES = 20;

export interface DiaryEntry {
  readonly signed: SignedControlReply;
  readonly reply: ControlResponse;
  /** Milliseconds since 1970, rounded down to ten minutes. */
  readonly at: number;
}

export interface Bracket {
  /** Of the last ten minutes that are wholly before the start; several when they were written in the same ones. */
  readonly before: readonly DiaryEntry[];
  /** Of the ten minutes of the start: before or after it, nobody can tell. */
  readonly during: readonly DiaryEntry[];
  /** Of the first ten minutes that are wholly after. */
  readonly after: readonly DiaryEntry[];
}

/** An entry about `url` that one of `keys` (base64 raw Ed25519) signed; null for anything else. */
export function readDiaryEntry(
  signed: SignedControlReply,
  url: string,
  keys: ReadonlySet<string>,
): DiaryEntry | null {
  const reply = readControl(signedJson(signed, PAYLOAD_TYPES.control, keys));
  const at = utcMs(reply?.x_time);
  if (reply === null || Number.isNaN(at) || !sameUrl(reply.x_request?.http_request ?? '', url)) return null;
  return { signed, reply, at: stepOf(at) };
}

const stepOf = (ms: number): number => Math.floor(ms / TIME_STEP_MS) * TIME_STEP_MS;

/**
 * The entries next to a start, on either side at most two hours away; null when one side has none. `startedAt` in
 * milliseconds. The order of `entries` has no influence.
 */
export function bracket(entries: readonly DiaryEntry[], startedAt: number): Bracket | null {
  const start = stepOf(startedAt);
  const near = entries.filter((e) => Math.abs(e.at - start) <= MAX_CONTROL_DISTANCE_MS);
  const last = Math.max(...near.filter((e) => e.at < start).map((e) => e.at));
  const first = Math.min(...near.filter((e) => e.at > start).map((e) => e.at));
  if (!Number.isFinite(last) || !Number.isFinite(first)) return null;
  const of = (at: number): DiaryEntry[] =>
    near.filter((e) => e.at === at).sort((a, b) => (a.signed.payload < b.signed.payload ? -1 : 1));
  return { before: of(last), during: of(start), after: of(first) };
}

type Results = Readonly<Record<string, { readonly status: boolean; readonly failure: string | null }>>;

function sameResults(a: Results, b: Results): boolean {
  return Object.entries(a).every(([endpoint, result]) => {
    const other = Object.hasOwn(b, endpoint) ? b[endpoint] : undefined;
    return other === undefined || (other.status === result.status && other.failure === result.failure);
  });
}

function sameDns({ dns: a }: ControlResponse, { dns: b }: ControlResponse): boolean {
  if (a.failure !== null || b.failure !== null) return a.failure === b.failure;
  return a.addrs.some((address) => b.addrs.includes(address));
}

/** Where the redirects ended. */
function finalHost(reply: ControlResponse): string {
  const url = reply.x_http_chain?.at(-1) ?? reply.x_request?.http_request ?? '';
  return URL.canParse(url) ? new URL(url).hostname : url;
}

const statusClass = (reply: ControlResponse): number => Math.floor(reply.http_request.status_code / 100);

function sameHttp(a: ControlResponse, b: ControlResponse): boolean {
  const [failureA, failureB] = [a.http_request.failure, b.http_request.failure];
  if (failureA !== null || failureB !== null) return failureA === failureB;
  return statusClass(a) === statusClass(b) && finalHost(a) === finalHost(b);
}

/**
 * Do two entries say the same? The same DNS failure or a common address; the same result at every endpoint that both
 * tried; the same HTTP failure, or the same class of status from the same final host.
 */
export function agree(a: DiaryEntry, b: DiaryEntry): boolean {
  return (
    sameDns(a.reply, b.reply) &&
    sameResults(a.reply.tcp_connect, b.reply.tcp_connect) &&
    sameResults(a.reply.tls_handshake ?? {}, b.reply.tls_handshake ?? {}) &&
    sameHttp(a.reply, b.reply)
  );
}

const allAgree = (entries: readonly DiaryEntry[]): boolean =>
  entries.every((a, i) => entries.slice(i + 1).every((b) => agree(a, b)));

/** The start is only worth something if the clock that gave it is not known to be wrong. */
export function clockIsWrong(doc: Document, keys: ReadonlySet<string>): boolean {
  const offsets = [doc.network.clockOffsetMinutes, controlClockMinutes(doc, keys)];
  return offsets.some((minutes) => Math.abs(minutes ?? 0) > MAX_CLOCK_ERROR_MINUTES);
}

/**
 * What the diary says in place of a live reply: the later entry's words, and all entries that had to agree. Null when
 * the start is not bracketed, the entries differ, or the device's clock is known to be wrong.
 */
export function diaryControl(
  doc: Document,
  diary: readonly SignedControlReply[],
  keys: ReadonlySet<string>,
): { readonly reply: ControlResponse; readonly used: readonly SignedControlReply[] } | null {
  if (diary.length === 0 || clockIsWrong(doc, keys)) return null;
  const entries = new Map(
    diary.flatMap((signed) => {
      const entry = readDiaryEntry(signed, doc.input, keys);
      return entry === null ? [] : [[signed.payload, entry] as const];
    }),
  );
  const around = bracket([...entries.values()], doc.startedAt);
  const all = around === null ? [] : [...around.before, ...around.during, ...around.after];
  const latest = all.at(-1);
  if (latest === undefined || !allAgree(all)) return null;
  return { reply: latest.reply, used: all.map((e) => e.signed) };
}
