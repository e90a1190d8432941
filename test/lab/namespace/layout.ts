import { join } from 'node:path';
import { formatIp, parseIp } from '../../../shared/codec/ip.ts';
import type { Scenario } from '../../scenarios/scenario.ts';
import { siteRows } from '../loopback/client-addresses.ts';
import { standsEverywhere } from '../loopback/decide.ts';

/** Who has which address. No scenario uses 11.254.0.0/15, 3ffe:fffe:: or 3ffe:ffff::. */

export const CLIENT = { 4: '11.254.0.2', 6: '3ffe:fffe::2' } as const;
/** The machine of the collector, with control and reflector. */
export const COLLECTOR_ADDRESS = '11.255.0.2';
export const COLLECTOR_PORT = 8080;
export const REFLECTOR = { 4: '11.255.0.3', 6: '3ffe:ffff::3' } as const;
export const REFLECTOR_NAME = 'mirror.example';
export const REFLECTOR_PORTS = [443, 8443, 9443] as const;
export const SELF_SIGNED_PORT = 4443;
export const WHOAMI_ZONE = 'whoami.mirror.example';
export const DNS_PORT = 53;
export const RESOLVER_ADDRESS = '11.255.0.53';
/** The resolver of the collector's machine. */
export const OUTSIDE_RESOLVER_ADDRESS = '11.255.0.54';
export const DOH_ADDRESS = '11.255.0.1';
export const DOH_NAME = 'second-opinion.example';
/** The box on the path that ends connections itself. */
export const BOX = { 4: '11.255.0.99', 6: '3ffe:ffff::99' } as const;
const FIRST_BOX_PORT = 20_000;
/** A network number for documentation (RFC 5398): no real operator is accused by a test. */
export const LAB_ASN = 64_500;
export const LAB_CC = 'KZ';
/** Where the control stands. */
const OUTSIDE_NETWORK = { cc: 'DE', asn: 64_501 } as const;

const LAB_BLOCKS =
  '11.0.0.0/8,3ffe::/16,127.0.0.0/8,::1/128,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,100.64.0.0/10';

/**
 * Everything that exists in the lab, forged answers that point home, and a real resolver's address that the scenario puts
 * into its own network; see KUAGER_ONLY.
 */
export function labOnly(scenario: Scenario): string {
  const resolver = resolverAddress(scenario);
  return `${LAB_BLOCKS},${resolver}/${resolver.includes(':') ? 128 : 32}`;
}

/** What the client finds in the places of a system's roots, and its home. */
export const deviceFolders = (folder: string) => ({
  bundle: join(folder, 'device/bundle'),
  added: join(folder, 'device/added'),
  nothing: join(folder, 'device/nothing'),
  home: join(folder, 'device/home'),
});

export const HTTP_PORT = 80;
export const HTTPS_PORT = 443;

export function canonical(address: string): string {
  const ip = parseIp(address);
  return ip === null ? address : formatIp(ip);
}

/** A loopback address of a site is the client's own; nothing stands there. */
const isOwn = (address: string): boolean => address.startsWith('127.') || address === '::1';

export function siteAddresses(scenario: Scenario): readonly string[] {
  const all = scenario.sites.flatMap((site) => site.addresses.map(canonical));
  return [...new Set(all)].filter((address) => !isOwn(address));
}

export function resolverAddress(scenario: Scenario): string {
  return scenario.line?.resolver?.address ?? RESOLVER_ADDRESS;
}

export function worldAddresses(scenario: Scenario, registry: readonly string[]): readonly string[] {
  const services = [RESOLVER_ADDRESS, OUTSIDE_RESOLVER_ADDRESS, DOH_ADDRESS, ...registry, BOX[4], BOX[6]];
  return [...new Set([...services, resolverAddress(scenario), ...siteAddresses(scenario)])];
}

export const outsideAddresses = (): readonly string[] => [COLLECTOR_ADDRESS, REFLECTOR[4], REFLECTOR[6]];

export interface BoxPlace {
  /** Null: every address and port that nobody has. */
  readonly endpoint: { readonly address: string; readonly port: number } | null;
  readonly boxPort: number;
}

/** The connections that are turned to the box, each to a port of its own; none where no rule needs it. */
export function boxPlaces(scenario: Scenario): readonly BoxPlace[] {
  const terminates = scenario.censor.some(
    (r) => r.on === 'sni' && (r.action.kind === 'intercept' || r.action.kind === 'divert'),
  );
  const catchesAll = standsEverywhere(scenario.censor);
  const places = terminates
    ? [
        ...[DOH_ADDRESS, ...siteAddresses(scenario)].map((address) => ({ address, port: HTTPS_PORT })),
        ...[REFLECTOR[4], REFLECTOR[6]].flatMap((address) =>
          [...REFLECTOR_PORTS, SELF_SIGNED_PORT].map((port) => ({ address, port })),
        ),
      ]
    : [];
  const turned = places.map((endpoint, i) => ({ endpoint, boxPort: FIRST_BOX_PORT + 1 + i }));
  return catchesAll ? [{ endpoint: null, boxPort: FIRST_BOX_PORT }, ...turned] : turned;
}

/** `prefix,asn,cc`: what an address database says of the lab. */
export function networkRows(scenario: Scenario): string {
  const { cc, asn } = scenario.line?.network ?? { cc: LAB_CC, asn: LAB_ASN };
  const resolver = scenario.line?.resolver ?? { address: RESOLVER_ADDRESS, cc, asn };
  const inside = [`${CLIENT[4]}/32`, `${CLIENT[6]}/128`, `${BOX[4]}/32`, `${BOX[6]}/128`];
  return [
    ...inside.map((prefix) => `${prefix},${asn},${cc}`),
    `${resolver.address}/${resolver.address.includes(':') ? 128 : 32},${resolver.asn},${resolver.cc}`,
    `${OUTSIDE_RESOLVER_ADDRESS}/32,${OUTSIDE_NETWORK.asn},${OUTSIDE_NETWORK.cc}`,
    ...siteRows(scenario.sites),
    '',
  ].join('\n');
}
