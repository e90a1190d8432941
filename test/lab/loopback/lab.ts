import type { Endpoint } from '../../../probe/net/net.ts';
import type { LabHooks } from '../../../probe/net/create-net.ts';
import { parseIp } from '../../../shared/codec/ip.ts';
import { interceptorsOf } from '../../scenarios/probes.ts';
import type { NameRule } from '../../scenarios/scenario.ts';
import { labCertificates } from '../certs.ts';
import type { Issued, KnownAuthority } from '../certs.ts';
import { deadEnd, DOH_ADDRESS, LabClient } from './client.ts';
import type { ClientView, LabScenario, World } from './client.ts';
import { clientAddresses, networkRows } from './client-addresses.ts';
import { createClientClock } from './clock.ts';
import { startDeadPorts } from './dead-ports.ts';
import { startDohServer } from './dns-servers.ts';
import { addressesOf, asLookup, canonical, resolveName } from './names.ts';
import { REGISTRY_ADDRESSES, startRegistry } from './registry.ts';
import type { Registry } from './registry.ts';
import { startSiteServers } from './site-servers.ts';
import { createSockets } from './sockets.ts';

export type { ClientView, LabScenario } from './client.ts';

const DOH_NAME = 'second-opinion.example';
const DNS_PORT = 53;

/** The uncensored world, for the collector's control. */
export interface OutsideView {
  readonly lookup: LabHooks['lookup'];
  mapTcp(endpoint: Endpoint): Endpoint;
  mapUdp(endpoint: Endpoint): Endpoint;
  /** Takes questions with recursion. */
  readonly resolver: Endpoint;
}

export interface LabReflector {
  readonly name: string;
  readonly addresses: readonly string[];
  /** Port in the lab's world → where it really listens, on loopback. */
  readonly ports: ReadonlyMap<number, Endpoint>;
  /** The zone that tells a resolver who it is, and its real server. */
  readonly whoami?: { readonly zone: string; readonly real: Endpoint };
}

export interface LoopbackLab {
  /** By scenario name. */
  readonly clients: ReadonlyMap<string, ClientView>;
  readonly outside: OutsideView;
  /** The root that everybody in the lab trusts beside the snapshot. */
  readonly rootsPem: string;
  /** What the programs of the lab have on record beside their own list. */
  readonly knownAuthorities: readonly KnownAuthority[];
  /** False where the system can't leave a SYN unanswered: see `DeadPorts`. Silence is then refusal. */
  readonly silence: boolean;
  /** Rows `prefix,asn,cc` for a reflector's database: the clients' own addresses. */
  readonly networkTable: string;
  /** A chain under the lab's root, e.g. for the reflector's own name. */
  issue(names: readonly string[]): Issued;
  /** What the outside is told of names: as when the diary was written, or as it is now (at first). */
  outsideSays(when: 'diary' | 'now'): void;
  addReflector(reflector: LabReflector): Promise<void>;
  /** Puts the real control behind every client's path; plain http on loopback only. */
  addControl(url: string): Promise<void>;
  close(): Promise<void>;
}

interface LabOptions {
  readonly scenarios: readonly LabScenario[];
  /** Waits of a client pass at once when nothing else of it is under way; time-outs stay real. */
  readonly virtualClock?: boolean;
}

function outsideView(world: World, registry: Registry, rules: () => readonly NameRule[]): OutsideView {
  const isRegistry = ({ address, port }: Endpoint): boolean =>
    port === DNS_PORT && (REGISTRY_ADDRESSES as readonly string[]).includes(address);
  return {
    resolver: { address: REGISTRY_ADDRESSES[0], port: DNS_PORT },
    lookup: (hostname) => {
      if (parseIp(hostname) !== null) return Promise.resolve({ addresses: [hostname] });
      return Promise.resolve(asLookup(resolveName(world.zone, rules(), hostname)));
    },
    mapTcp: (endpoint) => {
      if (isRegistry(endpoint)) return registry.tcp;
      const origin = world.servers.origin('outside', canonical(endpoint.address), endpoint.port);
      if (origin !== null && 'endpoint' in origin) return origin.endpoint;
      return deadEnd(world.dead, origin?.dead ?? 'refused');
    },
    mapUdp: (endpoint) => (isRegistry(endpoint) ? registry.udp : world.dead.silentUdp),
  };
}

/** Name of the client whose probe is the nth, from 0. */
export const clientName = ({ name, elsewhere = [] }: LabScenario, nth: number): string =>
  nth === 0 || elsewhere.length === 0 ? name : `${name} ${((nth - 1) % elsewhere.length) + 1}`;

/** The scenario as each of its places sees it. */
function clientsOf(scenario: LabScenario): readonly LabScenario[] {
  const places = (scenario.elsewhere ?? []).map(({ network, free }, i): LabScenario => ({
    ...scenario,
    name: clientName(scenario, i + 1),
    ...(free === true ? { censor: [] } : {}),
    line: { ...scenario.line, ...(network === undefined ? {} : { network }) },
  }));
  return [scenario, ...places];
}

/** Starts everything on loopback and returns when all of it listens. */
export async function startLoopbackLab(options: LabOptions): Promise<LoopbackLab> {
  const { scenarios, virtualClock = false } = options;
  const certs = await labCertificates();
  await certs.prepare(scenarios.flatMap(({ censor }) => interceptorsOf(censor)));
  const sockets = createSockets();
  const dead = await startDeadPorts(sockets);
  const sites = scenarios.flatMap((scenario) => scenario.sites);
  const zone = new Map<string, readonly string[]>([[DOH_NAME, [DOH_ADDRESS]]]);
  for (const site of sites) if (site.reach !== 'inside') zone.set(site.host, site.addresses);
  let reflector: LabReflector | null = null;
  const servers = await startSiteServers(sockets, certs, sites, (host, port) => {
    if (host === reflector?.name) return reflector.ports.get(port) ?? null;
    const address = addressesOf(zone, host)?.[0];
    const origin = address === undefined ? null : servers.origin('outside', canonical(address), port);
    return origin !== null && 'endpoint' in origin ? origin.endpoint : null;
  });
  const second = scenarios.flatMap((scenario) => scenario.secondOpinion ?? []);
  const doh = await startDohServer(sockets, certs.issue([DOH_NAME, DOH_ADDRESS]), (hostname) =>
    resolveName(zone, second, hostname),
  );

  let when: 'diary' | 'now' = 'now';
  const outsideRules = {
    now: scenarios.flatMap((scenario) => scenario.outsideNames ?? []),
    diary: scenarios.flatMap((scenario) => scenario.diaryNames ?? scenario.outsideNames ?? []),
  };
  const suspended = new Set(sites.flatMap((site) => (site.suspended === true ? [site.host] : [])));
  const registry = await startRegistry(sockets, {
    recursive: (hostname) => resolveName(zone, outsideRules[when], hostname)[0] ?? null,
    authoritative: (hostname) =>
      suspended.has(hostname.toLowerCase())
        ? { rcode: 'NXDOMAIN', addresses: [] }
        : (resolveName(zone, outsideRules[when], hostname)[0] ?? null),
  });

  const world: World = { sockets, certs, dead, servers, zone, doh, whoami: null };
  const clients = scenarios.flatMap(clientsOf).map((scenario, i) => {
    const client = new LabClient(
      world,
      scenario,
      // The first address of a block is left to nobody.
      clientAddresses(i + 1, scenario.line),
      createClientClock(virtualClock),
    );
    return [scenario.name, client] as const;
  });
  for (const [, client] of clients) await client.start();
  return {
    clients: new Map(clients),
    outside: outsideView(world, registry, () => outsideRules[when]),
    rootsPem: certs.rootPem,
    knownAuthorities: certs.knownAuthorities,
    silence: dead.silent !== null,
    networkTable: networkRows(
      clients.map(([, client]) => client.addresses),
      sites,
    ),
    issue: (names) => certs.issueOwn(names),
    outsideSays: (now) => {
      when = now;
    },
    addReflector: async (added) => {
      const { name, addresses, ports, whoami } = added;
      reflector = added;
      zone.set(name, addresses);
      world.whoami = whoami ?? null;
      for (const [, client] of clients)
        for (const address of addresses)
          for (const [port, endpoint] of ports) await client.place(address, port, { endpoint });
    },
    addControl: async (url) => {
      for (const [, client] of clients) await client.placeControl(new URL(url));
    },
    close: () => sockets.closeAll(),
  };
}
