/** How domains were filtered in Kazakhstan: facts with their sources, as simulated votes and sightings. */
import type { CellNetwork, CleanSighting, Sighting } from '../../shared/model/index.ts';
import { createDraw } from './draw.ts';
import { DAY_MS, HOUR_MS } from './habits.ts';
import { castVotes, INTERFERED, SUSPECTED, type Cast, type Condition } from './votes.ts';
import { createCrowd, type Volunteer } from './volunteers.ts';

/** Networks of three owners on that day (testlists/networks.csv). */
const NETWORKS: readonly (readonly [CellNetwork, string])[] = [
  [{ asn: 9198, access: 'fixed' }, 'Kazakhtelecom'],
  [{ asn: 41798, access: 'fixed' }, 'Transtelecom'],
  [{ asn: 21299, access: 'mobile' }, 'Kar-Tel'],
];

interface Stretch {
  readonly from: number;
  readonly to: number;
}

export interface Filtering {
  readonly name: string;
  readonly source: string;
  readonly domains: readonly string[];
  readonly stretches: readonly Stretch[];
  readonly casts: readonly (readonly Cast[])[];
  readonly until: number;
}

const blockedIn =
  (stretches: readonly Stretch[]): Condition =>
  (_who, at, draw) =>
    stretches.some((s) => at >= s.from && at < s.to) && !draw.chance(0.03)
      ? draw.chance(0.85)
        ? INTERFERED
        : SUSPECTED
      : null;

/** One list of casts for each domain, over all networks. */
function cast(
  seed: number,
  from: number,
  until: number,
  daily: number,
  domains: readonly string[],
  stretches: readonly Stretch[],
) {
  const draw = createDraw(seed, 700);
  const crowds = NETWORKS.map(([network, owner]) =>
    createCrowd(draw, { count: 12, network, owner, from, to: until, daily, settled: true }),
  );
  const conditions = [blockedIn(stretches)];
  return domains.map((domain) =>
    crowds.flatMap((crowd) => castVotes(draw, crowd, { domain, from, to: until, conditions })),
  );
}

/**
 * SoundCloud was blocked for some hours and opened again, several times; the times of day here are made up, the pattern is
 * that of blocks that come again.
 */
export function recurrent(seed: number): Filtering {
  const from = Date.parse('2021-12-01T00:00:00Z');
  const first = from + 25 * DAY_MS;
  // Each on for two days, five days apart.
  const stretches = [0, 1, 2].map((i) => ({
    from: first + i * 7 * DAY_MS + 9 * HOUR_MS,
    to: first + i * 7 * DAY_MS + 57 * HOUR_MS,
  }));
  const until = first + 30 * DAY_MS;
  const domains = ['soundcloud.com'];
  return {
    name: 'a block that comes again',
    source: 'pattern of SoundCloud in Kazakhstan',
    domains,
    stretches,
    casts: cast(seed, from, until, 4, domains, stretches),
    until,
  };
}

/** One article was meant, and all that stood behind its addresses went: Medium, June 2020, by a city court of Aktobe. */
export function collateral(seed: number): Filtering {
  const from = Date.parse('2020-05-10T00:00:00Z');
  const begins = Date.parse('2020-06-08T10:00:00Z');
  const stretches = [{ from: begins, to: begins + 10 * DAY_MS }];
  const until = begins + 20 * DAY_MS;
  const domains = [
    'medium.com',
    'one.medium-hosted.example',
    'two.medium-hosted.example',
    'three.medium-hosted.example',
  ];
  return {
    name: 'collateral of one address',
    source: 'medium.com blocked over one article, June 2020',
    domains,
    stretches,
    casts: cast(seed, from, until, 2, domains, stretches),
    until,
  };
}

export interface PartialInterception {
  readonly share: number;
  readonly sightings: readonly Sighting[];
  readonly clean: readonly CleanSighting[];
  readonly casts: readonly Cast[];
  readonly until: number;
}

const AUTHORITY = 'qaznet-2019';
/** Names that were intercepted in 2019 (Censored Planet's list has 37). */
const NAMES = ['facebook.com', 'instagram.com', 'vk.com', 'twitter.com', 'youtube.com', 'mail.ru'] as const;
const stamp = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replace('T', ' ');

/** 7 to 24 per cent of the lines, 17 to 26 July 2019, through part of AS9198. */
export function partialInterception(seed: number): PartialInterception {
  const draw = createDraw(seed, 701);
  const share = draw.between(0.07, 0.24);
  const from = Date.parse('2019-06-20T00:00:00Z');
  const active = { from: Date.parse('2019-07-17T00:00:00Z'), to: Date.parse('2019-07-26T00:00:00Z') };
  const until = active.to + 7 * DAY_MS;
  const [network, owner] = NETWORKS[0]!;
  const crowd = createCrowd(draw, { count: 40, network, owner, from, to: until, daily: 1, settled: true });
  const met = new Set(draw.some(crowd, Math.max(2, Math.round(share * crowd.length))));
  const isMet = (who: Volunteer, at: number): boolean => met.has(who) && at >= active.from && at < active.to;
  const intercepted: Condition = (who, at) =>
    isMet(who, at) ? { ...INTERFERED, method: 'tls.interception' } : null;
  const all = NAMES.map((domain) =>
    castVotes(draw, crowd, { domain, from, to: until, conditions: [intercepted] }),
  );
  const sightings = all.flat().flatMap(({ vote, who, trueAt }): Sighting[] =>
    !isMet(who, trueAt)
      ? []
      : [
          {
            measurementId: vote.measurementId,
            pseudonym: vote.pseudonym,
            startTime: stamp(vote.at),
            late: false,
            asn: network.asn,
            cc: 'KZ',
            line: 'fixed',
            region: null,
            authority: AUTHORITY,
            proven: true,
            finished: true,
            spki: 'ab'.repeat(32),
            name: 'Qaznet Trust Network',
            hosts: [vote.domain],
            firstMet: true,
            forgedAtReflector: false,
            keyed: 'sni',
            local: false,
          },
        ],
  );
  const clean = all.flat().flatMap(({ vote, who, trueAt }): CleanSighting[] =>
    isMet(who, trueAt) || vote.outcome !== 'accessible'
      ? []
      : [
          {
            measurementId: vote.measurementId,
            pseudonym: vote.pseudonym,
            startTime: stamp(vote.at),
            asn: network.asn,
            host: vote.domain,
          },
        ],
  );
  return { share, sightings, clean, casts: all[0]!, until };
}
