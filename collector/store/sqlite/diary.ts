/** The diary's part of the archive. */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Database } from 'better-sqlite3';
import { PAYLOAD_TYPES } from '../../../shared/codec/dsse.ts';
import type { ArchiveStore, DiaryEntry, NewDiaryEntry } from '../store.ts';
import type { Statements } from './statements.ts';

type DiaryStore = Pick<
  ArchiveStore,
  | 'appendDiary'
  | 'diarySize'
  | 'diaryAfter'
  | 'diaryEntries'
  | 'diaryOf'
  | 'diaryLast'
  | 'diaryNeighbours'
  | 'diaryAddresses'
>;

interface Row {
  readonly id: number;
  readonly url: string;
  readonly host: string;
  readonly madeAt: string;
  readonly keyid: string;
  readonly sig: string;
  readonly payload: Uint8Array;
}

function toEntry(row: unknown): DiaryEntry {
  const { keyid, sig, payload, ...rest } = row as Row;
  const text = inflateRawSync(payload).toString('utf8');
  return { ...rest, signed: { payloadType: PAYLOAD_TYPES.control, payload: text, keyid, sig } };
}

export function createDiaryStore(db: Database, sql: Statements): DiaryStore {
  const insert = db.transaction((entry: NewDiaryEntry): number | null => {
    const { url, host, madeAt, receivedAt, signed, addresses } = entry;
    const { keyid, sig } = signed;
    const payload = deflateRawSync(Buffer.from(signed.payload, 'utf8'));
    const row = { url, host, madeAt, receivedAt, keyid, sig, payload };
    const { changes, lastInsertRowid } = sql.get('insertDiary').run(row);
    if (changes === 0) return null;
    const id = Number(lastInsertRowid);
    for (const { address, trusted } of addresses)
      sql.get('insertDiaryAddress').run({ id, address, host, receivedAt, trusted: trusted ? 1 : 0 });
    return id;
  });

  return {
    appendDiary: (entry) => insert.immediate(entry),
    diarySize: () => (sql.get('diarySize').get() as { size: number }).size,
    diaryAfter: (id, limit) => sql.get('diaryAfter').all(id, limit).map(toEntry),
    diaryEntries: (ids) => ids.flatMap((id) => sql.get('diaryEntry').all(id).map(toEntry)),
    diaryOf: (url, since, until) => sql.get('diaryOf').all({ url, since, until }).map(toEntry),
    diaryLast: () => {
      const rows = sql.get('diaryLast').all() as { url: string; receivedAt: string }[];
      return new Map(rows.map((row) => [row.url, row.receivedAt]));
    },
    diaryNeighbours(host, since) {
      const rows = sql.get('diaryNeighbours').all({ host, since }) as { address: string; host: string }[];
      const found = new Map<string, string[]>();
      for (const row of rows) found.set(row.address, [...(found.get(row.address) ?? []), row.host]);
      return found;
    },
    diaryAddresses: (host, since) =>
      (sql.get('diaryAddresses').all({ host, since }) as { address: string }[]).map((row) => row.address),
  };
}
