/**
 * HTTP towards the collector, as report/ and the control’s client see it: a reply or a failure, never an exception for what the
 * network does. `createHttpOpener` (http-opener.ts) is the real one.
 */
export interface HttpCall {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case; of several equal ones the first. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** `failure`: a string of the closed vocabulary (df-007). */
export type HttpReply = HttpAnswer | { readonly failure: string };

/**
 * `verified`: nothing is sent unless the chain leads to a root of the project's own snapshot. `any_chain`: whoever is at
 * the other end reads what is sent and writes what is answered; only for bytes that are sealed, and answers that are
 * signed (decision record 011).
 */
export type ChainDemand = 'verified' | 'any_chain';

/** Its connections and TLS sessions are its own, shared with no other client. */
export interface HttpClient {
  call(request: HttpCall): Promise<HttpReply>;
  close(): Promise<void>;
}
/** Default: `verified`. */
export type OpenHttp = (demand?: ChainDemand) => HttpClient;
