import type { Endpoint } from '../../../probe/net/net.ts';
import type { LabHooks } from '../../../probe/net/create-net.ts';
import { parseIp } from '../../../shared/codec/ip.ts';
import type { NameRule } from '../../scenarios/scenario.ts';
import { labCertificates } from '../certs.ts';
import type { Issued, KnownAuthority } from '../certs.ts';
import { canonical, deadEnd, DOH_ADDRESS, LabClient } from './client.ts';
import type { ClientView, LabScenario, World } from './client.ts';
import { startDeadPorts } from './dead-ports.ts';
import { startDohServer } from './dns-servers.ts';
import { asLookup, resolveName } from './names.ts';
import { startSiteServers } from './site-servers.ts';
import { createSockets } from './sockets.ts';

export type { ClientView, LabScenario } from './client.ts';

const DOH_NAME = 'second-opinion.example';

/** The uncensored world, for the collector's control. */
export type OutsideView = Pick<LabHooks, 'lookup' | 'mapTcp'>;

export interface LabReflector {
  readonly name: string;
  readonly addresses: readonly string[];
  readonly tlsPort: number;
  readonly httpPort: number;
  /** Where it really listens, on loopback. */
  readonly real: { readonly tls: Endpoint; readonly http: Endpoint };
}

export interface LoopbackLab {
  /** By scenario name. */
  readonly clients: ReadonlyMap<string, ClientView>;
  readonly outside: OutsideView;
  /** The root that everybody in the lab trusts beside the snapshot. */
  readonly rootsPem: string;
  readonly knownAuthority: KnownAuthority;
  /** False where the system can't leave a SYN unanswered: see `DeadPorts`. Silence is then refusal. */
  readonly silence: boolean;
  /** A chain under the lab's root, e.g. for the reflector's own name. */
  issue(names: readonly string[]): Issued;
  addReflector(reflector: LabReflector): Promise<void>;
  /** Puts the real control behind every client's path; plain http on loopback only. */
  addControl(url: string): Promise<void>;
  close(): Promise<void>;
}

function outsideView(world: World, rules: readonly NameRule[]): OutsideView {
  return {
    lookup: (hostname) => {
      if (parseIp(hostname) !== null) return Promise.resolve({ addresses: [hostname] });
      return Promise.resolve(asLookup(resolveName(world.zone, rules, hostname)));
    },
    mapTcp: ({ address, port }) => {
      const origin = world.servers.origin('outside', canonical(address), port) ?? { dead: 'refused' };
      return 'endpoint' in origin ? origin.endpoint : deadEnd(world.dead, origin.dead);
    },
  };
}

/** Starts everything on loopback and returns when all of it listens. */
export async function startLoopbackLab(options: {
  readonly scenarios: readonly LabScenario[];
}): Promise<LoopbackLab> {
  const { scenarios } = options;
  const certs = await labCertificates();
  const sockets = createSockets();
  const dead = await startDeadPorts(sockets);
  const sites = scenarios.flatMap((scenario) => scenario.sites);
  const servers = await startSiteServers(sockets, certs, sites);
  const zone = new Map<string, readonly string[]>([[DOH_NAME, [DOH_ADDRESS]]]);
  for (const site of sites) if (site.reach !== 'inside') zone.set(site.host, site.addresses);
  const second = scenarios.flatMap((scenario) => scenario.secondOpinion ?? []);
  const doh = await startDohServer(sockets, certs.issue([DOH_NAME, DOH_ADDRESS]), (hostname) =>
    resolveName(zone, second, hostname),
  );
  const world: World = { sockets, certs, dead, servers, zone, doh };
  const clients = scenarios.map((scenario) => [scenario.name, new LabClient(world, scenario)] as const);
  for (const [, client] of clients) await client.start();
  return {
    clients: new Map(clients),
    outside: outsideView(
      world,
      scenarios.flatMap((scenario) => scenario.outsideNames ?? []),
    ),
    rootsPem: certs.rootPem,
    knownAuthority: certs.knownAuthority,
    silence: dead.silent !== null,
    issue: (names) => certs.issueOwn(names),
    addReflector: async (reflector) => {
      zone.set(reflector.name, reflector.addresses);
      for (const [, client] of clients)
        for (const address of reflector.addresses) {
          await client.place(address, reflector.tlsPort, { endpoint: reflector.real.tls });
          await client.place(address, reflector.httpPort, { endpoint: reflector.real.http });
        }
    },
    addControl: async (url) => {
      for (const [, client] of clients) await client.placeControl(new URL(url));
    },
    close: () => sockets.closeAll(),
  };
}
