/** What the web side needs of the rest of the collector; the pipeline provides it, tests may provide parts of it. */
import type { InterceptionEvent } from '../../shared/model/index.ts';
import type { EventPage } from '../store/interception.ts';
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
  /** The receipt for its sender's eyes only, base64; then nothing else of this is said. */
  readonly sealed?: string;
}

export interface PublishedAlert {
  readonly id: number;
  readonly kind: string;
  readonly state: 'opened' | 'withdrawn';
  /** ISO 8601 UTC: when it was announced. */
  readonly at: string;
  /** Of a withdrawal: the alert that it takes back. */
  readonly opens: number | null;
  readonly eventId: string;
  readonly reason: string;
  /** What it follows from: these measurements, judged with the files that this context names. */
  readonly measurements: readonly string[];
  readonly context: string;
  readonly event: unknown;
  readonly words: Readonly<Record<string, readonly string[]>>;
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
  /** What was announced, newest first, and how much. */
  alerts(page: EventPage): { readonly alerts: readonly PublishedAlert[]; readonly count: number };
  /** An event → plain sentences. */
  explainEvent(event: InterceptionEvent, lang: Lang): readonly string[];
  /** A verdict's JSON → one sentence. */
  explain(verdict: string, lang: Lang): string;
  /** The same → what it says of an interception, a sentence a fact; empty when there was none. */
  explainInterception(verdict: string, lang: Lang): readonly string[];
  /** Id → what the rule claims. */
  readonly ruleClaims: ReadonlyMap<string, string>;
  /** What an alternative's message id says. */
  alternative(id: string, lang: Lang): string;
}

export const LANGS = ['en', 'ru', 'kk'] as const;
type Lang = (typeof LANGS)[number];
