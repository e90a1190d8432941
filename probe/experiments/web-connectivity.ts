/**
 * Web Connectivity: is this URL reachable here, as far as each layer lets us see?
 *
 * Question: what do DNS, TCP, TLS and HTTP answer for the URL and for every redirect behind it, to this device, while
 * a control elsewhere is asked the same. Follows https://github.com/ooni/spec/blob/master/nettests/ts-017-web-connectivity.md
 * with these differences: every address of both families is tried, the wire resolver's every datagram is kept,
 * chains are kept whole and appraised against a dated root snapshot, and no opinion is stored.
 * Cannot show: who interferes, or why; what happens to other clients; throttling.
 */
import { formatIp, parseIp, withoutBrackets } from '../../shared/codec/ip.ts';
import type { WebConnectivityTestKeys } from '../../shared/model/index.ts';
import { asObject, asStrings } from '../../shared/schema/read.ts';
import type { Endpoint, HttpResult } from '../net/net.ts';
import { within, withDeadline } from './deadline.ts';
import {
  connect,
  endpointText,
  exchangeFailure,
  fetchOver,
  handshake,
  REQUEST_HEADERS,
  resolve,
  type Resolved,
  type Session,
  type Usable,
} from './operations.ts';
import { createRecorder, type Recorder } from './recorder.ts';
import type { ControlAnswer, ControlRequest } from '../net/ask-control.ts';
import type { MeasureTools } from './tools.ts';

export const name = 'web_connectivity';
export const version = '0.5.0';

const MAX_REDIRECTS = 10;
/** Addresses tried per hop; names with dozens of them are load balancers, not more information. */
const MAX_ADDRESSES = 8;
/** How long a page that is already here waits for the control's word. Milliseconds. */
const CONTROL_PATIENCE_MS = 30_000;
/**
 * How long a page that did not come waits for it, counted from the end of the last try: a control that tries a dead
 * address as well needs as long as we did and its walk of the zones (4 s). What it says later still counts. Milliseconds.
 */
const CONTROL_PATIENCE_WITHOUT_PAGE_MS = 5_000;

const REDIRECT_STATUSES: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** Where a second look begins. */
export interface FromHop {
  readonly depth: number;
  readonly url: string;
}

export interface WebConnectivity {
  readonly recorder: Recorder;
  measure(signal: AbortSignal): Promise<WebConnectivityTestKeys>;
  /**
   * The same once more, from one hop on; its records carry the hop's depth and the tag `x:attempt=N`. A control that
   * could not be asked is asked again.
   */
  repeat(from: FromHop, attempt: number, signal: AbortSignal): Promise<WebConnectivityTestKeys>;
  /** The control was asked and has neither answered nor failed. */
  controlPending(): boolean;
  /** Its word, or its failure, is in the recorder. */
  controlSaid(): Promise<void>;
  /**
   * Asks it once more, about these endpoints as well. Its word takes the place of the one before if it connects to the first
   * of them; otherwise false, and what it said before stays.
   */
  askAgain(endpoints: readonly Endpoint[], signal: AbortSignal): Promise<boolean>;
}

/** One measurement of one URL. The recorder can be read at any moment, also after an abort. */
export function webConnectivity(target: string, tools: MeasureTools): WebConnectivity {
  const recorder = createRecorder(tools.net.now, tools.net.systemResolvers()[0]?.address ?? null);
  let asked: Promise<ControlAnswer | null> = Promise.resolve(null);
  let pending = 0;
  const follow = async (from: FromHop, attempt: number, signal: AbortSignal) => {
    const session = { tools, recorder, signal };
    const known = await asked;
    const ask = (url: URL, endpoints: readonly Endpoint[]): Promise<ControlAnswer | null> => {
      if (known !== null && !('failure' in known)) return asked;
      pending++;
      asked = askControl(session, url, endpoints).finally(() => pending--);
      // It is awaited below or in `controlSaid`; a copy that nobody awaits would end the process.
      asked.catch(() => undefined);
      return asked;
    };
    const page = await followFrom(session, from, attempt, ask);
    if (page) await asked;
    return recorder.testKeys();
  };
  return {
    recorder,
    measure: (signal) => follow({ depth: 0, url: target }, 1, signal),
    repeat: follow,
    controlPending: () => pending > 0,
    controlSaid: async () => void (await asked),
    askAgain: (endpoints, signal) => askAgain({ tools, recorder, signal }, new URL(target), endpoints),
  };
}

/** From one hop to the end of its redirects; `ask` asks the control once. Whether the last hop gave a page. */
async function followFrom(
  session: Session,
  from: FromHop,
  attempt: number,
  ask: (url: URL, endpoints: readonly Endpoint[]) => Promise<ControlAnswer | null>,
): Promise<boolean> {
  let url = new URL(from.url);
  let page = false;
  for (let depth = from.depth; depth <= MAX_REDIRECTS && !session.signal.aborted; depth++) {
    const tags = [`depth=${depth}`, ...(attempt === 1 ? [] : [`x:attempt=${attempt}`])];
    const resolved = await resolve(session, url.hostname, tags);
    const asked = depth === 0 ? ask(url, endpointsOf(resolved.all, url)) : null;
    const result = await visit(session, url, resolved, asked, tags);
    page = result !== null && result.failure === null;
    const next = result === null || depth === MAX_REDIRECTS ? null : redirectOf(result, url);
    if (next === null || next === 'invalid') break;
    url = next;
  }
  return page;
}

function portOf(url: URL): number {
  return url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
}

const endpointsOf = (addresses: readonly string[], url: URL): Endpoint[] =>
  addresses.map((address) => ({ address, port: portOf(url) }));

/** Every address of one hop is tried at once; one that is usable carries the request, this device's own first. */
async function visit(
  session: Session,
  url: URL,
  resolved: Resolved,
  asked: Promise<ControlAnswer | null> | null,
  tags: readonly string[],
): Promise<HttpResult | null> {
  const mayContact = (e: Endpoint): boolean => session.tools.mayContact(e.address);
  const first = endpointsOf(resolved.all, url).filter(mayContact).slice(0, MAX_ADDRESSES);
  const attempt = await race(session, url, first, new Set(resolved.device), tags);
  const late = endpointsOf(await resolved.late, url).filter(mayContact);
  const second = late.slice(0, MAX_ADDRESSES - first.length);
  if (attempt !== null) {
    await Promise.all(second.map(async (e) => (await open(session, url, e, tags))?.connection.close()));
    return attempt;
  }
  const page = await race(session, url, second, new Set(), tags);
  if (asked === null || page !== null) return page;
  // Nothing usable yet: the addresses that only the control knows.
  const tried = new Set([...first, ...second].map(endpointText));
  const said = await within(CONTROL_PATIENCE_WITHOUT_PAGE_MS, asked, session.signal);
  const more = controlEndpoints(said, portOf(url)).filter(
    (e) => mayContact(e) && !tried.has(endpointText(e)),
  );
  return race(session, url, more.slice(0, MAX_ADDRESSES), new Set(), tags);
}

/** Addresses of the control's answer. */
function controlEndpoints(answer: ControlAnswer | null, port: number): Endpoint[] {
  const reply = answer === null || 'failure' in answer ? null : asObject(answer.reply);
  return asStrings(asObject(reply?.['dns'])?.['addrs']).flatMap((text) => {
    const ip = parseIp(text);
    return ip === null ? [] : [{ address: formatIp(ip), port }];
  });
}

async function open(
  session: Session,
  url: URL,
  endpoint: Endpoint,
  tags: readonly string[],
): Promise<Usable | null> {
  if (url.protocol === 'http:') return (await connect(session, endpoint, tags)).usable;
  const host = withoutBrackets(url.hostname);
  const isLiteral = parseIp(host) !== null;
  const wishes = { serverName: isLiteral ? null : host, alpn: ['h2', 'http/1.1'], validFor: host };
  return (await handshake(session, endpoint, wishes, tags)).usable;
}

/**
 * All endpoints at once. The first usable one of `preferred` carries the request; the others wait until those have
 * failed, since a page that only others' answers lead to is not reachable for this device.
 */
async function race(
  session: Session,
  url: URL,
  endpoints: readonly Endpoint[],
  preferred: ReadonlySet<string>,
  tags: readonly string[],
): Promise<HttpResult | null> {
  let fetched: Promise<HttpResult> | null = null;
  const failureOf = (r: HttpResult): string | null =>
    redirectOf(r, url) === 'invalid' ? 'http_invalid_redirect_location_host' : exchangeFailure(r);
  const attempts = endpoints.map((endpoint) => ({ endpoint, opened: open(session, url, endpoint, tags) }));
  const own = attempts.filter((a) => preferred.has(a.endpoint.address));
  // Settled, not all: an error comes out below, once; a second copy that nobody awaits would end the process.
  const ownTried = Promise.allSettled(own.map((a) => a.opened));
  await Promise.all(
    attempts.map(async ({ endpoint, opened }) => {
      const usable = await opened;
      if (usable === null) return;
      if (!preferred.has(endpoint.address)) await ownTried;
      if (fetched !== null) return usable.connection.close();
      fetched = fetchOver(session, usable, url.href, failureOf);
      await fetched;
    }),
  );
  return fetched;
}

/** Where an answer sends us; null: nowhere, `invalid`: somewhere that can't be opened. */
function redirectOf(result: HttpResult, from: URL): URL | 'invalid' | null {
  const response = result.response;
  if (response === null || !REDIRECT_STATUSES.has(response.status)) return null;
  const location = response.headers.find(([n]) => n.toLowerCase() === 'location')?.[1];
  if (location === undefined || location === '') return null;
  if (!URL.canParse(location, from.href)) return 'invalid';
  const next = new URL(location, from.href);
  next.username = '';
  next.password = '';
  return (next.protocol === 'http:' || next.protocol === 'https:') && next.hostname !== '' ? next : 'invalid';
}

const controlRequest = (url: URL, endpoints: readonly string[]): ControlRequest => ({
  http_request: url.href,
  http_request_headers: Object.fromEntries(REQUEST_HEADERS.map(([n, v]) => [n, [v]])),
  tcp_connect: endpoints,
  x_quic_enabled: false,
});

/** With what it was asked about before, so that the new reply says no less than the old one. */
async function askAgain(
  { tools, recorder, signal }: Session,
  url: URL,
  endpoints: readonly Endpoint[],
): Promise<boolean> {
  const { askControl: ask } = tools;
  const [first] = endpoints.map(endpointText);
  if (ask === null || first === undefined) return false;
  const before = asStrings(asObject(recorder.testKeys().x_control_request)?.['tcp_connect']);
  const request = controlRequest(url, [...new Set([...before, ...endpoints.map(endpointText)])]);
  const answer = await withDeadline(CONTROL_PATIENCE_MS, signal, (until) => ask(request, until));
  if ('failure' in answer) return false;
  const connects = asObject(asObject(answer.reply)?.['tcp_connect']);
  if (asObject(connects?.[first])?.['status'] !== true) return false;
  recorder.control(request, answer.reply, answer.signed, null);
  return true;
}

async function askControl(
  session: Session,
  url: URL,
  endpoints: readonly Endpoint[],
): Promise<ControlAnswer | null> {
  const { askControl: ask } = session.tools;
  if (ask === null) return null;
  const request = controlRequest(url, endpoints.slice(0, MAX_ADDRESSES).map(endpointText));
  const answer = await withDeadline(CONTROL_PATIENCE_MS, session.signal, (signal) => ask(request, signal));
  if ('failure' in answer) session.recorder.control(request, {}, null, answer.failure);
  else session.recorder.control(request, answer.reply, answer.signed, null);
  return answer;
}
