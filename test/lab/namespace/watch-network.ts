/**
 * The networks of a watched world: namespaces joined by links, and the kernel forwards between them. A hub stands for everybody's backbone;
 * behind it are the country's own services, those abroad, the collector, and a router for each network with its members' machine.
 *
 *   members ── router ── hub ── domestic | abroad | collector
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hold, run, type Holder } from './network.ts';
import {
  COLLECTOR,
  gatewayOf,
  memberAddress,
  PLACES,
  prefixOf,
  RESOLVER,
  type LineState,
  type Place,
  type WatchedNetwork,
} from './watch-plan.ts';

export interface WatchNetwork {
  /** What has to stand before a command so that it runs there. */
  enter(where: Place | 'collector' | { readonly network: number }): readonly string[];
  setLine(network: number, state: LineState): void;
  /** Of the members' device so far, both ways, all headers of the link included. Bytes. */
  bytesOf(network: number): number;
}

/** Links to the hub, each a network of two. */
const hubAddress = (link: number): string => `11.20.${link}.1`;
const farAddress = (link: number): string => `11.20.${link}.2`;
/** The lower one wins. */
const OPEN_METRIC = 10;
const CLOSED_METRIC = 1;
const FORWARD = 'echo 1 > /proc/sys/net/ipv4/ip_forward';
/** Nothing of the sixth kind: a router's announcements would be counted as the probe's. */
const NO_V6 =
  'echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6; echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6';

const namesIn = (folder: string): string => {
  const [resolv, hosts] = [join(folder, 'resolv.conf'), join(folder, 'hosts')];
  writeFileSync(resolv, `nameserver ${RESOLVER}\n`);
  writeFileSync(hosts, '127.0.0.1 localhost\n');
  return `mount --bind '${resolv}' /etc/resolv.conf\nmount --bind '${hosts}' /etc/hosts`;
};

/** Far ends get `addresses` on their loopback device, and reach everything through the hub. */
function join2hub(hub: Holder, far: Holder, link: number, addresses: readonly string[]): void {
  run(hub.pid, [
    `ip link add to${link} type veth peer name hub0 netns ${far.pid}`,
    `ip addr add ${hubAddress(link)}/30 dev to${link}`,
    `ip link set to${link} up`,
  ]);
  run(far.pid, [
    'ip link set lo up',
    ...addresses.map((address) => `ip addr add ${address}/32 dev lo`),
    `ip addr add ${farAddress(link)}/30 dev hub0`,
    'ip link set hub0 up',
    `ip route add default via ${hubAddress(link)} metric ${OPEN_METRIC}`,
  ]);
}

const toHub = (link: number, prefix: string): string => `ip route add ${prefix} via ${farAddress(link)}`;

/** What the router does with packets to the world; without a route of its own a packet vanishes, as it does in a shutdown. */
function routesFor(state: LineState, link: number): readonly string[] {
  const { prefix } = PLACES.domestic;
  const onward = `via ${hubAddress(link)}`;
  const clear = [
    `ip route del ${prefix} 2>/dev/null || true`,
    `ip route del ${COLLECTOR.address} 2>/dev/null || true`,
  ];
  const closed = `ip route replace blackhole default metric ${CLOSED_METRIC}`;
  const open = [`ip route del blackhole default metric ${CLOSED_METRIC} 2>/dev/null || true`];
  switch (state) {
    case 'up':
      return [...clear, ...open, 'ip link set down0 up'];
    case 'down':
      return [...clear, closed];
    case 'whitelist':
      return [...clear, closed, `ip route add ${prefix} ${onward}`];
    case 'no-collector':
      return [...clear, ...open, `ip route add blackhole ${COLLECTOR.address}`];
    case 'no-power':
      return ['ip link set down0 down'];
  }
}

/** Builds all of it in namespaces of this process's own, which must be private. Throws when the system refuses. */
export async function buildWatchNetwork(
  folder: string,
  networks: readonly WatchedNetwork[],
): Promise<WatchNetwork> {
  const names = namesIn(folder);
  const plain = (): Promise<Holder> => hold(NO_V6);
  const [hub, domestic, abroad, collector] = await Promise.all([
    plain(),
    plain(),
    plain(),
    hold(`${names}\n${NO_V6}`),
  ]);
  const routers = await Promise.all(networks.map(plain));
  const members = await Promise.all(networks.map(() => hold(`${names}\n${NO_V6}`)));
  const places = { domestic, abroad, collector };
  run(hub.pid, ['ip link set lo up', FORWARD]);
  join2hub(hub, domestic, 0, [RESOLVER, ...PLACES.domestic.anchors]);
  join2hub(hub, abroad, 1, PLACES.abroad.anchors);
  join2hub(hub, collector, 2, [COLLECTOR.address]);
  run(hub.pid, [
    toHub(0, PLACES.domestic.prefix),
    toHub(1, PLACES.abroad.prefix),
    toHub(2, COLLECTOR.address),
  ]);
  const linkOf = (network: number): number => 3 + network;
  networks.forEach((_, i) => {
    const router = routers[i]!;
    const link = linkOf(i);
    join2hub(hub, router, link, []);
    run(hub.pid, [toHub(link, prefixOf(i))]);
    run(router.pid, [
      FORWARD,
      `ip link add down0 type veth peer name eth0 netns ${members[i]!.pid}`,
      `ip addr add ${gatewayOf(i)}/24 dev down0`,
      'ip link set down0 up',
    ]);
    run(members[i]!.pid, [
      'ip link set lo up',
      `ip addr add ${memberAddress(i)}/24 dev eth0`,
      'ip link set eth0 up',
      `ip route add default via ${gatewayOf(i)}`,
    ]);
  });
  const entering = ({ pid }: Holder): readonly string[] => [
    ...['nsenter', `--net=/proc/${pid}/ns/net`, `--mount=/proc/${pid}/ns/mnt`, '--'],
  ];
  return {
    enter: (where) => entering(typeof where === 'string' ? places[where] : members[where.network]!),
    setLine: (network, state) => void run(routers[network]!.pid, routesFor(state, linkOf(network))),
    bytesOf(network) {
      const [received, , , , , , , , sent] = run(members[network]!.pid, ['cat /proc/net/dev'])
        .split('\n')
        .find((row) => row.trim().startsWith('eth0:'))!
        .replace(/^.*:/, '')
        .trim()
        .split(/\s+/)
        .map(Number);
      return received! + sent!;
    },
  };
}
