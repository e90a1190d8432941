/** What a lab's collector publishes, asked as anybody would ask it. */
import type { PublicEvent } from '../../shared/judge/public-event.ts';
import type { Verdict } from '../../shared/model/index.ts';
import { authorityId } from '../scenarios/authorities.ts';
import type { Scenario } from '../scenarios/index.ts';

/** Verdicts that the collector lists in one reply. */
const MAX_LISTED = 1000;
/** A collector joins what it was handed in beside its other work. Milliseconds. */
const JOINED_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 200;

export interface CollectorVerdict {
  readonly status: string;
  readonly verdict: Verdict;
}

async function getResults<T>(url: string): Promise<readonly T[]> {
  const reply = await fetch(url);
  if (!reply.ok) throw new Error(`${url} answers ${reply.status}`);
  return ((await reply.json()) as { results: readonly T[] }).results;
}

/** By measurement id. */
export async function publishedVerdicts(
  collectorUrl: string,
): Promise<ReadonlyMap<string, CollectorVerdict>> {
  const results = await getResults<CollectorVerdict & { measurement_id: string }>(
    `${collectorUrl}/api/v2/verdicts?limit=${MAX_LISTED}`,
  );
  return new Map(results.map(({ measurement_id, ...rest }) => [measurement_id, rest]));
}

function compareEvents(events: readonly PublicEvent[], { expectEvent, target }: Scenario): readonly string[] {
  if (expectEvent === undefined) return [];
  const authority = authorityId(expectEvent.authority);
  const found = events.filter((event) => event.authority.id === authority);
  const [event] = found;
  if (event === undefined || found.length > 1)
    return [`${found.length} events of ${authority} over ${new URL(target).hostname} instead of one`];
  const pairs: (readonly [string, unknown, unknown])[] = [
    ['decision', event.decision, expectEvent.decision],
    ['reason', event.reason, expectEvent.reason ?? event.reason],
    ['pseudonyms', event.pseudonyms, expectEvent.pseudonyms ?? event.pseudonyms],
  ];
  return pairs
    .filter(([, got, wanted]) => got !== wanted)
    .map(([what, got, wanted]) => `event ${what}: ${String(got)} instead of ${String(wanted)}`);
}

/**
 * Where the collector's word on the interceptor of this scenario is not the expected one, as soon as it is or once it has
 * had time to join all that it has; none when all is as expected.
 */
export async function eventDifferences(collectorUrl: string, scenario: Scenario): Promise<readonly string[]> {
  if (scenario.expectEvent === undefined) return [];
  const url = `${collectorUrl}/api/v2/interception?domain=${new URL(scenario.target).hostname}`;
  const deadline = performance.now() + JOINED_WITHIN_MS;
  for (;;) {
    const differs = compareEvents(await getResults<PublicEvent>(url), scenario);
    if (differs.length === 0 || performance.now() > deadline) return differs;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
