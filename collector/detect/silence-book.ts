/**
 * The silences that are looked at: those that go on and those of the last days. An alert is archived before its event is kept: after a
 * crash between the two the event is taken from the alert, and nothing is said twice.
 */
import type { SilenceEvent } from '../../shared/model/index.ts';
import type { AlertStore } from '../store/alerts.ts';
import type { BeatStore } from '../store/beats.ts';
import { newSilenceAlert, SILENCE_ALERT_KIND, silenceInputsOf, toAnnounce } from './silence-alert.ts';
import type { Said, SilenceBasis } from './silence-alert.ts';

const MINUTE_MS = 60_000;
/** Journals and members are erased after so long: what they said of an event stays as it was understood. Milliseconds. */
export const EVIDENCE_KEPT_MS = 14 * 24 * 60 * MINUTE_MS;
/** Events that are looked at, the newest. */
const MAX_EVENTS = 500;
/** Of one event, what more came to be known is announced at most once in so long; beginnings and ends at once. Milliseconds. */
const CHANGE_EVERY_MS = 10 * MINUTE_MS;

export interface SilenceEntry {
  readonly event: SilenceEvent;
  readonly basis: SilenceBasis;
}

export interface SilenceBook {
  events(): readonly SilenceEvent[];
  entry(id: string): SilenceEntry | null;
  entries(): readonly SilenceEntry[];
  /** Announces what is new of it, and keeps it. */
  keep(entry: SilenceEntry, now: number): void;
  /** Announces what had to wait; forgets what is long over. */
  settle(now: number): void;
}

export interface BookOptions {
  readonly beats: BeatStore;
  readonly alerts: Pick<AlertStore, 'appendAlert' | 'latestAlert' | 'openSubjects'>;
  readonly startMs: number;
}

interface Page extends SilenceEntry {
  readonly said: Said | null;
  /** A change that may not be announced yet. */
  readonly waits: boolean;
}

export function createSilenceBook({ beats, alerts, startMs }: BookOptions): SilenceBook {
  const pages = new Map<string, Page>();

  /** What was said last, and the event as it was then; an alert can be ahead of what is kept. */
  const open = (id: string): void => {
    const kept = beats.keptSilence(id);
    const alert = alerts.latestAlert(SILENCE_ALERT_KIND, id);
    const inputs = alert === null ? null : silenceInputsOf(alert);
    const basis = kept === null ? null : (JSON.parse(kept.basis) as SilenceBasis);
    const said =
      alert === null || inputs === null
        ? null
        : { state: alert.state, event: inputs.event, at: Date.parse(alert.at) };
    if (inputs !== null && (basis === null || inputs.revision > basis.revision)) {
      const { event, ...ahead } = inputs;
      pages.set(id, { event, basis: ahead, said, waits: false });
      beats.putSilence({ event, basis: JSON.stringify(ahead) });
    } else if (kept !== null && basis !== null)
      pages.set(id, { event: kept.event, basis, said, waits: false });
  };
  beats.silencesSince(startMs - EVIDENCE_KEPT_MS, MAX_EVENTS).forEach(({ event }) => open(event.id));
  alerts
    .openSubjects(SILENCE_ALERT_KIND)
    .filter((id) => !pages.has(id))
    .forEach(open);

  const keep = ({ event, basis: before }: SilenceEntry, now: number): void => {
    const basis = { ...before, revision: before.revision + 1 };
    const said = pages.get(event.id)?.said ?? null;
    const state = toAnnounce(event, said);
    const since = said === null ? Number.POSITIVE_INFINITY : Math.abs(now - said.at);
    const waits = state === 'changed' && since < CHANGE_EVERY_MS;
    const speaks = state !== null && !waits;
    if (speaks) {
      const at = new Date(now).toISOString().replace(/\.\d+Z$/, 'Z');
      alerts.appendAlert(newSilenceAlert(state, event, basis, at));
    }
    beats.putSilence({ event, basis: JSON.stringify(basis) });
    pages.set(event.id, { event, basis, said: speaks ? { state, event, at: now } : said, waits });
  };

  const byOnset = (a: SilenceEntry, b: SilenceEntry): number => a.event.onset.before - b.event.onset.before;
  return {
    events: () => [...pages.values()].sort(byOnset).map(({ event }) => event),
    entry: (id) => pages.get(id) ?? null,
    entries: () => [...pages.values()].sort(byOnset),
    keep,
    settle(now) {
      for (const page of pages.values()) {
        if (page.waits) keep(page, now);
        const { endedAt } = page.event;
        if (endedAt !== null && endedAt < now - EVIDENCE_KEPT_MS) pages.delete(page.event.id);
      }
    },
  };
}
