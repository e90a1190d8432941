/** Alerts → a feed. RFC 4287 (Atom), ids as RFC 4151 (tag URIs) says. Pure. */
import { LANGUAGES, message, type Language } from '../../shared/i18n/index.ts';
import { html } from '../html.ts';
import type { Html } from '../html.ts';
import { eventPath } from '../published-alert.ts';
import type { PublishedAlert } from '../published-alert.ts';
import { sentencesOf, titleOf } from './words.ts';

/** RFC 4151 wants a date on which the name belonged to whoever makes the tag; it must never change. */
const TAG_YEAR = '2026';
/** A feed must say when it changed last, also one that has nothing in it yet. */
const NEVER = '1970-01-01T00:00:00Z';
/** XML 1.0, 2.2: these are no characters in any document, escaped or not. */
const NO_XML = /[\ufffe\uffff]/g;

export interface FeedOptions {
  /** Newest first. */
  readonly alerts: readonly PublishedAlert[];
  readonly language: Language;
  /** Without a final slash. */
  readonly publicUrl: string;
}

/** `tag:collector.example,2026:alerts`: the host's name, without the port, which tags have no room for. */
function tagBase(publicUrl: string): string {
  const { hostname } = new URL(publicUrl);
  return `tag:${hostname.replaceAll(/[^a-z0-9.-]/g, '-')},${TAG_YEAR}:alerts`;
}

function entry(alert: PublishedAlert, { language, publicUrl }: FeedOptions): Html {
  const page = `${publicUrl}/alerts/${alert.id}`;
  const sentences = [...sentencesOf(alert, language), message(language, 'alert.mistakes')];
  return html` <entry>
    <id>${tagBase(publicUrl)}/${alert.id}/${language}</id>
    <title type="text">${titleOf(alert, language)}</title>
    <updated>${alert.at}</updated>
    <published>${alert.at}</published>
    <category term="${alert.kind}" />
    <category term="${alert.state}" />
    <link rel="alternate" type="text/html" hreflang="${language}" href="${page}?lang=${language}" />
    <link rel="related" type="text/html" href="${publicUrl}${eventPath(alert)}?lang=${language}" />
    <content type="text">${sentences.join('\n')}</content>
  </entry>`;
}

/** The document's text, to be sent as UTF-8. */
export function atomFeed(options: FeedOptions): string {
  const { alerts, language, publicUrl } = options;
  const others = LANGUAGES.filter((each) => each !== language);
  const text = html`<?xml version="1.0" encoding="utf-8"?>
    <feed xmlns="http://www.w3.org/2005/Atom" xml:lang="${language}">
      <id>${tagBase(publicUrl)}/${language}</id>
      <title type="text">${message(language, 'feed.title')}</title>
      <subtitle type="text">${message(language, 'feed.subtitle')}</subtitle>
      <author><name>Kuäger</name></author>
      <updated>${alerts[0]?.at ?? NEVER}</updated>
      <link rel="self" type="application/atom+xml" href="${publicUrl}/alerts.atom?lang=${language}" />
      <link rel="alternate" type="text/html" href="${publicUrl}/alerts?lang=${language}" />
      ${others.map(
        (each) =>
          html`<link
            rel="alternate"
            type="application/atom+xml"
            hreflang="${each}"
            href="${publicUrl}/alerts.atom?lang=${each}"
          />`,
      )}${alerts.map((alert) => entry(alert, options))}
    </feed> `.text;
  return text.replaceAll(NO_XML, '\ufffd');
}
