/**
 * Whom the walk may ask: a zone's own servers on port 53 of public addresses, and the resolver that this machine is set up to
 * use. Who names a server is untrusted, so a refused address is told as a failure and gets no packet.
 */
import { getServers } from 'node:dns';
import type { Socket } from 'node:net';
import { parseEndpoint } from '../../shared/codec/ip.ts';
import { addressRefusal, DNS_PORT, failureOfRefusal } from './destination.ts';
import type { DestinationRules, Endpoint, Refusal } from './destination.ts';
import { askDns } from './dns-exchange.ts';
import type { DnsExchange, DnsWay } from './dns-exchange.ts';
import type { DnsQuestion } from './dns-message.ts';

const DNS_CONNECT_TIMEOUT_MS = 2_000;
/** Resolvers of the system that are asked, one after the other. */
const MAX_RESOLVERS = 2;

/** All three: network failures are data, and nothing rejects. What KUAGER_ONLY forbids is `permission_denied`. */
export interface DnsOutgoing {
  /** Null when a name server at this address may be asked. */
  serverRefusal(address: string): Refusal | null;
  /** A zone's own server, without recursion. A refused address, or one outside KUAGER_ONLY, gets no packet. */
  askServer(address: string, question: DnsQuestion, signal: AbortSignal): Promise<DnsExchange>;
  /** The system's resolver, with recursion: the operator's own, so only the guard is for it, not the filter of addresses. */
  askResolver(question: DnsQuestion, signal: AbortSignal): Promise<DnsExchange>;
}

interface DnsOutgoingParts {
  readonly allow: DestinationRules['allow'];
  readonly ownAddresses: () => readonly string[];
  readonly guard: { covers(address: string): boolean };
  readonly open: (
    target: Endpoint,
    signal: AbortSignal,
    timeoutMs: number,
  ) => Promise<{ readonly socket: Socket } | { readonly socket: null; readonly failure: string }>;
  readonly lookup?: unknown;
  readonly mapTcp?: (endpoint: Endpoint) => Endpoint | { readonly failure: string };
  readonly mapUdp?: (endpoint: Endpoint) => Endpoint;
  readonly resolver?: Endpoint;
}

export function createDnsOutgoing(parts: DnsOutgoingParts): DnsOutgoing {
  const { guard, mapTcp, mapUdp } = parts;

  const serverRefusal = (address: string): Refusal | null =>
    addressRefusal(address, { allow: parts.allow, ownAddresses: parts.ownAddresses() });

  /** Null: the guard forbids it. That is no mistake of ours: a zone names its servers, the system its resolver. */
  const wayTo = (server: Endpoint, recursive: boolean): DnsWay | null => {
    const udp = mapUdp?.(server) ?? server;
    if (!guard.covers(udp.address)) return null;
    return {
      udp,
      recursive,
      async connect(signal) {
        const target = mapTcp?.(server) ?? server;
        if ('failure' in target) return target;
        if (!guard.covers(target.address)) return { failure: 'permission_denied' };
        const opened = await parts.open(target, signal, DNS_CONNECT_TIMEOUT_MS);
        return opened.socket === null ? { failure: opened.failure } : { socket: opened.socket };
      },
    };
  };

  const ask = async (
    server: Endpoint,
    recursive: boolean,
    question: DnsQuestion,
    signal: AbortSignal,
  ): Promise<DnsExchange> => {
    const way = wayTo(server, recursive);
    return way === null ? { failure: 'permission_denied' } : askDns(way, question, signal);
  };

  const resolvers = (): readonly Endpoint[] => {
    if (parts.resolver !== undefined) return [parts.resolver];
    // Names that somebody else answers are of another world than the system's resolver.
    if (parts.lookup !== undefined) return [];
    return getServers()
      .map((server) => parseEndpoint(server) ?? { address: server, port: DNS_PORT })
      .slice(0, MAX_RESOLVERS);
  };

  return {
    serverRefusal,
    async askServer(address, question, signal) {
      const refused = serverRefusal(address);
      if (refused !== null) return { failure: failureOfRefusal(refused) };
      return ask({ address, port: DNS_PORT }, false, question, signal);
    },
    async askResolver(question, signal) {
      let last: DnsExchange = { failure: 'permission_denied' };
      for (const resolver of resolvers()) {
        last = await ask(resolver, true, question, signal);
        if ('message' in last) break;
      }
      return last;
    },
  };
}
