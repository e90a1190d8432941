/** Follows redirects; each target is resolved and checked from scratch by the hop that goes there. */
import { fromUtf8 } from '../../shared/codec/base64.ts';
import { fetchHop, unanswered } from './http-hop.ts';
import type { Hop, HopContext } from './http-hop.ts';

export const MAX_REDIRECTS = 10;
/** Characters of a redirect's target; longer ones are not followed. */
export const MAX_URL_CHARS = 2048;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export interface HttpChain extends Hop {
  /** The URLs asked for, in order; the last one gave the response or the failure. */
  readonly urls: readonly string[];
}

/** Where a response points; null when it points nowhere, 'invalid' when a client could not go there. */
function redirectTarget(
  base: URL,
  status: number,
  headers: Readonly<Record<string, string>>,
): URL | null | 'invalid' {
  if (!REDIRECTS.has(status)) return null;
  const location = Object.entries(headers).find(([name]) => name.toLowerCase() === 'location')?.[1];
  if (location === undefined) return null;
  // Node hands header bytes over as Latin-1; servers that write other letters there mean UTF-8, and browsers read it so.
  const text = fromUtf8(Buffer.from(location, 'latin1')) ?? location;
  if (text.length > MAX_URL_CHARS || !URL.canParse(text, base.href)) return 'invalid';
  const url = new URL(text, base);
  url.hash = '';
  return ['http:', 'https:'].includes(url.protocol) ? url : 'invalid';
}

/** Never rejects but with GuardError. */
export async function fetchChain(start: URL, context: HopContext): Promise<HttpChain> {
  const urls: string[] = [];
  let url = start;
  for (;;) {
    urls.push(url.href);
    const hop = await fetchHop(url, context);
    const next =
      hop.response === null ? null : redirectTarget(url, hop.response.status, hop.response.headers);
    if (next === null) return { ...hop, urls };
    if (next === 'invalid') return { ...unanswered('http_invalid_redirect_location_host'), urls };
    if (urls.length > MAX_REDIRECTS)
      return { ...unanswered(`unknown_failure: stopped after ${MAX_REDIRECTS} redirects`), urls };
    url = next;
  }
}
