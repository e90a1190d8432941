/**
 * The collector's own site as a target: where its chain isn't trusted, that is the first thing to be measured. It is an
 * ordinary measurement, judged like all others; decision record 011.
 */
import type { ChosenTarget } from './choose-targets.ts';

/** Its front page, no path that somebody may have been given in confidence; null for a collector without TLS. */
export function collectorTarget(collectorUrl: string): ChosenTarget | null {
  const url = new URL('/', collectorUrl);
  return url.protocol === 'https:' ? { url: url.href, risky: false, list: 'collector' } : null;
}

/** Once, and first: what comes later may be cut off by a budget. */
export function withCollector(
  targets: readonly ChosenTarget[],
  collectorUrl: string,
): readonly ChosenTarget[] {
  const own = collectorTarget(collectorUrl);
  if (own === null) return targets;
  return [own, ...targets.filter((target) => target.url !== own.url)];
}
