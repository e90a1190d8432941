/** Blocking: how often nothing is called something, and how soon something is found. */
import type { Episode } from '../../shared/model/index.ts';
import {
  BLOCK_KINDS,
  blockWorld,
  noiseWorld,
  witnessesOf,
  type BlockKind,
  type BlockWorld,
} from '../simulate/block-worlds.ts';
import {
  EAGER_FAMILIES,
  LIAR_FAMILIES,
  NOISE_FAMILIES,
  type NoiseFamily,
} from '../simulate/noise-families.ts';
import { DAY_MS, HOUR_MS } from '../simulate/habits.ts';
import { arrivedBy, asOf, burstPeaks, cellsFrom } from './blocking-watch.ts';
import { counter, type Count } from './figures.ts';
import type { Job } from './jobs.ts';

/** Two months each: a thousand domain-network-months of every family. */
const NOISE_WORLDS = 500;
const LIAR_WORLDS = 250;
const BLOCK_WORLDS = 200;
/** An hour of rounding and a wrong clock: an onset is not missed by less. */
const BRACKET_SLACK_MS = HOUR_MS;

const span = (e: Episode): string =>
  `${new Date(e.openedAt).toISOString().slice(0, 16)}Z, ${e.blocked} of ${e.voters}, ${e.basis}, ratio ${e.logRatio.toFixed(1)}`;

function falseJob(family: NoiseFamily, figure: string, worlds: number): Job {
  return {
    id: `blocking: ${family.name}`,
    worlds,
    run(seeds) {
      const count = counter(figure);
      for (const seed of seeds) {
        const world = noiseWorld(family, seed);
        let said: Episode | null = null;
        for (const arrived of burstPeaks(world)) said ??= asOf(world, arrived)[0] ?? null;
        count.add(said !== null, world.months, said && `${family.name}, seed ${seed}: ${span(said)}`);
      }
      return [count.count()];
    },
  };
}

/** Looked at each of so many non-empty hours after the second witness; later openings are looked for at these shares of the rest. */
const CELLS_LOOKED_AT = 4;
const LATER = [0.05, 0.15, 0.3, 0.6, 1];
/** Moments of the block (shares of it) at which it must not be called over. */
const STILL_BLOCKED = [0.4, 0.7, 0.99];

interface Story {
  /** Non-empty hours after that of the second witness; Infinity: opened later than is looked at; null: never. */
  readonly delay: number | null;
  /** The same after one more witness than may lie; of few voters that is the second, too. */
  readonly delayOfEnough: number | null;
  readonly basis: Episode['basis'] | null;
  readonly onsetIn: boolean;
  readonly closed: boolean;
  readonly closedEarly: boolean;
}

function mineIn(world: BlockWorld, arrived: number): readonly Episode[] {
  const block = world.block!;
  return asOf(world, arrived).filter(
    (e) => (e.onset.before ?? 0) < block.to + DAY_MS && (e.restored?.before ?? Infinity) > block.from,
  );
}

function delayOf(world: BlockWorld, second: number): number | null {
  const cells = cellsFrom(world, second, CELLS_LOOKED_AT);
  const cell = cells.findIndex((arrived) => mineIn(world, arrived).length > 0);
  if (cell >= 0) return cell;
  const [from, to] = [cells.at(-1) ?? 0, world.casts.length];
  const later = LATER.some((share) => mineIn(world, Math.round(from + share * (to - from))).length > 0);
  return later ? Infinity : null;
}

function storyOf(world: BlockWorld): Story {
  const block = world.block!;
  const witnesses = witnessesOf(world);
  const after = (nth: number): number | null =>
    delayOf(world, witnesses[nth - 1]?.vote.receivedAt ?? block.from);
  const delay = after(2);
  const enough = Math.max(2, Math.floor(world.voters / LIARS_ONE_IN) + 1);
  const during = STILL_BLOCKED.map((share) => block.from + share * (block.to - block.from));
  const closedEarly = during.some((at) => {
    const mine = mineIn(world, arrivedBy(world, at));
    return mine.length > 0 && mine.at(-1)!.restored !== null;
  });
  const final = mineIn(world, world.casts.length);
  const [first] = final;
  return {
    delay,
    delayOfEnough: enough === 2 || witnesses.length < enough ? delay : after(enough),
    basis:
      first === undefined ? null : final.some((e) => e.basis === 'interfered') ? 'interfered' : 'suspected',
    onsetIn:
      first !== undefined &&
      (first.onset.after === null || first.onset.after <= block.from + BRACKET_SLACK_MS) &&
      (first.onset.before === null || first.onset.before >= block.from - BRACKET_SLACK_MS),
    closed: first !== undefined && final.at(-1)!.restored !== null,
    closedEarly,
  };
}

const MAX_CELLS_LATE = 1;
/** A fifth lies. */
const LIARS_ONE_IN = 5;

function blockJob(kind: BlockKind): Job {
  return {
    id: `blocking: ${kind.name}`,
    worlds: BLOCK_WORLDS,
    run(seeds) {
      const counts = new Map<string, ReturnType<typeof counter>>();
      const add = (figure: string, hit: boolean, bad: boolean, miss: string): void => {
        const count = counts.get(figure) ?? counter(figure);
        counts.set(figure, count);
        count.add(hit, 1, bad ? miss : null);
      };
      for (const seed of seeds) {
        const world = blockWorld(kind, seed);
        const { delay, delayOfEnough, basis, onsetIn, closed, closedEarly } = storyOf(world);
        const miss = `${kind.name}, seed ${seed}`;
        const found = delay !== null;
        const should = kind.sufficient === 0 || witnessesOf(world).length >= 2;
        if (!should) continue;
        const isLate = (cells: number | null): boolean => cells === null || cells > MAX_CELLS_LATE;
        const late = isLate(delayOfEnough);
        switch (kind.name) {
          case 'block':
            add('blocking recall', found, !found, miss);
            add('blocking delay', !late, late, `${miss}: ${delayOfEnough ?? 'never'}`);
            // A fifth of ten is two: where two may be liars together, two witnesses can't be enough.
            add(
              `blocking delay:${world.voters < 10 ? '6 to 9 voters' : '10 voters and more'}`,
              !isLate(delay),
              false,
              miss,
            );
            if (!found) break;
            add('blocking onset', onsetIn, !onsetIn, miss);
            add('blocking end', closed, !closed, miss);
            add('blocking early end', !closedEarly, closedEarly, miss);
            break;
          case 'liars hide':
            add('blocking liars hide', found, !found, miss);
            if (found) add('blocking liars close', closedEarly, closedEarly, miss);
            break;
          case 'liars prolong':
            if (found) add('blocking liars prolong', closed, !closed, miss);
            break;
          case 'block of half':
            add('blocking half', found, !found, miss);
            break;
          case 'suspected only':
            add('blocking suspected', found, !found, miss);
            if (found) add('blocking suspected basis', basis === 'suspected', basis !== 'suspected', miss);
        }
      }
      return [...counts.values()].map((c): Count => c.count());
    },
  };
}

/** What liars bring about for a time is taken back when the others have spoken; what stays is another matter. */
function liarJob(family: NoiseFamily, figure: string): Job {
  return {
    id: `blocking: ${family.name}`,
    worlds: LIAR_WORLDS,
    run(seeds) {
      const stays = counter(figure);
      const live = counter('blocking liars for a time');
      for (const seed of seeds) {
        const world = noiseWorld(family, seed);
        const [kept = null] = asOf(world, world.casts.length);
        const said = kept ?? burstPeaks(world).flatMap((arrived) => asOf(world, arrived))[0] ?? null;
        const miss = (e: Episode | null) => e && `${family.name}, seed ${seed}: ${span(e)}`;
        stays.add(kept !== null, world.months, miss(kept));
        live.add(kept === null && said !== null, world.months, miss(kept === null ? said : null));
      }
      return [stays.count(), live.count()];
    },
  };
}

export const BLOCKING_JOBS: readonly Job[] = [
  ...BLOCK_KINDS.map(blockJob),
  ...NOISE_FAMILIES.map((family) => falseJob(family, 'blocking false', NOISE_WORLDS)),
  ...LIAR_FAMILIES.map((family) => liarJob(family, 'blocking liars open')),
  ...EAGER_FAMILIES.map((family) => liarJob(family, `blocking liars open:${family.name}`)),
];
