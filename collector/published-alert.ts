/** An alert as it is published, whatever it is about: on pages, in the API and the feed, and to those who asked to be told. */
import { publicBlocking } from '../shared/judge/public-blocking.ts';
import { publicSilence } from '../shared/judge/public-silence.ts';
import type { BlockingEvent, SilenceEvent } from '../shared/model/index.ts';
import { inputsOf } from './detect/alert.ts';
import { publishedTime, publishedTimeFrom } from './published-time.ts';
import type { Alert, AlertFilter, AlertKind, AlertState } from './store/alerts.ts';

export interface PublishedAlert {
  readonly id: number;
  readonly kind: AlertKind;
  readonly state: AlertState;
  /** When it was announced, RFC 3339 UTC, to ten minutes. */
  readonly at: string;
  /** Of all but an opened one: the alert that it belongs to. */
  readonly opens: number | null;
  readonly eventId: string;
  /** The event as it was known then; its shape is its kind's. */
  readonly event: unknown;
  /** Language → sentences, as they were said; the first is the headline. */
  readonly words: Readonly<Record<string, readonly string[]>>;
  /** Interception: the measurements that it follows from, judged with the files that this context names. */
  readonly reason: string | null;
  readonly measurements: readonly string[];
  readonly context: string | null;
  /** Blocking: it follows from the archive's first so many measurements and so many entries of the control's diary. */
  readonly entries: number | null;
  readonly diary: number | null;
}

/** What every builder of inputs writes, and what that of blocking adds. */
interface CommonInputs {
  readonly event: unknown;
  readonly entries?: number;
  readonly diary?: number;
}

/** Where the event has its page. */
export const eventPath = ({ kind, eventId }: Pick<PublishedAlert, 'kind' | 'eventId'>): string =>
  `/${kind}/${eventId}`;

/** Which measurements' regions differed, and what a silence was counted from, is not said. */
export function publishedAlert(alert: Alert): PublishedAlert {
  const { id, kind, state, opens } = alert;
  const { event, entries = null, diary = null } = JSON.parse(alert.inputs) as CommonInputs;
  const words = JSON.parse(alert.words) as PublishedAlert['words'];
  // To the second it would tell when somebody's upload came.
  const at = publishedTime(alert.at);
  const common = { id, kind, state, at, opens, words };
  if (kind === 'interception') {
    const { event_id: eventId, reason, measurements, context } = inputsOf(alert);
    return { ...common, eventId, event, reason, measurements, context, entries: null, diary: null };
  }
  // What counts were made of stays here; as the APIs of both have it.
  const known =
    kind === 'silence' ? publicSilence(event as SilenceEvent) : publicBlocking(event as BlockingEvent);
  return {
    ...common,
    eventId: alert.subject,
    event: known,
    reason: null,
    measurements: [],
    context: null,
    entries,
    diary,
  };
}

/**
 * A question about published times as one about the archive's: looking for the bounds between which an alert disappears
 * must not find the second at which it was written.
 */
export function archivedFilter(filter: AlertFilter): AlertFilter {
  const { since, until, asOf, ...same } = filter;
  return {
    ...same,
    ...(since === undefined ? {} : { since: publishedTimeFrom(since) }),
    // Both leave out what is published with that time; `asOf` includes it.
    ...(until === undefined ? {} : { until: publishedTimeFrom(until) }),
    ...(asOf === undefined ? {} : { asOf: publishedTimeFrom(asOf, 'after') }),
  };
}
