/** What was announced: the archive's third part beside entries and diary. Rows are never changed; decision record 013. */
import type { EventPage } from './interception.ts';

export const ALERT_KINDS = ['interception', 'blocking', 'silence'] as const;
export type AlertKind = (typeof ALERT_KINDS)[number];

/**
 * `opened`: it is so, as far as is known. `changed`: it still is, and more is known. `ended`: it was so and is over.
 * `withdrawn`: what was announced no longer follows.
 */
export const ALERT_STATES = ['opened', 'changed', 'ended', 'withdrawn'] as const;
export type AlertState = (typeof ALERT_STATES)[number];

export interface NewAlert {
  readonly kind: AlertKind;
  /** The thing that it is about, within its kind: an event's id, or an authority's key. */
  readonly subject: string;
  readonly state: AlertState;
  /** When we knew, ISO 8601 UTC, whole seconds. */
  readonly at: string;
  /** JSON: what it follows from, enough to make it again from what is kept. */
  readonly inputs: string;
  /** JSON: language → sentences, as they were said. */
  readonly words: string;
}

export interface Alert extends NewAlert {
  /** From 1, in the order in which they were written. */
  readonly id: number;
  /** The `opened` alert that a later one about the same thing belongs to; null: it is one itself. */
  readonly opens: number | null;
}

export interface AlertFilter {
  readonly kind?: AlertKind | undefined;
  readonly state?: AlertState | undefined;
  /** Announced at or after (inclusive), and before (exclusive), ISO 8601 UTC, whole seconds. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  /** Only what had been announced by then (inclusive): the state of knowledge of that moment. */
  readonly asOf?: string | undefined;
}

/** What the web side and those who pass alerts on may use. */
export interface AlertReader {
  /** Newest first. */
  alerts(filter: AlertFilter, page: EventPage): readonly Alert[];
  alertCount(filter: AlertFilter): number;
  /** With ids above `id`, in the order in which they were written. */
  alertsSince(id: number, limit: number): readonly Alert[];
  alert(id: number): Alert | null;
  /** The newest about the same subject before this one. */
  alertBefore(alert: Alert): Alert | null;
  /** The highest id; 0 when there is none. */
  lastAlert(): number;
}

/** Append-only, durable when `appendAlert` returns. */
export interface AlertStore extends AlertReader {
  appendAlert(alert: NewAlert): Alert;
  /** The newest about a subject. */
  latestAlert(kind: AlertKind, subject: string): Alert | null;
  /** Of blocking: the newest about each of the domain's events (by `asOf`, inclusive), at most `limit`, newest first. */
  latestAboutDomain(domain: string, limit: number, asOf?: string): readonly Alert[];
  /** Domains of blocking events whose newest alert is no withdrawal. Sorted. */
  standingDomains(): readonly string[];
  /** Subjects whose newest alert says that it is so: opened or changed. Sorted. */
  openSubjects(kind: AlertKind): readonly string[];
}
