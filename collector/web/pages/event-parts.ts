/** What the pages about events share: marks, times, lists, links between languages. */
import { bracketWords, timeWords } from '../../../shared/judge/event-times.ts';
import { pageMessage } from '../../../shared/i18n/pages.ts';
import type { Language } from '../../../shared/i18n/index.ts';
import type { BlockingEvent, Bracket, SilenceEvent } from '../../../shared/model/index.ts';
import type { Html } from '../../html.ts';
import { html } from '../../html.ts';
import type { PublishedAlert } from '../../published-alert.ts';

/** What the sentence is in, in its own language. */
const LANGUAGE_NAMES = { kk: 'қазақша', ru: 'русский', en: 'English' } as const;

export interface EventPaging {
  readonly offset: number;
  readonly limit: number;
  readonly count: number;
}

/** How a page was asked for: its language, and the moment whose knowledge it shows (milliseconds since 1970). */
export interface Asked {
  readonly lang: Language;
  readonly asOf?: number | undefined;
}

const rfc3339 = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');

/** `path` with what a page was asked for; `more` are further parameters. */
export function link(
  path: string,
  { lang, asOf }: Asked,
  more: Readonly<Record<string, string>> = {},
): string {
  const query = new URLSearchParams({
    ...(lang === 'en' ? {} : { lang }),
    ...(asOf === undefined ? {} : { as_of: rfc3339(asOf) }),
    ...more,
  }).toString();
  return query === '' ? path : `${path}?${query}`;
}

/** The same page in the other languages. */
export function languageLinks(path: string, asked: Asked): Html {
  const names = Object.entries(LANGUAGE_NAMES) as readonly (readonly [Language, string])[];
  return html`<nav class="langs">
    ${names.map(([lang, name]) =>
      lang === asked.lang
        ? html`<span lang="${lang}" aria-current="true">${name}</span> `
        : html`<a lang="${lang}" hreflang="${lang}" href="${link(path, { ...asked, lang })}">${name}</a> `,
    )}
  </nav>`;
}

export function asKnown({ lang, asOf }: Asked): Html | null {
  return asOf === undefined
    ? null
    : html`<p><strong>${pageMessage(lang, 'as_known', { time: timeWords(asOf, lang) })}</strong></p>`;
}

export function pageLinks(path: string, asked: Asked, { offset, limit, count }: EventPaging): Html | null {
  if (offset === 0 && count <= limit) return null;
  const to = (at: number): string => link(path, asked, { offset: String(at) });
  const { lang } = asked;
  return html`<nav class="pages">
    ${
      offset > 0
        ? html`<a rel="prev" href="${to(Math.max(0, offset - limit))}">${pageMessage(lang, 'newer')}</a>`
        : null
    }
    ${offset + limit < count ? html`<a rel="next" href="${to(offset + limit)}">${pageMessage(lang, 'older')}</a>` : null}
  </nav>`;
}

export interface Sign {
  readonly kind: string;
  readonly char: string;
}

/** Sign and word; the class gives the colour, which nobody needs. */
export const sign = (kind: string, char: string, word: string): Html =>
  html`<span class="mark ${kind}"><span aria-hidden="true">${char}</span> ${word}</span>`;

export function blockingMark({ state, basis }: Pick<BlockingEvent, 'state' | 'basis'>, lang: Language): Html {
  if (state === 'restored') return sign('accessible', '✓', pageMessage(lang, 'restored'));
  return basis === 'interfered'
    ? sign('interfered', '✕', pageMessage(lang, 'open_interfered'))
    : sign('suspected', '?', pageMessage(lang, 'open_suspected'));
}

/** `shutdown_confirmed` and `foreign_cut` are accusations by their evidence; the rest is open or innocent. */
const ACCUSED: ReadonlySet<string> = new Set(['shutdown_confirmed', 'foreign_cut', 'collector_blocked']);

/** How a new event is marked, by what it was held for when it was announced: red for accusations alone. */
export function newEventSign({ kind, event }: Pick<PublishedAlert, 'kind' | 'event'>): Sign {
  const { basis, state } = event as { readonly basis?: unknown; readonly state?: unknown };
  if (kind === 'blocking' && basis !== 'interfered') return { kind: 'suspected', char: '?' };
  if (kind === 'silence' && !ACCUSED.has(String(state))) return { kind: 'suspected', char: '…' };
  return { kind: 'interfered', char: '✕' };
}

export function silenceMark({ state, endedAt }: SilenceEvent, lang: Language): Html {
  const word = pageMessage(lang, state);
  if (state === 'withdrawn') return sign('local', '⌂', word);
  const over = endedAt === null ? '' : `, ${pageMessage(lang, 'over')}`;
  if (state === 'local_power_or_access') return sign('local', '⌂', word + over);
  return ACCUSED.has(state) ? sign('interfered', '✕', word + over) : sign('suspected', '…', word + over);
}

/** A bracket in words; a dash where neither side is known. */
export const bracketText = (bracket: Bracket, lang: Language): string => bracketWords(bracket, lang) ?? '–';

export const paragraphs = (sentences: readonly string[]): Html =>
  html`${sentences.map((sentence) => html`<p>${sentence}</p>`)}`;
