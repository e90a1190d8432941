/** What titles and messages share. */
import { message, type Language } from '../../shared/i18n/index.ts';
import type { PublishedAlert } from '../published-alert.ts';

/** The sentences in that language; an alert of an older version may lack one, and English is said then. */
export const sentencesOf = (alert: PublishedAlert, language: Language): readonly string[] =>
  alert.words[language] ?? alert.words['en'] ?? [];

/** `Blocking, over: example.com can be reached again …`: what it is about, whether it is new or over, and the headline. */
export function titleOf(alert: PublishedAlert, language: Language): string {
  const kind = message(language, `alert_kind.${alert.kind}`);
  const state = message(language, `alert_state.${alert.state}`);
  const [headline = ''] = sentencesOf(alert, language);
  return `${kind.charAt(0).toUpperCase()}${kind.slice(1)}, ${state}: ${headline}`;
}
