/** The operations that measurements and pairs are made of: do it, record it, give back what the next one needs. */
import { formatEndpoint, parseIp, withoutBrackets } from '../../shared/codec/ip.ts';
import { appraiseChain } from '../../shared/observe/chain/index.ts';
import type { Endpoint, HttpResult, TcpConnection, TlsConnection } from '../net/net.ts';
import { within } from './deadline.ts';
import type { Place, Recorder } from './recorder.ts';
import type { MeasureTools } from './tools.ts';

/** Bytes of a decoded body that enter a measurement; the rest is only hashed. OONI's cap. */
export const BODY_CAP_BYTES = 524_288;

export const REQUEST_HEADERS: readonly (readonly [string, string])[] = [
  ['Accept', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'],
  ['Accept-Language', 'en-US,en;q=0.9'],
  ['User-Agent', 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0'],
];

export interface Session {
  readonly tools: MeasureTools;
  readonly recorder: Recorder;
  readonly signal: AbortSignal;
}

/** A connection over which a request can be made, and whether it is safe to make one. */
export interface Usable {
  readonly connection: TcpConnection | TlsConnection;
  readonly endpoint: Endpoint;
  readonly place: Place;
}

function place(session: Session, tags: readonly string[]): Place {
  return { transaction: session.recorder.transaction(), tags };
}

/** How long a name that this device could resolve waits for the second opinion. Milliseconds. */
const SECOND_OPINION_PATIENCE_MS = 3_000;

export interface Resolved {
  /** What this device would use: getaddrinfo's answers. */
  readonly device: readonly string[];
  /** All answers, each once, the device's first. */
  readonly all: readonly string[];
  /** What the second opinion adds to them when it was too slow to be waited for. */
  readonly late: Promise<readonly string[]>;
}

/** The name as this device sees it (getaddrinfo), as its resolver says on the wire, and as a second resolver says. */
export async function resolve(
  session: Session,
  hostname: string,
  tags: readonly string[],
): Promise<Resolved> {
  const literal = withoutBrackets(hostname);
  if (parseIp(literal) !== null) return { device: [literal], all: [literal], late: Promise.resolve([]) };
  const { net, dohUrl } = session.tools;
  const { recorder, signal } = session;
  const resolver = net.systemResolvers()[0];
  const found: string[][] = [[], [], []];
  const system = async (): Promise<void> => {
    const result = await net.getaddrinfo(hostname, signal);
    recorder.lookup(hostname, result, place(session, tags));
    found[0]!.push(...result.addresses);
  };
  const wire = async (type: 'A' | 'AAAA'): Promise<void> => {
    if (resolver === undefined) return;
    const result = await net.dnsUdp(resolver, { hostname, type }, signal);
    recorder.dns('udp', result, place(session, tags));
    found[1]!.push(...addressesIn(result.replies));
  };
  const second = async (type: 'A' | 'AAAA'): Promise<void> => {
    if (dohUrl === null) return;
    const result = await net.dnsOverHttps(dohUrl, { hostname, type }, signal);
    recorder.dns('doh', result, place(session, tags));
    found[2]!.push(...addressesIn(result.replies));
  };
  const opinion = Promise.all([second('A'), second('AAAA')]);
  // An error comes out below or with `late`; a copy that nobody awaits would end the process.
  opinion.catch(() => undefined);
  await Promise.all([system(), wire('A'), wire('AAAA')]);
  // Where encrypted questions are swallowed the addresses that are known are tried meanwhile.
  await (found[0]!.length === 0 ? opinion : within(SECOND_OPINION_PATIENCE_MS, opinion, signal));
  const all = [...new Set(found.flat())];
  const late = opinion.then(() => [...new Set(found[2])].filter((address) => !all.includes(address)));
  late.catch(() => undefined);
  return { device: found[0] ?? [], all, late };
}

function addressesIn(replies: readonly { answers: readonly { type: string; value: string }[] }[]): string[] {
  return replies.flatMap((r) => r.answers.filter((a) => a.type !== 'CNAME').map((a) => a.value));
}

/** One question to the device's resolver, or encrypted to the second opinion; recorded like any other. */
export async function ask(
  session: Session,
  question: { readonly name: string; readonly type: 'A' | 'AAAA'; readonly encrypted: boolean },
  tags: readonly string[],
): Promise<Pick<Outcome, 'transaction' | 'failure'>> {
  const { net, dohUrl } = session.tools;
  const p = place(session, tags);
  const asked = { hostname: question.name, type: question.type };
  const [resolver] = net.systemResolvers();
  if (question.encrypted ? dohUrl === null : resolver === undefined)
    return { transaction: p.transaction, failure: 'unknown_failure: nobody to ask' };
  const result = question.encrypted
    ? await net.dnsOverHttps(dohUrl!, asked, session.signal)
    : await net.dnsUdp(resolver!, asked, session.signal);
  session.recorder.dns(question.encrypted ? 'doh' : 'udp', result, p);
  return { transaction: p.transaction, failure: result.failure };
}

export interface Outcome {
  /** null when it failed (recorded) or must not be used: an untrusted chain. */
  readonly usable: Usable | null;
  /** After appraisal. */
  readonly failure: string | null;
  readonly transaction: number;
}

/** `timeoutMs`: absent, the driver's own; it holds for each part of an exchange. */
export async function connect(
  session: Session,
  endpoint: Endpoint,
  tags: readonly string[],
  timeoutMs?: number,
): Promise<Outcome> {
  const p = place(session, tags);
  const tcp = await session.tools.net.tcpConnect(endpoint, session.signal, timeoutMs);
  session.recorder.tcp(tcp, p);
  const usable = tcp.connection === null ? null : { connection: tcp.connection, endpoint, place: p };
  return { usable, failure: tcp.failure, transaction: p.transaction };
}

export interface HandshakeWishes {
  readonly serverName: string | null;
  readonly alpn: readonly string[];
  /** The name that the chain must be valid for; another one than the SNI at a reflector. */
  readonly validFor: string | null;
  readonly split?: boolean;
  readonly timeoutMs?: number | undefined;
}

/** TCP and TLS in one transaction; usable only when the chain is trusted for the name. */
export async function handshake(
  session: Session,
  endpoint: Endpoint,
  wishes: HandshakeWishes,
  tags: readonly string[],
): Promise<Outcome> {
  const { timeoutMs } = wishes;
  const opened = await connect(session, endpoint, tags, timeoutMs);
  if (opened.usable === null) return opened;
  const { transaction } = opened;
  const split = wishes.split === true;
  const tls = await session.tools.net.tlsHandshake(
    opened.usable.connection as TcpConnection,
    {
      serverName: wishes.serverName,
      alpn: wishes.alpn,
      splitClientHello: split,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    },
    session.signal,
  );
  const appraisal =
    tls.chain.length === 0
      ? null
      : appraiseChain({
          chain: tls.chain,
          host: wishes.validFor,
          at: session.tools.startedAt,
          roots: session.tools.roots,
        });
  const failure = tls.failure ?? appraisal?.failure ?? null;
  session.recorder.tls(tls, failure, split, opened.usable.place);
  if (tls.connection === null || failure !== null) {
    tls.connection?.close();
    return { usable: null, failure, transaction };
  }
  return {
    usable: { connection: tls.connection, endpoint, place: opened.usable.place },
    failure: null,
    transaction,
  };
}

/** How one GET differs from the ordinary one. */
export interface FetchWishes {
  /** Bytes of the body that are kept; absent: BODY_CAP_BYTES. */
  readonly bodyCap?: number;
  readonly splitHost?: boolean;
  readonly timeoutMs?: number | undefined;
}

/** A body that is cut off or stops is a failed exchange; one that merely ends early may be a careless server. */
const BODY_CUT: ReadonlySet<string> = new Set(['generic_timeout_error', 'connection_reset']);

/** How the exchange failed, its body included; null when it did not. */
export function exchangeFailure({ failure, response }: HttpResult): string | null {
  const body = response?.bodyFailure ?? null;
  return failure ?? (body !== null && BODY_CUT.has(body) ? body : null);
}

/** One GET over a connection that this call uses up. `failureOf` may find fault with an answer (a broken redirect). */
export async function fetchOver(
  session: Session,
  usable: Usable,
  url: string,
  failureOf: (result: HttpResult) => string | null = exchangeFailure,
  wishes: FetchWishes = {},
): Promise<HttpResult> {
  const result = await session.tools.net.httpRoundTrip(
    usable.connection,
    {
      method: 'GET',
      url,
      headers: REQUEST_HEADERS,
      bodyCap: wishes.bodyCap ?? BODY_CAP_BYTES,
      splitHost: wishes.splitHost === true,
      ...(wishes.timeoutMs === undefined ? {} : { timeoutMs: wishes.timeoutMs }),
      sensitive: session.tools.sensitive,
    },
    session.signal,
  );
  session.recorder.http(url, REQUEST_HEADERS, result, failureOf(result), usable.place);
  usable.connection.close();
  return result;
}

export const endpointText = (e: Endpoint): string => formatEndpoint(e.address, e.port);
