/** What is wanted of the detectors, and how counts of many jobs become a row that says whether it is so. Pure. */
import { wilson } from './wilson.ts';

/** What one job counted for one figure. */
export interface Count {
  readonly figure: string;
  readonly hits: number;
  /** Trials: worlds, cuts, months, whatever the figure is of. */
  readonly of: number;
  /** Where it was missed, so that the world can be made again: `family, seed`. A few will do. */
  readonly misses: readonly string[];
}

interface Goal {
  readonly title: string;
  /** `least`: at least so large a share of hits. `most`: at most so many hits per trial. `told`: only reported. */
  readonly kind: 'least' | 'most' | 'told';
  readonly limit: number;
  /** Shown per so many trials, with their name. */
  readonly per?: readonly [number, string];
}

/** One row each, in the order of the table. Ids ending in `:` are families: one row for each that was counted. */
export const GOALS: Readonly<Record<string, Goal>> = {
  uganda: { title: 'Uganda series: conditions met', kind: 'least', limit: 1 },
  'blocking recall': { title: 'block with two witnesses is found', kind: 'least', limit: 0.95 },
  'blocking delay': {
    title: '… within one non-empty cell of one more witness than may lie',
    kind: 'least',
    limit: 0.95,
  },
  'blocking delay:': { title: '… within one of the second, of these', kind: 'told', limit: 0 },
  'blocking onset': { title: '… and its onset lies in the bracket', kind: 'told', limit: 0 },
  'blocking end': { title: '… and it is closed within 14 days of its end', kind: 'told', limit: 0 },
  'blocking early end': { title: '… and is never closed before its end', kind: 'told', limit: 0 },
  'blocking false': {
    title: 'false blocking events, all noise families',
    kind: 'most',
    limit: 0.001,
    per: [1000, 'domain-network-months'],
  },
  'blocking liars open': { title: 'liars open an event that stays, months', kind: 'most', limit: 0 },
  'blocking liars for a time': { title: '… or one that is taken back, months', kind: 'told', limit: 0 },
  'blocking liars open:': { title: 'eager liars open an event that stays, months', kind: 'told', limit: 0 },
  'blocking liars hide': { title: 'block found though a fifth says ok', kind: 'least', limit: 0.95 },
  'blocking liars close': { title: 'liars close a block that goes on', kind: 'most', limit: 0 },
  'blocking liars prolong': { title: 'block closed though a fifth says blocked', kind: 'least', limit: 0.95 },
  'blocking half': { title: 'block of half of the lines is found', kind: 'told', limit: 0 },
  'blocking suspected': { title: 'block without sufficient pairs: found', kind: 'told', limit: 0 },
  'blocking suspected basis': { title: '… and called suspected', kind: 'least', limit: 1 },
  'cut:': { title: 'silence said in time', kind: 'least', limit: 0.95 },
  'cut mixed:': { title: 'silence said in time', kind: 'told', limit: 0 },
  'silence false': {
    title: 'false silences, all calm families',
    kind: 'most',
    limit: 1 / 12,
    per: [12, 'group-years'],
  },
  'silence new': {
    title: 'false silences, first two weeks of new groups',
    kind: 'most',
    limit: 1 / 12,
    per: [12, 'group-years'],
  },
  'silence liars': { title: 'liars who stop open a silence, months', kind: 'most', limit: 0 },
  'replay recurrent': { title: 'a block that comes again: an event for each', kind: 'least', limit: 0.95 },
  'replay collateral': {
    title: 'collateral: each domain one event, of all owners',
    kind: 'least',
    limit: 0.95,
  },
  'interception found': {
    title: '7–24 % of lines intercepted: an interception event',
    kind: 'least',
    limit: 0.95,
  },
  'interception blocking': { title: '… and a blocking event, too', kind: 'told', limit: 0 },
  replay: { title: 'replays: conditions met', kind: 'least', limit: 1 },
};

export interface Row {
  readonly figure: string;
  readonly wanted: string;
  readonly got: string;
  readonly interval: string;
  /** null: only told. */
  readonly reached: boolean | null;
  readonly misses: readonly string[];
}

const MISSES_SHOWN = 6;
const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

function goalOf(figure: string): Goal | undefined {
  return GOALS[figure] ?? GOALS[figure.slice(0, figure.indexOf(':') + 1)];
}

function rowOf(figure: string, counts: readonly Count[]): Row {
  const goal = goalOf(figure);
  if (goal === undefined) throw new Error(`no goal for the figure ${figure}`);
  const hits = counts.reduce((sum, c) => sum + c.hits, 0);
  const of = counts.reduce((sum, c) => sum + c.of, 0);
  const { low, high } = wilson(hits, of);
  const share = of === 0 ? 0 : hits / of;
  const name = figure.includes(':') ? `${goal.title}: ${figure.slice(figure.indexOf(':') + 1)}` : goal.title;
  const [per, unit] = goal.per ?? [1, ''];
  const show = (value: number): string => (unit === '' ? percent(value) : (value * per).toFixed(2));
  const tried =
    unit === ''
      ? `${hits} of ${Number(of.toFixed(1))}`
      : `${hits} in ${(of / (unit === 'group-years' ? per : 1)).toFixed(0)} ${unit}`;
  const wanted = goal.kind === 'told' ? '' : `${goal.kind === 'least' ? '≥' : '≤'} ${show(goal.limit)}`;
  return {
    figure: name,
    wanted,
    got: `${show(share)} (${tried})`,
    interval: `${show(low)} … ${show(high)}`,
    // Nothing tried shows nothing: that is a miss, too.
    reached:
      goal.kind === 'told'
        ? null
        : of > 0 && (goal.kind === 'least' ? share >= goal.limit : share <= goal.limit),
    misses: counts.flatMap((c) => c.misses).slice(0, MISSES_SHOWN),
  };
}

/** Rows in the order of GOALS, families in the order in which they were counted. */
export function rowsOf(counts: readonly Count[]): readonly Row[] {
  const ids = [...new Set(counts.map((c) => c.figure))];
  const order = Object.keys(GOALS);
  const rank = (id: string): number =>
    order.findIndex((goal) => goal === id || (goal.endsWith(':') && id.startsWith(goal)));
  return ids
    .map((id, i) => ({ id, i }))
    .sort((a, b) => rank(a.id) - rank(b.id) || a.i - b.i)
    .map(({ id }) =>
      rowOf(
        id,
        counts.filter((c) => c.figure === id),
      ),
    );
}

/** Counts one figure trial by trial. */
export function counter(figure: string) {
  let [hits, of] = [0, 0];
  const misses: string[] = [];
  return {
    /** `miss`: said where this trial was not as wanted. */
    add(hit: boolean, trials: number, miss: string | null): void {
      of += trials;
      if (hit) hits += 1;
      if (miss !== null && misses.length < MISSES_SHOWN) misses.push(miss);
    },
    count: (): Count => ({ figure, hits, of, misses }),
  };
}
