import type { Readable } from 'node:stream';
import type { OpenTcp } from './tcp.ts';
import type { OpenTls } from './tls.ts';

/** A request as the protocol drivers send it; the interface itself only offers GET, DoH needs POST. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: readonly (readonly [string, string])[];
  readonly body?: Uint8Array;
  /** HTTP/1.1: the Host header leaves in two segments. */
  readonly splitHost?: boolean;
}

export interface HttpHead {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Readable;
  /** Asked after the stream's end: whether the message was whole. */
  complete(): boolean;
}

/** Either may be called more than once; the first call counts. */
export interface HttpEvents {
  head(head: HttpHead): void;
  fail(error: unknown): void;
}

/** Sends the request; returns how to end everything at once. May throw for a request that can't be written. */
export type HttpDriver = (
  connection: OpenTcp | OpenTls,
  request: HttpRequest,
  events: HttpEvents,
) => () => void;

/** Headers in the caller's order, without those that the URL or the protocol decides. */
export function ownHeaders(
  request: HttpRequest,
  decided: ReadonlySet<string>,
): readonly (readonly [string, string])[] {
  return request.headers.filter(([name]) => !decided.has(name.toLowerCase()));
}

/** `[k, v, k, v]` as Node gives raw headers → pairs. */
export function toPairs(flat: readonly string[]): readonly (readonly [string, string])[] {
  const pairs: (readonly [string, string])[] = [];
  for (let i = 0; i + 1 < flat.length; i += 2) pairs.push([flat[i]!, flat[i + 1]!]);
  return pairs;
}
