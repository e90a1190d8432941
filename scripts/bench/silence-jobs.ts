/** Silence: how often nothing is called one, and how soon one is said. */
import {
  CALM_FAMILIES,
  CUT_FAMILIES,
  type CutFamily,
  type SilenceFamily,
} from '../simulate/silence-worlds.ts';
import { counter, type Count } from './figures.ts';
import type { Job } from './jobs.ts';
import { live, type Opened } from './silence-life.ts';

/** Days of one world without a cut, and worlds of each family: half a year each. */
const CALM_DAYS = 180;
const CALM_WORLDS = 9;
const MONTH_DAYS = 30;
/** The first weeks of groups of which nothing is learnt: short worlds, a year of each family. */
const NEW_DAYS = 14;
const NEW_WORLDS = 26;
/** Days of one world with some 25 cuts, after two weeks of learning: more than 200 in all. */
const CUT_DAYS = 60;
const CUT_WORLDS = 9;

const span = ({ openedAt, active, overdue }: Opened): string =>
  `${new Date(openedAt).toISOString().slice(0, 16)}Z, ${overdue} of ${active}`;

interface Calm {
  readonly name: string;
  readonly figure: string;
  readonly days: number;
  readonly worlds: number;
}

function calmJob(family: SilenceFamily, { name, figure, days, worlds }: Calm): Job {
  const spent = days / MONTH_DAYS;
  return {
    id: `${name}: ${family.name}`,
    worlds,
    run(seeds) {
      const count = counter(family.name.startsWith('liars') ? 'silence liars' : figure);
      for (const seed of seeds) {
        const { opened } = live(family.world(seed, days));
        const said = opened.filter(({ again }) => !again);
        for (let i = 0; i < Math.max(1, said.length); i += 1) {
          const event = said[i];
          const miss = event === undefined ? null : `${family.name}, seed ${seed}: ${span(event)}`;
          count.add(event !== undefined, i === 0 ? spent : 0, miss);
        }
      }
      return [count.count()];
    },
  };
}
const LONG: Calm = { name: 'silence', figure: 'silence false', days: CALM_DAYS, worlds: CALM_WORLDS };
const NEW: Calm = { name: 'new group', figure: 'silence new', days: NEW_DAYS, worlds: NEW_WORLDS };

function cutJob(family: CutFamily): Job {
  const told = family.name.startsWith('mixed');
  return {
    id: `cut: ${family.name}`,
    worlds: CUT_WORLDS,
    run(seeds): readonly Count[] {
      const figure = `${told ? 'cut mixed' : 'cut'}:${family.name}, ≤ ${family.withinMs / 60_000} min`;
      const count = counter(figure);
      for (const seed of seeds) {
        const world = family.world(seed, CUT_DAYS);
        const { opened } = live(world);
        for (const cut of world.cuts) {
          const first = opened.find((o) => o.openedAt >= cut.from && o.openedAt < cut.to);
          const late = first === undefined ? Infinity : first.openedAt - cut.from;
          const hit = late <= family.withinMs;
          const when = new Date(cut.from).toISOString().slice(0, 16);
          const miss = `${family.name}, seed ${seed}, cut ${when}Z: ${first === undefined ? 'never said' : `${(late / 60_000).toFixed(1)} min`}`;
          count.add(hit, 1, hit ? null : miss);
        }
      }
      return [count.count()];
    },
  };
}

export const SILENCE_JOBS: readonly Job[] = [
  ...CUT_FAMILIES.map(cutJob),
  ...CALM_FAMILIES.map((family) => calmJob(family, LONG)),
  ...CALM_FAMILIES.map((family) => calmJob(family, NEW)),
];
