/** What databases keep of blocking events and silences, for whoever reads them. */
import type {
  BlockingEvent,
  CellNetwork,
  SilenceEvent,
  SilenceState,
  Vote,
} from '../../shared/model/index.ts';
import type { EventPage } from './interception.ts';

export interface BlockingFilter {
  readonly state?: BlockingEvent['state'] | undefined;
  readonly basis?: BlockingEvent['basis'] | undefined;
  readonly domain?: string | undefined;
  readonly asn?: number | undefined;
  /** Going on at or after (inclusive), and begun before (exclusive); milliseconds since 1970. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
}

export interface BlockingReader {
  /** Open ones first, then by onset, newest first. */
  blockingEvents(filter: BlockingFilter, page: EventPage): Promise<readonly BlockingEvent[]>;
  blockingEventCount(filter: BlockingFilter): Promise<number>;
  blockingEvent(id: string): Promise<BlockingEvent | null>;
}

export interface VoteFilter {
  readonly domain: string;
  readonly network?: CellNetwork | undefined;
  /** Measured from (inclusive) until (exclusive), milliseconds since 1970. */
  readonly since: number;
  readonly until: number;
  /** Only what had been received by then, milliseconds since 1970. */
  readonly asOf?: number | undefined;
}

export interface VoteReader {
  /** By time of measuring, then by id; the newest `limit`. */
  votes(filter: VoteFilter, limit: number): Promise<readonly Vote[]>;
  /** The same, of each pseudonym, network, hour, outcome and method one: what cells count. */
  hourlyVotes(filter: VoteFilter, limit: number): Promise<readonly Vote[]>;
}

export interface SilenceFilter {
  readonly state?: SilenceState | undefined;
  readonly ongoing?: boolean | undefined;
  readonly since?: number | undefined;
  readonly until?: number | undefined;
}

export interface SilenceReader {
  /** Ongoing ones first, then by onset, newest first. */
  silenceEvents(filter: SilenceFilter, page: EventPage): Promise<readonly SilenceEvent[]>;
  silenceEventCount(filter: SilenceFilter): Promise<number>;
  silenceEvent(id: string): Promise<SilenceEvent | null>;
}
