/** What a lab's collector publishes, asked as anybody would ask it. */
import type { PublicEvent } from '../../shared/judge/public-event.ts';
import type { Measurement, Verdict } from '../../shared/model/index.ts';
import { authorityId } from '../scenarios/authorities.ts';
import type { Expectation, Scenario } from '../scenarios/index.ts';
import { archivedFacts, documentDifferences, looksIntoDocument } from './archived.ts';

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

/** The document as it was handed in and opened; null: it keeps none by this name. */
async function archivedDocument(collectorUrl: string, measurementId: string): Promise<Measurement | null> {
  const url = `${collectorUrl}/api/v1/raw_measurement?measurement_uid=${measurementId}`;
  const reply = await fetch(url);
  if (reply.status === 404) return null;
  if (!reply.ok) throw new Error(`${url} answers ${reply.status}`);
  return (await reply.json()) as Measurement;
}

/** Where the document that it keeps says something else than expected; null: there is no measurement. */
export async function archivedDifferences(
  collectorUrl: string,
  measurementId: string | null,
  wanted: Expectation,
): Promise<readonly string[]> {
  if (!looksIntoDocument(wanted)) return [];
  const document = measurementId === null ? null : await archivedDocument(collectorUrl, measurementId);
  return documentDifferences(document === null ? null : archivedFacts(document), wanted);
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

function compareEvents(found: readonly PublicEvent[], scenario: Scenario): readonly string[] {
  const { expectEvent, target } = scenario;
  const [event] = found;
  if (expectEvent === undefined) return [];
  if (event === undefined || found.length > 1)
    return [
      `${found.length} events of ${expectEvent.authority} over ${new URL(target).hostname} instead of one`,
    ];
  const pairs: (readonly [string, unknown, unknown])[] = [
    ['decision', event.decision, expectEvent.decision],
    ['reason', event.reason, expectEvent.reason ?? event.reason],
    ['pseudonyms', event.pseudonyms, expectEvent.pseudonyms ?? event.pseudonyms],
    ['kept back', event.kept_back, expectEvent.keptBack ?? false],
  ];
  return pairs
    .filter(([, got, wanted]) => got !== wanted)
    .map(([what, got, wanted]) => `event ${what}: ${String(got)} instead of ${String(wanted)}`);
}

/** `spki`: of the authority, where it has a key of its own. */
async function eventsNow(
  collectorUrl: string,
  { expectEvent, target }: Scenario,
  spki: string | null,
): Promise<{ readonly found: readonly PublicEvent[]; readonly leaks: boolean }> {
  const events = `${collectorUrl}/api/v2/interception`;
  const overTarget = await getResults<PublicEvent>(`${events}?domain=${new URL(target).hostname}`);
  if (expectEvent?.keptBack !== true) {
    const authority = authorityId(expectEvent?.authority ?? 'unknown');
    return { found: overTarget.filter((event) => event.authority.id === authority), leaks: false };
  }
  const all = await getResults<PublicEvent>(`${events}?limit=${MAX_LISTED}`);
  const found = all.filter((event) => spki !== null && event.authority.spki_sha256 === spki);
  return { found, leaks: overTarget.length > 0 || found.some((event) => event.names.length > 0) };
}

/**
 * Where the collector's word on the interceptor of this scenario is not the expected one, as soon as it is or once it has
 * had time to join all that it has; none when all is as expected. `spki`: hex SHA-256, of an interceptor with a key of its own.
 */
export async function eventDifferences(
  collectorUrl: string,
  scenario: Scenario,
  spki: string | null,
): Promise<readonly string[]> {
  if (scenario.expectEvent === undefined) return [];
  const deadline = performance.now() + JOINED_WITHIN_MS;
  for (;;) {
    const { found, leaks } = await eventsNow(collectorUrl, scenario, spki);
    const differs = [
      ...compareEvents(found, scenario),
      ...(leaks ? [`an event says that it is about ${scenario.target}`] : []),
    ];
    if (differs.length === 0 || performance.now() > deadline) return differs;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
