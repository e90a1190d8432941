/** What several measurements say together of one interceptor; decision record 010. Derived, never edited. */
import type { TriggerMap } from './interception.ts';

/** What one judged measurement says of the interceptor that it met. */
export interface Sighting {
  readonly measurementId: string;
  /** `YYYY-MM-DD HH:MM:SS`, UTC, as the measurement says. */
  readonly startTime: string;
  /** Handed in so long after it that it can't speak of the present. */
  readonly late: boolean;
  /** `x_key`. */
  readonly pseudonym: string;
  /** Null: not known, or the document and a reflector's signed word differ. */
  readonly asn: number | null;
  readonly cc: string;
  /** The line as the document says; a network's own row goes before it. */
  readonly line: 'mobile' | 'fixed' | 'unknown';
  /** ISO 3166-2 from the private part, while that is kept. */
  readonly region: string | null;
  /** Id of a known authority, `unknown`, or `imitates:<id>`. */
  readonly authority: string;
  /** Key or signature of an authority on record, shown by somebody who proved to hold the leaf's key. */
  readonly proven: boolean;
  /** Whoever showed the forged chain went on after it, for which he needs the leaf's key: it is no old one shown again. */
  readonly finished: boolean;
  /** Hex SHA-256 of the SPKI of the highest authority shown. */
  readonly spki: string | null;
  readonly name: string | null;
  /** Names for which the forged chain was shown. */
  readonly hosts: readonly string[];
  /** The device's first key that met this authority. */
  readonly firstMet: boolean;
  readonly forgedAtReflector: boolean;
  readonly keyed: TriggerMap['keyed'];
  /** The measurement by itself says that the cause is on the volunteer's side. */
  readonly local: boolean;
}

/** A genuine chain for a name, in a measurement that met no interceptor. */
export interface CleanSighting {
  readonly measurementId: string;
  readonly startTime: string;
  readonly pseudonym: string;
  readonly asn: number;
  readonly host: string;
}

/**
 * Two measurements whose private parts named different regions when an alert was opened because of it. Private parts are
 * erased; that these two differed is what is kept.
 */
export type Apart = readonly [string, string];

export const EVENT_DECISIONS = ['interference', 'local', 'open'] as const;
export type EventDecision = (typeof EVENT_DECISIONS)[number];

export const EVENT_REASONS = [
  'known_authority',
  'different_owners',
  'different_regions',
  'several_on_mobile',
  'one_network_others_clean',
  'device_says_local',
  'follows_devices',
  'one_pseudonym',
  'one_device_possible',
  'one_owner',
  'no_key_shown',
  'not_at_one_time',
  'not_proven',
  'not_finished',
  'one_name',
] as const;
export type EventReason = (typeof EVENT_REASONS)[number];

export interface EventNetwork {
  readonly asn: number;
  readonly owner: string | null;
  readonly access: 'mobile' | 'fixed' | 'hosting' | 'unknown';
  /** Distinct pseudonyms that met the interceptor there. */
  readonly pseudonyms: number;
  /** Others that got genuine chains there, for the same names, within days. */
  readonly clean: number;
}

export interface InterceptionEvent {
  /** Hex SHA-256 of the key: stays when more measurements come. */
  readonly id: string;
  /** `known:<id>`, `spki:<hex>` or `name:<hex of the name's hash>`. */
  readonly key: string;
  readonly authority: string;
  readonly spki: string | null;
  readonly name: string | null;
  readonly decision: EventDecision;
  readonly reason: EventReason;
  /** Sorted; at most MAX_EVENT_NAMES of them. */
  readonly names: readonly string[];
  readonly nameCount: number;
  readonly networks: readonly EventNetwork[];
  /** Owners of these networks on those days. */
  readonly owners: readonly string[];
  /** Only those from which enough pseudonyms came. */
  readonly regions: readonly string[];
  /** First and last start of a measurement, `YYYY-MM-DD HH:MM:SS`, UTC. */
  readonly since: string;
  readonly until: string;
  /** Distinct pseudonyms, and those of them that are their device's first to meet it. */
  readonly pseudonyms: number;
  readonly firstMet: number;
  readonly forgedAtReflector: boolean;
  /** Earliest first; at most MAX_EVENT_MEASUREMENTS of them. */
  readonly measurements: readonly string[];
  readonly measurementCount: number;
  /** What else it could be, as message ids. */
  readonly alternatives: readonly string[];
  /** Measurements from which alone the same decision follows. */
  readonly witnesses: readonly string[];
  /** What they need beside them. */
  readonly apart: readonly Apart[];
  /** Its pseudonyms may be one device: what would join them is not published. */
  readonly keptBack: boolean;
}
