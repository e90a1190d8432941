/**
 * As which member of which network this device speaks now. A key belongs to one network: before anything is signed it must be known
 * that the device still stands where that key was used.
 */
import { ipClass, parseIp } from '../../shared/codec/ip.ts';
import type { Descriptor, LineOfMember } from '../../shared/model/index.ts';
import type { Net } from '../net/net.ts';
import type { Identities, Identity } from '../report/identity.ts';
import { nextHop, ROUTE_FILES } from '../watch/routes.ts';
import { isLab, reachable } from './learn-collector.ts';
import { ownNetwork } from './own-network.ts';
import type { RunSettings } from './run-options.ts';
import type { World } from './world.ts';

export interface Member {
  readonly line: LineOfMember;
  readonly identity: Identity;
}

export interface Members {
  /** Null: the device has moved, and where to can't be learnt now. */
  current(): Promise<Member | null>;
  /** Ask anew next time. */
  doubt(): void;
  /** The line by what the system says of it, without asking anybody: another text is another line. */
  lineKey(): string;
}

/** Asked again after this, since a router may have changed its provider unseen. Milliseconds. */
const MAX_AGE_MS = 3 * 60 * 60_000;

/** Interfaces with their IPv4 addresses (those of IPv6 change by themselves every day), and the next hop. */
export function lineKey(world: World): string {
  const { system } = world;
  const hop =
    system === undefined ? 'unknown' : nextHop(system.text(ROUTE_FILES.v4), system.text(ROUTE_FILES.v6));
  const interfaces = Object.entries(world.interfaces()).flatMap(([name, entries]) =>
    (entries ?? []).flatMap(({ address }) => {
      const ip = parseIp(address);
      return ip?.family === 4 && ipClass(ip) !== 'loopback' ? [`${name} ${address}`] : [];
    }),
  );
  return JSON.stringify([hop, interfaces.sort()]);
}

export function openMembers(options: {
  readonly settings: RunSettings;
  readonly world: World;
  readonly net: Net;
  readonly identities: Identities;
  readonly descriptor: () => Descriptor | null;
}): Members {
  const { settings, world, net, identities, descriptor } = options;
  const { vantage, region } = settings;
  const said = vantage.cc !== 'ZZ' && vantage.asn !== 'AS0';
  let known: { readonly cc: string; readonly asn: string; readonly key: string; readonly at: number } | null =
    null;
  let everTold = false;
  let told = false;

  const learn = async (key: string): Promise<void> => {
    const now = world.now();
    const found = descriptor();
    const reflectors =
      settings.reflectors ?? (found === null ? [] : reachable(found, isLab(settings, world)).reflectors);
    // What it says to the volunteer it says once, not every few hours.
    const quiet = told ? { ...world, err: () => undefined } : world;
    told = true;
    const network = await ownNetwork(quiet, net, { vantage, clockOffset: null }, reflectors);
    if (network.signed === null && everTold) {
      // Nobody says it now. On the same line it is still the same network.
      known = known?.key === key ? { ...known, at: now } : null;
      return;
    }
    everTold ||= network.signed !== null;
    known = { cc: network.vantage.cc, asn: network.vantage.asn, key, at: now };
  };

  return {
    lineKey: () => lineKey(world),
    doubt() {
      if (known !== null) known = { ...known, at: Number.NEGATIVE_INFINITY };
    },
    async current() {
      const key = lineKey(world);
      const now = world.now();
      if (said) known = { cc: vantage.cc, asn: vantage.asn, key, at: now };
      else if (known === null || known.key !== key || Math.abs(now - known.at) > MAX_AGE_MS) await learn(key);
      if (known === null) return null;
      const { cc, asn } = known;
      return {
        line: { cc, asn, access: vantage.networkType, region },
        identity: await identities.keyFor({ cc, asn, now }),
      };
    },
  };
}
