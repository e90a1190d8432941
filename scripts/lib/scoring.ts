/** How verdicts compare with what really happened. Pure. */
import type { Method, Outcome } from '../../shared/model/index.ts';

export type Truth = (typeof TRUTHS)[number];

export interface Judged {
  readonly truth: Truth;
  readonly outcome: Outcome;
  readonly method: Method | null;
  /** null: no method was expected, or any is as good. */
  readonly expectedMethod: Method | null;
}

/** Outcomes by which interference is overlooked. */
const MISSES: ReadonlySet<Outcome> = new Set(['accessible', 'refused', 'down']);
const FOUND: ReadonlySet<Outcome> = new Set(['interfered', 'suspected']);

export interface Share {
  readonly k: number;
  readonly n: number;
}

export interface Score {
  /** `interfered` where nothing interferes, or where one vantage can't know. */
  readonly accused: Share;
  /** `suspected` where nothing interferes. */
  readonly suspected: Share;
  /** Interference called accessible, refused or down. */
  readonly missed: Share;
  /** Interference that was found, by the method that was expected. */
  readonly rightMethod: Share;
  /** Interference called `insufficient`, or laid on the volunteer. */
  readonly unsettled: Share;
}

const share = <T>(items: readonly T[], is: (item: T) => boolean): Share => ({
  k: items.filter(is).length,
  n: items.length,
});

export function score(judged: readonly Judged[]): Score {
  const benign = judged.filter((j) => j.truth === 'benign');
  const innocent = judged.filter((j) => j.truth !== 'interference');
  const interference = judged.filter((j) => j.truth === 'interference');
  const found = interference.filter((j) => j.expectedMethod !== null && FOUND.has(j.outcome));
  return {
    accused: share(innocent, (j) => j.outcome === 'interfered'),
    suspected: share(benign, (j) => j.outcome === 'suspected'),
    missed: share(interference, (j) => MISSES.has(j.outcome)),
    rightMethod: share(found, (j) => j.method === j.expectedMethod),
    unsettled: share(interference, (j) => !MISSES.has(j.outcome) && !FOUND.has(j.outcome)),
  };
}

/** Of the normal distribution: 95 % of it lies within so many standard deviations. */
const Z_95 = 1.959964;

/** Upper end of Wilson's 95 % interval for k of n; 1 when nothing was tried. Source: E. B. Wilson, JASA 22 (1927), 209. */
export function wilsonUpper({ k, n }: Share): number {
  if (n === 0) return 1;
  const p = k / n;
  const z2 = Z_95 * Z_95;
  const centre = p + z2 / (2 * n);
  const spread = Z_95 * Math.sqrt((p * (1 - p)) / n + z2 / (4 * n * n));
  return Math.min(1, (centre + spread) / (1 + z2 / n));
}

const percent = (x: number): string => `${(100 * x).toFixed(1)} %`;
export const shareText = (s: Share): string =>
  `${s.k} of ${s.n}${s.n === 0 ? '' : ` (${percent(s.k / s.n)}, at most ${percent(wilsonUpper(s))})`}`;

export const TRUTHS = ['benign', 'undecidable', 'interference'] as const;

/** What was said, line by line, against what really happened. */
export function confusion(judged: readonly Judged[], outcomes: readonly Outcome[]): string[][] {
  const row = (name: string, of: (j: Judged) => boolean): string[] => {
    const count = (truth: Truth): string => String(judged.filter((j) => j.truth === truth && of(j)).length);
    return [name, ...TRUTHS.map(count), ''];
  };
  return [...outcomes.map((o) => row(o, (j) => j.outcome === o)), row('in all', () => true)];
}
