/** Sightings, chains and events: their part of derived.db. */
import type { Database } from 'better-sqlite3';
import { sha256Hex } from '../../../shared/codec/digest.ts';
import { authorityKey } from '../../../shared/judge/authorities.ts';
import type { CleanSighting, InterceptionEvent, Sighting } from '../../../shared/model/index.ts';
import type { EntryInterception, EventFilter, InterceptionStore } from '../interception.ts';
import { loadStatements } from './statements.ts';

/** Pseudonyms of one day whose genuine chains are given: busy networks have hundreds, and every day has to have its own. */
const CLEAN_PER_DAY = 20;
const QUERIES = 'collector/store/sqlite/interception-queries.sql';
const RANKS: Readonly<Record<InterceptionEvent['decision'], number>> = { interference: 0, open: 1, local: 1 };

const CONDITIONS: Readonly<Record<keyof EventFilter, string>> = {
  decision: 'decision = @decision',
  authority: 'authority = @authority',
  asn: "EXISTS (SELECT 1 FROM json_each(event, '$.networks') WHERE value ->> '$.asn' = @asn)",
  host: "EXISTS (SELECT 1 FROM json_each(event, '$.names') WHERE value = @host)",
  since: 'until >= @since',
  until: 'since < @until',
};
/** What is kept back is not found by where it was, either: that would tell. */
const PUBLISHED_ONLY: readonly (keyof EventFilter)[] = ['asn', 'host'];

function where(filter: EventFilter): string {
  const given = (Object.keys(CONDITIONS) as (keyof EventFilter)[]).filter((key) => filter[key] !== undefined);
  const conditions = given.map((key) => CONDITIONS[key]);
  if (given.some((key) => PUBLISHED_ONLY.includes(key))) conditions.push("event ->> '$.keptBack' = 0");
  return conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
}

const values = (filter: EventFilter): Record<string, string | number> =>
  Object.fromEntries(
    Object.entries(filter).filter((entry): entry is [string, string | number] => entry[1] !== undefined),
  );

const toEvent = (row: unknown): InterceptionEvent =>
  JSON.parse((row as { event: string }).event) as InterceptionEvent;

export interface InterceptionTables extends InterceptionStore {
  /** Within the transaction that stores the entry: replaces what it said before, and makes what that changes due. */
  put(index: number, added: EntryInterception): void;
}

export function createInterceptionTables(db: Database): InterceptionTables {
  const sql = loadStatements(db, QUERIES);

  const makeBesideDue = (clean: readonly Pick<CleanSighting, 'asn' | 'host'>[]): void =>
    clean.forEach(({ asn, host }) => sql.get('dueBeside').run({ asn, host }));

  const putSighting = (index: number, sighting: Sighting | null): void => {
    const before = sql.get('keyOfEntry').get(index) as { key: string } | undefined;
    if (before !== undefined) sql.get('insertDue').run(before.key);
    sql.get('deleteSighting').run(index);
    sql.get('deleteHosts').run(index);
    if (sighting === null) return;
    const key = authorityKey(sighting);
    const { measurementId, pseudonym, asn, hosts } = sighting;
    const text = JSON.stringify({ ...sighting, region: null });
    sql.get('insertSighting').run({ index, measurementId, key, pseudonym, sighting: text });
    if (asn !== null) hosts.forEach((host) => sql.get('insertHost').run({ index, host, asn, key }));
    sql.get('insertDue').run(key);
  };

  const putClean = (index: number, clean: readonly CleanSighting[]): void => {
    makeBesideDue(sql.get('cleanOfEntry').all(index) as { asn: number; host: string }[]);
    sql.get('deleteClean').run(index);
    clean.forEach((row) => sql.get('insertClean').run({ index, ...row }));
    makeBesideDue(clean);
  };

  const putChains = (index: number, chains: EntryInterception['chains']): void => {
    sql.get('deleteUnusedCertificates').run({ index });
    sql.get('deleteChains').run(index);
    chains.forEach((certificates, chain) =>
      certificates.forEach((der, position) => {
        const sha256 = sha256Hex(der);
        sql.get('insertCertificate').run({ sha256, der });
        sql.get('insertChainCertificate').run({ index, chain, position, sha256 });
      }),
    );
  };

  return {
    put(index, { sighting, clean, chains }) {
      putSighting(index, sighting);
      putClean(index, clean);
      putChains(index, chains);
    },
    events: async (filter, page) =>
      db
        .prepare(
          `${sql.text('selectEvents')} ${where(filter)} ORDER BY rank, until DESC, event_id LIMIT @limit OFFSET @offset`,
        )
        .all({ ...values(filter), ...page })
        .map(toEvent),
    eventCount: async (filter) =>
      (db.prepare(`${sql.text('countEvents')} ${where(filter)}`).get(values(filter)) as { count: number })
        .count,
    event: async (id) => {
      const row = sql.get('event').get(id);
      return row === undefined ? null : toEvent(row);
    },
    eventOf: async (measurementId) => {
      const row = sql.get('eventOf').get(measurementId);
      return row === undefined ? null : toEvent(row);
    },
    certificate: async (sha256) =>
      (sql.get('certificate').get(sha256) as { der: Uint8Array } | undefined)?.der ?? null,
    chainsOf: async (measurementId) => {
      const chains: Uint8Array[][] = [];
      for (const row of sql.get('chainsOf').all(measurementId) as { chain: number; der: Uint8Array }[])
        (chains[row.chain] ??= []).push(row.der);
      return chains;
    },
    dueAuthorities: async (limit) => (sql.get('due').all(limit) as { key: string }[]).map((row) => row.key),
    sightingsOf: async (key, perPseudonym, limit) =>
      (sql.get('sightingsOf').all({ key, perPseudonym, limit }) as { sighting: string }[]).map(
        (row) => JSON.parse(row.sighting) as Sighting,
      ),
    cleanIn: async (asn, hosts, since, until, limit) =>
      sql.get('cleanIn').all({
        asn,
        hosts: JSON.stringify(hosts),
        since,
        until,
        perDay: CLEAN_PER_DAY,
        limit,
      }) as CleanSighting[],
    measurementsOf: async (key, limit) =>
      (sql.get('measurementsOf').all({ key, limit }) as { id: string }[]).map((row) => row.id),
    putEvent: async (key, event, context) =>
      db
        .transaction(() => {
          if (event === null) sql.get('deleteEvent').run(key);
          else {
            const { id, authority, decision, since, until } = event;
            const regional = event.reason === 'different_regions' || event.regions.length > 0 ? 1 : 0;
            const row = { key, id, authority, decision, since, until, context, regional };
            sql.get('putEvent').run({ ...row, rank: RANKS[decision], event: JSON.stringify(event) });
          }
          sql.get('deleteDue').run(key);
        })
        .immediate(),
    makeDue: async (exceptContext) => void sql.get('dueForContext').run(exceptContext),
    makeRegionalDue: async () => void sql.get('dueForRegions').run(),
    markDue: async (keys) => keys.forEach((key) => void sql.get('insertDue').run(key)),
  };
}
