/** Event → what is announced of it: enough to make it again from the archive, and the words as they were said. */
import { authorityName, explainEvent } from '../../shared/judge/event-words.ts';
import { LANGUAGES, message } from '../../shared/i18n/index.ts';
import type { Apart, InterceptionEvent } from '../../shared/model/index.ts';
import { publicEvent, type PublicEvent } from '../../shared/judge/public-event.ts';
import type { Alert, NewAlert } from '../store/alerts.ts';

export const ALERT_KIND = 'interception';

/** What an alert is made again from: the witnesses' measurements, judged in that context and joined. */
export interface InterceptionInputs {
  readonly key: string;
  readonly event_id: string;
  readonly decision: InterceptionEvent['decision'] | 'none';
  readonly reason: InterceptionEvent['reason'] | 'none';
  readonly context: string;
  readonly measurements: readonly string[];
  /** Not published: their regions differed, and are erased. */
  readonly apart: readonly Apart[];
  readonly event: PublicEvent | null;
}

const isApart = (value: unknown): value is Apart =>
  Array.isArray(value) && value.length === 2 && value.every((id) => typeof id === 'string');

/** Written by `newAlert`. */
export const inputsOf = (alert: Pick<Alert, 'inputs'>): InterceptionInputs =>
  JSON.parse(alert.inputs) as InterceptionInputs;

/** A withdrawal keeps what the alert before it has kept: the same measurements may be believed again. */
export const apartOf = (alert: Pick<Alert, 'inputs'>): readonly Apart[] =>
  inputsOf(alert).apart.filter(isApart);

/** `event`: as it is now; without one, or when it is no longer interference, the alert before is taken back. */
export function newAlert(
  key: string,
  event: InterceptionEvent | null,
  before: Alert | null,
  context: string,
  at: string,
): NewAlert {
  const earlier = before === null ? null : inputsOf(before);
  const opened = event?.decision === 'interference';
  const kept = earlier?.apart ?? [];
  const inputs: InterceptionInputs = {
    key,
    event_id: event?.id ?? earlier?.event_id ?? '',
    decision: event?.decision ?? 'none',
    reason: event?.reason ?? 'none',
    context,
    measurements: opened ? event.witnesses : (earlier?.measurements ?? []),
    apart: opened && event.apart.length > 0 ? event.apart : kept,
    event: event === null ? (earlier?.event ?? null) : publicEvent(event),
  };
  const authority = event === null ? (earlier?.event?.authority.id ?? '') : authorityName(event, 'en');
  const words = Object.fromEntries(
    LANGUAGES.map((language) => [
      language,
      opened
        ? [
            message(language, 'alert.interception.opened', { authority: authorityName(event, language) }),
            ...explainEvent(event, language),
          ]
        : [
            message(language, 'alert.interception.withdrawn', {
              authority: event === null ? authority : authorityName(event, language),
            }),
            ...(event === null ? [] : explainEvent(event, language)),
          ],
    ]),
  );
  return {
    kind: ALERT_KIND,
    subject: key,
    state: opened ? 'opened' : 'withdrawn',
    at,
    inputs: JSON.stringify(inputs),
    words: JSON.stringify(words),
  };
}
