/** What a command needs to talk: the wall, the net, HTTP towards the collector, and how many bytes all of it took. */
import { ROOTS_FILE } from '../../shared/model/index.ts';
import type { Roots } from '../../shared/observe/chain/index.ts';
import { readAsset } from '../assets.ts';
import { Traffic } from '../net/context.ts';
import { createDestinationGuard, type DestinationGuard } from '../net/guard.ts';
import type { OpenHttp } from '../net/http-client.ts';
import type { HttpOptions } from '../net/http-opener.ts';
import type { Endpoint, Net } from '../net/net.ts';
import { readExtraFiles } from './load-judge-context.ts';
import type { World } from './world.ts';

export interface Uplink {
  readonly guard: DestinationGuard;
  readonly net: Net;
  readonly openHttp: OpenHttp;
  /** Bytes of all sockets so far, both ways, without what IP and TCP add. */
  bytesUsed(): number;
  /** HTTP connections opened so far. */
  connections(): number;
}

export interface UplinkOptions {
  readonly roots: Roots;
  /** Instead of the system's. */
  readonly resolvers?: readonly Endpoint[] | null;
  readonly extraRootFiles: readonly string[];
  /** Addresses of the collector's name that may be contacted; absent: all. */
  readonly mayLeadTo?: (address: string) => boolean;
  readonly http?: Pick<HttpOptions, 'keepAliveMs' | 'timeouts'>;
  /** Ends look-ups for the collector's name; the world's request to stop unless told otherwise. */
  readonly signal?: AbortSignal;
}

/** Throws BAD_ROOTS, and `BadDestinationGuard` for a KUAGER_ONLY that is none. */
export async function openUplink(options: UplinkOptions, world: World): Promise<Uplink> {
  const guard = createDestinationGuard(world.only);
  const traffic = new Traffic();
  const { resolvers = null, mayLeadTo = () => true, signal = world.stop } = options;
  let connections = 0;
  const net = world.createNet({
    roots: options.roots,
    ...(resolvers === null ? {} : { resolvers }),
    wallClock: () => world.now(),
    only: guard,
    ...(world.lab === undefined ? {} : { lab: world.lab }),
  });
  const openHttp = world.createHttpOpener({
    guard,
    resolve: async (hostname) =>
      (await net.getaddrinfo(hostname, signal)).addresses.filter((address) => mayLeadTo(address)),
    rootsPem: [readAsset(ROOTS_FILE), ...(await readExtraFiles(options.extraRootFiles))],
    watchSocket: (socket) => {
      connections++;
      traffic.watch(socket);
    },
    ...options.http,
  });
  return {
    guard,
    net,
    openHttp,
    bytesUsed: () => net.bytesUsed() + traffic.total(),
    connections: () => connections,
  };
}
