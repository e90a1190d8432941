import { message, type Language } from '../../../shared/i18n/index.ts';
import { pageMessage } from '../../../shared/i18n/pages.ts';
import { timeWords } from '../../../shared/judge/event-times.ts';
import type { Html } from '../../html.ts';
import { html } from '../../html.ts';
import { eventPath, type PublishedAlert } from '../../published-alert.ts';
import { listPage, onePage, type EventList } from './event-frame.ts';
import {
  link,
  newEventSign,
  paragraphs,
  sign,
  type Asked,
  type EventPaging,
  type Sign,
} from './event-parts.ts';

const ALERTS: EventList = { path: '/alerts', title: 'alerts', about: 'alerts_about' };

const feedLink = (lang: Language): Html =>
  html`<a href="/alerts.atom?lang=${lang}">${pageMessage(lang, 'feed')}</a>`;

const LATER_SIGNS: Readonly<Record<Exclude<PublishedAlert['state'], 'opened'>, Sign>> = {
  changed: { kind: 'suspected', char: '↻' },
  ended: { kind: 'accessible', char: '✓' },
  withdrawn: { kind: 'local', char: '⌂' },
};

function alertMark(alert: PublishedAlert, lang: Language): Html {
  const { kind, state } = alert;
  const { kind: colour, char } = state === 'opened' ? newEventSign(alert) : LATER_SIGNS[state];
  return sign(
    colour,
    char,
    `${message(lang, `alert_kind.${kind}`)}, ${message(lang, `alert_state.${state}`)}`,
  );
}

const wordsOf = ({ words }: PublishedAlert, lang: Language): readonly string[] => words[lang] ?? [];

export function alertLine(alert: PublishedAlert, lang: Language): Html {
  const [headline = ''] = wordsOf(alert, lang);
  return html`<li>
    <div>
      ${alertMark(alert, lang)}
      <a href="${link(`/alerts/${alert.id}`, { lang })}">${timeWords(Date.parse(alert.at), lang)}</a>
    </div>
    <div class="soft">${headline}</div>
  </li>`;
}

/** On the home page; null: nothing was ever announced. */
export function newestAlerts(alerts: readonly PublishedAlert[], count: number, lang: Language): Html | null {
  if (count === 0) return null;
  return html`<section>
    <h2>${pageMessage(lang, 'alerts_newest')}</h2>
    <ul class="targets">
      ${alerts.map((alert) => alertLine(alert, lang))}
    </ul>
    <p class="soft">
      <a href="${link('/alerts', { lang })}">${pageMessage(lang, 'alerts_all', { count: String(count) })}</a>
      · ${feedLink(lang)}
    </p>
  </section>`;
}

export const alertListPage = (alerts: readonly PublishedAlert[], asked: Asked, paging: EventPaging): string =>
  listPage({
    list: ALERTS,
    items: alerts.map((alert) => alertLine(alert, asked.lang)),
    asked,
    paging,
    beside: feedLink(asked.lang),
  });

export function alertPage(alert: PublishedAlert, asked: Asked): string {
  const { lang } = asked;
  const [headline = '', ...rest] = wordsOf(alert, lang);
  const first =
    alert.opens === null
      ? null
      : html`<p>
          <a href="${link(`${ALERTS.path}/${alert.opens}`, { lang })}">${pageMessage(lang, 'alert_first')}</a>
        </p>`;
  return onePage({
    list: ALERTS,
    path: `${ALERTS.path}/${alert.id}`,
    heading: headline,
    mark: html`${alertMark(alert, lang)} ${timeWords(Date.parse(alert.at), lang)}`,
    body: html`${paragraphs(rest)}
      <p><a href="${link(eventPath(alert), { lang })}">${pageMessage(lang, 'alert_event')}</a></p>
      ${first}
      <p class="soft">${pageMessage(lang, 'alert_again', { id: String(alert.id) })}</p>`,
    asked,
    json: `/api/v2/alerts/${alert.id}`,
  });
}
