/**
 * What an unattended probe says between measurements: that it is there (heartbeat), and what it saw while it could not say so
 * (outage journal). Never published and never handed out singly; decision record 013.
 */

/** Seconds between two heartbeats that a probe may state. */
export const HEARTBEAT_PERIOD_SECONDS = { min: 60, usual: 300, sparing: 900, max: 3600 } as const;
/** Each gap is the period times a random factor from 1 − JITTER to 1 + JITTER. */
export const HEARTBEAT_JITTER = 0.5;

/** The line that a member stands on; the finest group that silence is looked for in. */
export interface LineOfMember {
  /** ISO 3166-1 alpha-2; `ZZ` when unknown. */
  readonly cc: string;
  /** `AS9198`; `AS0` when unknown. */
  readonly asn: string;
  readonly access: 'mobile' | 'fixed' | 'unknown';
  /** ISO 3166-2 as the volunteer said it; null: not said. */
  readonly region: string | null;
}

/**
 * Payload of a DSSE envelope of type `heartbeat`. It bears no time: the collector's clock counts, and a device's clock would be
 * one more thing that tells devices apart.
 */
export interface Heartbeat extends LineOfMember {
  readonly kind: 'heartbeat';
  /** Base64 of the 32 bytes of the key that signs it: the pseudonym of this network and epoch. */
  readonly x_key: string;
  /** Whole seconds. */
  readonly period_s: number;
  /** Grows with each heartbeat of this key: one that was recorded and sent again is not believed. */
  readonly sequence: number;
  /** The last one for now (stopped, updated, key at its end): its absence is no silence. */
  readonly leaving: boolean;
}

export type Reach = 'up' | 'down' | 'unknown';

/** A stretch in which every look gave the same. */
export interface JournalSpan {
  /** First and last look, by the device's wall clock, ISO 8601 UTC, whole minutes. */
  readonly from: string;
  readonly to: string;
  /** The same by the monotonic clock: whole seconds before the journal was sealed; null where a restart of the device lies between. */
  readonly from_age_s: number | null;
  readonly to_age_s: number | null;
  readonly looks: number;
  /** The next hop: the line itself. */
  readonly gateway: Reach;
  /** Anchors inside the country, and outside of it; `up`: at least one answered. */
  readonly domestic: Reach;
  readonly foreign: Reach;
  /** The system's resolver. */
  readonly dns: Reach;
  readonly collector: Reach;
}

/** Payload of a DSSE envelope of type `journal`: one outage, as one member saw it. */
export interface OutageJournal extends LineOfMember {
  readonly kind: 'journal';
  readonly x_key: string;
  /** By the device's clock, ISO 8601 UTC, whole minutes. */
  readonly sealed_at: string;
  /** Device minus collector, whole minutes, as learnt when the line was back; null: unknown. */
  readonly clock_offset_minutes: number | null;
  /** The collector could be reached again when it was sealed. */
  readonly over: boolean;
  /** In order, at most MAX_JOURNAL_SPANS. */
  readonly spans: readonly JournalSpan[];
}

export const MAX_JOURNAL_SPANS = 500;
