/**
 * Do two pages differ? Status, headers, title and length are compared the way Web Connectivity does it, so that
 * its readers get the same answer: a difference is "not the same status, or none of body, headers, title alike".
 * Source: https://github.com/ooni/spec/blob/master/nettests/ts-017-web-connectivity.md
 */
import type { HttpObservation } from '../model/index.ts';

/** Shorter length over longer; above it two bodies count as alike. */
const BODY_PROPORTION = 0.7;
/** Title words shorter than this (bytes) are too common to compare. */
const MIN_TITLE_WORD_BYTES = 5;

/** Headers that every server sends. */
const COMMON_HEADERS: ReadonlySet<string> = new Set([
  'date', 'content-type', 'server', 'cache-control', 'vary', 'set-cookie', 'location', 'expires', 'x-powered-by',
  'content-encoding', 'last-modified', 'accept-ranges', 'pragma', 'x-frame-options', 'etag',
  'x-content-type-options', 'age', 'via', 'p3p', 'x-xss-protection', 'content-language', 'cf-ray',
  'strict-transport-security', 'link', 'x-varnish', 'content-length', 'connection', 'transfer-encoding', 'keep-alive',
  'alt-svc',
]); // prettier-ignore

function sameStatus(a: HttpObservation, b: HttpObservation): boolean {
  // A server error at the control says nothing about the page that it would have sent.
  return a.status === b.status || (b.status !== null && b.status >= 500);
}

function sameLength(a: HttpObservation, b: HttpObservation): boolean {
  if (a.truncated || a.bodyLength === null || b.bodyLength === null) return a.truncated;
  if (a.bodyLength === 0 || b.bodyLength === 0) return a.bodyLength === b.bodyLength;
  return Math.min(a.bodyLength, b.bodyLength) / Math.max(a.bodyLength, b.bodyLength) > BODY_PROPORTION;
}

function shareUncommonHeader(a: HttpObservation, b: HttpObservation): boolean {
  const names = (o: HttpObservation): Set<string> => new Set(o.headers.map(([n]) => n));
  const [x, y] = [names(a), names(b)];
  return [...x].some((n) => !COMMON_HEADERS.has(n) && y.has(n));
}

function titleWords(o: HttpObservation): string[] {
  const words = (o.title ?? '').toLowerCase().split(' ');
  return words.filter((w) => new TextEncoder().encode(w).length >= MIN_TITLE_WORD_BYTES);
}

function sameTitle(a: HttpObservation, b: HttpObservation): boolean {
  const x = titleWords(a);
  return x.length > 0 && x.join(' ') === titleWords(b).join(' ');
}

/** The page shares a word of the control's title; where those are too short to compare, the whole title. */
function bearsControlsTitle(page: HttpObservation, control: HttpObservation): boolean {
  const [x, y] = [titleWords(page), titleWords(control)];
  if (y.length > 0) return x.some((w) => y.includes(w));
  const title = control.title ?? '';
  return title !== '' && page.title === title;
}

/** Neither has a title by which it could be told from another page of its length. */
const untitled = (o: HttpObservation): boolean => (o.title ?? '') === '';

export function differsFromControl(page: HttpObservation, control: HttpObservation): boolean {
  if (page.bodySha256 !== null && page.bodySha256 === control.bodySha256) return false;
  const alike = sameLength(page, control) || shareUncommonHeader(page, control) || sameTitle(page, control);
  return !(sameStatus(page, control) && alike);
}

/**
 * Stricter than "does not differ", for saying that this *is* the control's page: a block page of about the site's
 * length differs in nothing that Web Connectivity requires, but it bears another title. Without titles an uncommon header
 * has to be common to both; length alone will do where that is all that another helper tells.
 */
export function looksLikeControls(page: HttpObservation, control: HttpObservation): boolean {
  if (page.bodySha256 !== null && page.bodySha256 === control.bodySha256) return true;
  if (differsFromControl(page, control)) return false;
  if (bearsControlsTitle(page, control)) return true;
  if (!untitled(control) || !untitled(page)) return false;
  const hashesDiffer = page.bodySha256 !== null && control.bodySha256 !== null;
  return !hashesDiffer || shareUncommonHeader(page, control);
}
