import { createHash } from 'node:crypto';
import type { Listing } from '../../store/store.ts';
import type { Html } from '../../html.ts';
import { html, trusted } from '../../html.ts';
import type { Language } from '../../../shared/i18n/index.ts';
import { pageMessage } from '../../../shared/i18n/pages.ts';
import { LANGS } from '../port.ts';
import { bothClocks, outcomeWords } from './words.ts';

const STYLE = `
:root{color-scheme:light dark;--ink:#1b1f24;--soft:#59636e;--paper:#fff;--line:#d8dee4;--good:#116329;--bad:#b3261e;--doubt:#8a5a00;--calm:#3b4a5a}
@media (prefers-color-scheme:dark){:root{--ink:#e6e9ec;--soft:#a3adb8;--paper:#15191e;--line:#333b44;--good:#6cd08a;--bad:#ff9a92;--doubt:#f0c060;--calm:#b4c2d0}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main,header,footer{max-width:60rem;margin:0 auto;padding:1rem}
header{padding-bottom:0}h1{font-size:1.4rem;margin:.5rem 0}h2{font-size:1.1rem;margin:1.5rem 0 .5rem}
p{margin:.5rem 0}a{color:inherit}.soft,footer{color:var(--soft);font-size:.9rem}
ul.targets{list-style:none;margin:0;padding:0}ul.targets>li{border-top:1px solid var(--line);padding:.75rem 0}
.url{font-weight:600;overflow-wrap:anywhere}ul.nets{list-style:none;margin:.25rem 0 0;padding:0}ul.nets li{padding:.15rem 0}
.mark{display:inline-block;border:1px solid currentColor;border-radius:.3rem;padding:0 .4rem;white-space:nowrap;font-weight:600}
.accessible{color:var(--good)}.interfered{color:var(--bad)}.suspected{color:var(--doubt);border-style:dashed}
.refused,.down,.local,.insufficient,.failed{color:var(--calm)}
.clocks{display:inline-block}ul.nets .clocks{color:var(--soft)}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.35rem .75rem .35rem 0;border-top:1px solid var(--line);overflow-wrap:break-word}
td code{overflow-wrap:normal}
code{font-size:.85em;overflow-wrap:anywhere}dl{margin:0}dt{color:var(--soft);font-size:.9rem}dd{margin:0 0 .5rem;overflow-wrap:anywhere}
nav.pages{display:flex;gap:1.5rem;padding:1rem 0}
nav.langs{float:right;font-size:.9rem}nav.langs [aria-current]{color:var(--soft)}
table.hours{font-size:.85rem}table.hours td,table.hours th{padding:.15rem .3rem;white-space:nowrap}table.hours th[scope=row]{font-weight:400}
details summary{cursor:pointer}
`;

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');
/** Put together apart from the page's markup: the policy names the hash of exactly these characters. */
const STYLE_ELEMENT = trusted(`<style>${STYLE}</style>`);
/** Where feed readers find the alerts in each language. */
const FEEDS = LANGS.map(
  (lang) =>
    html`<link
      rel="alternate"
      type="application/atom+xml"
      hreflang="${lang}"
      title="Kuäger: ${lang}"
      href="/alerts.atom?lang=${lang}"
    />`,
);
/** What every page leads to, in its own language. */
const PAGES = [
  ['/blocking', 'blocking'],
  ['/silence', 'silences'],
  ['/alerts', 'alerts'],
] as const;
/** No script, no image, no frame, no form: what a page can't load, it can't leak. */
export const CSP = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/** What every page of single measurements ends with. */
const OF_VERDICTS =
  'A verdict says what was seen from one network at one time, and how sure the evidence makes us. It names no culprit, and no order was looked for. Times are rounded down to ten minutes.';

export function layout(
  title: string,
  body: Html,
  { lang = 'en', below = OF_VERDICTS }: { readonly lang?: Language; readonly below?: string } = {},
): string {
  return html`<!doctype html>
    <html lang="${lang}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        ${FEEDS} ${STYLE_ELEMENT}
      </head>
      <body>
        ${body}
        <footer>
          <p>${below}</p>
          <p>
            ${PAGES.map(
              ([path, title]) => html`<a href="${path}?lang=${lang}">${pageMessage(lang, title)}</a> · `,
            )}
            <a href="/interception">${pageMessage(lang, 'interception')}</a>
          </p>
          <p>
            JSON: <a href="/api/v2/verdicts">verdicts</a> ·
            <a href="/api/v1/measurements">measurements (OONI’s API)</a> ·
            <a href="/api/v2/blocking">blocking</a> · <a href="/api/v2/silence">silence</a> ·
            <a href="/api/v2/interception">interception</a> · <a href="/api/v2/alerts">alerts</a>
          </p>
        </footer>
      </body>
    </html> `.text;
}

/** Sign, word and method; readable without colour and aloud. */
export function mark(listing: Listing): Html {
  const { kind, sign, word } = outcomeWords(listing);
  const how = listing.method ?? listing.cause;
  return html`<span class="mark ${kind}"><span aria-hidden="true">${sign}</span> ${word}</span
    >${how === null ? null : html` <code>${how}</code>`}`;
}

export function clocks(startTime: string): Html {
  const { utc, almaty } = bothClocks(startTime);
  return html`<span class="clocks"
    ><time datetime="${startTime.replace(' ', 'T')}Z">${utc} UTC</time> (${almaty} Almaty)</span
  >`;
}

export const networkName = (listing: Listing): string =>
  [listing.probeCc, listing.probeAsn, listing.networkName].filter((part) => part !== '').join(' ');
