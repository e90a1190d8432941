/** Which targets are most due: what changed or was interfered with first, then what was left longest. Pure. */

/** What is known of a target on this device; results are kept for two weeks, days are all that is kept of their time. */
export interface Known {
  /** UTC day of the last one, `YYYY-MM-DD`. */
  readonly day: string;
  /** The last outcome, and the one before it that said something else than that nothing can be said. */
  readonly last: string;
  readonly before: string | null;
}

export interface KeptResult {
  readonly input: string;
  readonly day: string;
  readonly outcome: string;
}

const WATCHED: ReadonlySet<string> = new Set(['interfered', 'suspected']);
/** Outcomes that say nothing of the target. */
const SILENT: ReadonlySet<string> = new Set(['insufficient', 'local']);
/** At most this share of a slice goes to them while others wait, so that a long list of blocked sites starves nobody. */
const URGENT_SHARE = 0.5;

/** `results`: oldest first, as they are kept. */
export function knownOf(results: Iterable<KeptResult>): ReadonlyMap<string, Known> {
  const known = new Map<string, Known>();
  for (const { input, day, outcome } of results) {
    const old = known.get(input);
    const before = old === undefined || SILENT.has(old.last) ? (old?.before ?? null) : old.last;
    known.set(input, { day, last: outcome, before });
  }
  return known;
}

function isUrgent({ last, before }: Known): boolean {
  if (WATCHED.has(last)) return true;
  if (SILENT.has(last)) return before !== null && WATCHED.has(before);
  return before !== null && before !== last;
}

/**
 * At most `count` of the targets, the most due first. One that was measured today comes after all others: a second look on a day
 * adds no vote. Equals come in random order, so that devices don't all begin with the same sites.
 */
export function chooseSlice<T extends { readonly url: string }>(
  targets: readonly T[],
  known: ReadonlyMap<string, Known>,
  { count, today, random }: { readonly count: number; readonly today: string; readonly random: () => number },
): readonly T[] {
  const dated = targets.map((target) => ({
    target,
    known: known.get(target.url) ?? null,
    tie: random(),
  }));
  const byAge = (a: (typeof dated)[number], b: (typeof dated)[number]): number =>
    (a.known?.day ?? '').localeCompare(b.known?.day ?? '') || a.tie - b.tie;
  const waits = (d: (typeof dated)[number]): boolean => d.known === null || d.known.day < today;
  const urgent = dated.filter((d) => waits(d) && d.known !== null && isUrgent(d.known)).sort(byAge);
  const rest = dated.filter((d) => waits(d) && (d.known === null || !isUrgent(d.known))).sort(byAge);
  const done = dated.filter((d) => !waits(d)).sort(byAge);
  // Of a slice of one it is theirs every other time.
  const share = Math.max(Math.floor(count * URGENT_SHARE + random()), count - rest.length);
  const first = urgent.slice(0, share);
  return [...first, ...rest, ...urgent.slice(share), ...done].slice(0, count).map((d) => d.target);
}
