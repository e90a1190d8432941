import type { WebPort } from './port.ts';

export interface RequestLog {
  readonly route: string;
  readonly status: number;
  readonly ms: number;
}

export interface WebOptions {
  readonly port: WebPort;
  /** One line a request; never who asked. */
  readonly onRequest: (line: RequestLog) => void;
  /** A fault of ours, for the operator's log. */
  readonly onFault: (error: unknown, route: string) => void;
  /** Whether this caller (a socket's address) may ask the control once more; counted in memory, written nowhere. */
  readonly controlAllows: (caller: string) => boolean;
  /** A caller (a socket's address) → what counts as one subscriber; kept in memory while the request lasts. */
  readonly subscriberOf: (caller: string) => string;
}
