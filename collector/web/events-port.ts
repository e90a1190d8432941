/** What the web side needs to show blocking and silence, now and as it was known at any past moment. */
import type {
  BlockingEvent,
  Cell,
  CellNetwork,
  OutsideSignal,
  SilenceEvent,
} from '../../shared/model/index.ts';
import type { BlockingFilter, SilenceFilter } from '../store/events.ts';
import type { EventPage } from '../store/interception.ts';

/** Times in milliseconds since 1970. */
export interface CellsQuestion {
  readonly domain: string;
  /** Whole UTC days are answered: the first that this lies in … */
  readonly since: number;
  /** … to the last that begins before this. */
  readonly until: number;
  readonly asn?: number | undefined;
  /** Only what had been received by then. */
  readonly asOf?: number | undefined;
}

/** An hour, or a day of something coarser: `null` fields are joined. Never of one or two pseudonyms. */
export interface ShownCell {
  readonly asn: number | null;
  readonly access: CellNetwork['access'] | null;
  readonly owner: string | null;
  readonly from: number;
  readonly to: number;
  /** Null: fewer than three. */
  readonly n: number | null;
  readonly outcomes: Cell['outcomes'];
  readonly methods: Cell['methods'];
}

export interface ShownCells {
  readonly since: number;
  readonly until: number;
  /** False: more was measured than one answer counts; of the earliest days something is missing. */
  readonly complete: boolean;
  readonly cells: readonly ShownCell[];
}

/** What others show of an event's time, the nearest places first; `count` with those that are not shown. */
export interface ShownOutside {
  readonly signals: readonly OutsideSignal[];
  readonly count: number;
}

/** As the operator's files have it now: what they had earlier is not known. */
export interface OutsidePort {
  besideSilence(event: SilenceEvent): ShownOutside;
  besideBlocking(event: BlockingEvent): ShownOutside;
}

export interface KnownEvents<T> {
  readonly events: readonly T[];
  readonly count: number;
}

/** `asOf`: a published moment, milliseconds since 1970, to ten minutes. */
export interface EventsPort {
  cells(question: CellsQuestion): Promise<ShownCells>;
  /** Of one domain decided again from what had been received by then; of all, as it stood announced. */
  blockingAsOf(filter: BlockingFilter, page: EventPage, asOf: number): Promise<KnownEvents<BlockingEvent>>;
  blockingEventAsOf(id: string, asOf: number): Promise<BlockingEvent | null>;
  /** As it stood announced: what it was counted from is erased. */
  silenceAsOf(filter: SilenceFilter, page: EventPage, asOf: number): Promise<KnownEvents<SilenceEvent>>;
  silenceEventAsOf(id: string, asOf: number): Promise<SilenceEvent | null>;
}
