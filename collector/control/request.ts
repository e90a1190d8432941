/**
 * A request to the control, from anybody: OONI's test-helper protocol, Web Connectivity.
 * Source: https://github.com/ooni/spec/blob/master/backends/bk-003-test-helpers.md. Unknown keys are tolerated, because
 * clients send more with every version; what is read is bounded.
 */
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { formatEndpoint, parseEndpoint } from '../../shared/codec/ip.ts';
import { MAX_URL_CHARS } from './http-chain.ts';
import type { Endpoint } from './outgoing.ts';

/** Entries of `tcp_connect` that a request may carry. */
const MAX_REQUEST_ENDPOINTS = 128;
/** Longest endpoint: a bracketed IPv6 literal and a port. */
const MAX_ENDPOINT_CHARS = 64;
const MAX_HEADER_VALUE_CHARS = 512;
const MAX_HEADER_VALUES = 8;
/** The only headers that are passed on to a site, and how they are spelled there. */
const PASSED_HEADERS: ReadonlyMap<string, string> = new Map(
  ['Accept', 'Accept-Language', 'User-Agent'].map((name) => [name.toLowerCase(), name]),
);
/** Visible ASCII and spaces: nothing that could end a header line. */
const HEADER_VALUE = /^[\x20-\x7e]*$/;

export const ControlRequestSchema = Type.Object({
  http_request: Type.String({ minLength: 1, maxLength: MAX_URL_CHARS }),
  http_request_headers: Type.Optional(
    Type.Record(Type.String(), Type.Array(Type.String({ maxLength: 8192 }), { maxItems: MAX_HEADER_VALUES })),
  ),
  tcp_connect: Type.Optional(
    Type.Array(Type.String({ maxLength: MAX_ENDPOINT_CHARS }), { maxItems: MAX_REQUEST_ENDPOINTS }),
  ),
  x_quic_enabled: Type.Optional(Type.Boolean()),
});
const validator = Compile(ControlRequestSchema);

export interface ControlRequest {
  readonly url: URL;
  /** As the client wrote them, the list sorted; goes into `x_request`, so equal questions get one answer. */
  readonly asked: { readonly http_request: string; readonly tcp_connect: readonly string[] };
  /** Canonical, without duplicates, sorted. */
  readonly endpoints: readonly Endpoint[];
  /** Allowed headers in a fixed order. */
  readonly headers: readonly (readonly [string, string])[];
  /** Neither answered from memory nor kept there. */
  readonly fresh?: true;
}
export interface Problem {
  /** JSON pointer. */
  readonly path: string;
  readonly message: string;
}
export type ControlRequestReading =
  { readonly ok: ControlRequest } | { readonly problems: readonly Problem[] };

function readUrl(text: string, problems: Problem[]): URL | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url !== null && ['http:', 'https:'].includes(url.protocol)) {
    url.hash = '';
    return url;
  }
  problems.push({ path: '/http_request', message: 'must be an absolute http or https URL' });
  return null;
}

function readEndpoints(texts: readonly string[], problems: Problem[]): Endpoint[] {
  const found = new Map<string, Endpoint>();
  for (const [i, text] of texts.entries()) {
    const endpoint = parseEndpoint(text);
    if (endpoint === null)
      problems.push({ path: `/tcp_connect/${i}`, message: 'must be address:port or [address]:port' });
    else found.set(formatEndpoint(endpoint.address, endpoint.port), endpoint);
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, endpoint]) => endpoint);
}

function readHeaders(
  given: Readonly<Record<string, readonly string[]>>,
  problems: Problem[],
): [string, string][] {
  const found = new Map<string, string>();
  for (const [name, values] of Object.entries(given)) {
    const passed = PASSED_HEADERS.get(name.toLowerCase());
    const value = values[0];
    if (passed === undefined || value === undefined) continue;
    if (value.length > MAX_HEADER_VALUE_CHARS || !HEADER_VALUE.test(value))
      problems.push({
        path: `/http_request_headers/${passed}`,
        message: `must be at most ${MAX_HEADER_VALUE_CHARS} characters of visible ASCII`,
      });
    else found.set(passed, value);
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** What a browser sends, as probes send it: sites that turn programs away are to treat the control alike. */
const OWN_HEADERS: readonly (readonly [string, string])[] = [
  ['Accept', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'],
  ['Accept-Language', 'en-US,en;q=0.9'],
  ['User-Agent', 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0'],
];

/** The control's own question about a URL, without endpoints of a probe, made anew each time: for the diary. */
export function requestFor(url: URL): ControlRequest {
  const target = new URL(url);
  target.hash = '';
  return {
    url: target,
    asked: { http_request: url.href, tcp_connect: [] },
    endpoints: [],
    headers: OWN_HEADERS,
    fresh: true,
  };
}

/** Unknown → a request, or every problem that was found. Never throws. */
export function readControlRequest(value: unknown): ControlRequestReading {
  if (!validator.Check(value)) {
    const problems = validator
      .Errors(value)
      .map((error) => ({ path: error.instancePath, message: error.message }));
    return { problems };
  }
  const problems: Problem[] = [];
  const url = readUrl(value.http_request, problems);
  const endpoints = readEndpoints(value.tcp_connect ?? [], problems);
  const headers = readHeaders(value.http_request_headers ?? {}, problems);
  if (url === null || problems.length > 0) return { problems };
  return {
    ok: {
      url,
      endpoints,
      headers,
      asked: { http_request: value.http_request, tcp_connect: [...(value.tcp_connect ?? [])].sort() },
    },
  };
}
