/** What others show of outages and blocking, from files that an operator puts beside; decision record 013. It opens nothing. */

export type OutsideKind = 'alert' | 'event' | 'signal' | 'outage' | 'traffic_anomaly' | 'aggregation';

/**
 * Whether it may agree with a silence: `strong` for its place and for places within it, `weak` for its place only, `none` for none.
 * `against`: its source names a cause that is no order to cut, so that nothing else confirms one there and then either.
 */
export type OutsideWeight = 'strong' | 'weak' | 'none' | 'against';

/** One statement of one source about one place and time. A place is all that is not null. */
export interface OutsideSignal {
  /** As readers know it: `IODA (bgp)`, `Cloudflare Radar`, `OONI`. */
  readonly source: string;
  readonly kind: OutsideKind;
  /** ISO 3166-1 alpha-2; null: the source names a network and no country. */
  readonly cc: string | null;
  readonly asn: number | null;
  /** ISO 3166-2; the source's own name of a part of the country that has no such code or isn't known by it; null: all of it. */
  readonly region: string | null;
  /** Of blocking; null: an outage. */
  readonly domain: string | null;
  /** Milliseconds since 1970; null: the file names no end. */
  readonly from: number;
  readonly to: number | null;
  /** Alert, signal: the lowest share of what is usual. Aggregation: the share that is anomalous. Event: the source's own score. */
  readonly value: number | null;
  /** The source's own word: a level, a cause, a count. */
  readonly note: string | null;
  /** Where a reader finds it; http or https. */
  readonly url: string | null;
  readonly weight: OutsideWeight;
}
