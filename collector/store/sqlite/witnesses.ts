/** Who reached a place, who waits for one that did: their part of derived.db. */
import type { Database } from 'better-sqlite3';
import { parseStartTime } from '../../../shared/schema/document.ts';
import { WITNESS_REACH_MS } from '../../../shared/rules/index.ts';
import type { Place } from '../../../shared/model/index.ts';
import type { DueWitness, EntryPlaces, ReachedBy, WitnessStore } from '../witnesses.ts';
import { loadStatements } from './statements.ts';

const QUERIES = 'collector/store/sqlite/witness-queries.sql';

export interface WitnessTables extends WitnessStore {
  /** Within the transaction that stores the entry: replaces what it said before, and makes what that changes due. */
  put(index: number, measurementId: string, places: EntryPlaces): void;
}

const timeText = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replace('T', ' ');

/** Starts so near to this one that a witness counts. */
function reach(startTime: string): { readonly since: string; readonly until: string } {
  const at = parseStartTime(startTime) ?? Number.NaN;
  return { since: timeText(at - WITNESS_REACH_MS), until: timeText(at + WITNESS_REACH_MS) };
}

export function createWitnessTables(db: Database): WitnessTables {
  const sql = loadStatements(db, QUERIES);
  return {
    put(index, measurementId, { startTime, reached, silent, given }) {
      const rows = (reached?.places ?? []).map((place) => ({
        ...place,
        asn: reached!.asn,
        startTime,
        measurementId,
      }));
      // Judged again, it is no news to those that wait.
      const fresh = rows.filter((row) => sql.get('isReached').get(row) === undefined);
      sql.get('deleteReached').run(index);
      rows.forEach((row) => sql.get('insertReached').run({ ...row, index }));
      fresh.forEach(({ address, port }) =>
        sql.get('makeDue').run({ address, port, startTime, ...reach(startTime) }),
      );
      sql.get('deleteSilent').run(index);
      const shared = { startTime, index, asn: silent?.asn ?? null, given: JSON.stringify(given) };
      silent?.places.forEach((place) => sql.get('insertSilent').run({ ...place, ...shared }));
    },
    reachedNear: async ({ address, port }, startTime, networks, below = Number.MAX_SAFE_INTEGER) =>
      sql
        .get('nearest')
        .all({ address, port, startTime, networks, below, ...reach(startTime) }) as ReachedBy[],
    dueWitness: async () => (sql.get('nextDue').get() as DueWitness | undefined) ?? null,
    waitingFor: async ({ address, port, startTime, afterIndex }, limit) =>
      (
        sql.get('waiting').all({ address, port, afterIndex, limit, ...reach(startTime) }) as {
          index: number;
          given: string;
        }[]
      ).map(({ index, given }) => ({ index, given: JSON.parse(given) as string[] })),
    silentOf: async (index) => {
      const rows = sql.get('silentOf').all(index) as (Place & { asn: number; startTime: string })[];
      const [first] = rows;
      if (first === undefined) return null;
      const places = rows.map(({ address, port }) => ({ address, port }));
      return { asn: first.asn, startTime: first.startTime, places };
    },
    advanceWitness: async ({ address, port, startTime, generation }, afterIndex) => {
      const place = { address, port, startTime, generation };
      if (afterIndex === null) sql.get('deleteDue').run(place);
      else sql.get('advanceDue').run({ ...place, afterIndex });
    },
  };
}
