/**
 * The only place of the collector that opens a socket towards a measured target. A name is resolved once, every address
 * is checked as a literal, and the connection goes to the checked literal: nothing is resolved again in between, so a
 * name that changes its answer (rebinding) gains nothing.
 */
import { getServers, lookup as systemLookup } from 'node:dns';
import { connect as connectSocket } from 'node:net';
import type { Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { formatIp, parseEndpoint, parseIp } from '../../shared/codec/ip.ts';
import type { Cidr } from '../../shared/codec/ip.ts';
import { addressRefusal, failureOfRefusal, portRefusal } from './destination.ts';
import type { Endpoint, Refusal } from './destination.ts';
import { createDnsOutgoing } from './dns-outgoing.ts';
import type { DnsOutgoing } from './dns-outgoing.ts';
import { createGuard, GuardError } from './guard.ts';
import { failureOfAbort, failureOfError } from './socket-failure.ts';

const RESOLVE_TIMEOUT_MS = 10_000;
const CONNECT_TIMEOUT_MS = 10_000;
/** Addresses of one name that are kept; a hostile zone can answer with thousands. */
export const MAX_ADDRESSES = 16;

export type { Endpoint } from './destination.ts';
export type LookupAnswer = { readonly addresses: readonly string[] } | { readonly failure: string };

export interface OutgoingOptions {
  /** `--lab-allow`. */
  readonly allow: readonly Cidr[];
  /** The value of KUAGER_ONLY. */
  readonly only: string | undefined;
  /** Instead of the system's resolver: the loopback lab, tests. */
  readonly lookup?: (hostname: string) => Promise<LookupAnswer>;
  /**
   * Where a socket really goes; the loopback lab maps public-looking endpoints to loopback. A failure stands for what
   * loopback can't do, such as an unreachable network.
   */
  readonly mapTcp?: (endpoint: Endpoint) => Endpoint | { readonly failure: string };
  /** The same for datagrams to name servers and to the resolver. */
  readonly mapUdp?: (endpoint: Endpoint) => Endpoint;
  /**
   * Whom to ask recursively instead of the system's resolvers; goes through `mapUdp` and `mapTcp`. With `lookup` and without
   * this there is nobody to ask: the names are of another world.
   */
  readonly resolver?: Endpoint;
  /** Default: the addresses of the machine's interfaces, read anew for every check. */
  readonly ownAddresses?: () => readonly string[];
}

export interface Resolution {
  /** Canonical literals, whether or not they may be connected to. */
  readonly addresses: readonly string[];
  readonly failure: string | null;
}
type ConnectResult =
  | { readonly socket: Socket; readonly failure: null; readonly refusal: null }
  | { readonly socket: null; readonly failure: string; readonly refusal: Refusal | null };

export interface Outgoing extends DnsOutgoing {
  /** A and AAAA of a host name as the URL parser gives it; a literal (IPv6 in brackets or not) resolves to itself. */
  resolve(host: string, signal: AbortSignal): Promise<Resolution>;
  /** Null when the endpoint may be connected to. */
  refusal(address: string, port: number): Refusal | null;
  /** A refused endpoint gets no packet. The socket is paused and without listeners; whoever gets it destroys it. */
  connect(address: string, port: number, signal: AbortSignal, timeoutMs?: number): Promise<ConnectResult>;
}

function interfaceAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map((entry) => entry.address));
}

/**
 * The system's own resolution. The name is made absolute, so that no search domain of the machine is tried: an
 * `intranet.` of the operator's is not for strangers to ask about.
 */
function lookupBySystem(host: string): Promise<LookupAnswer> {
  return new Promise((resolve) => {
    systemLookup(`${host.replace(/\.$/, '')}.`, { all: true, verbatim: true }, (error, found) => {
      resolve(
        error === null
          ? { addresses: found.map((entry) => entry.address) }
          : { failure: failureOfError(error) },
      );
    });
  });
}

/** With the guard up, libc must not carry a name past it: its nameservers have to be inside as well. */
function nameserversInside(covers: (address: string) => boolean): boolean {
  return getServers().every((server) => covers(parseEndpoint(server)?.address ?? server));
}

function unique(addresses: readonly string[]): string[] {
  const literals = addresses.map((text) => parseIp(text)).filter((ip) => ip !== null);
  return [...new Set(literals.map(formatIp))].slice(0, MAX_ADDRESSES);
}

async function bounded(answer: Promise<LookupAnswer>, signal: AbortSignal): Promise<LookupAnswer> {
  let stop = (): void => undefined;
  const end = new Promise<LookupAnswer>((resolve) => {
    const timer = setTimeout(() => resolve({ failure: 'generic_timeout_error' }), RESOLVE_TIMEOUT_MS);
    const onAbort = (): void => resolve({ failure: failureOfAbort(signal) });
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    stop = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    };
  });
  try {
    return await Promise.race([answer, end]);
  } finally {
    stop();
  }
}

/** The resolver of every socket here: they are opened to literals, so asking it is a mistake of ours. */
export function refuseLookup(hostname: string): never {
  throw new GuardError('DESTINATION_FORBIDDEN', `a socket was about to resolve ${hostname} by itself`);
}

function openSocket(target: Endpoint, signal: AbortSignal, timeoutMs: number): Promise<ConnectResult> {
  return new Promise((resolve) => {
    const socket = connectSocket({
      host: target.address,
      port: target.port,
      lookup: refuseLookup,
    });
    const finish = (result: ConnectResult): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      socket.removeListener('connect', onConnect);
      socket.removeListener('error', onError);
      if (result.socket === null) socket.on('error', () => undefined).destroy();
      resolve(result);
    };
    const fail = (failure: string): void => finish({ socket: null, failure, refusal: null });
    const onConnect = (): void => finish({ socket, failure: null, refusal: null });
    const onError = (error: Error): void => fail(failureOfError(error));
    const onAbort = (): void => fail(failureOfAbort(signal));
    const timer = setTimeout(() => fail('generic_timeout_error'), timeoutMs);
    socket.setNoDelay(true);
    socket.once('connect', onConnect);
    socket.once('error', onError);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
}

/**
 * @throws GuardError BAD_KUAGER_ONLY at once; `resolve` and `connect` reject with DESTINATION_FORBIDDEN when a packet
 * would leave the guard.
 */
export function createOutgoing(options: OutgoingOptions): Outgoing {
  const guard = createGuard(options.only);
  const ownAddresses = options.ownAddresses ?? interfaceAddresses;

  const refusal = (address: string, port: number): Refusal | null =>
    portRefusal(port) ?? addressRefusal(address, { allow: options.allow, ownAddresses: ownAddresses() });

  const dns = createDnsOutgoing({ ...options, guard, ownAddresses, open: openSocket });

  return {
    refusal,
    ...dns,
    async resolve(host, signal) {
      const literal = parseIp(host.replace(/^\[(.*)\]$/, '$1'));
      if (literal !== null) return { addresses: [formatIp(literal)], failure: null };
      if (options.lookup === undefined && guard.active && !nameserversInside(guard.covers))
        throw new GuardError('DESTINATION_FORBIDDEN', 'KUAGER_ONLY forbids the nameservers of this system');
      const answer = await bounded((options.lookup ?? lookupBySystem)(host), signal);
      if ('failure' in answer) return { addresses: [], failure: answer.failure };
      const addresses = unique(answer.addresses);
      return { addresses, failure: addresses.length === 0 ? 'dns_no_answer' : null };
    },
    async connect(address, port, signal, timeoutMs = CONNECT_TIMEOUT_MS) {
      const refused = refusal(address, port);
      if (refused !== null) return { socket: null, failure: failureOfRefusal(refused), refusal: refused };
      const target = options.mapTcp?.({ address, port }) ?? { address, port };
      if ('failure' in target) return { socket: null, failure: target.failure, refusal: null };
      guard.check(target.address);
      return openSocket(target, signal, timeoutMs);
    },
  };
}
