import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Scenario } from '../../scenarios/scenario.ts';
import { ADDED_FOLDER, BUNDLE_FOLDER } from '../device.ts';
import { DEVICE_MAC, VXLAN_PORT } from './carrier.ts';
import type { Leg } from './censor.ts';
import {
  CLIENT,
  COLLECTOR_ADDRESS,
  deviceFolders,
  OUTSIDE_RESOLVER_ADDRESS,
  outsideAddresses,
  REFLECTOR,
  resolverAddress,
} from './layout.ts';

/**
 * Network namespaces, each held by a process that ends when this one does; nothing has a name, so nothing can be left
 * behind. The only device in each is one end of the path program's wire.
 */

/** The link on which the wires run; documentation addresses (RFC 5737), seen by nobody else. */
export const NEAR = '192.0.2.2';
export const FAR = '192.0.2.1';
/** VXLAN network identifiers. */
export const NETWORK: Readonly<Record<Leg, number>> = { client: 1, world: 2, outside: 3 };
/** Carries a 1500-byte packet and its VXLAN headers. */
const LINK_MTU = 1600;
const MTU = 1500;

export interface Holder {
  readonly child: ChildProcess;
  readonly pid: number;
}

/** A process in namespaces of its own that waits for the end of its input. */
export async function hold(prepare: string): Promise<Holder> {
  const child = spawn('unshare', ['--net', '--mount', 'sh', '-euc', `${prepare}\necho ready\nexec cat`], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`a namespace could not be made: unshare gave ${code}`)));
    child.stdout.once('data', () => resolve());
  });
  child.removeAllListeners('exit');
  if (child.pid === undefined) throw new Error('unshare has no process id');
  return { child, pid: child.pid };
}

export interface Namespaces {
  /** What has to stand before a command so that it runs there. */
  enter(leg: Leg): readonly string[];
  /** Takes the client's only device down. */
  cutClient(): void;
}

/** Other places of a machine's own roots, which are none of the lab's device. */
const OTHER_STORES = [
  '/etc/pki',
  '/etc/ca-certificates',
  '/var/lib/ca-certificates',
  '/usr/share/ca-certificates',
  '/usr/share/pki',
  '/usr/local/share/certs',
  '/usr/lib/jvm',
  '/usr/java',
  '/opt/java',
];

/** The device's stores: the folders that the world fills, in the place of this machine's. */
function storesFor(folder: string): string {
  const { bundle, added, nothing } = deviceFolders(folder);
  for (const path of [bundle, added, nothing]) mkdirSync(path, { recursive: true });
  const hide = [[added, ADDED_FOLDER], ...OTHER_STORES.map((path) => [nothing, path])];
  return [
    ...hide.map(([own, path]) => `if [ -d '${path}' ]; then mount --bind '${own}' '${path}'; fi`),
    `mount --bind '${bundle}' '${BUNDLE_FOLDER}'`,
  ].join('\n');
}

function filesFor(folder: string, leg: Leg, scenario: Scenario): string {
  const resolver = leg === 'client' ? resolverAddress(scenario) : OUTSIDE_RESOLVER_ADDRESS;
  const byHand = leg === 'client' ? Object.entries(scenario.line?.hostsFile ?? {}) : [];
  const lines = byHand.flatMap(([host, addresses]) => addresses.map((address) => `${address} ${host}`));
  const [resolv, hosts] = [join(folder, `${leg}.resolv.conf`), join(folder, `${leg}.hosts`)];
  writeFileSync(resolv, `nameserver ${resolver}\n`);
  writeFileSync(hosts, ['127.0.0.1 localhost', '::1 localhost', ...lines, ''].join('\n'));
  const names = `mount --bind '${resolv}' /etc/resolv.conf\nmount --bind '${hosts}' /etc/hosts`;
  return leg === 'client' ? `${names}\n${storesFor(folder)}` : names;
}

const family = (address: string): string => (address.includes(':') ? 'ip -6' : 'ip');

/** Commands that give these addresses to a device; no neighbour is ever asked whether it has one of them. */
function assign(addresses: readonly string[], device: string): string[] {
  return addresses.map((address) => {
    const bits = address.includes(':') ? '128' : '32';
    const nodad = address.includes(':') ? ' nodad' : '';
    return `${family(address)} addr add ${address}/${bits} dev ${device}${nodad}`;
  });
}

/** In the network namespace of this process (null: in this one's), one after the other. Gives what they print. */
export function run(pid: number | null, commands: readonly string[]): string {
  const shell = ['sh', '-euc', commands.join('\n')];
  const [command, ...args] = pid === null ? shell : ['nsenter', `--net=/proc/${pid}/ns/net`, '--', ...shell];
  try {
    return execFileSync(command ?? 'sh', args, { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
  } catch (error) {
    const detail = (error as { stderr?: string }).stderr?.trim() ?? String(error);
    throw new Error(`the lab's network could not be set up: ${detail}`, { cause: error });
  }
}

/**
 * Client, world and outside, wired to `NEAR` of this process's own namespace, which must be private. Throws when the system
 * refuses.
 */
export async function setUpNamespaces(
  folder: string,
  scenario: Scenario,
  world: readonly string[],
): Promise<Namespaces> {
  const line = scenario.line ?? {};
  const device = line.tunnel === true ? 'tun0' : 'eth0';
  const devices: Readonly<Record<Leg, string>> = { client: device, world: 'eth0', outside: 'eth0' };
  const middle = await hold(':');
  const legs: Record<Leg, Holder> = {
    client: await hold(filesFor(folder, 'client', scenario)),
    world: await hold(filesFor(folder, 'world', scenario)),
    outside: await hold(filesFor(folder, 'outside', scenario)),
  };
  run(null, [
    'ip link set lo up',
    `ip link add near type veth peer name far netns ${middle.pid}`,
    `ip link set near mtu ${LINK_MTU} gso_max_segs 1 up`,
    `ip addr add ${NEAR}/30 dev near`,
  ]);
  const wires = (Object.keys(NETWORK) as Leg[]).flatMap((leg) => [
    // Made here, so that its datagrams run on this link, and then moved to where its packets come from.
    `ip link add wire${NETWORK[leg]} address ${DEVICE_MAC} type vxlan id ${NETWORK[leg]} remote ${NEAR} local ${FAR} dstport ${VXLAN_PORT}`,
    `ip link set wire${NETWORK[leg]} netns ${legs[leg].pid} name ${devices[leg]}`,
  ]);
  run(middle.pid, [
    'ip link set lo up',
    `ip addr add ${FAR}/30 dev far`,
    `ip link set far mtu ${LINK_MTU} gso_max_segs 1 up`,
    ...wires,
  ]);
  // One segment a packet, as on a wire; no address resolution: there is one neighbour.
  const up = (name: string): string[] => [
    'ip link set lo up',
    `ip link set ${name} mtu ${MTU} gso_max_segs 1 arp off`,
    `ip link set ${name} up`,
  ];
  const routes = (name: string): string[] => [
    `ip route add default dev ${name}`,
    `ip -6 route add default dev ${name}`,
  ];
  const sixth = line.ipv6 !== 'unroutable';
  run(legs.client.pid, [
    ...up(device),
    ...assign(sixth ? [CLIENT[4], CLIENT[6]] : [CLIENT[4]], device),
    ...routes(device).slice(0, sixth ? 2 : 1),
  ]);
  run(legs.world.pid, [...up('eth0'), ...assign(world, 'lo'), ...routes('eth0')]);
  const elsewhere = outsideAddresses().filter((a) => a !== COLLECTOR_ADDRESS && a !== REFLECTOR[6]);
  run(legs.outside.pid, [
    ...up('eth0'),
    ...assign([COLLECTOR_ADDRESS, REFLECTOR[6]], 'eth0'),
    ...assign(elsewhere, 'lo'),
    ...routes('eth0'),
  ]);
  return {
    enter: (leg) => {
      const { pid } = legs[leg];
      return ['nsenter', `--net=/proc/${pid}/ns/net`, `--mount=/proc/${pid}/ns/mnt`, '--'];
    },
    cutClient: () => run(legs.client.pid, [`ip link set ${device} down`]),
  };
}
