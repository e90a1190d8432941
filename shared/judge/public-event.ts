/** An event as it is published: regions only of several, and nothing that would join the keys of what may be one device. */
import type { EventDecision, EventNetwork, EventReason, InterceptionEvent } from '../model/index.ts';

export interface PublicEvent {
  readonly id: string;
  readonly authority: {
    readonly id: string;
    readonly spki_sha256: string | null;
    readonly name: string | null;
  };
  readonly decision: EventDecision;
  readonly reason: EventReason;
  readonly names: readonly string[];
  readonly name_count: number;
  readonly networks: readonly EventNetwork[];
  readonly owners: readonly string[];
  readonly regions: readonly string[];
  readonly since: string;
  readonly until: string;
  readonly pseudonyms: number;
  readonly first_met: number;
  readonly forged_at_reflector: boolean;
  readonly measurements: readonly string[];
  readonly measurement_count: number;
  readonly alternatives: readonly string[];
  readonly kept_back: boolean;
}

const iso = (startTime: string): string => `${startTime.replace(' ', 'T')}Z`;

export function publicEvent(event: InterceptionEvent): PublicEvent {
  const open = !event.keptBack;
  return {
    id: event.id,
    authority: { id: event.authority, spki_sha256: event.spki, name: event.name },
    decision: event.decision,
    reason: event.reason,
    names: open ? event.names : [],
    name_count: event.nameCount,
    networks: open ? event.networks : [],
    owners: open ? event.owners : [],
    regions: event.regions,
    since: iso(event.since),
    until: iso(event.until),
    pseudonyms: event.pseudonyms,
    first_met: event.firstMet,
    forged_at_reflector: event.forgedAtReflector,
    measurements: open ? event.measurements : [],
    measurement_count: event.measurementCount,
    alternatives: event.alternatives,
    kept_back: event.keptBack,
  };
}
