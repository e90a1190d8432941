/**
 * What is known of the network that this run stands in: a reflector's signed word, the resolver's own network, whether
 * packets leave through a tunnel, and how far the clock is off. Convenient, never necessary: the run does not wait long.
 */
import { formatIp, parseIp } from '../../shared/codec/ip.ts';
import type { JudgeContext } from '../../shared/judge/index.ts';
import type { ReflectorDescriptor, SignedControlReply } from '../../shared/model/index.ts';
import { readStatement, WITNESS_COUNTRY } from '../../shared/observe/index.ts';
import { readSignedReply } from '../../shared/schema/document.ts';
import { withDeadline } from '../experiments/deadline.ts';
import type { Net } from '../net/net.ts';
import type { Interfaces } from '../report/own-addresses.ts';
import type { VantagePoint } from '../run/document.ts';
import { askReflector } from './ask-reflector.ts';
import type { World } from './world.ts';

const NETWORK_PATH = '/.well-known/kuager-network';
/** A label that no cache has. Bytes. */
const LABEL_BYTES = 8;
const WHOAMI_TIMEOUT_MS = 5_000;
/** Precision of the published offset, and what is not worth a word. Minutes. */
const CLOCK_STEP_MINUTES = 10;
const MINUTES_PER_DAY = 24 * 60;
const MINUTES_PER_HOUR = 60;

/** Interfaces of tunnels by the names that systems and VPN programs give them; mobile and dial-up links are none. */
const TUNNEL_NAME = /^(tun|tap|utun|wg|ipsec|nordlynx|proton|tailscale|zt|gpd|cscotun|outline)/i;

export interface OwnNetwork {
  /** The flags' where given, else the statement's. */
  readonly vantage: VantagePoint;
  readonly signed: SignedControlReply | null;
  /** `AS0`: unknown. */
  readonly resolverAsn: string;
  readonly tunnel: boolean;
  /** Device minus collector, in steps of ten minutes; null when it is right or unknown. */
  readonly clockOffsetMinutes: number | null;
}

/** A volunteer's measurement on another operator's network can confirm what fails in this one: decision record 012. */
export function mayBeConfirmed(
  { signed, tunnel }: OwnNetwork,
  { reflectors, networks }: Pick<JudgeContext, 'reflectors' | 'networks'>,
  atMs: number,
): boolean {
  const statement = tunnel ? null : readStatement(signed, reflectors, atMs);
  return statement?.cc === WITNESS_COUNTRY && networks.isOperator(statement.asn, atMs);
}

/** The first statement of a reflector that can be relied on. */
async function networkStatement(
  net: Net,
  reflectors: readonly ReflectorDescriptor[],
  now: number,
  stop: AbortSignal,
): Promise<SignedControlReply | null> {
  const able = reflectors.filter((r) => r.key !== undefined);
  const asked = able.flatMap((r) =>
    r.addresses.map(async (address) => {
      const signed = readSignedReply(await askReflector(net, r, address, NETWORK_PATH, stop));
      return readStatement(signed, [r], now) === null ? null : signed;
    }),
  );
  return (await Promise.all(asked)).find((signed) => signed !== null) ?? null;
}

/** Which network does the resolver ask from? One question, for a name that only it can answer by asking. */
async function resolverAsn(
  net: Net,
  reflectors: readonly ReflectorDescriptor[],
  random: (bytes: number) => Uint8Array,
  stop: AbortSignal,
): Promise<string> {
  const resolver = net.systemResolvers()[0];
  const zone = reflectors.find((r) => r.whoamiZone !== undefined)?.whoamiZone;
  if (resolver === undefined || zone === undefined) return 'AS0';
  const label = Buffer.from(random(LABEL_BYTES)).toString('hex');
  const question = { hostname: `${label}.${zone}`, type: 'TXT' } as const;
  const asked = await withDeadline(WHOAMI_TIMEOUT_MS, stop, (signal) =>
    net.dnsUdp(resolver, question, signal),
  );
  const said = asked.failure === null ? asked.replies.flatMap((r) => r.texts) : [];
  const asn = said.map((text) => /(?:^| )asn=(\d{1,10})(?: |$)/.exec(text)?.[1]).find((n) => n !== undefined);
  return asn === undefined ? 'AS0' : `AS${Number(asn)}`;
}

const plain = (address: string): string => {
  const ip = parseIp(address.replace(/%.*$/, ''));
  return ip === null ? address : formatIp(ip);
};

/** The interface that holds this address is a tunnel's. */
export function isTunnelAddress(interfaces: Interfaces, address: string): boolean {
  return Object.entries(interfaces).some(
    ([name, entries]) =>
      TUNNEL_NAME.test(name) && (entries ?? []).some((e) => plain(e.address) === plain(address)),
  );
}

async function throughTunnel(world: World, reflectors: readonly ReflectorDescriptor[]): Promise<boolean> {
  const places = reflectors.flatMap((r) => r.addresses);
  const routes = await Promise.all(places.map((address) => world.routeAddress(address)));
  const interfaces = world.interfaces();
  return routes.some((address) => address !== null && isTunnelAddress(interfaces, address));
}

function clockWords(minutes: number): string {
  const off = Math.abs(minutes);
  const size =
    off >= 2 * MINUTES_PER_DAY
      ? `${Math.round(off / MINUTES_PER_DAY)} days`
      : off >= 2 * MINUTES_PER_HOUR
        ? `${Math.round(off / MINUTES_PER_HOUR)} hours`
        : `${off} minutes`;
  return `the clock of this device is ${size} ${minutes > 0 ? 'ahead' : 'behind'}: set it, or results can't be judged`;
}

/** Says in a line each what the volunteer should know; `clockOffset` in minutes as learnt from the collector. */
export async function ownNetwork(
  world: World,
  net: Net,
  given: { readonly vantage: VantagePoint; readonly clockOffset: number | null },
  reflectors: readonly ReflectorDescriptor[],
): Promise<OwnNetwork> {
  const [signed, resolver, tunnel] = await Promise.all([
    networkStatement(net, reflectors, world.now(), world.stop),
    resolverAsn(net, reflectors, (n) => world.random(n), world.stop),
    throughTunnel(world, reflectors),
  ]);
  const statement = readStatement(signed, reflectors, world.now());
  const { vantage, clockOffset } = given;
  if (tunnel) world.err('this device sends through a VPN: the results say nothing about its own network');
  const step = clockOffset === null ? 0 : Math.round(clockOffset / CLOCK_STEP_MINUTES) * CLOCK_STEP_MINUTES;
  if (step !== 0) world.err(clockWords(step));
  return {
    vantage: {
      ...vantage,
      cc: vantage.cc === 'ZZ' ? (statement?.cc ?? 'ZZ') : vantage.cc,
      asn: vantage.asn === 'AS0' ? `AS${statement?.asn ?? 0}` : vantage.asn,
    },
    signed,
    resolverAsn: resolver,
    tunnel,
    clockOffsetMinutes: step === 0 ? null : step,
  };
}
