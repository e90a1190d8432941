import Database from 'better-sqlite3';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { openTables } from '../../../probe/trust-store/sqlite.ts';
import { DatabaseError, type DatabaseFile, type Row } from '../../../probe/trust-store/tables.ts';

const folder = mkdtempSync(join(tmpdir(), 'kuager-sqlite-'));
afterAll(() => rmSync(folder, { recursive: true }));

let count = 0;
function database(
  pageSize: number,
  fill: (db: Database.Database) => void,
): { path: string; db: Database.Database } {
  const path = join(folder, `${++count}.db`);
  const db = new Database(path);
  db.pragma(`page_size = ${pageSize}`);
  db.pragma('synchronous = OFF');
  db.transaction(fill)(db);
  return { path, db };
}
const optional = (path: string): Uint8Array | null => {
  try {
    return new Uint8Array(readFileSync(path));
  } catch {
    return null;
  }
};
const fileOf = (path: string): DatabaseFile => ({
  main: new Uint8Array(readFileSync(path)),
  wal: optional(`${path}-wal`),
  journal: optional(`${path}-journal`),
});
const plain = (rows: readonly Row[] | null) =>
  rows?.map((row) =>
    Object.fromEntries(
      [...row].map(([k, v]) => [k, v instanceof Uint8Array ? Buffer.from(v).toString('hex') : v]),
    ),
  );

describe.each([512, 4096, 32_768, 65_536])('pages of %i bytes', (pageSize) => {
  it('gives what SQLite gives: many rows, long rows, all kinds of values', () => {
    const { path, db } = database(pageSize, (d) => {
      d.exec(
        'CREATE TABLE other (x); CREATE TABLE t (id INTEGER PRIMARY KEY, n, word TEXT, bytes BLOB, f REAL)',
      );
      const insert = d.prepare('INSERT INTO t (n, word, bytes, f) VALUES (?, ?, ?, ?)');
      const numbers = [0, 1, -1, 127, -129, 40_000, -9_000_000, 2 ** 31, -(2 ** 40), 2 ** 52, null];
      for (let i = 0; i < 1500; i++)
        insert.run(numbers[i % numbers.length], `сөз ${i}`, Buffer.alloc((i * 37) % 5000, i % 251), i / 7);
    });
    const wanted = (db.prepare('SELECT * FROM t').all() as Record<string, unknown>[]).map((row) =>
      Object.fromEntries(
        Object.entries(row).map(([k, v]) => [k, Buffer.isBuffer(v) ? v.toString('hex') : v]),
      ),
    );
    db.close();
    expect(plain(openTables(fileOf(path)).rows('t'))).toEqual(wanted);
    expect(openTables(fileOf(path)).rows('none')).toBeNull();
  });
});

describe('what a writer has not finished', () => {
  it('reads committed pages from the log, the newest of each', () => {
    const { path, db } = database(4096, (d) => d.exec('CREATE TABLE t (a); INSERT INTO t VALUES (1)'));
    db.pragma('journal_mode = WAL');
    db.pragma('wal_autocheckpoint = 0');
    db.exec('INSERT INTO t VALUES (2)');
    db.exec('UPDATE t SET a = 3 WHERE a = 1');
    const both = fileOf(path);
    expect(both.wal?.length).toBeGreaterThan(0);
    expect(plain(openTables(both).rows('t'))).toEqual([{ a: 3 }, { a: 2 }]);
    expect(plain(openTables({ ...both, wal: null }).rows('t'))).toEqual([{ a: 1 }]);
    // A commit that was cut off never was.
    const cut = both.wal!.slice(0, both.wal!.length - 100);
    expect(plain(openTables({ ...both, wal: cut }).rows('t'))).toEqual([{ a: 1 }, { a: 2 }]);
    db.close();
  });

  it('refuses a file that is being written', () => {
    const { path, db } = database(4096, (d) => d.exec('CREATE TABLE t (a)'));
    const magic = Uint8Array.of(0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7, 0, 0, 0, 1);
    expect(() => openTables({ ...fileOf(path), journal: magic })).toThrow('in use');
    // A journal that was done with is emptied or its beginning zeroed.
    expect(openTables({ ...fileOf(path), journal: new Uint8Array(12) }).rows('t')).toEqual([]);
    db.close();
  });
});

describe('a stranger’s bytes', () => {
  const { path, db } = database(512, (d) => {
    d.exec('CREATE TABLE t (a, b)');
    const insert = d.prepare('INSERT INTO t VALUES (?, ?)');
    for (let i = 0; i < 200; i++) insert.run(i, Buffer.alloc(i * 10, i % 256));
  });
  db.close();
  const whole = readFileSync(path);

  it('property: gives rows or says that the file is damaged, and nothing else', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 20 }),
        fc.nat(whole.length),
        (edits, length) => {
          const main = new Uint8Array(whole);
          for (const [at, byte] of edits) main[at] = byte;
          for (const bytes of [main, main.slice(0, length)]) {
            try {
              openTables({ main: bytes, wal: null, journal: null }).rows('t');
            } catch (error) {
              expect(error).toBeInstanceOf(DatabaseError);
            }
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('does not follow pages that lead in a circle', () => {
    const main = new Uint8Array(whole);
    const view = new DataView(main.buffer);
    // The table's root is an interior page; its rightmost child becomes itself.
    const root = 2;
    expect(view.getUint8((root - 1) * 512)).toBe(5);
    view.setUint32((root - 1) * 512 + 8, root);
    expect(() => openTables({ main, wal: null, journal: null }).rows('t')).toThrow('circle');
  });

  it('refuses what is no database', () => {
    for (const main of [
      new Uint8Array(),
      new Uint8Array(4096),
      new TextEncoder().encode('SQLite format 3\0'),
    ])
      expect(() => openTables({ main, wal: null, journal: null })).toThrow(DatabaseError);
  });
});
