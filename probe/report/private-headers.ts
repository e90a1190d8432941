/**
 * HTTP headers whose values tell who the volunteer is or where: the client's address, its place finer than a country,
 * sessions, and request numbers by which the site's own log gives the address back. The name stays, since a rule may
 * need to know which CDN answered; the value goes. A country stays: the measurement says it anyway.
 * Sources: documentation of Cloudflare ("Cloudflare HTTP headers", "Add visitor location headers"), Amazon CloudFront
 * ("Add CloudFront request headers"), Google App Engine ("App Engine-specific headers"), Vercel ("Request headers"),
 * W3C Trace Context.
 */
import { SCRUBBED } from './redactor.ts';

const NAMES: ReadonlySet<string> = new Set([
  // The client's address.
  'x-client-ip', 'x-real-ip', 'x-forwarded-for', 'forwarded', 'true-client-ip', 'cf-connecting-ip', 'cf-connecting-ipv6',
  'x-remote-ip', 'x-remote-addr', 'x-user-ip', 'x-visitor-ip', 'x-your-ip', 'client-ip', 'remote-addr', 'x-ip',
  'fastly-client-ip', 'x-cluster-client-ip', 'x-originating-ip', 'x-source-ip', 'x-appengine-user-ip', 'x-client-port',
  // Its place.
  'cf-ipcity', 'cf-iplatitude', 'cf-iplongitude', 'cf-region', 'cf-region-code', 'cf-metro-code', 'cf-postal-code',
  'cf-timezone', 'x-appengine-city', 'x-appengine-citylatlong', 'x-appengine-region', 'x-city', 'x-region', 'x-location',
  'x-client-city', 'x-client-region', 'x-client-geo-location', 'x-user-city', 'x-user-region', 'x-user-location',
  'x-akamai-edgescape', 'x-timezone', 'x-nf-geo',
  // Sessions and credentials.
  'cookie', 'cookie2', 'authorization', 'proxy-authorization', 'authentication-info', 'x-csrf-token', 'x-xsrf-token',
  'x-session-id', 'x-auth-token', 'etag-session', 'report-to', 'nel', 'reporting-endpoints',
  // One number for one request, known to the site and to nobody else.
  'cf-ray', 'cf-request-id', 'request-id', 'x-request-id', 'x-req-id', 'x-correlation-id', 'x-trace-id', 'x-traceid',
  'traceparent', 'tracestate', 'x-amz-cf-id', 'x-amz-request-id', 'x-amz-id-2', 'x-amzn-requestid', 'x-amzn-trace-id',
  'x-amz-rid', 'x-cloud-trace-context', 'x-vercel-id', 'fly-request-id', 'x-github-request-id', 'x-fb-debug',
  'x-fb-trace-id', 'x-msedge-ref', 'x-azure-ref', 'x-ms-request-id', 'x-akamai-request-id', 'akamai-grn', 'x-timer',
  'x-iinfo', 'x-nf-request-id', 'x-transaction-id', 'x-connection-hash', 'x-wikimedia-debug', 'x-varnish',
  'x-unique-id', 'x-kinsta-request-id', 'cdn-requestid', 'x-77-nzt-ray', 'x-rayid', 'x-b3-traceid', 'x-b3-spanid',
  // The second of the visit: published start times carry ten minutes.
  'date', 'expires', 'x-date', 'x-timestamp', 'x-served-at', 'server-timing',
  // Which point of presence answered: as good as a city inside one country.
  'x-amz-cf-pop', 'x-served-by', 'x-cache-node', 'cdn-edgestorageid', 'x-edge-location', 'x-pop', 'x-client-data',
]); // prettier-ignore

const PREFIXES = [
  'x-geo',
  'x-vercel-ip-',
  'cloudfront-viewer-',
  'x-client-geo',
  'x-maxmind',
  'x-ip-',
  'geoip',
];

/** `cloudfront-viewer-country` and its like say no more than `probe_cc`. */
const COUNTRY = /country(?:-?code|-name)?$/;

/**
 * The header's value as it may be published. `Set-Cookie` keeps the cookie's name (it tells which product answered),
 * nothing else: session ids and location cookies identify. `null`: nothing special, redact it as any text.
 */
export function privateHeaderValue(name: string, value: string): string | null {
  const lower = name.toLowerCase();
  if (lower === 'set-cookie' || lower === 'set-cookie2') {
    const cookie = /^\s*([^=;\s,]{1,64})=/.exec(value)?.[1];
    return cookie === undefined ? SCRUBBED : `${cookie}=${SCRUBBED}`;
  }
  const listed = NAMES.has(lower) || PREFIXES.some((prefix) => lower.startsWith(prefix));
  return listed && !COUNTRY.test(lower) ? SCRUBBED : null;
}
