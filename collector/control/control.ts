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
import { ipInfoSection, measureEndpoints, planEndpoints, tcpSection, tlsSection } from './endpoints.ts';
import { createAppraiser } from './handshake.ts';
import { fetchChain } from './http-chain.ts';
import type { HttpChain } from './http-chain.ts';
import { hostOf } from './http-hop.ts';
import type { Outgoing } from './outgoing.ts';
import type { ControlRequest } from './request.ts';
import { DEADLINE } from './socket-failure.ts';
import { createWorkPool } from './work-pool.ts';

/** For all work on one request; what is unfinished then is reported as a time-out. */
/** Precision of `x_time`. */
const TIME_STEP_MS = 10 * 60_000;
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
  /** @throws ControlError (busy, caller gone), GuardError */
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

async function work(
  request: ControlRequest,
  options: ControlOptions,
  signal: AbortSignal,
): Promise<ControlAnswer> {
  const { outgoing, roots, wallClock } = options;
  const { url, headers } = request;
  const time = wallClock();
  const start = performance.now();
  const appraise = createAppraiser(roots, time);
  // Every endpoint listens on it; their number is bounded.
  setMaxListeners(0, signal);
  const tools = { outgoing, appraise, signal };
  const fetching = fetchChain(url, { ...tools, headers });
  // The fetch runs beside the look-up; should the latter throw, this must not become an unhandled rejection.
  fetching.catch(() => undefined);
  const dns = await outgoing.resolve(hostOf(url), signal);
  const resolveMs = performance.now() - start;
  const plan = { url, own: dns.addresses, fromProbe: request.endpoints };
  const [results, http] = await Promise.all([
    measureEndpoints(planEndpoints(plan, outgoing), url, tools),
    fetching,
  ]);
  const reply: ControlResponse = {
    tcp_connect: tcpSection(results),
    tls_handshake: tlsSection(results, hostOf(url)),
    quic_handshake: {},
    http_request: httpSection(http),
    http3_request: null,
    dns: { failure: dns.failure, addrs: dns.addresses },
    ip_info: ipInfoSection(plan, results),
    x_request: request.asked,
    // Ten minutes, like the probe's own times: the reply is published with the measurement.
    x_time: new Date(Math.floor(time / TIME_STEP_MS) * TIME_STEP_MS).toISOString(),
    x_http_chain: http.urls,
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
  const bounded = async (request: ControlRequest, gone: AbortSignal): Promise<ControlAnswer> => {
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(DEADLINE), options.deadlineMs ?? CONTROL_DEADLINE_MS);
    try {
      return await work(request, options, AbortSignal.any([deadline.signal, gone]));
    } finally {
      clearTimeout(timer);
    }
  };
  return {
    async answer(request, signal) {
      // The signed reply repeats what was asked, so two spellings of one question must not share an answer.
      const key = JSON.stringify([request.asked.http_request, request.asked.tcp_connect, request.headers]);
      const { value, cached } = await pool.run(key, (gone) => bounded(request, gone), signal);
      return cached ? { ...value, timing: { ...value.timing, cached } } : value;
    },
  };
}
