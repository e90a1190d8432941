/**
 * The control: measures a URL from an uncensored place and signs what it saw. It knows nothing of who asked, keeps
 * nothing but a short-lived cache in memory, and logs nothing.
 */
import { setMaxListeners } from 'node:events';
import { toBase64, utf8 } from '../../shared/codec/base64.ts';
import { PAYLOAD_TYPES, preAuthEncoding } from '../../shared/codec/dsse.ts';
import { sign } from '../../shared/codec/ed25519.ts';
import type { ControlResponse, SignedControlReply } from '../../shared/model/index.ts';
import type { Roots } from '../../shared/observe/chain/roots.ts';
import { preferWalked, withAddresses } from './addresses.ts';
import { diarySection } from './diary-facts.ts';
import type { DiaryFacts } from './diary-facts.ts';
import {
  ipInfoSection,
  laterEndpoints,
  measureEndpoints,
  planEndpoints,
  tcpSection,
  tlsSection,
} from './endpoints.ts';
import { createAppraiser } from './handshake.ts';
import { fetchChain } from './http-chain.ts';
import type { HttpChain } from './http-chain.ts';
import { hostOf } from './http-hop.ts';
import type { Outgoing } from './outgoing.ts';
import type { ControlRequest } from './request.ts';
import { DEADLINE } from './socket-failure.ts';
import { createWorkPool } from './work-pool.ts';
import { createZoneWalk } from './zone-walk.ts';
import type { ZoneWalk } from './zone-walk.ts';

/** Precision of `x_time`. */
const TIME_STEP_MS = 10 * 60_000;
/** For all work on one request; what is unfinished then is reported as a time-out. */
const CONTROL_DEADLINE_MS = 25_000;
const CONTROL_CACHE_SECONDS = 60;
const CONTROL_CACHE_ENTRIES = 128;
const CONTROL_CONCURRENCY = 16;
const CONTROL_QUEUE = 128;

export interface ControlOptions {
  readonly outgoing: Outgoing;
  readonly roots: Roots;
  /** `keyid` is the base64 of the raw public key that belongs to the 32-byte seed. */
  readonly sign: { readonly seed: Uint8Array; readonly keyid: string };
  /** Milliseconds since 1970: certificates' dates and `x_time`. */
  readonly wallClock: () => number;
  /** What the diary knows of a host; null when nothing. Told in the signed reply. */
  readonly diary?: (host: string) => DiaryFacts | null;
  /** Whose an address is; absent: not told. */
  readonly lookupNetwork?: (address: string) => { readonly cc: string; readonly asn: number } | null;
  readonly cacheSeconds?: number;
  readonly cacheEntries?: number;
  readonly concurrency?: number;
  readonly queue?: number;
  readonly deadlineMs?: number;
}
export interface ControlAnswer {
  readonly reply: ControlResponse;
  /** Over the exact bytes of `payload`, which parse to `reply`. */
  readonly signed: SignedControlReply;
  /** Milliseconds of the work itself, queue aside; `cached` answers did no work. */
  readonly timing: { readonly totalMs: number; readonly resolveMs: number; readonly cached: boolean };
}
export interface Control {
  /**
   * Equal requests share one answer for a while, those of `requestFor` excepted.
   * @throws ControlError (busy, caller gone), GuardError
   */
  answer(request: ControlRequest, signal: AbortSignal): Promise<ControlAnswer>;
}

function httpSection(chain: HttpChain): ControlResponse['http_request'] {
  const { response, failure } = chain;
  const none = { body_length: -1, title: '', headers: {}, status_code: -1, x_body_sha256: null };
  const seen =
    response === null
      ? none
      : {
          body_length: response.body.length,
          title: response.body.title,
          headers: response.headers,
          status_code: response.status,
          x_body_sha256: response.body.sha256,
        };
  return { ...seen, discovered_h3_endpoint: '', failure };
}

function signReply(reply: ControlResponse, key: ControlOptions['sign']): SignedControlReply {
  const payload = JSON.stringify(reply);
  const sig = sign(preAuthEncoding(PAYLOAD_TYPES.control, utf8(payload)), key.seed);
  return { payloadType: PAYLOAD_TYPES.control, payload, keyid: key.keyid, sig: toBase64(sig) };
}

/**
 * The fetch started with what the resolver said. Where that led nowhere and the zone's own servers say otherwise, the page is
 * asked for again there: an address that somebody kept for too long is no reason to call a site down.
 */
async function fetchAgainIfMoved(
  first: HttpChain,
  again: (addresses: readonly string[]) => Promise<HttpChain>,
  looked: readonly string[],
  now: readonly string[],
): Promise<HttpChain> {
  const fresh = now.filter((address) => !looked.includes(address));
  const atOnce = first.response === null && first.urls.length === 1;
  return atOnce && fresh.length > 0 ? again(fresh) : first;
}

async function work(
  request: ControlRequest,
  options: ControlOptions,
  zones: ZoneWalk,
  signal: AbortSignal,
): Promise<ControlAnswer> {
  const { outgoing, roots, wallClock } = options;
  const { url, headers, endpoints: fromProbe } = request;
  const host = hostOf(url);
  const time = wallClock();
  const start = performance.now();
  const appraise = createAppraiser(roots, time);
  // Every endpoint listens on it; their number is bounded.
  setMaxListeners(0, signal);
  const tools = { outgoing, appraise, signal };
  const fetching = fetchChain(url, { ...tools, headers });
  // The fetch runs beside the look-up; should the latter throw, this must not become an unhandled rejection.
  fetching.catch(() => undefined);
  const walking = zones.walk(host, signal);
  const looked = await outgoing.resolve(host, signal);
  const resolveMs = performance.now() - start;
  // Nothing waits for the walk; what it adds is measured when it is there.
  const planned = planEndpoints({ url, own: looked.addresses, fromProbe }, outgoing);
  const measuring = measureEndpoints(planned, url, tools);
  measuring.catch(() => undefined);
  const walked = await walking;
  const dns = preferWalked(looked, walked);
  const plan = { url, own: [...new Set([...dns.addresses, ...looked.addresses])], fromProbe };
  const [results, more, http] = await Promise.all([
    measuring,
    measureEndpoints(laterEndpoints(plan, planned, outgoing), url, tools),
    fetching.then((first) =>
      fetchAgainIfMoved(
        first,
        (addresses) =>
          fetchChain(url, { ...tools, headers, outgoing: withAddresses(outgoing, host, addresses) }),
        looked.addresses,
        dns.addresses,
      ),
    ),
  ]);
  const all = [...results, ...more];
  const about = [...plan.own, ...all.map(({ endpoint }) => endpoint.address)];
  const reply: ControlResponse = {
    tcp_connect: tcpSection(all),
    tls_handshake: tlsSection(all, host),
    quic_handshake: {},
    http_request: httpSection(http),
    http3_request: null,
    dns: { failure: dns.failure, addrs: dns.addresses },
    ip_info: ipInfoSection(plan, all, options.lookupNetwork ?? (() => null)),
    x_request: request.asked,
    // Ten minutes, like the probe's own times: the reply is published with the measurement.
    x_time: new Date(Math.floor(time / TIME_STEP_MS) * TIME_STEP_MS).toISOString(),
    x_http_chain: http.urls,
    ...(http.seconds === null ? {} : { x_http_seconds: http.seconds }),
    x_parent: walked.parent,
    ...diarySection(options.diary?.(host) ?? null, host, about, dns.addresses),
  };
  return {
    reply,
    signed: signReply(reply, options.sign),
    timing: { totalMs: performance.now() - start, resolveMs, cached: false },
  };
}

export function createControl(options: ControlOptions): Control {
  const pool = createWorkPool<ControlAnswer>(
    {
      concurrency: options.concurrency ?? CONTROL_CONCURRENCY,
      queue: options.queue ?? CONTROL_QUEUE,
      cacheSeconds: options.cacheSeconds ?? CONTROL_CACHE_SECONDS,
      cacheEntries: options.cacheEntries ?? CONTROL_CACHE_ENTRIES,
    },
    () => performance.now(),
  );
  const zones = createZoneWalk(options.outgoing, () => performance.now());
  let freshRequests = 0;
  const bounded = async (request: ControlRequest, gone: AbortSignal): Promise<ControlAnswer> => {
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(DEADLINE), options.deadlineMs ?? CONTROL_DEADLINE_MS);
    try {
      return await work(request, options, zones, AbortSignal.any([deadline.signal, gone]));
    } finally {
      clearTimeout(timer);
    }
  };
  return {
    async answer(request, signal) {
      // The signed reply repeats what was asked, so two spellings of one question must not share an answer.
      const question = [request.asked.http_request, request.asked.tcp_connect, request.headers];
      const fresh = request.fresh === true;
      const key = JSON.stringify(fresh ? [...question, freshRequests++] : question);
      const { value, cached } = await pool.run(key, (gone) => bounded(request, gone), signal, !fresh);
      return cached ? { ...value, timing: { ...value.timing, cached } } : value;
    },
  };
}
