/**
 * Which archived measurements of other networks a measurement is judged with, and which are judged again when another one
 * comes. What is chosen depends on the archive alone, not on the order of arrival. Decision record 012.
 */
import type { Measurement, WitnessDocument } from '../shared/model/index.ts';
import { canWitness, type Networks } from '../shared/rules/index.ts';
import { parseStartTime } from '../shared/schema/document.ts';
import { documentOf } from './judging.ts';
import type { ArchivedEntry, ArchiveStore, DerivedStore } from './store/store.ts';
import type { OnNetwork } from './store/witnesses.ts';

/** Witnesses of one measurement, the nearest in time. */
const MAX_WITNESSES = 3;
/** Networks that are looked at for one address and port; some hundred have ever been the country's. */
const MAX_NETWORKS = 256;
/** Waiting measurements that are looked at in one go; each is some index look-ups. */
const MAX_LOOKED_AT = 64;

/** What choosing them needs. */
export interface Known {
  readonly archive: Pick<ArchiveStore, 'find'>;
  readonly derived: Pick<DerivedStore, 'reachedNear'>;
}

export interface WitnessTools {
  readonly archive: Pick<ArchiveStore, 'find' | 'entriesFrom'>;
  readonly derived: DerivedStore;
  /** Whose networks are, in a judge context. */
  readonly networksOf: (contextId: string) => Networks;
  /** Derives an entry anew. */
  readonly derive: (entry: ArchivedEntry, contextId: string) => Promise<void>;
}

export interface Witnesses {
  /** The documents for a measurement that was silent at these places, for a judge who knows these networks. */
  lookUp(document: Measurement, silent: OnNetwork, networks: Networks): Promise<readonly WitnessDocument[]>;
  /**
   * Judges again those that a new witness has an influence on, at most `limit`; true: none is left. Only one call at a time.
   */
  judgeAgain(limit: number): Promise<boolean>;
}

/** Ids of the nearest, ties by id; `below`: of entries before this index. */
async function nearestIds(
  derived: Known['derived'],
  startTime: string,
  { asn, places }: OnNetwork,
  networks: Networks,
  below?: number,
): Promise<readonly string[]> {
  const startedAt = parseStartTime(startTime);
  if (startedAt === null) return [];
  const found = new Map<string, number>();
  for (const place of places)
    for (const row of await derived.reachedNear(place, startTime, MAX_NETWORKS, below)) {
      const other = { asn: row.asn, startedAt: parseStartTime(row.startTime) ?? Number.NaN };
      if (canWitness(networks, { asn, startedAt }, other))
        found.set(row.measurementId, Math.abs(other.startedAt - startedAt));
    }
  const sorted = [...found].sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1));
  return sorted.slice(0, MAX_WITNESSES).map(([id]) => id);
}

/** The documents for a measurement that was silent at these places; `below`: of the archive's first so many entries. */
export async function witnessesFor(
  { archive, derived }: Known,
  document: Measurement,
  silent: OnNetwork,
  networks: Networks,
  below?: number,
): Promise<readonly WitnessDocument[]> {
  const ids = await nearestIds(derived, document.measurement_start_time, silent, networks, below);
  return ids.flatMap((measurementId) => {
    const entry = archive.find(measurementId);
    return entry === null ? [] : [{ measurementId, document: documentOf(entry) }];
  });
}

export function createWitnesses({ archive, derived, networksOf, derive }: WitnessTools): Witnesses {
  /** What it would be judged with now is not what it was judged with. */
  const changed = async (index: number, given: readonly string[], contextId: string): Promise<boolean> => {
    const silent = await derived.silentOf(index);
    if (silent === null) return false;
    const ids = await nearestIds(derived, silent.startTime, silent, networksOf(contextId));
    return [...ids].sort().join() !== given.join();
  };
  return {
    lookUp: (document, silent, networks) => witnessesFor({ archive, derived }, document, silent, networks),
    async judgeAgain(limit) {
      let [judged, looked] = [0, 0];
      for (;;) {
        const due = await derived.dueWitness();
        if (due === null) return true;
        if (judged >= limit || looked >= MAX_LOOKED_AT) return false;
        const waiting = await derived.waitingFor(due, 1);
        const [next] = waiting;
        const entry = next === undefined ? undefined : archive.entriesFrom(next.index, 1)[0];
        const listing = entry === undefined ? null : await derived.listing(entry.measurementId);
        if (next !== undefined && entry !== undefined && listing !== null) {
          looked++;
          if (await changed(next.index, next.given, listing.context)) {
            judged++;
            await derive(entry, listing.context);
          }
        }
        // Afterwards, so that a crash or a fault passes nobody over.
        await derived.advanceWitness(due, next?.index ?? null);
      }
    },
  };
}
