/** What others show, beside an event: it decides nothing here. */
import { timeWords } from '../../../shared/judge/event-times.ts';
import { groupWords } from '../../../shared/judge/group-words.ts';
import type { Language } from '../../../shared/i18n/index.ts';
import { pageMessage } from '../../../shared/i18n/pages.ts';
import type { OutsideSignal } from '../../../shared/model/index.ts';
import type { Html } from '../../html.ts';
import { html } from '../../html.ts';
import type { ShownOutside } from '../events-port.ts';

function placeWords({ cc, asn, region }: OutsideSignal, lang: Language): string {
  if (cc !== null) return groupWords({ cc, owner: null, asn, access: null, region }, lang);
  return asn === null ? '–' : `AS${asn}`;
}

/** A share as per cent; a score as it is. */
function valueWords({ kind, value }: OutsideSignal): string | null {
  if (value === null) return null;
  return kind === 'event' ? String(Math.round(value)) : `${Math.round(100 * value)} %`;
}

function row(signal: OutsideSignal, lang: Language): Html {
  const { source, kind, from, to, note, url } = signal;
  const shown = [pageMessage(lang, `outside_${kind}`), valueWords(signal), note];
  return html`<tr>
    <td>${url === null ? source : html`<a href="${url}" rel="noopener noreferrer">${source}</a>`}</td>
    <td>${placeWords(signal, lang)}</td>
    <td>${timeWords(from, lang)}</td>
    <td>${to === null ? '–' : timeWords(to, lang)}</td>
    <td>${shown.filter((words) => words !== null).join('; ')}</td>
  </tr>`;
}

/** Null: nobody shows anything. */
export function outsideTable({ signals, count }: ShownOutside, lang: Language): Html | null {
  if (signals.length === 0) return null;
  const headings = ['outside_source', 'outside_where', 'began', 'ended', 'outside_what'] as const;
  return html`<h2>${pageMessage(lang, 'beside')}</h2>
    <p class="soft">${pageMessage(lang, 'outside_about')}</p>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            ${headings.map((id) => html`<th>${pageMessage(lang, id)}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${signals.map((signal) => row(signal, lang))}
        </tbody>
      </table>
    </div>
    ${
      count > signals.length
        ? html`<p class="soft">
            ${pageMessage(lang, 'outside_more', { shown: String(signals.length), count: String(count) })}
          </p>`
        : null
    }`;
}
