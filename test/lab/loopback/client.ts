import type { Endpoint } from '../../../probe/net/net.ts';
import type { LabHooks } from '../../../probe/net/create-net.ts';
import { DNS_TIMEOUT_MS, LATE_REPLY_WINDOW_MS, TCP_TIMEOUT_MS } from '../../../probe/net/limits.ts';
import { parseIp } from '../../../shared/codec/ip.ts';
import type { Scenario } from '../../scenarios/scenario.ts';
import type { LabCertificates } from '../certs.ts';
import type { ClientAddresses } from './client-addresses.ts';
import type { ClientClock } from './clock.ts';
import { addressAction, countingBox, standsEverywhere } from './decide.ts';
import type { DeadPorts } from './dead-ports.ts';
import { startUdpResolver } from './dns-servers.ts';
import { asLookup, canonical, nameRule, resolveName } from './names.ts';
import type { Looked, NameReply, Zone } from './names.ts';
import { Penalties } from './penalties.ts';
import { startRelay } from './relay.ts';
import type { Access, Path } from './relay.ts';
import { HTTP_PORT, HTTPS_PORT } from './site-servers.ts';
import type { Origin, SiteServers } from './site-servers.ts';
import type { Sockets } from './sockets.ts';

/** The addresses of the lab's own services; no scenario uses 11.255.0.0/16. */
const RESOLVER_ADDRESS = '11.255.0.53';
export const DOH_ADDRESS = '11.255.0.1';
const CONTROL_ADDRESS = '11.255.0.2';
const DNS_PORT = 53;
/** glibc's two tries of five seconds each. */
const LOOKUP_SILENCE_MS = 10_000;
const MS_PER_HOUR = 3600 * 1000;
/** Of the tunnel that a client may sit behind. */
const TUNNEL_ADDRESS = '10.8.0.2';
const LINE_ADDRESS = '192.168.1.2';

/** What a runner needs of a scenario; the rest is for whoever checks the verdict. */
export type LabScenario = Omit<Scenario, 'target' | 'truth' | 'expect'>;

type Interfaces = Readonly<Record<string, readonly { readonly address: string }[]>>;

/** How the probe of one scenario must be wired. */
export interface ClientView {
  /** The hooks of its net. */
  readonly lab: LabHooks;
  readonly resolvers: readonly Endpoint[];
  readonly dohUrl: string;
  /** The control as seen over this client's path; null before `addControl`. */
  readonly controlUrl: string | null;
  /** Where a request for this URL is sent just now: while the client is punished, the control's address answers no SYN. */
  urlNow(url: string): string;
  readonly addresses: ClientAddresses;
  /** The device's clock minus true time. Milliseconds. */
  readonly clockOffsetMs: number;
  /** The device's interfaces, and its own address on the way to anywhere; null: no route. */
  interfaces(): Interfaces;
  routeAddress(): string | null;
  /** The line as it is when the probe starts: what was punished before is punished from now on. */
  begin(): void;
}

/** What all clients of a lab share. */
export interface World {
  readonly sockets: Sockets;
  readonly certs: LabCertificates;
  readonly dead: DeadPorts;
  readonly servers: SiteServers;
  readonly zone: Zone;
  readonly doh: Endpoint;
  /** Where the zone is served that tells a resolver who it is; null before there is one. */
  whoami: { readonly zone: string; readonly real: Endpoint } | null;
}

const keyOf = (address: string, port: number): string => `${canonical(address)} ${port}`;

/** Where `refused` or `silent` is to be found. */
export function deadEnd(dead: DeadPorts, how: 'refused' | 'silent'): Endpoint {
  return how === 'silent' ? (dead.silent ?? dead.refused) : dead.refused;
}

/** One client: its resolver, and a relay on each of its paths. */
export class LabClient implements ClientView {
  readonly lab: LabHooks;
  readonly resolvers: readonly Endpoint[];
  readonly dohUrl = `https://${DOH_ADDRESS}/dns-query`;
  readonly addresses: ClientAddresses;
  readonly clockOffsetMs: number;
  controlUrl: string | null = null;
  readonly #world: World;
  readonly #scenario: LabScenario;
  readonly #clock: ClientClock;
  readonly #penalties: Penalties;
  readonly #access: Access;
  readonly #paths = new Map<string, Endpoint>();
  /** The sites of this scenario, those inside its line included. */
  readonly #own: Zone;
  /** In the lab's world; null before `placeControl`. */
  #controlPort: number | null = null;
  #connections = 0;
  #anywhere: Endpoint | null = null;
  #resolver: Endpoint | null = null;

  constructor(world: World, scenario: LabScenario, addresses: ClientAddresses, clock: ClientClock) {
    this.#world = world;
    this.#scenario = scenario;
    this.#clock = clock;
    this.addresses = addresses;
    this.#penalties = new Penalties(() => clock.now());
    this.#own = new Map(scenario.sites.map((site) => [site.host, site.addresses]));
    this.resolvers = [{ address: scenario.line?.resolver?.address ?? RESOLVER_ADDRESS, port: DNS_PORT }];
    this.clockOffsetMs = (scenario.line?.clockOffsetHours ?? 0) * MS_PER_HOUR;
    this.lab = {
      lookup: (hostname) => this.#lookup(hostname),
      mapTcp: (endpoint) => this.#mapTcp(endpoint),
      mapUdp: (endpoint) => this.#mapUdp(endpoint),
      clock,
    };
    this.#access = {
      rules: scenario.censor,
      penalties: this.#penalties,
      takes: countingBox(),
      arrives: () => {
        this.#connections++;
        const { cutsEvery } = scenario.line ?? {};
        return cutsEvery !== undefined && this.#connections % cutsEvery === 0;
      },
      busy: () => clock.busy(),
      from: addresses.client,
      divertPort: (host) => this.#divertPort(host),
    };
  }

  async start(): Promise<void> {
    const { sockets, certs, servers, doh } = this.#world;
    this.#resolver = await startUdpResolver(
      sockets,
      (hostname) => this.#resolve(hostname),
      (hostname) => this.#forwarding(hostname),
    );
    for (const address of new Set(this.#scenario.sites.flatMap((site) => site.addresses)))
      for (const port of [HTTP_PORT, HTTPS_PORT])
        await this.place(address, port, servers.origin('client', address, port) ?? { dead: 'refused' });
    await this.place(DOH_ADDRESS, HTTPS_PORT, { endpoint: doh });
    if (standsEverywhere(this.#scenario.censor)) {
      const path: Path = { place: null, address: null, resets: false, shape: null, originPort: null };
      this.#anywhere = await startRelay(sockets, certs, this.#access, path);
    }
  }

  begin(): void {
    const seconds = this.#scenario.line?.penalisedSeconds;
    if (seconds !== undefined) this.#penalties.punishAll(seconds);
  }

  interfaces(): Interfaces {
    const line: Interfaces = { lo: [{ address: '127.0.0.1' }], eth0: [{ address: LINE_ADDRESS }] };
    return this.#scenario.line?.tunnel === true ? { ...line, tun0: [{ address: TUNNEL_ADDRESS }] } : line;
  }

  routeAddress(): string | null {
    if (this.#scenario.line?.down === true) return null;
    return this.#scenario.line?.tunnel === true ? TUNNEL_ADDRESS : LINE_ADDRESS;
  }

  /** A relay, or a dead end, for this address and port. */
  async place(address: string, port: number, origin: Origin): Promise<void> {
    const { sockets, certs, dead } = this.#world;
    const action = addressAction(this.#scenario.censor, address, port);
    const resets = action.kind === 'reset';
    const shape = action.kind === 'throttle' || action.kind === 'freeze' ? action : null;
    const originPort = 'dead' in origin ? null : origin.endpoint.port;
    const place = keyOf(address, port);
    const endpoint =
      'dead' in origin && !resets
        ? deadEnd(dead, origin.dead)
        : await startRelay(sockets, certs, this.#access, { place, address, resets, shape, originPort });
    this.#paths.set(place, endpoint);
  }

  async placeControl(real: URL): Promise<void> {
    const port = Number(real.port);
    this.#controlPort = port;
    await this.place(CONTROL_ADDRESS, port, { endpoint: { address: real.hostname, port } });
    const here = this.#mapTcp({ address: CONTROL_ADDRESS, port });
    // A URL can't fail by itself: what the device would not send is refused.
    const { address, port: mapped } = 'failure' in here ? this.#world.dead.refused : here;
    this.controlUrl = `http://${address}:${mapped}${real.pathname}`;
  }

  urlNow(url: string): string {
    const asked = new URL(url);
    if (this.#controlPort === null || this.controlUrl === null) return url;
    if (asked.origin !== new URL(this.controlUrl).origin || !this.#penalties.active(null)) return url;
    const here = this.#mapTcp({ address: CONTROL_ADDRESS, port: this.#controlPort });
    const { address, port } = 'failure' in here ? this.#world.dead.refused : here;
    return `http://${address}:${port}${asked.pathname}`;
  }

  #divertPort(host: string): number | null {
    const address = this.#scenario.sites.find((site) => site.host === host)?.addresses[0];
    if (address === undefined) return null;
    const origin = this.#world.servers.origin('client', address, HTTPS_PORT);
    return origin !== null && 'endpoint' in origin ? origin.endpoint.port : null;
  }

  #unanswered(): Endpoint {
    this.#clock.busyFor(TCP_TIMEOUT_MS);
    return deadEnd(this.#world.dead, 'silent');
  }

  #mapTcp({ address, port }: Endpoint): Endpoint | { readonly failure: string } {
    const { dead } = this.#world;
    const line = this.#scenario.line ?? {};
    const place = keyOf(address, port);
    if (line.down === true) return { failure: 'network_unreachable' };
    if (place.includes(':') && line.ipv6 !== undefined)
      return line.ipv6 === 'silent' ? this.#unanswered() : { failure: 'network_unreachable' };
    if (this.#penalties.active(place)) return this.#unanswered();
    const action = addressAction(this.#scenario.censor, address, port);
    if (action.kind === 'unreachable') return { failure: 'host_unreachable' };
    if (action.kind === 'refuse') return dead.refused;
    if (action.kind === 'drop') return this.#unanswered();
    const known = this.#paths.get(place) ?? this.#anywhere;
    if (known === null && line.elsewhere !== 'silent') return dead.refused;
    return known === null || known === dead.silent ? this.#unanswered() : known;
  }

  #resolve(hostname: string): readonly NameReply[] {
    const replies = this.#answers(hostname);
    if (replies.length === 0) this.#clock.busyFor(DNS_TIMEOUT_MS);
    return replies;
  }

  #answers(hostname: string): readonly NameReply[] {
    const zone = new Map([...this.#world.zone, ...this.#own]);
    return resolveName(zone, this.#scenario.censor, hostname);
  }

  #forwarding(hostname: string) {
    const { whoami } = this.#world;
    if (whoami === null || nameRule(this.#scenario.censor, hostname) !== null) return null;
    return { zone: whoami.zone, to: whoami.real, from: this.addresses.resolver };
  }

  async #lookup(hostname: string): Promise<Looked> {
    if (parseIp(hostname) !== null) return { addresses: [hostname] };
    const byHand = this.#scenario.line?.hostsFile?.[hostname.toLowerCase()];
    if (byHand !== undefined) return { addresses: byHand };
    const resolver = this.#reachResolver();
    if (resolver === 'down') return { failure: 'dns_temporary_failure' };
    const replies = resolver === 'silent' ? [] : this.#answers(hostname);
    if (replies.length === 0) {
      const over = this.#clock.busy();
      await this.#world.sockets.delay(LOOKUP_SILENCE_MS);
      over();
    }
    return asLookup(replies);
  }

  /** Does a datagram of the device get to its resolver, and back? */
  #reachResolver(): 'reached' | 'silent' | 'down' {
    const { line, censor } = this.#scenario;
    if (line?.down === true) return 'down';
    const [resolver] = this.resolvers;
    const action = addressAction(censor, resolver?.address ?? '', DNS_PORT).kind;
    // The network's own resolver stands before the censor; one elsewhere has to be reached through it.
    const outside = line?.resolver !== undefined;
    const dropped = outside && ['drop', 'refuse', 'unreachable'].includes(action);
    return dropped || this.#penalties.active(null) ? 'silent' : 'reached';
  }

  #mapUdp({ address, port }: Endpoint): Endpoint {
    const { dead } = this.#world;
    const reach = this.#reachResolver();
    if (reach === 'down') return dead.refusedUdp;
    const isResolver = address === this.resolvers[0]?.address && port === DNS_PORT;
    if (reach === 'reached' && isResolver && this.#resolver !== null) {
      this.#clock.busyFor(LATE_REPLY_WINDOW_MS);
      return this.#resolver;
    }
    this.#clock.busyFor(DNS_TIMEOUT_MS);
    return dead.silentUdp;
  }
}
