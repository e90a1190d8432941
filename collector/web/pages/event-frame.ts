/** The frames of pages about events: a list of them, and one of them. */
import { pageMessage, type PageMessageId } from '../../../shared/i18n/pages.ts';
import type { Language } from '../../../shared/i18n/index.ts';
import type { Html } from '../../html.ts';
import { html } from '../../html.ts';
import { asKnown, languageLinks, link, pageLinks, type Asked, type EventPaging } from './event-parts.ts';
import { layout } from './layout.ts';

/** Where events of a kind are listed, and what the list is called. */
export interface EventList {
  readonly path: string;
  readonly title: PageMessageId;
  readonly about: PageMessageId;
}

/** Lines of a list, or that there are none. */
export const lines = (items: readonly Html[], lang: Language, none: PageMessageId = 'none_yet'): Html =>
  items.length === 0
    ? html`<p>${pageMessage(lang, none)}</p>`
    : html`<ul class="targets">
        ${items}
      </ul>`;

const framed = (title: string, body: Html, lang: Language): string =>
  layout(`Kuäger: ${title}`, body, { lang, below: pageMessage(lang, 'footer') });

export interface ListPage {
  readonly list: EventList;
  readonly items: readonly Html[];
  readonly asked: Asked;
  readonly paging: EventPaging;
  /** A link beside that to all targets. */
  readonly beside?: Html;
}

export function listPage({ list, items, asked, paging, beside }: ListPage): string {
  const { lang } = asked;
  const title = pageMessage(lang, list.title);
  return framed(
    title,
    html`<header>
        ${languageLinks(list.path, asked)}
        <p>
          <a href="/">${pageMessage(lang, 'all_targets')}</a
          >${beside === undefined ? null : html` · ${beside}`}
        </p>
        <h1>${title}</h1>
        <p class="soft">${pageMessage(lang, list.about)}</p>
        ${asKnown(asked)}
      </header>
      <main>${lines(items, lang)} ${pageLinks(list.path, asked, paging)}</main>`,
    lang,
  );
}

export interface OnePage {
  readonly list: EventList;
  /** Its own address. */
  readonly path: string;
  readonly heading: string;
  /** Under the heading. */
  readonly mark: Html;
  readonly body: Html;
  readonly asked: Asked;
  /** Where it stands as JSON. */
  readonly json: string;
}

export function onePage({ list, path, heading, mark, body, asked, json }: OnePage): string {
  const { lang } = asked;
  return framed(
    heading,
    html`<header>
        ${languageLinks(path, asked)}
        <p>
          <a href="/">${pageMessage(lang, 'all_targets')}</a> ·
          <a href="${link(list.path, { lang })}">${pageMessage(lang, list.title)}</a>
        </p>
        <h1 class="url">${heading}</h1>
        <p>${mark}</p>
        ${asKnown(asked)}
      </header>
      <main>
        ${body}
        <p class="soft"><a href="${json}">${pageMessage(lang, 'json')}</a></p>
      </main>`,
    lang,
  );
}
