import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { groupOfKey } from '../../member-groups.ts';
import type { LineOfMember, OutageJournal } from '../../../shared/model/index.ts';
import type { BeatStore, GroupMinute, LearntOfGroup, Member, StoredJournal } from '../beats.ts';
import { hourOf, minutesOf, withMinute } from './hour-counts.ts';
import { openDatabase } from './open.ts';
import { createSilenceTable } from './silences.ts';
import { loadStatements } from './statements.ts';

const LAYOUTS = ['collector/store/sqlite/beats.sql'];
const QUERIES = 'collector/store/sqlite/beats-queries.sql';
const FILE = 'beats.db';
const OWNER_ONLY = 0o600;

export interface BeatsOptions {
  readonly folder: string;
  readonly mustExist?: boolean;
  readonly busyTimeoutMs?: number;
  readonly maxPages?: number;
}

interface MemberRow {
  readonly pseudonym: string;
  readonly cc: string;
  readonly asn: string;
  readonly access: LineOfMember['access'];
  readonly region: string | null;
  readonly firstHeard: number;
  readonly lastHeard: number;
  readonly periodS: number;
  readonly sequence: number;
  readonly leaving: number;
}

function toMember(row: unknown): Member {
  const { cc, asn, access, region, leaving, ...rest } = row as MemberRow;
  return { ...rest, line: { cc, asn, access, region }, leaving: leaving === 1 };
}

function toRow({ line, leaving, ...rest }: Member): MemberRow {
  const { cc, asn, access, region } = line;
  return { ...rest, cc, asn, access, region, leaving: leaving ? 1 : 0 };
}

function toJournal(row: unknown): StoredJournal {
  const { noteId, receivedAt, journal } = row as {
    noteId: string;
    receivedAt: number;
    journal: Uint8Array;
  };
  return {
    noteId,
    receivedAt,
    journal: JSON.parse(inflateRawSync(journal).toString('utf8')) as OutageJournal,
  };
}

/** Opens `beats.db` in the folder; durable after every commit. Throws as `openDatabase`. */
export function openBeats(options: BeatsOptions): BeatStore {
  const file = join(options.folder, FILE);
  const db = openDatabase({
    file,
    layouts: LAYOUTS,
    synchronous: 'FULL',
    secureDelete: true,
    mustExist: options.mustExist ?? false,
    ...(options.busyTimeoutMs === undefined ? {} : { busyTimeoutMs: options.busyTimeoutMs }),
    ...(options.maxPages === undefined ? {} : { maxPages: options.maxPages }),
  });
  // SQLite gives the files beside it the rights of the database.
  for (const suffix of ['', '-wal', '-shm']) chmodSync(file + suffix, OWNER_ONLY);
  const sql = loadStatements(db, QUERIES);
  const count = (row: unknown): number => (row as { count: number }).count;

  const idOf = (key: string): number => {
    const known = sql.get('groupId').get(key) as { id: number } | undefined;
    return known?.id ?? Number(sql.get('insertGroup').run(key).lastInsertRowid);
  };
  const findJournal = (noteId: string): StoredJournal | null => {
    const row = sql.get('journal').get(noteId);
    return row === undefined ? null : toJournal(row);
  };

  const saveMembers = db.transaction((members: readonly Member[], gone: readonly string[]) => {
    gone.forEach((pseudonym) => sql.get('deleteMember').run(pseudonym));
    members.forEach((member) => sql.get('putMember').run(toRow(member)));
  });
  const putMinutes = db.transaction((minutes: readonly GroupMinute[]) => {
    for (const { key, count: minute } of minutes) {
      const at = { hour: hourOf(minute.minute), id: idOf(key) };
      const row = sql.get('hourOf').get(at) as { counts: Uint8Array } | undefined;
      sql.get('putHour').run({ ...at, counts: withMinute(row?.counts ?? null, minute) });
    }
  });
  const putLearnt = db.transaction((rows: readonly LearntOfGroup[]) =>
    rows.forEach((row) => void sql.get('putLearnt').run(row)),
  );
  const erase = db.transaction(
    (before: number) =>
      sql.get('eraseMembers').run(before).changes + sql.get('eraseJournals').run(before).changes,
  );

  return {
    members: () => sql.get('members').all().map(toMember),
    member: (pseudonym) => {
      const row = sql.get('member').get(pseudonym);
      return row === undefined ? null : toMember(row);
    },
    saveMembers(members, gone) {
      if (members.length + gone.length > 0) saveMembers.immediate(members, gone);
    },
    addJournal(added) {
      const { noteId, receivedAt, journal } = added;
      const packed = deflateRawSync(Buffer.from(JSON.stringify(journal), 'utf8'));
      sql.get('insertJournal').run({ noteId, pseudonym: journal.x_key, receivedAt, journal: packed });
      return findJournal(noteId) ?? added;
    },
    findJournal,
    journalCount: () => count(sql.get('journalCount').get()),
    journalCountOf: (pseudonym) => count(sql.get('journalCountOf').get(pseudonym)),
    journalsOfMembers: (query) => sql.get('journalsOfMembers').all(query).map(toJournal),
    putMinutes(minutes) {
      if (minutes.length > 0) putMinutes.immediate(minutes);
    },
    counts(key, since, until) {
      const known = sql.get('groupId').get(key) as { id: number } | undefined;
      if (known === undefined) return [];
      const rows = sql.get('hoursOf').all({ id: known.id, since: hourOf(since), until }) as {
        hour: number;
        counts: Uint8Array;
      }[];
      return rows
        .flatMap((row) => minutesOf(row.hour, row.counts))
        .filter(({ minute }) => minute >= since && minute < until);
    },
    groupKeys: () => (sql.get('groupKeys').all() as { key: string }[]).map((row) => row.key),
    groupsIn: (hour) =>
      (sql.get('groupsIn').all(hour) as { key: string }[]).map((row) => groupOfKey(row.key)),
    learnt: () => sql.get('learnt').all() as LearntOfGroup[],
    putLearnt(rows) {
      if (rows.length > 0) putLearnt.immediate(rows);
    },
    mark: (name) => (sql.get('mark').get(name) as { value: string } | undefined)?.value ?? null,
    setMark(name, value) {
      sql.get('setMark').run(name, value);
    },
    ...createSilenceTable(db, sql),
    erase(before) {
      const erased = erase.immediate(before);
      // Deleted pages are overwritten, but older copies may stand in the write-ahead log until it is emptied.
      if (erased > 0) db.pragma('wal_checkpoint(TRUNCATE)');
      return erased;
    },
    close() {
      db.close();
    },
  };
}
