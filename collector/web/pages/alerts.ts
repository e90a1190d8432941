import { message, type Language } from '../../../shared/i18n/index.ts';
import { pageMessage } from '../../../shared/i18n/pages.ts';
import { timeWords } from '../../../shared/judge/event-times.ts';
import type { Html } from '../../html.ts';
import { html } from '../../html.ts';
import { eventPath, type PublishedAlert } from '../../published-alert.ts';
import {
  languageLinks,
  link,
  pageLinks,
  paragraphs,
  sign,
  type Asked,
  type EventPaging,
} from './event-parts.ts';
import { layout } from './layout.ts';

const STATE_SIGNS: Readonly<
  Record<PublishedAlert['state'], { readonly kind: string; readonly char: string }>
> = {
  opened: { kind: 'interfered', char: '✕' },
  changed: { kind: 'suspected', char: '↻' },
  ended: { kind: 'accessible', char: '✓' },
  withdrawn: { kind: 'local', char: '⌂' },
};

function alertMark({ kind, state }: PublishedAlert, lang: Language): Html {
  const { kind: colour, char } = STATE_SIGNS[state];
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
      ·
      <a href="/alerts.atom?lang=${lang}">${pageMessage(lang, 'feed')}</a>
    </p>
  </section>`;
}

export function alertListPage(alerts: readonly PublishedAlert[], asked: Asked, paging: EventPaging): string {
  const { lang } = asked;
  return layout(
    `Kuäger: ${pageMessage(lang, 'alerts')}`,
    html`<header>
        ${languageLinks('/alerts', asked)}
        <p>
          <a href="/">${pageMessage(lang, 'all_targets')}</a> ·
          <a href="/alerts.atom?lang=${lang}">${pageMessage(lang, 'feed')}</a>
        </p>
        <h1>${pageMessage(lang, 'alerts')}</h1>
        <p class="soft">${pageMessage(lang, 'alerts_about')}</p>
      </header>
      <main>
        ${
          alerts.length === 0
            ? html`<p>${pageMessage(lang, 'none_yet')}</p>`
            : html`<ul class="targets">
                ${alerts.map((alert) => alertLine(alert, lang))}
              </ul>`
        }
        ${pageLinks('/alerts', asked, paging)}
      </main>`,
    { lang, below: pageMessage(lang, 'footer') },
  );
}

export function alertPage(alert: PublishedAlert, asked: Asked): string {
  const { lang } = asked;
  const path = `/alerts/${alert.id}`;
  const [headline = '', ...rest] = wordsOf(alert, lang);
  return layout(
    `Kuäger: ${headline}`,
    html`<header>
        ${languageLinks(path, asked)}
        <p>
          <a href="/">${pageMessage(lang, 'all_targets')}</a> ·
          <a href="${link('/alerts', { lang })}">${pageMessage(lang, 'alerts')}</a>
        </p>
        <h1>${headline}</h1>
        <p>${alertMark(alert, lang)} ${timeWords(Date.parse(alert.at), lang)}</p>
      </header>
      <main>
        ${paragraphs(rest)}
        <p><a href="${link(eventPath(alert), { lang })}">${pageMessage(lang, 'alert_event')}</a></p>
        ${
          alert.opens === null
            ? null
            : html`<p>
                <a href="${link(`/alerts/${alert.opens}`, { lang })}">${pageMessage(lang, 'alert_first')}</a>
              </p>`
        }
        <p class="soft">${pageMessage(lang, 'alert_again', { id: String(alert.id) })}</p>
        <p class="soft"><a href="/api/v2/alerts/${alert.id}">${pageMessage(lang, 'json')}</a></p>
      </main>`,
    { lang, below: pageMessage(lang, 'footer') },
  );
}
