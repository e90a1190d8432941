/** Blocking event → what is announced of it: enough to make it again from the archive, and the words as they were said. */
import { explainBlocking } from '../../shared/judge/blocking-words.ts';
import { LANGUAGES, message } from '../../shared/i18n/index.ts';
import type { BlockingEvent } from '../../shared/model/index.ts';
import type { Alert, AlertState, NewAlert } from '../store/alerts.ts';
import { BLOCKING_VERSION } from './blocking/settings.ts';

export const BLOCKING_KIND = 'blocking';

/** What an alert is made again from: the domain's votes of so much of the archive and the diary, decided as then. */
export interface BlockingInputs {
  readonly domain: string;
  readonly event_id: string;
  /** Entries of the archive, and of the control's diary, at that time. */
  readonly entries: number;
  readonly diary: number;
  /** Whose networks were in force. */
  readonly context: string;
  /** Of the detector: another one may decide otherwise. */
  readonly detector: number;
  /** Receipt of the newest vote, milliseconds since 1970. */
  readonly now: number;
  /** Alerts whose events were the earlier ones. */
  readonly earlier: readonly number[];
  /** Of a withdrawal: as it was announced before. */
  readonly event: BlockingEvent;
}

export type BlockingFacts = Omit<BlockingInputs, 'domain' | 'event_id' | 'event' | 'detector'>;

/** Written by `newBlockingAlert`. */
export const blockingInputsOf = (alert: Pick<Alert, 'inputs'>): BlockingInputs =>
  JSON.parse(alert.inputs) as BlockingInputs;

/** Onsets that move by more than this are said. Milliseconds. */
const ONSET_MOVED_MS = 24 * 3600 * 1000;
const onsetOf = ({ onset }: BlockingEvent): number => onset.before ?? onset.after ?? 0;

/** More is known than was said: of another owner, with a sufficient pair, or since another day. */
function isMore(event: BlockingEvent, said: BlockingEvent): boolean {
  return (
    event.owners.some((owner) => !said.owners.includes(owner)) ||
    (event.basis === 'interfered' && said.basis === 'suspected') ||
    Math.abs(onsetOf(event) - onsetOf(said)) > ONSET_MOVED_MS
  );
}

/** What has to be said of an event, after what was said of it last; null: nothing. `event` null: it no longer follows. */
export function stateToSay(
  event: BlockingEvent | null,
  last: { readonly state: AlertState; readonly event: BlockingEvent } | null,
): AlertState | null {
  const isOpen = last?.state === 'opened' || last?.state === 'changed';
  if (event === null) return last === null || last.state === 'withdrawn' ? null : 'withdrawn';
  if (event.state === 'restored')
    return isOpen || last === null || last.state === 'withdrawn' ? 'ended' : null;
  if (!isOpen || last === null) return 'opened';
  return isMore(event, last.event) ? 'changed' : null;
}

/** `event`: as it is now; of a withdrawal as it was announced. `at`: ISO 8601 UTC, whole seconds. */
export function newBlockingAlert(
  event: BlockingEvent,
  state: AlertState,
  facts: BlockingFacts,
  at: string,
): NewAlert {
  const inputs: BlockingInputs = {
    domain: event.domain,
    event_id: event.id,
    ...facts,
    detector: BLOCKING_VERSION,
    event,
  };
  const words = Object.fromEntries(
    LANGUAGES.map((language) => [
      language,
      state === 'withdrawn'
        ? [message(language, 'alert.blocking.withdrawn', { domain: event.domain })]
        : explainBlocking(event, language),
    ]),
  );
  return {
    kind: BLOCKING_KIND,
    subject: event.id,
    state,
    at,
    inputs: JSON.stringify(inputs),
    words: JSON.stringify(words),
  };
}
