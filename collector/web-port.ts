/** What the web side may ask of the rest, and nothing more. */
import { isMessageId, message } from '../shared/i18n/index.ts';
import { explainEvent } from '../shared/judge/event-words.ts';
import { explain, explainInterception, RULES } from '../shared/judge/index.ts';
import type { Verdict } from '../shared/model/index.ts';
import type { Networks } from '../shared/rules/index.ts';
import { ControlError, readControlRequest } from './control/index.ts';
import type { Control } from './control/index.ts';
import { createEventsPort } from './events-port.ts';
import { payloadOf } from './judging.ts';
import { alertFeed } from './notify/feed.ts';
import type { Pipeline } from './pipeline.ts';
import { archivedFilter, publishedAlert } from './published-alert.ts';

import type { SilenceReader } from './store/events.ts';
import type { ArchiveStore, DerivedStore } from './store/store.ts';
import type { OutsidePort } from './web/events-port.ts';
import type { Refused, WebPort } from './web/port.ts';

const ruleClaims: ReadonlyMap<string, string> = new Map(RULES.map((rule) => [rule.id, rule.claim]));

async function askControl(
  control: Control,
  request: unknown,
  signal: AbortSignal,
): Promise<{ readonly json: string } | Refused> {
  const read = readControlRequest(request);
  if ('problems' in read) return { problem: 'control-request-invalid', details: { problems: read.problems } };
  try {
    const { reply, signed } = await control.answer(read.ok, signal);
    return { json: JSON.stringify({ ...reply, x_signed: signed }) };
  } catch (error) {
    if (error instanceof ControlError) return { problem: 'control-busy' };
    throw error;
  }
}

export interface WebPortParts {
  readonly pipeline: Pipeline;
  readonly control: Control;
  readonly archive: ArchiveStore;
  readonly derived: DerivedStore;
  readonly silence: SilenceReader;
  readonly outside: OutsidePort;
  /** In force now. */
  readonly networks: () => Networks;
  readonly nowMs: () => number;
  readonly stopping: AbortSignal;
  readonly descriptor: () => string;
  readonly publicUrl: () => string;
}

export function createWebPort(parts: WebPortParts): WebPort {
  const { pipeline, control, archive, derived } = parts;
  return {
    submit: (body, how) => pipeline.submit(body, how),
    control: (request, signal) => askControl(control, request, AbortSignal.any([signal, parts.stopping])),
    descriptor: parts.descriptor,
    publicUrl: parts.publicUrl,
    reader: derived,
    silence: parts.silence,
    outside: parts.outside,
    events: createEventsPort(parts),
    nowMs: parts.nowMs,
    payload(measurementId) {
      const entry = archive.find(measurementId);
      return entry === null ? null : payloadOf(entry);
    },
    snapshot: (sha256) => archive.snapshot(sha256),
    observations: (measurementId) => derived.observations(measurementId),
    alerts: (filter, page) => ({
      alerts: archive.alerts(archivedFilter(filter), page).map(publishedAlert),
      count: archive.alertCount(archivedFilter(filter)),
    }),
    alert(id) {
      const alert = archive.alert(id);
      return alert === null ? null : publishedAlert(alert);
    },
    alertFeed: (lang) => alertFeed(archive, parts.publicUrl(), lang),
    explainEvent,
    explain: (verdict, lang) => explain(JSON.parse(verdict) as Verdict, lang),
    explainInterception: (verdict, lang) => explainInterception(JSON.parse(verdict) as Verdict, lang),
    ruleClaims,
    alternative(id, lang) {
      const key = `alternative.${id}`;
      return isMessageId(key) ? message(lang, key) : id;
    },
  };
}
