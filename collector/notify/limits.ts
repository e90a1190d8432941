/**
 * How much a channel is told. At most so many messages an hour; what comes beyond them is gathered and goes as one digest.
 * That something is over, or that a group has fallen silent, does not wait for the hour: it takes what is waiting with it.
 * Alerts always go in their order, so that one number says how far a channel is. Pure.
 */
import type { Alert } from '../store/alerts.ts';

export const HOUR_MS = 3600 * 1000;
/** Between messages beyond the hour's number, when one of them can't wait. */
export const URGENT_GAP_MS = 5 * 60_000;

export type Waiting = Pick<Alert, 'id' | 'kind' | 'state'>;

export type Step =
  | { readonly kind: 'nothing' }
  /** Nothing before then, milliseconds since 1970. */
  | { readonly kind: 'wait'; readonly until: number }
  /** The first `count` of what waits, as one message: 1 is the alert itself, more a digest. */
  | { readonly kind: 'send'; readonly count: number };

const isUrgent = ({ kind, state }: Waiting): boolean =>
  kind === 'silence' || state === 'ended' || state === 'withdrawn';

/** `waiting` in the order of their ids; `sentAt`: messages of the channel, at least those of the last hour. */
export function nextStep(
  waiting: readonly Waiting[],
  sentAt: readonly number[],
  perHour: number,
  now: number,
): Step {
  if (waiting.length === 0) return { kind: 'nothing' };
  // A clock that was set back must not keep a channel silent for ever.
  const recent = sentAt.filter((at) => at > now - HOUR_MS && at <= now);
  const free = perHour - recent.length;
  if (free >= waiting.length) return { kind: 'send', count: 1 };
  if (free > 0) return { kind: 'send', count: waiting.length };
  const freeAt = Math.min(...recent) + HOUR_MS;
  const until = waiting.some(isUrgent) ? Math.min(freeAt, Math.max(...recent) + URGENT_GAP_MS) : freeAt;
  return until <= now ? { kind: 'send', count: waiting.length } : { kind: 'wait', until };
}
