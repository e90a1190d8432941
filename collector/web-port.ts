/** What the web side may ask of the rest, and nothing more. */
import { isMessageId, message } from '../shared/i18n/index.ts';
import { explainEvent } from '../shared/judge/event-words.ts';
import { explain, explainInterception, RULES } from '../shared/judge/index.ts';
import type { Verdict } from '../shared/model/index.ts';
import { ControlError, readControlRequest } from './control/index.ts';
import type { Control } from './control/index.ts';
import { ALERT_KIND, publishedAlert } from './detect/alert.ts';
import { payloadOf } from './judging.ts';
import type { Pipeline } from './pipeline.ts';
import type { ArchiveStore, DerivedStore } from './store/store.ts';
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
    payload(measurementId) {
      const entry = archive.find(measurementId);
      return entry === null ? null : payloadOf(entry);
    },
    snapshot: (sha256) => archive.snapshot(sha256),
    observations: (measurementId) => derived.observations(measurementId),
    alerts: (page) => ({
      alerts: archive.alerts(ALERT_KIND, page).map(publishedAlert),
      count: archive.alertCount(ALERT_KIND),
    }),
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
