/**
 * An outage journal's spans in the collector's time. A device's clock may be wrong, may have been set in the middle, may have stopped
 * while the device was off. What was measured by the monotonic clock counts from the sealing; the wall clock only serves
 * where a restart lies between, less what the device learnt of its error.
 */
import type { JournalSpan, OutageJournal } from '../../../shared/model/index.ts';
import { MINUTE_MS } from './hour-peak.ts';

/** A journal as the collector has it. */
export interface ReceivedJournal {
  readonly journal: OutageJournal;
  /** Milliseconds since 1970, by the collector's clock. */
  readonly receivedAt: number;
}

export interface TimedSpan {
  /** Milliseconds since 1970, by the collector's clock; `to` lies after `from`. */
  readonly from: number;
  readonly to: number;
  readonly span: JournalSpan;
}

/** Times are whole minutes: they may lie that much ahead, or overlap. */
const ROUNDING_MS = 2 * MINUTE_MS;
/** Later than this nothing is handed in: the key's spool is gone. */
const MAX_LATE_MS = 14 * 24 * 60 * MINUTE_MS;
/** Longer ago than this nothing is believed of the wall clock. */
const MAX_AGE_MS = 90 * 24 * 60 * MINUTE_MS;

/** When it was sealed; null: the device's clock can't be right, and nothing says by how much it is wrong. */
function sealedAt({ journal, receivedAt }: ReceivedJournal): number | null {
  const wall = Date.parse(journal.sealed_at);
  if (Number.isNaN(wall)) return null;
  const at = wall - (journal.clock_offset_minutes ?? 0) * MINUTE_MS;
  // It can't have been sealed after it came: the clock is ahead, at least by the difference.
  if (at > receivedAt) return receivedAt;
  return receivedAt - at > MAX_LATE_MS ? null : at;
}

function timed(span: JournalSpan, sealed: number, offsetMs: number): TimedSpan | null {
  const { from_age_s: fromAge, to_age_s: toAge } = span;
  const known = fromAge !== null && toAge !== null;
  const from = known ? sealed - fromAge * 1000 : Date.parse(span.from) - offsetMs;
  const to = known ? sealed - toAge * 1000 : Date.parse(span.to) - offsetMs;
  if (!(from <= to) || to > sealed + ROUNDING_MS || from < sealed - MAX_AGE_MS) return null;
  return { from, to: Math.max(to, from + MINUTE_MS), span };
}

/** In order of time; spans that can't be placed, or would lie after a later one, are left out. Null: nothing can be placed. */
export function timedSpans(received: ReceivedJournal): readonly TimedSpan[] | null {
  const sealed = sealedAt(received);
  if (sealed === null) return null;
  const offsetMs = (received.journal.clock_offset_minutes ?? 0) * MINUTE_MS;
  const placed: TimedSpan[] = [];
  let next = Infinity;
  for (const span of received.journal.spans.toReversed()) {
    const found = timed(span, sealed, offsetMs);
    if (found === null || found.from > next || found.to > next + ROUNDING_MS) continue;
    placed.unshift(found);
    next = found.from;
  }
  return placed.length === 0 ? null : placed;
}
