/** What the web side needs of the rest of the collector; the pipeline provides it, tests may provide parts of it. */
import type { InterceptionEvent } from '../../shared/model/index.ts';
import type { PublishedAlert } from '../published-alert.ts';
import type { AlertFilter } from '../store/alerts.ts';
import type { EventPage } from '../store/interception.ts';
import type { SilenceReader } from '../store/events.ts';
import type { ReadStore } from '../store/store.ts';
import type { EventsPort, OutsidePort } from './events-port.ts';
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
  readonly silence: SilenceReader;
  readonly events: EventsPort;
  readonly outside: OutsidePort;
  /** Milliseconds since 1970. */
  nowMs(): number;
  /** The exact bytes that the probe signed; null when the id is unknown. */
  payload(measurementId: string): Uint8Array | null;
  /** A dated file that verdicts name by hash, and what it is called; null when this archive has none such. */
  snapshot(sha256: string): { readonly name: string; readonly bytes: Uint8Array } | null;
  /** JSON of the observations, in order. */
  observations(measurementId: string): Promise<readonly string[]>;
  /** What was announced, newest first, and how much; times of the filter are compared with published ones. */
  alerts(
    filter: AlertFilter,
    page: EventPage,
  ): { readonly alerts: readonly PublishedAlert[]; readonly count: number };
  alert(id: number): PublishedAlert | null;
  /** The newest alerts as an Atom feed, and an entity tag that changes with it. */
  alertFeed(lang: Lang): { readonly xml: string; readonly etag: string };
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
