/** Cells of one domain as a grid of signs: a row for each network and day, a column for each hour (UTC). */
import { pageMessage } from '../../../shared/i18n/pages.ts';
import type { Language } from '../../../shared/i18n/index.ts';
import type { Html } from '../../html.ts';
import { html } from '../../html.ts';
import type { ShownCell, ShownCells } from '../events-port.ts';

const HOUR_MS = 3600 * 1000;
const DAY_MS = 24 * HOUR_MS;
const HOURS = 24;
/** Rows of one page: more are in the API. */
const MAX_ROWS = 60;

interface Look {
  readonly kind: string;
  readonly char: string;
}
const EMPTY: Look = { kind: 'soft', char: '·' };
const TOO_FEW: Look = { kind: 'soft', char: '▒' };

/** The sign of what most pseudonyms of the hour said. */
function lookOf({ n, outcomes }: ShownCell): Look {
  if (n === null) return TOO_FEW;
  if (n === 0) return EMPTY;
  const { interfered = 0, suspected = 0, accessible = 0 } = outcomes;
  const most = Math.max(interfered, suspected, accessible);
  if (most === 0) return { kind: 'down', char: '▽' };
  if (interfered === most) return { kind: 'interfered', char: '✕' };
  return suspected === most ? { kind: 'suspected', char: '?' } : { kind: 'accessible', char: '✓' };
}

function titleOf({ n, outcomes }: ShownCell): string {
  return n === null
    ? '< 3'
    : Object.entries(outcomes)
        .map(([outcome, count]) => `${outcome} ${count}`)
        .join(', ');
}

const hourCell = (cell: ShownCell | undefined): Html => {
  const { kind, char } = cell === undefined ? EMPTY : lookOf(cell);
  return html`<td class="${kind}" title="${cell === undefined ? '' : titleOf(cell)}">${char}</td>`;
};

/** Hours of networks only; days of coarser groups are in the API. Null: nothing was measured then. */
export function hoursGrid(shown: ShownCells, lang: Language): Html | null {
  const rows = new Map<string, { network: string; day: number; cells: Map<number, ShownCell> }>();
  for (const cell of shown.cells) {
    if (cell.to - cell.from !== HOUR_MS || cell.asn === null) continue;
    const network = `AS${cell.asn} ${cell.access ?? ''}`.trim();
    const day = Math.floor(cell.from / DAY_MS) * DAY_MS;
    const key = `${network} ${day}`;
    const row = rows.get(key) ?? { network, day, cells: new Map<number, ShownCell>() };
    row.cells.set(Math.floor((cell.from - day) / HOUR_MS), cell);
    rows.set(key, row);
  }
  const seen = [...rows.values()].filter((row) => [...row.cells.values()].some((cell) => cell.n !== 0));
  if (seen.length === 0) return null;
  const inOrder = seen.sort(
    (a, b) => (a.network < b.network ? -1 : Number(a.network > b.network)) || a.day - b.day,
  );
  const hours = Array.from({ length: HOURS }, (_, hour) => hour);
  return html`<h2>${pageMessage(lang, 'hours')}</h2>
    <p class="soft">${pageMessage(lang, 'hours_about')}</p>
    <div class="scroll">
      <table class="hours">
        <thead>
          <tr>
            <th>${pageMessage(lang, 'network')}</th>
            <th>${pageMessage(lang, 'day')}</th>
            ${hours.map((hour) => html`<th>${hour}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${inOrder.slice(0, MAX_ROWS).map(
            ({ network, day, cells }) =>
              html`<tr>
                <th scope="row">${network}</th>
                <td>${new Date(day).toISOString().slice(0, 10)}</td>
                ${hours.map((hour) => hourCell(cells.get(hour)))}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
}
