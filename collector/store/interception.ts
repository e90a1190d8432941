/** What a database keeps of interception, derived like verdicts; alerts about it are archived (alerts.ts). */
import type { CleanSighting, EventDecision, InterceptionEvent, Sighting } from '../../shared/model/index.ts';

/** What one entry adds; `chains` are DER, leaf first. */
export interface EntryInterception {
  /** Without a region: that stays where it is erased from. */
  readonly sighting: Sighting | null;
  readonly clean: readonly CleanSighting[];
  readonly chains: readonly (readonly Uint8Array[])[];
}

export interface EventFilter {
  readonly decision?: EventDecision | undefined;
  readonly authority?: string | undefined;
  readonly asn?: number | undefined;
  readonly host?: string | undefined;
  /** Met since (inclusive), or before (exclusive), `YYYY-MM-DD HH:MM:SS`. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

export interface EventPage {
  readonly offset: number;
  readonly limit: number;
}

/** What the web side may use. */
export interface InterceptionReader {
  /** Interference first, then by last seen. */
  events(filter: EventFilter, page: EventPage): Promise<readonly InterceptionEvent[]>;
  eventCount(filter: EventFilter): Promise<number>;
  event(id: string): Promise<InterceptionEvent | null>;
  /** The event that counts this measurement among its own. */
  eventOf(measurementId: string): Promise<InterceptionEvent | null>;
  /** DER by the hex SHA-256 of it. */
  certificate(sha256: string): Promise<Uint8Array | null>;
  /** Forged chains of one measurement, DER, leaf first. */
  chainsOf(measurementId: string): Promise<readonly (readonly Uint8Array[])[]>;
}

export interface InterceptionStore extends InterceptionReader {
  /** Keys whose sightings have changed since they were last joined, at most `limit`. */
  dueAuthorities(limit: number): Promise<readonly string[]>;
  /** Of each pseudonym the first and last `perPseudonym` that came, of them the first `limit`, proven ones before all. */
  sightingsOf(key: string, perPseudonym: number, limit: number): Promise<readonly Sighting[]>;
  /**
   * One of each pseudonym and day, of each day those that came first, of the names in that network between the two times,
   * both included.
   */
  cleanIn(
    asn: number,
    hosts: readonly string[],
    since: string,
    until: string,
    limit: number,
  ): Promise<readonly CleanSighting[]>;
  /** All measurements of an authority, in the order in which they came. */
  measurementsOf(key: string, limit: number): Promise<readonly string[]>;
  /** Puts the event in the place of the one before (null: there is none any more); the key is no longer due. */
  putEvent(key: string, event: InterceptionEvent | null, context: string): Promise<void>;
  /** Keys of events that were joined in another context become due. */
  makeDue(exceptContext: string): Promise<void>;
  /** Those that rest on regions or name them become due. */
  makeRegionalDue(): Promise<void>;
  markDue(keys: readonly string[]): Promise<void>;
}
