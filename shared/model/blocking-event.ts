/** Cells and blocking events: what many verdicts say of one domain; decision record 013. Derived, never edited. */
import type { Cause, Evidence, Method, Outcome } from './verdict.ts';

/** A network as cells know it: mobile and fixed lines of one AS are blocked apart. */
export interface CellNetwork {
  readonly asn: number;
  readonly access: 'mobile' | 'fixed' | 'unknown';
}

/** One judged measurement as a vote. */
export interface Vote {
  readonly measurementId: string;
  readonly domain: string;
  readonly network: CellNetwork;
  /** `x_key`; never published beside others. */
  readonly pseudonym: string;
  /** Milliseconds since 1970: when it was measured, and when the collector had it. */
  readonly at: number;
  readonly receivedAt: number;
  readonly outcome: Outcome;
  readonly method: Method | null;
  readonly cause: Cause | null;
  readonly evidence: Evidence | null;
}

/** Distinct pseudonyms of one domain, network and hour. A pseudonym with two outcomes in the hour counts in both. */
export interface Cell {
  readonly domain: string;
  readonly network: CellNetwork;
  /** Start of the hour, milliseconds since 1970. */
  readonly hour: number;
  /** Distinct pseudonyms; 0: an hour without data, which is said and not left out. */
  readonly n: number;
  readonly outcomes: Readonly<Partial<Record<Outcome, number>>>;
  readonly methods: Readonly<Partial<Record<Method, number>>>;
}

/** The last moment that spoke for the one state and the first that spoke for the next, milliseconds since 1970; null: none such. */
export interface Bracket {
  readonly after: number | null;
  readonly before: number | null;
}

export interface MethodCount {
  readonly method: Method;
  readonly pseudonyms: number;
}

/** One stretch of blocking in one network. */
export interface Episode {
  readonly network: CellNetwork;
  /** Last ok … first blocked. */
  readonly onset: Bracket;
  /** Last blocked … first ok again; null while it goes on. */
  readonly restored: Bracket | null;
  /** When enough was measured to say so; milliseconds since 1970. */
  readonly openedAt: number;
  readonly closedAt: number | null;
  /** `suspected`: not one measurement of it has a sufficient pair. */
  readonly basis: 'interfered' | 'suspected';
  readonly methods: readonly MethodCount[];
  /** Distinct pseudonyms since the onset that said blocked (interfered or suspected), and all that had a say. */
  readonly blocked: number;
  readonly voters: number;
  /** Base-10 logarithm of the likelihood ratio, at its highest. */
  readonly logRatio: number;
  /** Measurements that spoke for it, earliest first, at most MAX_EVENT_MEASUREMENTS. */
  readonly measurements: readonly string[];
  readonly measurementCount: number;
  /** An earlier stretch of the same domain and network ended within 90 days before. */
  readonly recurrent: boolean;
}

/** Episodes of one domain that belong together: overlapping, or less than a day apart. */
export interface BlockingEvent {
  /** Hex, 64 digits; stays when more comes to be known. */
  readonly id: string;
  readonly domain: string;
  readonly state: 'open' | 'restored';
  readonly basis: 'interfered' | 'suspected';
  /** The earliest of its episodes. */
  readonly onset: Bracket;
  /** The last of its episodes; null while one goes on. */
  readonly restored: Bracket | null;
  readonly episodes: readonly Episode[];
  /** Owners of its networks on those days, sorted. */
  readonly owners: readonly string[];
  readonly methods: readonly MethodCount[];
  /** Onsets in networks of two owners or more lie within the same hours: suggests one act. */
  readonly simultaneous: boolean;
  /** What else it could be, as message ids. */
  readonly alternatives: readonly string[];
  /** False events expected of this domain in a month, over its networks. */
  readonly expectedFalse: number;
}
