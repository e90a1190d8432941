import { shownDomain } from '../../../shared/codec/punycode.ts';
import { explainBlocking } from '../../../shared/judge/blocking-words.ts';
import { networkWords } from '../../../shared/judge/group-words.ts';
import { timeWords } from '../../../shared/judge/event-times.ts';
import { message, type Language } from '../../../shared/i18n/index.ts';
import { pageMessage } from '../../../shared/i18n/pages.ts';
import type { BlockingEvent, Episode } from '../../../shared/model/index.ts';
import type { Html } from '../../html.ts';
import { html } from '../../html.ts';
import type { ShownCells, ShownOutside } from '../events-port.ts';
import { lines, listPage, onePage, type EventList } from './event-frame.ts';
import { blockingMark, bracketText, link, paragraphs, type Asked, type EventPaging } from './event-parts.ts';
import { hoursGrid } from './hours.ts';
import { outsideTable } from './outside.ts';

/** Measurements of an episode that the page links; the rest is in the JSON. */
const MAX_LINKS = 20;
/** Characters of an id that stand for it. */
const SHORT_ID = 12;

const BLOCKING: EventList = { path: '/blocking', title: 'blocking', about: 'blocking_about' };

export function blockingLine(event: BlockingEvent, asked: Asked): Html {
  const [headline = ''] = explainBlocking(event, asked.lang);
  return html`<li>
    <div>
      ${blockingMark(event, asked.lang)}
      <a class="url" href="${link(`/blocking/${event.id}`, asked)}">${shownDomain(event.domain)}</a>
    </div>
    <div class="soft">${headline}</div>
  </li>`;
}

/** On the home page. */
export function blockedNow(events: readonly BlockingEvent[], count: number, lang: Language): Html {
  return html`<section>
    <h2>${pageMessage(lang, 'blocking_now')}</h2>
    ${lines(
      events.map((event) => blockingLine(event, { lang })),
      lang,
      'blocking_none',
    )}
    <p class="soft">
      <a href="${link('/blocking', { lang })}"
        >${pageMessage(lang, 'blocking_all', { count: String(count) })}</a
      >
    </p>
  </section>`;
}

export const blockingListPage = (
  events: readonly BlockingEvent[],
  asked: Asked,
  paging: EventPaging,
): string =>
  listPage({ list: BLOCKING, items: events.map((event) => blockingLine(event, asked)), asked, paging });

function episodeRow(episode: Episode, lang: Language): Html {
  const { blocked, voters, restored } = episode;
  const ids = episode.measurements.slice(0, MAX_LINKS);
  return html`<tr>
    <td>${networkWords(episode.network, lang)}</td>
    <td>${bracketText(episode.onset, lang)}</td>
    <td>${restored === null ? pageMessage(lang, 'goes_on') : bracketText(restored, lang)}</td>
    <td>${pageMessage(lang, 'k_of_n', { k: String(blocked), n: String(voters) })}</td>
    <td>${episode.methods.map(({ method }) => message(lang, `method.${method}`)).join('; ')}</td>
    <td>
      <details>
        <summary>${episode.measurementCount}</summary>
        ${ids.map((id) => html`<a href="/m/${id}"><code>${id.slice(0, SHORT_ID)}</code></a> `)}
        ${ids.length < episode.measurementCount ? '…' : null}
      </details>
    </td>
  </tr>`;
}

function episodesTable({ episodes }: BlockingEvent, lang: Language): Html {
  const headings = ['network', 'began', 'ended', 'said_so', 'how', 'measurements'] as const;
  const newestFirst = [...episodes].sort((a, b) => b.openedAt - a.openedAt);
  return html`<h2>${pageMessage(lang, 'networks')}</h2>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            ${headings.map((id) => html`<th>${pageMessage(lang, id)}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${newestFirst.map((episode) => episodeRow(episode, lang))}
        </tbody>
      </table>
    </div>`;
}

/** When something of it came to be known. */
function knownLinks(event: BlockingEvent, path: string, asked: Asked): Html {
  const moments = [...new Set(event.episodes.flatMap((e) => [e.openedAt, e.closedAt ?? e.openedAt]))];
  const links = moments
    .sort((a, b) => a - b)
    .map(
      (asOf) =>
        html`<li>
          <a href="${link(path, { ...asked, asOf: asOf + KNOWN_AFTER_MS })}"
            >${timeWords(asOf, asked.lang)}</a
          >
        </li>`,
    );
  const now =
    asked.asOf === undefined
      ? null
      : html`<li><a href="${link(path, { lang: asked.lang })}">${pageMessage(asked.lang, 'now')}</a></li>`;
  return html`<h2>${pageMessage(asked.lang, 'as_known_links')}</h2>
    <ul>
      ${links} ${now}
    </ul>`;
}
/** Published times have ten minutes: what became known at a time is known for certain after it. */
const KNOWN_AFTER_MS = 10 * 60_000;

export interface BlockingPage {
  readonly event: BlockingEvent;
  readonly asked: Asked;
  /** Around its beginning, or now. */
  readonly cells: ShownCells;
  /** Null on a page of what was known earlier. */
  readonly outside: ShownOutside | null;
}

export function blockingPage({ event, asked, cells, outside }: BlockingPage): string {
  const { lang } = asked;
  const path = `${BLOCKING.path}/${event.id}`;
  return onePage({
    list: BLOCKING,
    path,
    heading: shownDomain(event.domain),
    mark: blockingMark(event, lang),
    body: html`${paragraphs(explainBlocking(event, lang))} ${episodesTable(event, lang)}
    ${hoursGrid(cells, lang)} ${outside === null ? null : outsideTable(outside, lang)}
    ${knownLinks(event, path, asked)}`,
    asked,
    json: link(`/api/v2/blocking/${event.id}`, asked),
  });
}
