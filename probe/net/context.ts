import type { Socket } from 'node:net';
import type { Roots } from '../../shared/observe/chain/index.ts';
import type { DestinationGuard } from './guard.ts';
import type { Timeouts } from './limits.ts';
import type { Endpoint } from './net.ts';

/**
 * The loopback lab's hooks: names are answered by the lab, and an ip:port of the lab's world is mapped to a real
 * port of loopback just before a socket opens. Results always name the endpoint that was asked for.
 */
export interface LabHooks {
  lookup(hostname: string): Promise<{ readonly addresses: readonly string[] } | { readonly failure: string }>;
  /** A failure where loopback can't make a packet that says it, such as ICMP "unreachable": emulated, and only in labs. */
  mapTcp(endpoint: Endpoint): Endpoint | { readonly failure: string };
  mapUdp(endpoint: Endpoint): Endpoint;
  /** Lets waits pass at once; absent: real time. */
  readonly clock?: LabClock;
}

/** Time as the lab tells it: what was waited for has passed, for the probe and for its censor alike. */
export interface LabClock {
  /** Milliseconds, monotonic. */
  now(): number;
  /** Resolves false when the signal fired first. */
  wait(ms: number, signal?: AbortSignal): Promise<boolean>;
}

export interface NetOptions {
  /** Snapshot that a DoH server's chain must lead to; measured chains are not judged here. */
  readonly roots: Roots;
  /** Instead of the system's resolvers. */
  readonly resolvers?: readonly Endpoint[];
  /** Milliseconds since 1970; only for the dates in a DoH server's chain. */
  readonly wallClock: () => number;
  readonly only: DestinationGuard;
  readonly lab?: LabHooks;
  readonly timeouts?: Partial<Timeouts>;
}

/** What every driver needs of the net it belongs to. */
export interface Context {
  readonly roots: Roots;
  readonly wallClock: () => number;
  readonly guard: DestinationGuard;
  readonly lab: LabHooks | undefined;
  readonly timeouts: Timeouts;
  readonly traffic: Traffic;
  /** Seconds, monotonic. */
  now(): number;
}

/** Counts payload bytes of every socket, both ways, also of those still open. */
export class Traffic {
  #finished = 0;
  readonly #open = new Set<Socket>();

  add(bytes: number): void {
    this.#finished += bytes;
  }

  watch(socket: Socket): void {
    this.#open.add(socket);
    socket.once('close', () => {
      if (this.#open.delete(socket)) this.#finished += socket.bytesRead + socket.bytesWritten;
    });
  }

  total(): number {
    let sum = this.#finished;
    for (const socket of this.#open) sum += socket.bytesRead + socket.bytesWritten;
    return sum;
  }
}
