import { appraiseChain } from '../../shared/observe/chain/index.ts';
import { formatIp, parseIp, withoutBrackets } from '../../shared/codec/ip.ts';
import type { Context } from './context.ts';
import { encodeQuery, readReply } from './dns-wire.ts';
import { exchangeHttp } from './http.ts';
import { MAX_DNS_MESSAGE_BYTES, MAX_DOH_ADDRESSES } from './limits.ts';
import { lookup } from './lookup.ts';
import type { DnsExchange, DnsQuestion, DnsReply, TcpResult } from './net.ts';
import { connectTcp } from './tcp.ts';
import { handshakeTls } from './tls.ts';

/** RFC 8484 section 4.1: id 0, so that equal questions are equal bytes. */
const DOH_ID = 0;
const HTTPS_PORT = 443;
const MEDIA_TYPE = 'application/dns-message';
const HTTP_OK = 200;

interface Problem {
  readonly failure: string;
  readonly detail: string | null;
}
type Asked = { readonly problem: Problem } | { readonly message: Uint8Array };

function problem(failure: string, detail: string | null): { readonly problem: Problem } {
  return { problem: { failure, detail } };
}

async function connectAny(
  ctx: Context,
  host: string,
  port: number,
  signal: AbortSignal,
): Promise<TcpResult | { readonly problem: Problem }> {
  const literal = parseIp(host);
  const found = literal === null ? await lookup(ctx, host, signal) : null;
  if (found !== null && found.failure !== null) {
    return problem(found.failure, `name of the resolver: ${found.detail ?? found.failure}`);
  }
  const addresses = literal === null ? (found?.addresses ?? []) : [formatIp(literal)];
  let last: TcpResult | undefined;
  for (const address of addresses.slice(0, MAX_DOH_ADDRESSES)) {
    last = await connectTcp(ctx, { address, port }, signal);
    if (last.connection !== null || last.failure === 'interrupted') return last;
  }
  return last ?? problem('dns_no_answer', 'name of the resolver');
}

async function post(ctx: Context, url: URL, query: Uint8Array, signal: AbortSignal): Promise<Asked> {
  const host = withoutBrackets(url.hostname);
  const opened = await connectAny(ctx, host, url.port === '' ? HTTPS_PORT : Number(url.port), signal);
  if ('problem' in opened) return opened;
  if (opened.connection === null) return problem(opened.failure ?? 'eof_error', opened.detail);
  const tls = await handshakeTls(
    ctx,
    opened.connection,
    { serverName: host, alpn: ['h2', 'http/1.1'] },
    signal,
  );
  if (tls.connection === null) return problem(tls.failure ?? 'ssl_failed_handshake', tls.detail);
  const appraisal = appraiseChain({ chain: tls.chain, host, at: ctx.wallClock(), roots: ctx.roots });
  if (!appraisal.trusted) {
    tls.connection.close();
    return problem(appraisal.failure ?? 'ssl_invalid_certificate', 'chain of the resolver is not trusted');
  }
  const headers = [
    ['Content-Type', MEDIA_TYPE],
    ['Accept', MEDIA_TYPE],
  ] as const;
  const answered = await exchangeHttp(
    ctx,
    tls.connection,
    { method: 'POST', url: url.href, headers, body: query },
    { bodyCap: MAX_DNS_MESSAGE_BYTES },
    signal,
  );
  const response = answered.response;
  if (answered.failure !== null || response === null)
    return problem(answered.failure ?? 'eof_error', answered.detail);
  if (response.status !== HTTP_OK) return problem('http_unexpected_status_code', `status ${response.status}`);
  const type = response.headers.find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? '';
  if (type.split(';')[0]?.trim().toLowerCase() !== MEDIA_TYPE)
    return problem('dns_server_misbehaving', 'media type');
  if (response.bodyFailure !== null) return problem(response.bodyFailure, 'body of the answer');
  if (response.truncated) return problem('dns_server_misbehaving', 'longer than any DNS message');
  return { message: response.body };
}

function parseUrl(text: string): URL | null {
  try {
    const url = new URL(text);
    return url.protocol === 'https:' ? url : null;
  } catch {
    return null;
  }
}

/**
 * DNS over HTTPS (RFC 8484, POST), each question on a connection of its own; a host that is a name is looked up by
 * getaddrinfo first. Nothing is sent to a server whose chain the net's roots don't vouch for (`ssl_unknown_authority`,
 * `ssl_invalid_hostname`, `ssl_invalid_certificate`). Other failures: those of lookup, TCP, TLS and HTTP;
 * `http_unexpected_status_code`; `dns_server_misbehaving`; that of the reply; `invalid_argument` for what is no https
 * URL. Rejects with `DestinationForbidden` only.
 */
export async function askOverHttps(
  ctx: Context,
  urlText: string,
  question: DnsQuestion,
  signal: AbortSignal,
): Promise<DnsExchange> {
  const t0 = ctx.now();
  const done = (
    replies: readonly DnsReply[],
    failure: string | null,
    detail: string | null,
  ): DnsExchange => ({
    question,
    resolver: urlText,
    replies,
    failure,
    detail,
    t0,
    t: ctx.now(),
  });
  const url = parseUrl(urlText);
  const query = encodeQuery(DOH_ID, question);
  if (url === null || query === null)
    return done([], 'invalid_argument', 'not an https URL or not a name for DNS');
  const asked = await post(ctx, url, query, signal);
  if ('problem' in asked) return done([], asked.problem.failure, asked.problem.detail);
  const { reply } = readReply(asked.message, DOH_ID, question);
  return done([{ ...reply, t: ctx.now() }], reply.failure, null);
}
