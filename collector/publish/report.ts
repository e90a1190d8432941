/** `report.html`: for a reader who has a printer and no tools. Self-contained, no script. */
import { sha256Hex } from '../../shared/codec/digest.ts';
import { fingerprint } from '../../shared/codec/ed25519.ts';
import { isMessageId, message } from '../../shared/i18n/index.ts';
import type { Language } from '../../shared/i18n/index.ts';
import { explain, explainInterception, RULES } from '../../shared/judge/index.ts';
import type { ControlResponse, CounterfactualRecord, Verdict } from '../../shared/model/index.ts';
import type { Html } from '../html.ts';
import { html, trusted } from '../html.ts';
import type { EvidenceInput, EvidenceItem } from './evidence-input.ts';
import { REPORT_WORDS } from './report-words.ts';
import type { ReportWords } from './report-words.ts';
import { publishedTime } from '../published-time.ts';

const STYLE = `
body{font:12pt/1.5 Georgia,"Noto Serif",serif;color:#111;background:#fff;margin:0 auto;max-width:46rem;padding:1.5rem}
h1{font-size:1.5rem;line-height:1.25}h2{font-size:1.2rem;margin:2rem 0 .25rem;border-top:1px solid #999;padding-top:1rem;overflow-wrap:anywhere}
h3{font-size:1rem;margin:1.25rem 0 .25rem}p,ul,dl{margin:.25rem 0}dt{font-weight:bold;font-size:.9rem}dd{margin:0 0 .35rem 1rem;overflow-wrap:anywhere}
code,pre{font:.8rem/1.4 ui-monospace,monospace;overflow-wrap:anywhere;white-space:pre-wrap}.finding{border:2px solid #111;padding:.75rem 1rem;margin:.5rem 0}
.draft{font-style:italic}@media print{body{padding:0;max-width:none}h2,h3{break-after:avoid}.finding,li{break-inside:avoid}}
`;

const claims: ReadonlyMap<string, string> = new Map(RULES.map((rule) => [rule.id, rule.claim]));

function facts(rows: readonly (readonly [string, Html | string | null])[]): Html {
  const shown = rows.filter(([, value]) => value !== null && value !== '');
  return html`<dl>
    ${shown.map(
      ([name, value]) =>
        html`<dt>${name}</dt>
          <dd>${value}</dd>`,
    )}
  </dl>`;
}

const outcomeWord = (verdict: Verdict, lang: Language): string => message(lang, `outcome.${verdict.outcome}`);

function pairLine(pair: CounterfactualRecord, words: ReportWords, carries: boolean): Html {
  const where = pair.where === 'reflector' ? words.pairAtReflector : words.pairAtAddress;
  const name = html`<code>${pair.innocuous}</code> – <code>${pair.suspect}</code> –
    <code>${pair.innocuous}</code>`;
  const line = html`<code>${pair.kind}</code>
    ${where}${pair.reflector === undefined ? null : html` (<code>${pair.reflector}</code>)`}: ${name} →
    ${pair.outcome} (+${Math.round(pair.distance_s)} s)`;
  return carries ? html`<li><strong>${line}</strong></li>` : html`<li>${line}</li>`;
}

function pairs(item: EvidenceItem, words: ReportWords): Html {
  const all = item.measurement.test_keys.x_counterfactuals;
  if (all.length === 0) return html`<p>${words.noPair}</p>`;
  const carrying = new Set(item.verdict.counterfactuals);
  return html`<ul>
    ${all.map((pair) => pairLine(pair, words, carrying.has(pair.id)))}
  </ul>`;
}

const isControl = (control: object): control is ControlResponse =>
  'http_request' in control && 'dns' in control;

function controlPart(item: EvidenceItem, words: ReportWords): Html {
  const { control, x_control_signed: signed } = item.measurement.test_keys;
  const entries = item.diary.flatMap(({ payload, keyid }) => {
    const reply: unknown = JSON.parse(payload);
    return typeof reply === 'object' && reply !== null && isControl(reply)
      ? [
          html`<h4>${reply.x_time ?? ''}</h4>
            ${replyFacts(reply, keyid)}`,
        ]
      : [];
  });
  if (entries.length > 0)
    return html`<p>${words.diaryControl}</p>
      ${entries}`;
  if (signed === null || signed === undefined || !isControl(control)) return html`<p>${words.noControl}</p>`;
  return replyFacts(control, signed.keyid);
}

function replyFacts(control: ControlResponse, keyid: string): Html {
  const { dns, http_request: http } = control;
  return facts([
    ['time', control.x_time ?? null],
    ['DNS', dns.failure ?? dns.addrs.join(', ')],
    ['HTTP', http.failure ?? `${http.status_code}, ${http.body_length} bytes`],
    [
      'TCP',
      Object.entries(control.tcp_connect)
        .map(([endpoint, r]) => `${endpoint} ${r.failure ?? 'ok'}`)
        .join(', '),
    ],
    [
      'TLS',
      Object.entries(control.tls_handshake ?? {})
        .map(([endpoint, r]) => `${endpoint} ${r.failure ?? 'ok'}`)
        .join(', '),
    ],
    ['key', keyid],
  ]);
}

function witnessPart({ witnesses }: EvidenceItem, words: ReportWords): Html | null {
  if (witnesses.length === 0) return null;
  return html`<h3>${words.witnesses}</h3>
    <ul>
      ${witnesses.map(({ measurementId }) => html`<li><code>${measurementId}</code></li>`)}
    </ul>`;
}

function alternatives(verdict: Verdict, words: ReportWords, lang: Language): Html {
  if (verdict.alternatives.length === 0) return html`<p>${words.nothingOpen}</p>`;
  const text = (id: string): string => {
    const key = `alternative.${id}`;
    return isMessageId(key) ? message(lang, key) : id;
  };
  return html`<ul>
    ${verdict.alternatives.map((id) => html`<li>${text(id)}</li>`)}
  </ul>`;
}

function ruleList(verdict: Verdict): Html {
  return html`<ul>
    ${verdict.rules.map(
      (rule) =>
        html`<li>
          <code>${rule.id}</code> (${rule.outcome}, ${rule.evidence}): ${claims.get(rule.id) ?? ''}
        </li>`,
    )}
  </ul>`;
}

/** Who took the site's place, how its certificate is forged, and what sets it off; nothing where nobody did. */
function certificatePart(verdict: Verdict, words: ReportWords, lang: Language): Html | null {
  const lines = explainInterception(verdict, lang);
  if (lines.length === 0) return null;
  return html`<h3>${words.certificate}</h3>
    <ul>
      ${lines.map((line) => html`<li>${line}</li>`)}
    </ul>`;
}

function itemPart(item: EvidenceItem, input: EvidenceInput, words: ReportWords): Html {
  const { measurement: m, verdict: v } = item;
  const { lang } = input;
  return html`<section>
    <h2>${v.target}</h2>
    <p class="finding">${explain(v, lang)}</p>
    <h3>${words.measured}</h3>
    ${facts([
      [
        words.network,
        [m.probe_cc, m.probe_asn, m.probe_network_name].filter((part) => part !== '').join(' '),
      ],
      [words.when, `${m.measurement_start_time} UTC (${words.rounded})`],
      [words.received, publishedTime(item.receivedAt)],
      ['Software', `${m.software_name} ${m.software_version}, ${m.test_name} ${m.test_version}`],
    ])}
    <h3>${words.verdict}</h3>
    ${facts([
      [words.outcome, outcomeWord(v, lang)],
      [words.method, v.method === null ? null : html`<code>${v.method}</code>`],
      [words.cause, v.cause === null ? null : html`<code>${v.cause}</code>`],
      [words.authority, v.authority],
      [words.evidence, v.evidence],
      [words.repeats, `${v.repeats.n} / ${v.repeats.m}`],
    ])}
    ${certificatePart(v, words, lang)}
    <h3>${words.rules}</h3>
    ${ruleList(v)}
    <h3>${words.excluded}</h3>
    ${pairs(item, words)}
    <h3>${words.control}</h3>
    ${controlPart(item, words)} ${witnessPart(item, words)}
    <h3>${words.open}</h3>
    ${alternatives(v, words, lang)}
    <h3>${words.basis}</h3>
    <p>${words.noOrder}</p>
    <h3>${words.hashes}</h3>
    ${facts([
      ['measurement (SHA-256)', html`<code>${item.measurementId}</code>`],
      ['envelope (SHA-256)', html`<code>${sha256Hex(item.envelope)}</code>`],
      ['x_key', html`<code>${m.x_key}</code>`],
      ['log', html`<code>${input.logOrigin}</code>, index ${item.logIndex}`],
      ...Object.entries(v.snapshots).map(
        ([name, hash]) => [name, html`<code>${String(hash)}</code>`] as const,
      ),
    ])}
  </section> `;
}

/** The whole document, in the bundle's language. */
export function report(input: EvidenceInput): string {
  const words = REPORT_WORDS[input.lang];
  return html`<!doctype html>
    <html lang="${input.lang}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <title>Kuäger: ${words.title}</title>
        ${trusted(`<style>${STYLE}</style>`)}
      </head>
      <body>
        <h1>${words.title}</h1>
        ${words.draft === '' ? null : html`<p class="draft">${words.draft}</p>`}
        ${input.items.map((item) => itemPart(item, input, words))}
        <section>
          <h2>${words.verify}</h2>
          <p>${words.verifyHow}</p>
          <pre>kuager verify BUNDLE.zip --trust TRUST-FILE</pre>
          ${facts([
            ['collector', html`<code>${fingerprint(input.collectorKey)}</code>`],
            ['created', input.createdAt],
          ])}
          <h2>${words.notClaimed}</h2>
          <ul>
            ${words.limits.map((limit) => html`<li>${limit}</li>`)}
          </ul>
        </section>
      </body>
    </html> `.text;
}
