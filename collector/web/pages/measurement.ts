import type { Verdict } from '../../../shared/model/index.ts';
import type { Listing } from '../../store/store.ts';
import type { Html } from '../../html.ts';
import { html } from '../../html.ts';
import { clocks, layout, mark, networkName } from './layout.ts';
import { publishedTime } from '../../published-time.ts';
import { shownUrl } from './words.ts';

/** Rows of observations shown; the raw document has them all. */
const MAX_OBSERVATIONS_SHOWN = 100;
const DATE_TIME_LENGTH = 'YYYY-MM-DD HH:MM:SS'.length;

const CONTROL_WORDS: Readonly<Record<'live' | 'diary' | 'none', string>> = {
  live: 'its reply, made beside the measurement',
  diary:
    'its diary: entries from before and after the measurement, which agree; nothing is confirmed by them alone',
  none: 'none that can be relied on',
};

export interface MeasurementPage {
  readonly listing: Listing;
  readonly verdict: Verdict | null;
  readonly sentence: string | null;
  /** What is said of an interception, sentence by sentence. */
  readonly interception: readonly string[];
  /** Id of the event that this measurement counts in; null where there is none, or saying so would link keys. */
  readonly event: string | null;
  readonly alternatives: readonly string[];
  readonly ruleClaims: ReadonlyMap<string, string>;
  /** JSON texts. */
  readonly observations: readonly string[];
}

function rulesTable(verdict: Verdict, claims: ReadonlyMap<string, string>): Html {
  if (verdict.rules.length === 0) return html`<p>No rule fired.</p>`;
  const rows = verdict.rules.map(
    (rule) =>
      html`<tr>
        <td>${claims.get(rule.id) ?? ''} <code class="soft">${rule.id}</code></td>
        <td>${rule.outcome}</td>
        <td>${rule.evidence}</td>
      </tr>`,
  );
  return html`<div class="scroll">
    <table>
      <thead>
        <tr>
          <th>The rule claims</th>
          <th>For</th>
          <th>Evidence</th>
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}

type Fields = Readonly<Record<string, unknown>>;
const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';

/** Whom a name was asked of. */
const DNS_PATHS: Readonly<Record<string, string>> = {
  system: 'as programs here ask',
  wire: 'the device’s resolver',
  second: 'a second resolver, encrypted',
  control: 'the control’s resolver',
};

function whatWasDone(observation: Fields): string {
  const port = textOf(observation['port']);
  const endpoint = [textOf(observation['address']), port].filter((part) => part !== '').join(' port ');
  const names = [
    observation['hostname'],
    observation['queryType'],
    observation['url'],
    observation['serverName'],
  ];
  const path = textOf(observation['path']);
  const by = DNS_PATHS[path] ?? path;
  const split = observation['splitClientHello'] === true ? 'the name in two segments' : '';
  return [...names.map(textOf), endpoint, by, split].filter((part) => part !== '').join(' · ');
}

/** A failure, or what came: a page's size and time are what throttling shows in. */
function resultOf(observation: Fields): string {
  const { failure, status, bodyLength, duration } = observation;
  const parts = [
    textOf(failure) || 'ok',
    typeof status === 'number' ? `status ${status}` : '',
    typeof bodyLength === 'number' ? `${bodyLength} bytes` : '',
    typeof bodyLength === 'number' && typeof duration === 'number' ? `${duration.toFixed(1)} s` : '',
  ];
  return parts.filter((part) => part !== '').join(' · ');
}

function observationsTable(texts: readonly string[]): Html {
  const rows = texts.slice(0, MAX_OBSERVATIONS_SHOWN).map((text) => {
    const observation = JSON.parse(text) as Fields;
    const pair = observation['counterfactual'];
    return html`<tr>
      <td>${textOf(observation['vantage'])}</td>
      <td>
        ${textOf(observation['kind'])}${typeof pair === 'string' ? html` <span class="soft">pair ${pair}</span>` : null}
      </td>
      <td>${whatWasDone(observation)}</td>
      <td>${resultOf(observation)}</td>
    </tr>`;
  });
  const left = texts.length - rows.length;
  return html`<div class="scroll">
      <table>
        <thead>
          <tr>
            <th>From</th>
            <th>Operation</th>
            <th>What</th>
            <th>Result</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>
    ${left > 0 ? html`<p class="soft">${left} more in the raw document.</p>` : null}`;
}

function verdictPart(page: MeasurementPage): Html {
  const { verdict, sentence, interception, alternatives } = page;
  if (verdict === null) return html`<p>This measurement is archived, but could not be judged.</p>`;
  const open =
    alternatives.length === 0
      ? null
      : html`<h2>Explanations that this evidence does not exclude</h2>
          <ul>
            ${alternatives.map((text) => html`<li>${text}</li>`)}
          </ul>`;
  const replaced =
    interception.length === 0
      ? null
      : html`<h2>The certificate that was shown</h2>
          <ul>
            ${interception.map((text) => html`<li>${text}</li>`)}
          </ul>`;
  const joined =
    page.event === null
      ? null
      : html`<p><a href="/interception/${page.event}">What all measurements say of this authority</a></p>`;
  return html`<p>${sentence}</p>
    ${replaced} ${joined} ${open}
    <h2>Rules that fired</h2>
    ${rulesTable(verdict, page.ruleClaims)}
    <h2>Judged with</h2>
    <dl>
      ${Object.entries(verdict.snapshots).map(
        ([name, hash]) =>
          html`<dt>${name}</dt>
            <dd>
              <a href="/api/v2/snapshots/${hash}"><code>${hash}</code></a>
            </dd>`,
      )}
    </dl>`;
}

export function measurementPage(page: MeasurementPage): string {
  const { listing } = page;
  return layout(
    `Kuäger: ${listing.target}`,
    html`<header>
        <p><a href="/">All targets</a></p>
        <h1 class="url">${shownUrl(listing.target)}</h1>
        <p>${mark(listing)}</p>
      </header>
      <main>
        ${verdictPart(page)}
        <h2>Where and when</h2>
        <dl>
          <dt>Network</dt>
          <dd>${networkName(listing)}</dd>
          <dt>Measured</dt>
          <dd>${clocks(listing.startTime)}${listing.late ? ', handed in late' : null}</dd>
          <dt>Received</dt>
          <dd>${clocks(publishedTime(listing.receivedAt).replace('T', ' ').slice(0, DATE_TIME_LENGTH))}</dd>
          <dt>Control</dt>
          <dd>${CONTROL_WORDS[listing.controlSource ?? 'none']}</dd>
          <dt>Measurement</dt>
          <dd>
            <code>${listing.measurementId}</code> ·
            <a href="/api/v1/raw_measurement?measurement_uid=${listing.measurementId}">raw document</a>, whose
            SHA-256 is this id
          </dd>
        </dl>
        <h2>What was observed</h2>
        ${observationsTable(page.observations)}
      </main>`,
  );
}
