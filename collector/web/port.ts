/** What the web side needs of the rest of the collector; the pipeline provides it, tests may provide parts of it. */
import type { ReadStore } from '../store/store.ts';
import type { ProblemCode, ProblemDetails } from './problems.ts';

export const ENVELOPE_MEDIA_TYPES: readonly string[] = ['application/vnd.dsse+json', 'application/json'];

export interface Refused {
  readonly problem: ProblemCode;
  readonly details?: ProblemDetails;
}

export interface Receipt {
  readonly measurementId: string;
  readonly receivedAt: string;
  /** DSSE envelope, JSON. */
  readonly receipt: string;
}

export interface WebPort {
  /** Answers once the bytes are durable. Throws only for faults of ours (storage, bugs). */
  submit(
    body: Uint8Array,
    options: { readonly sealed: boolean; readonly gzip: boolean },
  ): Promise<Receipt | Refused>;
  /** The control's reply as JSON text, `x_signed` included. */
  control(request: unknown, signal: AbortSignal): Promise<{ readonly json: string } | Refused>;
  /** DSSE envelope of the descriptor, JSON. */
  descriptor(): string;
  /** Without a final slash. */
  publicUrl(): string;
  readonly reader: ReadStore;
  /** The exact bytes that the probe signed; null when the id is unknown. */
  payload(measurementId: string): Uint8Array | null;
  /** A dated file that verdicts name by hash, and what it is called; null when this archive has none such. */
  snapshot(sha256: string): { readonly name: string; readonly bytes: Uint8Array } | null;
  /** JSON of the observations, in order. */
  observations(measurementId: string): Promise<readonly string[]>;
  /** A verdict's JSON → one sentence. */
  explain(verdict: string, lang: Lang): string;
  /** Id → what the rule claims. */
  readonly ruleClaims: ReadonlyMap<string, string>;
  /** What an alternative's message id says. */
  alternative(id: string, lang: Lang): string;
}

export const LANGS = ['en', 'ru', 'kk'] as const;
type Lang = (typeof LANGS)[number];
