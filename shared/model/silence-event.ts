/** A group of members that fell silent together; decision record 013. */

/** Which members: a network's line in a region, or wider. `null` fields are not looked at. */
export interface MemberGroup {
  readonly cc: string;
  readonly owner: string | null;
  readonly asn: number | null;
  readonly access: 'mobile' | 'fixed' | 'unknown' | null;
  /** ISO 3166-2. */
  readonly region: string | null;
}

/** A group in one minute, by the collector's clock. */
export interface GroupCount {
  /** Start of the minute, milliseconds since 1970. */
  readonly minute: number;
  /** Members whose heartbeats were heard of late. */
  readonly active: number;
  /** Of these, those from whom one should have come. */
  readonly overdue: number;
  /** False: the collector itself may not have been able to hear. */
  readonly observed: boolean;
}

export const SILENCE_STATES = [
  'silence',
  'collector_blocked',
  'local_power_or_access',
  'foreign_cut',
  'shutdown_confirmed',
  'withdrawn',
] as const;
export type SilenceState = (typeof SILENCE_STATES)[number];

/** What journals of distinct members say of the time of a silence. */
export interface JournalCounts {
  readonly members: number;
  /** Gateway up, no anchor answered. */
  readonly cut: number;
  /** Gateway and domestic anchors up, foreign ones down. */
  readonly foreignCut: number;
  /** Foreign anchors up, the collector down. */
  readonly collectorBlocked: number;
  /** Gateway down, or the device itself was off. */
  readonly local: number;
  /** Everything up, the collector too. */
  readonly fine: number;
}

/** Partial forms, where the groups beside it tell. */
export type SilenceExtent =
  'national' | 'mobile_only' | 'fixed_only' | 'regional' | 'one_owner' | 'one_network';

export interface SilenceEvent {
  /** Hex, 64 digits. */
  readonly id: string;
  readonly group: MemberGroup;
  readonly state: SilenceState;
  readonly extent: SilenceExtent;
  /** Last moment at which the group was heard as usual … first at which it was not; milliseconds since 1970. */
  readonly onset: { readonly after: number; readonly before: number };
  /** When enough was missing to say so. */
  readonly openedAt: number;
  /** Heard again as usual since; null while it goes on. */
  readonly endedAt: number | null;
  /** When it opened. */
  readonly active: number;
  readonly overdue: number;
  readonly journals: JournalCounts;
  /** Groups below that fell silent with it. */
  readonly parts: readonly MemberGroup[];
  /** It was announced, and then found to be part of this one, which says all of it; the state is `withdrawn`. */
  readonly partOf?: { readonly id: string; readonly group: MemberGroup };
  /** Outside sources that show an outage then, by their names; they confirm and never open. */
  readonly outside: readonly string[];
  /** Starts on the hour, days of the calendar: message ids with their words. They never decide. */
  readonly annotations: readonly { readonly id: string; readonly text: string | null }[];
  /** What else it could be, as message ids. */
  readonly alternatives: readonly string[];
  /** False events expected of such a group in a year. */
  readonly expectedFalse: number;
}
