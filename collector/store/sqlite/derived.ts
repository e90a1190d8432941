import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { CollectorError } from '../../errors.ts';
import type { DerivedStore, Listing, ListingFilter, Page, TargetOnNetwork } from '../store.ts';
import type { EntryInterception } from '../interception.ts';
import { filterSql, orderSql } from './filter.ts';
import { createInterceptionTables } from './interception.ts';
import { openDatabase } from './open.ts';
import { loadStatements } from './statements.ts';
import { createWitnessTables } from './witnesses.ts';
import type { EntryPlaces } from '../witnesses.ts';

const LAYOUTS = ['derived.sql', 'derived-2.sql', 'derived-3.sql', 'derived-4.sql'].map(
  (name) => `collector/store/sqlite/${name}`,
);
const QUERIES = 'collector/store/sqlite/derived-queries.sql';
const FILE = 'derived.db';
const NOTHING_MET: EntryInterception = { sighting: null, clean: [], chains: [] };
const nowhere = ({ startTime }: Listing): EntryPlaces => ({
  startTime,
  reached: null,
  silent: null,
  given: [],
});

export interface DerivedOptions {
  readonly folder: string;
  readonly busyTimeoutMs?: number;
  readonly maxPages?: number;
}

type Row = Omit<Listing, 'late' | 'diary' | 'witnesses'> & {
  readonly late: number;
  readonly diary: string;
  readonly witnesses: string;
};
const toListing = (row: unknown): Listing => {
  const { late, diary, witnesses, ...rest } = row as Row;
  const lists = { diary: JSON.parse(diary) as number[], witnesses: JSON.parse(witnesses) as string[] };
  return { ...rest, late: late === 1, ...lists };
};

function removeFiles(folder: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(join(folder, FILE + suffix), { force: true });
}

function openOrRecreate(options: DerivedOptions): Database {
  const open = (): Database =>
    openDatabase({
      file: join(options.folder, FILE),
      layouts: LAYOUTS,
      synchronous: 'NORMAL',
      secureDelete: false,
      mustExist: false,
      ...(options.busyTimeoutMs === undefined ? {} : { busyTimeoutMs: options.busyTimeoutMs }),
      ...(options.maxPages === undefined ? {} : { maxPages: options.maxPages }),
    });
  try {
    return open();
  } catch (error) {
    // Whatever it was, it can be computed again; that is the point of keeping it apart.
    if (!(
      error instanceof CollectorError &&
      (error.code === 'DATA_DAMAGED' || error.code === 'DATA_TOO_NEW')
    ))
      throw error;
    removeFiles(options.folder);
    return open();
  }
}

/** Opens `derived.db`; a damaged one, or one of a later layout, is replaced by an empty one. */
export function openDerived(options: DerivedOptions): DerivedStore {
  let db = openOrRecreate(options);
  let sql = loadStatements(db, QUERIES);
  let interception = createInterceptionTables(db);
  let witnesses = createWitnessTables(db);

  const putAll = (
    listing: Listing,
    observations: readonly string[],
    added: EntryInterception,
    places: EntryPlaces,
  ): void => {
    sql.get('putVerdict').run({
      ...listing,
      late: listing.late ? 1 : 0,
      diary: JSON.stringify(listing.diary),
      witnesses: JSON.stringify(listing.witnesses),
    });
    sql.get('deleteObservations').run(listing.index);
    observations.forEach((text, position) => sql.get('insertObservation').run(listing.index, position, text));
    const { target, probeCc, probeAsn, startTime, index } = listing;
    sql.get('putLatest').run({ target, probeCc, probeAsn, startTime, index });
    interception.put(index, added);
    witnesses.put(index, listing.measurementId, places);
  };
  const rows = (filter: ListingFilter, page: Page): Listing[] => {
    const { where, values } = filterSql(filter);
    const text = `${sql.text('selectListings')} ${where} ${orderSql(page)} LIMIT @limit OFFSET @offset`;
    return db
      .prepare(text)
      .all({ ...values, limit: page.limit, offset: page.offset })
      .map(toListing);
  };
  const countOf = (row: unknown): number => (row as { count: number }).count;

  return {
    put: async (listing, observations, added = NOTHING_MET, places = nowhere(listing)) =>
      db.transaction(putAll).immediate(listing, observations, added, places),
    observations: async (id) =>
      (sql.get('observations').all(id) as { observation: string }[]).map((row) => row.observation),
    list: async (filter, page) => rows(filter, page),
    count: async (filter) => {
      const { where, values } = filterSql(filter);
      return countOf(db.prepare(`${sql.text('countListings')} ${where}`).get(values));
    },
    listing: async (id) => {
      const row = db.prepare(`${sql.text('selectListings')} WHERE measurement_id = ?`).get(id);
      return row === undefined ? null : toListing(row);
    },
    targets: async (limit, offset, networks) =>
      sql
        .get('targets')
        .all({ limit, offset, networks })
        .map(toListing)
        .map((latest): TargetOnNetwork => ({ target: latest.target, latest })),
    targetCount: async () => countOf(sql.get('targetCount').get()),
    withoutLiveControl: async (domain, since, until) =>
      (sql.get('withoutLiveControl').all({ domain, since, until }) as { index: number }[]).map(
        ({ index }) => index,
      ),
    diaryCursor: async () => (sql.get('diaryCursor').get() as { id: number } | undefined)?.id ?? 0,
    setDiaryCursor: async (id) => {
      sql.get('setDiaryCursor').run(id);
    },
    missing: async (size, limit) => {
      // Indexes have no gaps in the archive, so equal counts mean that nothing is missing.
      if (countOf(sql.get('countAll').get()) === size) return [];
      const out: number[] = [];
      let expected = 0;
      for (const row of sql.get('indexes').iterate()) {
        const { index } = row as { index: number };
        for (; expected < index && out.length < limit; expected++) out.push(expected);
        if (out.length >= limit) return out;
        expected = index + 1;
      }
      for (; expected < size && out.length < limit; expected++) out.push(expected);
      return out.filter((index) => index < size);
    },
    events: (filter, page) => interception.events(filter, page),
    eventCount: (filter) => interception.eventCount(filter),
    event: (id) => interception.event(id),
    eventOf: (measurementId) => interception.eventOf(measurementId),
    certificate: (sha256) => interception.certificate(sha256),
    chainsOf: (measurementId) => interception.chainsOf(measurementId),
    dueAuthorities: (limit) => interception.dueAuthorities(limit),
    sightingsOf: (key, perPseudonym, limit) => interception.sightingsOf(key, perPseudonym, limit),
    cleanIn: (asn, hosts, since, until, limit) => interception.cleanIn(asn, hosts, since, until, limit),
    measurementsOf: (key, limit) => interception.measurementsOf(key, limit),
    putEvent: (key, event, context) => interception.putEvent(key, event, context),
    makeDue: (exceptContext) => interception.makeDue(exceptContext),
    makeRegionalDue: () => interception.makeRegionalDue(),
    markDue: (keys) => interception.markDue(keys),
    reachedNear: (place, startTime, networks) => witnesses.reachedNear(place, startTime, networks),
    silentOf: (index) => witnesses.silentOf(index),
    dueWitness: () => witnesses.dueWitness(),
    waitingFor: (due, limit) => witnesses.waitingFor(due, limit),
    advanceWitness: (due, afterIndex) => witnesses.advanceWitness(due, afterIndex),
    reset: async () => {
      db.close();
      removeFiles(options.folder);
      db = openOrRecreate(options);
      sql = loadStatements(db, QUERIES);
      interception = createInterceptionTables(db);
      witnesses = createWitnessTables(db);
    },
    close: async () => {
      db.close();
    },
  };
}
