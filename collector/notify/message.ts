/** Alerts → one message, or a digest of several. Pure. Words only: nothing of a volunteer is in what was published. */
import { message, type Language } from '../../shared/i18n/index.ts';
import type { PublishedAlert } from '../published-alert.ts';
import { eventPath } from '../published-alert.ts';
import { sentencesOf, titleOf } from './words.ts';

/** Alerts listed in a digest; the feed and the page have them all. */
const MAX_LISTED = 50;
/** Characters of a subject line, before it is encoded. */
const MAX_SUBJECT_CHARS = 160;

export interface Batch {
  /** In their order; more than one: a digest. */
  readonly alerts: readonly PublishedAlert[];
  /** Without a final slash. */
  readonly publicUrl: string;
}

/** The same alerts are the same message, however often they are sent: who gets it twice knows it by this. */
export function messageId({ alerts }: Batch): string {
  const [first, last] = [alerts[0]?.id ?? 0, alerts.at(-1)?.id ?? 0];
  return alerts.length === 1 ? `alert-${first}` : `digest-${first}-${last}`;
}

const cut = (text: string): string =>
  [...text].length > MAX_SUBJECT_CHARS ? `${[...text].slice(0, MAX_SUBJECT_CHARS - 1).join('')}…` : text;

export const alertUrl = (alert: PublishedAlert, publicUrl: string): string =>
  `${publicUrl}/alerts/${alert.id}`;

/** What a mail says: subject and lines. */
export function mailWords(
  { alerts, publicUrl }: Batch,
  language: Language,
): { readonly subject: string; readonly text: string } {
  const mistakes = message(language, 'alert.mistakes');
  const [first] = alerts;
  if (first !== undefined && alerts.length === 1) {
    const link = `${message(language, 'mail.link')} ${alertUrl(first, publicUrl)}`;
    const text = [...sentencesOf(first, language), '', mistakes, link].join('\n');
    return { subject: cut(`[Kuäger] ${titleOf(first, language)}`), text };
  }
  const listed = alerts
    .slice(-MAX_LISTED)
    .flatMap((alert) => [`• ${titleOf(alert, language)}`, `  ${alertUrl(alert, publicUrl)}`]);
  const count = String(alerts.length);
  return {
    subject: `[Kuäger] ${message(language, 'mail.subject_digest')} (${count})`,
    text: [
      message(language, 'alert.digest', { count }),
      '',
      ...listed,
      '',
      mistakes,
      `${message(language, 'mail.link')} ${publicUrl}/alerts`,
    ].join('\n'),
  };
}

/** One alert as the API has it; of a digest the headlines. */
export function webhookBody({ alerts, publicUrl }: Batch, timestamp: string): string {
  const [first] = alerts;
  const whole = (alert: PublishedAlert) => {
    const { eventId, ...rest } = alert;
    return {
      ...rest,
      event_id: eventId,
      event_url: `${publicUrl}${eventPath(alert)}`,
      alert_url: alertUrl(alert, publicUrl),
    };
  };
  if (first !== undefined && alerts.length === 1)
    return JSON.stringify({ type: `alert.${first.kind}.${first.state}`, timestamp, data: whole(first) });
  const headlines = alerts.slice(-MAX_LISTED).map((alert) => {
    const { id, kind, state, at, event_id, event_url, alert_url } = whole(alert);
    const words = Object.fromEntries(
      Object.entries(alert.words).map(([lang, [headline]]) => [lang, headline]),
    );
    return { id, kind, state, at, event_id, event_url, alert_url, headline: words };
  });
  return JSON.stringify({
    type: 'alert.digest',
    timestamp,
    data: {
      count: alerts.length,
      first: first?.id ?? null,
      last: alerts.at(-1)?.id ?? null,
      alerts: headlines,
    },
  });
}
