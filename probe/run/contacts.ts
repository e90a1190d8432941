/**
 * When this run last sent anything to an address. A path may punish a client at an address for a name that was said there,
 * for another target as well: what is tried there is worth something once nothing was sent for long enough.
 */
import { withoutBrackets } from '../../shared/codec/ip.ts';
import { canonicalAddress } from '../../shared/rules/index.ts';
import type { Net } from '../net/net.ts';

export class Contacts {
  /** Address → when last, in seconds of the net's clock, and how often it was noted. */
  readonly #last = new Map<string, { readonly at: number; readonly times: number }>();
  readonly #begun: number;
  /** The same net, watched. */
  readonly net: Net;

  constructor(net: Net) {
    this.#begun = net.now();
    const note = (address: string): void => {
      const key = canonicalAddress(address);
      this.#last.set(key, { at: net.now(), times: this.times(key) + 1 });
    };
    /** At its beginning and at its end: whatever is said, is said in between. */
    const during = async <T>(address: string, work: () => Promise<T>): Promise<T> => {
      note(address);
      try {
        return await work();
      } finally {
        note(address);
      }
    };
    this.net = {
      now: () => net.now(),
      sleep: (ms, signal) => net.sleep(ms, signal),
      bytesUsed: () => net.bytesUsed(),
      getaddrinfo: (hostname, signal) => net.getaddrinfo(hostname, signal),
      systemResolvers: () => net.systemResolvers(),
      dnsUdp: (resolver, question, signal) =>
        during(resolver.address, () => net.dnsUdp(resolver, question, signal)),
      dnsOverHttps: (url, question, signal) =>
        during(withoutBrackets(new URL(url).hostname), () => net.dnsOverHttps(url, question, signal)),
      tcpConnect: (endpoint, signal, timeoutMs) =>
        during(endpoint.address, () => net.tcpConnect(endpoint, signal, timeoutMs)),
      tlsHandshake: (connection, options, signal) =>
        during(connection.endpoint.address, () => net.tlsHandshake(connection, options, signal)),
      httpRoundTrip: (connection, options, signal) =>
        during(connection.endpoint.address, () => net.httpRoundTrip(connection, options, signal)),
    };
  }

  /** When something was last sent there; of what a run before this one sent, nobody knows: its own beginning. */
  lastAt(address: string): number {
    return this.#last.get(canonicalAddress(address))?.at ?? this.#begun;
  }

  /** How many beginnings and ends there were; two for each operation. */
  times(address: string): number {
    return this.#last.get(canonicalAddress(address))?.times ?? 0;
  }
}
