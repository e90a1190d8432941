import { explainSilence } from '../../../shared/judge/silence-words.ts';
import { groupWords } from '../../../shared/judge/group-words.ts';
import type { Language } from '../../../shared/i18n/index.ts';
import { pageMessage } from '../../../shared/i18n/pages.ts';
import type { SilenceEvent } from '../../../shared/model/index.ts';
import type { Html } from '../../html.ts';
import { html } from '../../html.ts';
import { lines, listPage, onePage, type EventList } from './event-frame.ts';
import { link, paragraphs, silenceMark, type Asked, type EventPaging } from './event-parts.ts';
import type { ShownOutside } from '../events-port.ts';
import { outsideTable } from './outside.ts';

const SILENCES: EventList = { path: '/silence', title: 'silences', about: 'silences_about' };

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
    ${lines(
      events.map((event) => silenceLine(event, { lang })),
      lang,
    )}
    <p class="soft">
      <a href="${link('/silence', { lang })}"
        >${pageMessage(lang, 'silences_all', { count: String(count) })}</a
      >
    </p>
  </section>`;
}

export const silenceListPage = (events: readonly SilenceEvent[], asked: Asked, paging: EventPaging): string =>
  listPage({ list: SILENCES, items: events.map((event) => silenceLine(event, asked)), asked, paging });

/** `outside`: null on a page of what was known earlier. */
export function silencePage(event: SilenceEvent, asked: Asked, outside: ShownOutside | null): string {
  const { lang } = asked;
  return onePage({
    list: SILENCES,
    path: `${SILENCES.path}/${event.id}`,
    heading: groupWords(event.group, lang),
    mark: silenceMark(event, lang),
    body: html`${paragraphs(explainSilence(event, lang))}
    ${outside === null ? null : outsideTable(outside, lang)}`,
    asked,
    json: link(`/api/v2/silence/${event.id}`, asked),
  });
}
