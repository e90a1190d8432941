/** What a simulated world draws from one seed: the same seed, the same world. */
import { createRandom } from '../fuzz/random.ts';

export interface Draw {
  /** Even, from 0 (inclusive) to 1 (exclusive). */
  share(): number;
  chance(share: number): boolean;
  /** Even, from `low` to `high`. */
  between(low: number, high: number): number;
  /** A whole number, `low` to `high`, both inclusive. */
  whole(low: number, high: number): number;
  /** Gap of a Poisson process, in the unit of `mean`. */
  gap(mean: number): number;
  /** Log-normal around 1: most are ordinary, a few are many times worse. */
  skewed(sigma: number): number;
  pick<T>(list: readonly T[]): T;
  /** `count` of the list, each at most once, in no order. */
  some<T>(list: readonly T[], count: number): readonly T[];
}

const RANGE = 2 ** 32;
/** Spreads neighbouring seeds over the whole range before the generator sees them (Knuth's multiplier). */
const SPREAD = 0x9e3779b1;

/** `stream` keeps two families of worlds with the same seed apart. */
export function createDraw(seed: number, stream = 0): Draw {
  const random = createRandom((Math.imul(seed, SPREAD) ^ Math.imul(stream + 1, 0x85ebca6b)) >>> 0);
  const share = (): number => random.below(RANGE) / RANGE;
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - share())) * Math.cos(2 * Math.PI * share());
  const pick = <T>(list: readonly T[]): T => random.pick(list);
  return {
    share,
    chance: (limit) => share() < limit,
    between: (low, high) => low + share() * (high - low),
    whole: (low, high) => low + random.below(high - low + 1),
    gap: (mean) => -mean * Math.log(1 - share()),
    skewed: (sigma) => Math.exp(sigma * normal()),
    pick,
    some<T>(list: readonly T[], count: number): readonly T[] {
      const left = [...list];
      const taken: T[] = [];
      while (taken.length < count && left.length > 0)
        taken.push(...left.splice(random.below(left.length), 1));
      return taken;
    },
  };
}
