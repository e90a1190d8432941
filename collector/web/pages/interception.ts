import type { InterceptionEvent } from '../../../shared/model/index.ts';
import { publicEvent } from '../../../shared/judge/public-event.ts';
import type { Html } from '../../html.ts';
import { html } from '../../html.ts';
import { clocks, layout } from './layout.ts';
import { counted } from './words.ts';

/** A sign and a word for each decision; `mark` classes of the stylesheet. */
const DECISIONS: Readonly<
  Record<
    InterceptionEvent['decision'],
    { readonly kind: string; readonly sign: string; readonly word: string }
  >
> = {
  interference: { kind: 'interfered', sign: '✕', word: 'interception on the way' },
  open: { kind: 'suspected', sign: '?', word: 'open: whose it is can’t be told' },
  local: { kind: 'local', sign: '⌂', word: 'a local matter' },
};

const nameOf = (event: InterceptionEvent): string =>
  event.authority === 'unknown' ? (event.name ?? 'an authority without a name') : event.authority;

function decisionMark(event: InterceptionEvent): Html {
  const { kind, sign, word } = DECISIONS[event.decision];
  return html`<span class="mark ${kind}"><span aria-hidden="true">${sign}</span> ${word}</span>`;
}

export function eventLine(event: InterceptionEvent): Html {
  return html`<li>
    ${decisionMark(event)} <a href="/interception/${event.id}">${nameOf(event)}</a> last met
    ${clocks(event.until)}
  </li>`;
}

/** On the home page: what was decided to be interception, and where the rest is. */
export function homeSection(events: readonly InterceptionEvent[], count: number): Html | null {
  if (count === 0) return null;
  return html`<section>
    <h2>Interception of TLS</h2>
    ${
      events.length === 0
        ? html`<p>No authority that was met is known, or met by strangers.</p>`
        : html`<ul class="nets">
            ${events.map(eventLine)}
          </ul>`
    }
    <p class="soft"><a href="/interception">${counted(count, 'authority', 'authorities')} in all</a></p>
  </section>`;
}

export interface EventPaging {
  readonly offset: number;
  readonly limit: number;
  readonly count: number;
}

export function eventsPage(events: readonly InterceptionEvent[], paging: EventPaging): string {
  const { offset, limit, count } = paging;
  const at = (to: number): string => `/interception?offset=${to}`;
  return layout(
    'Kuäger: interception of TLS',
    html`<header>
        <p><a href="/">All targets</a></p>
        <h1>Interception of TLS</h1>
        <p class="soft">
          ${counted(count, 'authority', 'authorities')} that took the place of sites’ own. Each by itself is a
          fact; whose it is follows from who met it.
        </p>
      </header>
      <main>
        <ul class="nets">
          ${events.map(eventLine)}
        </ul>
        <nav class="pages" aria-label="Pages">
          ${offset > 0 ? html`<a rel="prev" href="${at(Math.max(0, offset - limit))}">Newer</a>` : null}
          ${offset + limit < count ? html`<a rel="next" href="${at(offset + limit)}">Older</a>` : null}
        </nav>
      </main>`,
  );
}

function networksTable(event: InterceptionEvent): Html | null {
  const { networks } = publicEvent(event);
  if (networks.length === 0) return null;
  const rows = networks.map(
    (network) =>
      html`<tr>
        <td>AS${network.asn}</td>
        <td>${network.owner ?? 'not on record'}</td>
        <td>${network.access}</td>
        <td>${network.pseudonyms}</td>
        <td>${network.clean}</td>
      </tr>`,
  );
  return html`<h2>Networks</h2>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>Network</th>
            <th>Owner then</th>
            <th>Lines</th>
            <th>Volunteers’ keys that met it</th>
            <th>Others there with real certificates</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>`;
}

function list(title: string, items: readonly (string | Html)[]): Html | null {
  if (items.length === 0) return null;
  return html`<h2>${title}</h2>
    <ul>
      ${items.map((item) => html`<li>${item}</li>`)}
    </ul>`;
}

export interface EventPage {
  readonly event: InterceptionEvent;
  readonly sentences: readonly string[];
  /** Hex SHA-256 of the certificates of one forged chain, leaf first. */
  readonly chain: readonly string[];
}

export function eventPage({ event, sentences, chain }: EventPage): string {
  const shown = publicEvent(event);
  const certificate = (sha256: string): Html =>
    html`<a href="/api/v2/certificates/${sha256}.pem"><code>${sha256}</code></a>`;
  return layout(
    `Kuäger: ${nameOf(event)}`,
    html`<header>
        <p><a href="/">All targets</a> · <a href="/interception">All authorities</a></p>
        <h1 class="url">${nameOf(event)}</h1>
        <p>${decisionMark(event)}</p>
      </header>
      <main>
        ${sentences.map((sentence) => html`<p>${sentence}</p>`)}
        <h2>Who and when</h2>
        <dl>
          <dt>Authority</dt>
          <dd>${event.authority}${event.name === null ? null : html`, “${event.name}”`}</dd>
          <dt>SHA-256 of its key</dt>
          <dd>${event.spki === null ? 'not shown' : html`<code>${event.spki}</code>`}</dd>
          <dt>First met</dt>
          <dd>${clocks(event.since)}</dd>
          <dt>Last met</dt>
          <dd>${clocks(event.until)}</dd>
          ${
            shown.regions.length === 0
              ? null
              : html`<dt>Regions</dt>
                  <dd>${shown.regions.join(', ')}</dd>`
          }
        </dl>
        ${networksTable(event)} ${list('Names', shown.names)}
        ${list('A chain that was shown, leaf first', chain.map(certificate))}
        ${
          chain.length === 0
            ? null
            : html`<p>
                <a href="/api/v2/interception/${event.id}/chain.pem">The chain as PEM</a>. It is evidence:
                nobody should trust it.
              </p>`
        }
        ${list(
          'Measurements',
          shown.measurements.map((id) => html`<a href="/m/${id}"><code>${id}</code></a>`),
        )}
        <p class="soft"><a href="/api/v2/interception/${event.id}">This event as JSON</a></p>
      </main>`,
  );
}
