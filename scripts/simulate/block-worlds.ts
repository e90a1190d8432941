/** Worlds in which one domain of one network is blocked, or never is; votes in the order of their arrival. */
import type { CellNetwork } from '../../shared/model/index.ts';
import { createDraw } from './draw.ts';
import { DAY_MS } from './habits.ts';
import { EAGER_FAMILIES, LIAR_FAMILIES, NOISE_FAMILIES, type NoiseFamily } from './noise-families.ts';
import { castVotes, INTERFERED, OK, SUSPECTED, type Cast, type Condition } from './votes.ts';
import { createCrowd } from './volunteers.ts';

/** A Thursday after the change of Kazakhstan's clocks; worlds begin here. */
const FIRST_DAY = Date.parse('2026-03-05T00:00:00Z');
const MONTH_DAYS = 30;
const MONTHS = 2;
const NETWORK: CellNetwork = { asn: 64500, access: 'fixed' };

export interface TrueBlock {
  readonly from: number;
  readonly to: number;
}

export interface BlockWorld {
  readonly family: string;
  readonly seed: number;
  readonly casts: readonly Cast[];
  /** Volunteers of the network. */
  readonly voters: number;
  readonly block: TrueBlock | null;
  /** Domain-network-months. */
  readonly months: number;
  readonly until: number;
}

/** Half of all networks have few volunteers. */
const CROWDS = [6, 7, 8, 10, 12, 15, 20, 30, 50] as const;
const LIAR_CROWDS = [5, 6, 8, 10, 15, 20, 30] as const;
const DAILY = [0.3, 0.7, 1.5, 3] as const;

export function noiseWorld(family: NoiseFamily, seed: number): BlockWorld {
  const draw = createDraw(
    seed,
    100 + [...NOISE_FAMILIES, ...LIAR_FAMILIES, ...EAGER_FAMILIES].indexOf(family),
  );
  const from = FIRST_DAY + draw.whole(0, 300) * DAY_MS;
  const until = from + MONTHS * MONTH_DAYS * DAY_MS;
  const liars = family.liars ?? 0;
  const crowd = createCrowd(draw, {
    count: draw.pick(liars > 0 ? LIAR_CROWDS : CROWDS),
    network: NETWORK,
    owner: 'Example Telecom',
    from,
    to: until,
    daily: draw.pick(DAILY),
    liars,
    eager: family.eager === true,
    // Whoever comes and goes would change the liars' share.
    settled: liars > 0,
    ...(family.habit === undefined ? {} : { habit: family.habit }),
  });
  const conditions = family.conditions(draw, from, until);
  const casts = castVotes(draw, crowd, { domain: 'site.example', from, to: until, conditions });
  return { family: family.name, seed, casts, voters: crowd.length, block: null, months: MONTHS, until };
}

export interface BlockKind {
  readonly name: string;
  /** Share of lines that meet the block; 1: all of the network. */
  readonly reach: number;
  /** Of the blocked measurements, those whose pair is sufficient. */
  readonly sufficient: number;
  /** What a fifth of the voters says: nothing unusual, that all is well, or that it is blocked (also before and after). */
  readonly liars: 'none' | 'say ok' | 'say blocked';
}

export const BLOCK_KINDS: readonly BlockKind[] = [
  { name: 'block', reach: 1, sufficient: 0.85, liars: 'none' },
  { name: 'liars hide', reach: 1, sufficient: 0.85, liars: 'say ok' },
  { name: 'liars prolong', reach: 1, sufficient: 0.85, liars: 'say blocked' },
  { name: 'block of half', reach: 0.5, sufficient: 0.85, liars: 'none' },
  { name: 'suspected only', reach: 1, sufficient: 0, liars: 'none' },
];

/** Of blocked lines' measurements, those that get through all the same. */
const LEAK = 0.03;
const HISTORY_DAYS = 25;
const LIAR_SHARE = 0.2;

/** A line meets the block or does not, for as long as it lasts: drawn by its number. */
const met = (device: number, reach: number, salt: number): boolean =>
  createDraw(salt * 1000 + device, 7).share() < reach;

export function blockWorld(kind: BlockKind, seed: number): BlockWorld {
  const draw = createDraw(seed, 200 + BLOCK_KINDS.indexOf(kind));
  const from = FIRST_DAY + draw.whole(0, 300) * DAY_MS;
  const begins = from + draw.between(HISTORY_DAYS, HISTORY_DAYS + 10) * DAY_MS;
  const block = { from: begins, to: begins + draw.between(3, 14) * DAY_MS };
  const until = block.to + 14 * DAY_MS;
  const liars = kind.liars === 'none' ? 0 : LIAR_SHARE;
  const crowd = createCrowd(draw, {
    count: draw.pick(CROWDS),
    network: NETWORK,
    owner: 'Example Telecom',
    from,
    to: until,
    daily: draw.pick(DAILY),
    liars,
    settled: liars > 0,
  });
  const lies: Condition = (who) =>
    !who.liar || kind.liars === 'none' ? null : kind.liars === 'say ok' ? OK : INTERFERED;
  const blocked: Condition = (who, at, d) =>
    at < block.from || at >= block.to || !met(who.device, kind.reach, seed) || d.chance(LEAK)
      ? null
      : d.chance(kind.sufficient)
        ? INTERFERED
        : SUSPECTED;
  const casts = castVotes(draw, crowd, {
    domain: 'blocked.example',
    from,
    to: until,
    conditions: [lies, blocked],
  });
  return {
    family: kind.name,
    seed,
    casts,
    voters: crowd.length,
    block,
    months: (until - from) / (MONTH_DAYS * DAY_MS),
    until,
  };
}

/** What of a block could be seen of it: distinct pseudonyms with a sufficient pair, in the order of arrival. */
export function witnessesOf(world: BlockWorld): readonly Cast[] {
  const { block } = world;
  if (block === null) return [];
  const seen = new Set<string>();
  return world.casts.filter(({ vote, who, trueAt }) => {
    const counts = !who.liar && vote.outcome === 'interfered' && trueAt >= block.from && trueAt < block.to;
    if (!counts || seen.has(vote.pseudonym)) return false;
    seen.add(vote.pseudonym);
    return true;
  });
}
