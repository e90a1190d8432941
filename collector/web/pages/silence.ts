import { explainSilence } from '../../../shared/judge/silence-words.ts';
import { groupWords } from '../../../shared/judge/group-words.ts';
import type { Language } from '../../../shared/i18n/index.ts';
import { pageMessage } from '../../../shared/i18n/pages.ts';
import type { SilenceEvent } from '../../../shared/model/index.ts';
import type { Html } from '../../html.ts';
import { html } from '../../html.ts';
import {
  asKnown,
  languageLinks,
  link,
  pageLinks,
  paragraphs,
  silenceMark,
  type Asked,
  type EventPaging,
} from './event-parts.ts';
import { layout } from './layout.ts';
import type { ShownOutside } from '../events-port.ts';
import { outsideTable } from './outside.ts';

export function silenceLine(event: SilenceEvent, asked: Asked): Html {
  const [headline = ''] = explainSilence(event, asked.lang);
  return html`<li>
    <div>
      ${silenceMark(event, asked.lang)}
      <a class="url" href="${link(`/silence/${event.id}`, asked)}">${groupWords(event.group, asked.lang)}</a>
    </div>
    <div class="soft">${headline}</div>
  </li>`;
}

/** On the home page; null: there never was one. */
export function silentNow(events: readonly SilenceEvent[], count: number, lang: Language): Html | null {
  if (count === 0) return null;
  return html`<section>
    <h2>${pageMessage(lang, 'silences_now')}</h2>
    ${
      events.length === 0
        ? html`<p>${pageMessage(lang, 'none_yet')}</p>`
        : html`<ul class="targets">
            ${events.map((event) => silenceLine(event, { lang }))}
          </ul>`
    }
    <p class="soft">
      <a href="${link('/silence', { lang })}"
        >${pageMessage(lang, 'silences_all', { count: String(count) })}</a
      >
    </p>
  </section>`;
}

export function silenceListPage(events: readonly SilenceEvent[], asked: Asked, paging: EventPaging): string {
  const { lang } = asked;
  return layout(
    `Kuäger: ${pageMessage(lang, 'silences')}`,
    html`<header>
        ${languageLinks('/silence', asked)}
        <p><a href="/">${pageMessage(lang, 'all_targets')}</a></p>
        <h1>${pageMessage(lang, 'silences')}</h1>
        <p class="soft">${pageMessage(lang, 'silences_about')}</p>
        ${asKnown(asked)}
      </header>
      <main>
        ${
          events.length === 0
            ? html`<p>${pageMessage(lang, 'none_yet')}</p>`
            : html`<ul class="targets">
                ${events.map((event) => silenceLine(event, asked))}
              </ul>`
        }
        ${pageLinks('/silence', asked, paging)}
      </main>`,
    { lang, below: pageMessage(lang, 'footer') },
  );
}

/** `outside`: null on a page of what was known earlier. */
export function silencePage(event: SilenceEvent, asked: Asked, outside: ShownOutside | null): string {
  const { lang } = asked;
  const path = `/silence/${event.id}`;
  const group = groupWords(event.group, lang);
  return layout(
    `Kuäger: ${group}`,
    html`<header>
        ${languageLinks(path, asked)}
        <p>
          <a href="/">${pageMessage(lang, 'all_targets')}</a> ·
          <a href="${link('/silence', { lang })}">${pageMessage(lang, 'silences')}</a>
        </p>
        <h1>${group}</h1>
        <p>${silenceMark(event, lang)}</p>
        ${asKnown(asked)}
      </header>
      <main>
        ${paragraphs(explainSilence(event, lang))} ${outside === null ? null : outsideTable(outside, lang)}
        <p class="soft">
          <a href="${link(`/api/v2/silence/${event.id}`, asked)}">${pageMessage(lang, 'json')}</a>
        </p>
      </main>`,
    { lang, below: pageMessage(lang, 'footer') },
  );
}
