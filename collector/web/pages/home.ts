import type { Listing, TargetOnNetwork } from '../../store/store.ts';
import type { Html } from '../../html.ts';
import { html } from '../../html.ts';
import { clocks, layout, mark, networkName } from './layout.ts';
import { counted, shownUrl } from './words.ts';

export interface Paging {
  readonly offset: number;
  readonly limit: number;
  readonly count: number;
}

/** Links to the page before and after, `path` ending in `?` or `&`. */
function pageLinks(paging: Paging, path: string): Html | null {
  const { offset, limit, count } = paging;
  if (count <= limit && offset === 0) return null;
  const previous =
    offset > 0 ? html`<a rel="prev" href="${path}offset=${Math.max(0, offset - limit)}">Newer</a>` : null;
  const next =
    offset + limit < count ? html`<a rel="next" href="${path}offset=${offset + limit}">Older</a>` : null;
  return html`<nav class="pages" aria-label="Pages">${previous}${next}</nav>`;
}

const targetLink = (target: string): string => `/?target=${encodeURIComponent(target)}`;

function measurementLine(listing: Listing): Html {
  return html`<li>
    ${mark(listing)} <a href="/m/${listing.measurementId}">${networkName(listing)}</a>
    ${clocks(listing.startTime)}
  </li>`;
}

/** Targets by last seen; under each, the newest measurement of every network. */
export function homePage(
  rows: readonly TargetOnNetwork[],
  paging: Paging,
  above: Html | null = null,
): string {
  const byTarget = new Map<string, Listing[]>();
  for (const { target, latest } of rows) byTarget.set(target, [...(byTarget.get(target) ?? []), latest]);
  const items = [...byTarget].map(
    ([target, listings]) =>
      html`<li>
        <div class="url"><a href="${targetLink(target)}">${shownUrl(target)}</a></div>
        <ul class="nets">
          ${listings.map(measurementLine)}
        </ul>
      </li> `,
  );
  const list =
    items.length === 0
      ? html`<p>No measurement has arrived yet.</p>`
      : html`<ul class="targets">
          ${items}
        </ul>`;
  return layout(
    'Kuäger: what was seen',
    html`<header>
        <h1>Kuäger: what was seen</h1>
        <p class="soft">
          ${counted(paging.count, 'target')}, last seen first. Each line is the newest measurement from one
          network.
        </p>
      </header>
      <main>
        ${above}
        <h2>Newest measurements</h2>
        ${list}${pageLinks(paging, '/?')}
      </main>`,
  );
}

/** Every measurement of one target. */
export function targetPage(target: string, listings: readonly Listing[], paging: Paging): string {
  return layout(
    `Kuäger: ${target}`,
    html`<header>
        <p><a href="/">All targets</a></p>
        <h1 class="url">${shownUrl(target)}</h1>
        <p class="soft">${counted(paging.count, 'measurement')}, newest first.</p>
      </header>
      <main>
        <ul class="nets">
          ${listings.map(measurementLine)}
        </ul>
        ${pageLinks(paging, `${targetLink(target)}&`)}
      </main>`,
  );
}
