import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { CollectorError } from '../../errors.ts';
import type { Contribution, DerivedStore, Listing, ListingFilter, Page, TargetOnNetwork } from '../store.ts';
import { filterSql, orderSql } from './filter.ts';
import { createBlockingTables } from './blocking.ts';
import { createInterceptionTables } from './interception.ts';
import { openDatabase } from './open.ts';
import { loadStatements } from './statements.ts';
import { createWitnessTables } from './witnesses.ts';
import type { EntryPlaces } from '../witnesses.ts';

const LAYOUTS = ['derived.sql', 'derived-2.sql', 'derived-3.sql', 'derived-4.sql', 'derived-5.sql'].map(
  (name) => `collector/store/sqlite/${name}`,
);
const QUERIES = 'collector/store/sqlite/derived-queries.sql';
const FILE = 'derived.db';
const NOTHING_BESIDE = { interception: { sighting: null, clean: [], chains: [] }, vote: null };
const nowhere = ({ startTime }: Listing): EntryPlaces => ({
  startTime,
  reached: null,
  silent: null,
  given: [],
});

export interface DerivedOptions {
  readonly folder: string;
  /** What is there is looked at; nothing is made, brought up to date again, or thrown away. */
  readonly readOnly?: boolean;
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
      mustExist: options.readOnly ?? false,
      readOnly: options.readOnly ?? false,
      ...(options.busyTimeoutMs === undefined ? {} : { busyTimeoutMs: options.busyTimeoutMs }),
      ...(options.maxPages === undefined ? {} : { maxPages: options.maxPages }),
    });
  try {
    return open();
  } catch (error) {
    // Whatever it was, it can be computed again; that is the point of keeping it apart.
    if (options.readOnly === true) throw error;
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
  let blocking = createBlockingTables(db);

  const putAll = (
    listing: Listing,
    observations: readonly string[],
    { interception: met, places, vote }: Required<Contribution>,
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
    interception.put(index, met);
    witnesses.put(index, listing.measurementId, places);
    blocking.put(index, vote);
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
    put: async (listing, observations, beside = {}) =>
      db
        .transaction(putAll)
        .immediate(listing, observations, { ...NOTHING_BESIDE, places: nowhere(listing), ...beside }),
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
      if (countOf(sql.get('countAll').get()) === size) return blocking.deriveAgain(size, limit);
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
    reachedNear: (place, startTime, networks, below) =>
      witnesses.reachedNear(place, startTime, networks, below),
    silentOf: (index) => witnesses.silentOf(index),
    dueWitness: () => witnesses.dueWitness(),
    waitingFor: (due, limit) => witnesses.waitingFor(due, limit),
    advanceWitness: (due, afterIndex) => witnesses.advanceWitness(due, afterIndex),
    votes: (filter, limit) => blocking.votes(filter, limit),
    hourlyVotes: (filter, limit) => blocking.hourlyVotes(filter, limit),
    decidingVotes: (filter) => blocking.decidingVotes(filter),
    newestReceipt: (domain, asOf) => blocking.newestReceipt(domain, asOf),
    dueDomains: (limit) => blocking.dueDomains(limit),
    putBlocking: (domain, events, context) => blocking.putBlocking(domain, events, context),
    makeBlockingDue: (exceptContext) => blocking.makeBlockingDue(exceptContext),
    markDomainsDue: (domains) => blocking.markDomainsDue(domains),
    blockingEvents: (filter, page) => blocking.blockingEvents(filter, page),
    blockingEventCount: (filter) => blocking.blockingEventCount(filter),
    blockingEvent: (id) => blocking.blockingEvent(id),
    reset: async () => {
      db.close();
      removeFiles(options.folder);
      db = openOrRecreate(options);
      sql = loadStatements(db, QUERIES);
      interception = createInterceptionTables(db);
      witnesses = createWitnessTables(db);
      blocking = createBlockingTables(db);
    },
    close: async () => {
      db.close();
    },
  };
}
