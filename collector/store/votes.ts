/** What the stage that finds blocking needs of a database: votes, which domains changed, where its events go. */
import type { BlockingEvent, Vote } from '../../shared/model/index.ts';
import type { BlockingReader, VoteFilter, VoteReader } from './events.ts';

export interface BlockingStore extends BlockingReader, VoteReader {
  /**
   * Votes on whether the domain is blocked, thinned as shared/judge/thin-votes.ts says, in order. All of the domain's
   * networks unless one is named.
   */
  decidingVotes(filter: VoteFilter): Promise<readonly Vote[]>;
  /** When the newest vote on the domain was received (by `asOf`), milliseconds since 1970; null: there is none. */
  newestReceipt(domain: string, asOf?: number): Promise<number | null>;
  /** Domains whose votes have changed since they were last joined, at most `limit`, those first that wait longest. */
  dueDomains(limit: number): Promise<readonly string[]>;
  /** Puts these events in the place of all of the domain's; it is no longer due. */
  putBlocking(domain: string, events: readonly BlockingEvent[], context: string): Promise<void>;
  /** Domains of events that were joined in another context become due. */
  makeBlockingDue(exceptContext: string): Promise<void>;
  markDomainsDue(domains: readonly string[]): Promise<void>;
}
