import type { Endpoint } from '../../../probe/net/net.ts';
import type { LabHooks } from '../../../probe/net/create-net.ts';
import { formatIp, parseIp } from '../../../shared/codec/ip.ts';
import type { AddressRule, NameRule, Scenario } from '../../scenarios/scenario.ts';
import type { LabCertificates } from '../certs.ts';
import type { DeadPorts } from './dead-ports.ts';
import { startUdpResolver } from './dns-servers.ts';
import { asLookup, matches, resolveName } from './names.ts';
import type { Looked, NameReply, Zone } from './names.ts';
import { startRelay } from './relay.ts';
import type { Path } from './relay.ts';
import { HTTP_PORT, HTTPS_PORT } from './site-servers.ts';
import type { Origin, SiteServers } from './site-servers.ts';
import type { Sockets } from './sockets.ts';

/** The addresses of the lab's own services; no scenario uses 11.255.0.0/16. */
export const RESOLVER_ADDRESS = '11.255.0.53';
export const DOH_ADDRESS = '11.255.0.1';
export const CONTROL_ADDRESS = '11.255.0.2';
const DNS_PORT = 53;
/** glibc's two tries of five seconds each. */
export const LOOKUP_SILENCE_MS = 10_000;

/** What a runner needs of a scenario; the rest is for whoever checks the verdict. */
export type LabScenario = Omit<Scenario, 'target' | 'expect'>;

/** How the probe of one scenario must be wired. */
export interface ClientView {
  /** The hooks of its net. */
  readonly lab: LabHooks;
  readonly resolvers: readonly Endpoint[];
  readonly dohUrl: string;
  /** The control as seen over this client's path; null before `addControl`. */
  readonly controlUrl: string | null;
}

/** What all clients of a lab share. */
export interface World {
  readonly sockets: Sockets;
  readonly certs: LabCertificates;
  readonly dead: DeadPorts;
  readonly servers: SiteServers;
  readonly zone: Zone;
  readonly doh: Endpoint;
}

export function canonical(address: string): string {
  const ip = parseIp(address);
  return ip === null ? address : formatIp(ip);
}
const keyOf = (address: string, port: number): string => `${canonical(address)} ${port}`;

/** Where `refused` or `silent` is to be found. */
export function deadEnd(dead: DeadPorts, how: 'refused' | 'silent'): Endpoint {
  return how === 'silent' ? (dead.silent ?? dead.refused) : dead.refused;
}

/** One client: its resolver, and a relay on each of its paths. */
export class LabClient implements ClientView {
  readonly lab: LabHooks;
  readonly resolvers = [{ address: RESOLVER_ADDRESS, port: DNS_PORT }];
  readonly dohUrl = `https://${DOH_ADDRESS}/dns-query`;
  controlUrl: string | null = null;
  readonly #world: World;
  readonly #scenario: LabScenario;
  readonly #paths = new Map<string, Endpoint>();
  /** The sites of this scenario, those inside its line included. */
  readonly #own: Zone;
  #anywhere: Endpoint | null = null;
  #resolver: Endpoint | null = null;

  constructor(world: World, scenario: LabScenario) {
    this.#world = world;
    this.#scenario = scenario;
    this.#own = new Map(scenario.sites.map((site) => [site.host, site.addresses]));
    this.lab = {
      lookup: (hostname) => this.#lookup(hostname),
      mapTcp: (endpoint) => this.#mapTcp(endpoint),
      mapUdp: (endpoint) => this.#mapUdp(endpoint),
    };
  }

  async start(): Promise<void> {
    const { sockets, certs, servers, doh } = this.#world;
    this.#resolver = await startUdpResolver(sockets, (hostname) => this.#resolve(hostname));
    for (const address of new Set(this.#scenario.sites.flatMap((site) => site.addresses)))
      for (const port of [HTTP_PORT, HTTPS_PORT])
        await this.place(address, port, servers.origin('client', address, port) ?? { dead: 'refused' });
    await this.place(DOH_ADDRESS, HTTPS_PORT, { endpoint: doh });
    const everywhere = this.#scenario.censor.some(
      (rule) => (rule.on === 'sni' || rule.on === 'host') && rule.match === '*',
    );
    if (everywhere) this.#anywhere = await startRelay(sockets, certs, this.#path(null, false));
  }

  /** A relay, or a dead end, for this address and port. */
  async place(address: string, port: number, origin: Origin): Promise<Endpoint> {
    const { sockets, certs, dead } = this.#world;
    const resets = this.#addressAction(address, port) === 'reset';
    const endpoint =
      'dead' in origin && !resets
        ? deadEnd(dead, origin.dead)
        : await startRelay(
            sockets,
            certs,
            this.#path('dead' in origin ? null : origin.endpoint.port, resets),
          );
    this.#paths.set(keyOf(address, port), endpoint);
    return this.#mapTcp({ address, port });
  }

  async placeControl(real: URL): Promise<void> {
    const port = Number(real.port);
    const here = await this.place(CONTROL_ADDRESS, port, { endpoint: { address: real.hostname, port } });
    this.controlUrl = `http://${here.address}:${here.port}${real.pathname}`;
  }

  #path(originPort: number | null, resets: boolean): Path {
    return {
      rules: this.#scenario.censor,
      resets,
      originPort,
      divertPort: (host) => {
        const address = this.#scenario.sites.find((site) => site.host === host)?.addresses[0];
        const origin =
          address === undefined ? null : this.#world.servers.origin('client', address, HTTPS_PORT);
        return origin !== null && 'endpoint' in origin ? origin.endpoint.port : null;
      },
    };
  }

  #addressAction(address: string, port: number): AddressRule['action']['kind'] {
    const rule = this.#scenario.censor.find(
      (r): r is AddressRule =>
        r.on === 'address' &&
        matches(r.match, canonical(address)) &&
        (r.port === undefined || r.port === port),
    );
    return rule?.action.kind ?? 'pass';
  }

  #mapTcp(endpoint: Endpoint): Endpoint {
    const { dead } = this.#world;
    const action = this.#addressAction(endpoint.address, endpoint.port);
    if (action === 'refuse') return deadEnd(dead, 'refused');
    if (action === 'drop') return deadEnd(dead, 'silent');
    const known = this.#paths.get(keyOf(endpoint.address, endpoint.port));
    return known ?? this.#anywhere ?? deadEnd(dead, this.#scenario.line?.elsewhere ?? 'refused');
  }

  #resolve(hostname: string): readonly NameReply[] {
    const rules = this.#scenario.censor.filter((rule): rule is NameRule => rule.on === 'name');
    return resolveName(new Map([...this.#world.zone, ...this.#own]), rules, hostname);
  }

  async #lookup(hostname: string): Promise<Looked> {
    if (parseIp(hostname) !== null) return { addresses: [hostname] };
    const byHand = this.#scenario.line?.hostsFile?.[hostname.toLowerCase()];
    if (byHand !== undefined) return { addresses: byHand };
    const replies = this.#resolve(hostname);
    if (replies.length === 0) await this.#world.sockets.delay(LOOKUP_SILENCE_MS);
    return asLookup(replies);
  }

  #mapUdp({ address, port }: Endpoint): Endpoint {
    const resolver = address === RESOLVER_ADDRESS && port === DNS_PORT ? this.#resolver : null;
    return resolver ?? this.#world.dead.silentUdp;
  }
}
