/** The world in which unattended probes are watched: who has which address, and what is told to the process inside. */
import type { Programs } from './job.ts';

/** One network: members behind one router. */
export interface WatchedNetwork {
  readonly name: string;
  /** Documentation numbers (RFC 5398): no real operator is accused by a test. */
  readonly asn: number;
  readonly owner: string;
  readonly access: 'mobile' | 'fixed';
  readonly members: number;
}

/**
 * `down`: the router is there and nothing behind it. `whitelist`: inside the country only. `no-collector`: everything but the
 * collector's address. `no-power`: the router is off.
 */
export const LINE_STATES = ['up', 'down', 'whitelist', 'no-collector', 'no-power'] as const;
export type LineState = (typeof LINE_STATES)[number];

/** What the lab tells the process inside, as `watch.json`. */
export interface WatchPlan {
  readonly networks: readonly WatchedNetwork[];
  /** Minutes of the lab in one minute of the machine. */
  readonly speed: number;
  readonly programs: Pick<Programs, 'probe' | 'collector'> & {
    readonly world: readonly string[];
    readonly history: readonly string[];
  };
}

export const LAB_COUNTRY = 'KZ';
export const COLLECTOR = { address: '11.50.0.2', port: 8080 } as const;
export const RESOLVER = '11.30.0.53';
/** Inside the country, and abroad: prefix, and the anchors in it. */
export const PLACES = {
  domestic: { prefix: '11.30.0.0/16', anchors: ['11.30.0.10', '11.30.0.11'] },
  abroad: { prefix: '11.40.0.0/16', anchors: ['11.40.0.10', '11.40.0.11'] },
} as const;
export type Place = keyof typeof PLACES;
export const ANCHOR_NAMES = ['first.example', 'second.example'] as const;
export const WATCH_ONLY = '11.0.0.0/8,127.0.0.0/8,::1/128';

const FIRST_NETWORK = 100;
export const gatewayOf = (index: number): string => `11.${FIRST_NETWORK + index}.0.1`;
export const memberAddress = (index: number): string => `11.${FIRST_NETWORK + index}.0.2`;
export const prefixOf = (index: number): string => `11.${FIRST_NETWORK + index}.0.0/24`;

/** State folder of a member, below the lab's. */
export const homeName = ({ name }: WatchedNetwork, member: number): string => `member-${name}-${member}`;

/** As testlists/anchors.csv has them: inside by name, abroad by address. */
export const anchorsText = (): string =>
  [
    'kind,name,host,port,source',
    ...ANCHOR_NAMES.map((host) => `domestic,${host},${host},443,lab`),
    ...PLACES.abroad.anchors.map((address) => `foreign,${address},${address},443,lab`),
    '',
  ].join('\n');

/** `asn,owner,access,from,to,source`: rows for testlists/networks.csv. */
export const ownerRows = (networks: readonly WatchedNetwork[]): readonly string[] =>
  networks.map(({ asn, owner, access }) => `${asn},${owner},${access},,,lab`);

/** Six members are enough to be counted. */
export const MEMBERS = 6;
/** Minutes there in one of ours: an hour takes eight minutes, and a machine of two cores keeps up. */
export const USUAL_SPEED = 8;

export const networkOf = (
  name: string,
  asn: number,
  access: WatchedNetwork['access'] = 'fixed',
): WatchedNetwork => ({ name, asn, owner: `Lab ${name}`, access, members: MEMBERS });

/** What `npm run lab -- watch` opens. */
export const USUAL_WORLD = [
  networkOf('first', 64_500),
  networkOf('second', 64_501),
  networkOf('mobile', 64_502, 'mobile'),
];
