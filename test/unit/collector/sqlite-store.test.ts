import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CollectorError } from '../../../collector/errors.ts';
import { openArchive } from '../../../collector/store/sqlite/archive.ts';
import { openDerived } from '../../../collector/store/sqlite/derived.ts';
import { lockDataFolder } from '../../../collector/store/sqlite/lock.ts';
import { parseNamedSql } from '../../../collector/store/sqlite/statements.ts';
import { append, listingOf, newEntry, storeContract } from './store-contract.ts';
import { blockingContract } from './store-contract-blocking.ts';
import { interceptionContract } from './store-contract-interception.ts';
import { witnessContract } from './store-contract-witnesses.ts';
import type { TemporaryFolder } from './support.ts';
import { temporaryFolder } from './support.ts';

for (const contract of [storeContract, interceptionContract, blockingContract, witnessContract])
  contract('sqlite', () => {
    const folder = temporaryFolder();
    const archive = openArchive({ folder: folder.path });
    const derived = openDerived({ folder: folder.path });
    return {
      archive,
      derived,
      async close() {
        await derived.close();
        archive.close();
        folder.remove();
      },
    };
  });

const codeOf = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    return error instanceof CollectorError ? error.code : `other: ${String(error)}`;
  }
  return 'none';
};

describe('sqlite archive', () => {
  let folder: TemporaryFolder;
  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterEach(() => folder.remove());

  it('is durable at every commit and refuses to change what it holds', () => {
    const archive = openArchive({ folder: folder.path });
    append(archive, 1, { privatePart: { envelope: new Uint8Array(3), eraseAfter: '2030' } });
    archive.saveCheckpoint(1, 'note', 't');
    archive.saveSnapshot({
      sha256: 's',
      kind: 'roots',
      name: 'n',
      bytes: new Uint8Array(1),
      receivedAt: 't',
    });
    const raw = new Database(join(folder.path, 'archive.db'));
    expect(raw.pragma('journal_mode', { simple: true })).toBe('wal');
    archive.appendDiary({
      url: 'https://a.example/',
      host: 'a.example',
      madeAt: 't',
      receivedAt: 't',
      signed: { payloadType: 'p', payload: '{}', keyid: 'k', sig: 's' },
      addresses: [{ address: '192.0.2.1', trusted: true }],
    });
    archive.appendAlert({
      kind: 'silence',
      subject: 's',
      state: 'opened',
      at: 't',
      inputs: '{}',
      words: '{}',
    });
    const diary = ['diary', 'diary_sites', 'alerts'];
    for (const table of ['entries', 'nonces', 'nodes', 'checkpoints', 'snapshots', ...diary]) {
      const column = raw
        .prepare(`SELECT name FROM pragma_table_info('${table}') LIMIT 1`)
        .pluck()
        .get() as string;
      expect(() => raw.exec(`DELETE FROM ${table}`), table).toThrow('append-only');
      expect(() => raw.exec(`UPDATE ${table} SET ${column} = ${column}`), table).toThrow('append-only');
    }
    expect(() => raw.exec(`UPDATE private_parts SET erase_after = 'never'`)).toThrow('append-only');
    raw.close();
    archive.close();
  });

  it('survives being reopened', () => {
    const first = openArchive({ folder: folder.path });
    append(first, 1);
    first.close();
    const second = openArchive({ folder: folder.path, mustExist: true });
    expect(second.find(newEntry(1).measurementId)?.receipt).toBe('{"index":0}');
    second.close();
  });

  it('brings the archive and what is derived of an earlier version up to date, and keeps what is in them', async () => {
    const old = (name: string, layout: string): Database.Database => {
      const db = new Database(join(folder.path, name));
      db.exec(readFileSync(new URL(`../../../collector/store/sqlite/${layout}`, import.meta.url), 'utf8'));
      db.pragma('user_version = 1');
      return db;
    };
    const archived = old('archive.db', 'archive.sql');
    archived.exec(`INSERT INTO entries VALUES (0, 'id', 't', 'c', x'7b7d', '{}')`);
    archived.close();
    const derivedBefore = old('derived.db', 'derived.sql');
    derivedBefore.exec(
      `INSERT INTO verdicts (entry_index, measurement_id, received_at, start_time, late, target, domain, report_id,
        test_name, probe_cc, probe_asn, network_name, context, status)
       VALUES (0, 'id', 't', 't', 0, 'x', 'x', '', 'web_connectivity', 'KZ', 'AS1', '', 'c', 'judge_failed')`,
    );
    derivedBefore.close();
    const archive = openArchive({ folder: folder.path });
    expect([archive.size(), archive.diarySize()]).toEqual([1, 0]);
    archive.close();
    openArchive({ folder: folder.path }).close();
    const derived = openDerived({ folder: folder.path });
    expect(await derived.listing('id')).toMatchObject({ controlSource: null, diary: [] });
    // Its vote was never derived.
    expect(await derived.missing(1, 10)).toEqual([0]);
    await derived.put(listingOf(0, { measurementId: 'id' }), []);
    expect(await derived.missing(1, 10)).toEqual([]);
    await derived.close();
  });

  it('derives again what was derived before it knew of witnesses, and keeps the votes meanwhile', async () => {
    const sql = (name: string): string =>
      readFileSync(new URL(`../../../collector/store/sqlite/${name}`, import.meta.url), 'utf8');
    const raw = new Database(join(folder.path, 'derived.db'));
    for (const layout of ['', '-2', '-3', '-4']) raw.exec(sql(`derived${layout}.sql`));
    raw.pragma('user_version = 4');
    for (const index of [0, 1])
      raw.exec(
        `INSERT INTO verdicts (entry_index, measurement_id, received_at, start_time, late, target, domain, report_id,
          test_name, probe_cc, probe_asn, network_name, context, status)
         VALUES (${index}, 'id${index}', 't', 't', 0, 'x', 'a.example', '', 'web_connectivity', 'KZ', 'AS1', '', 'c', 'judged');
         INSERT INTO votes VALUES (${index}, 'id${index}', 'a.example', 1, 'fixed', 'p', 5, 6, 'suspected', 'tcp.timeout', NULL, 'weak');`,
      );
    // One was not derived again yet when the version changed.
    raw.exec('INSERT INTO derive_again VALUES (1)');
    raw.close();
    const derived = openDerived({ folder: folder.path });
    expect(await derived.listing('id0')).toMatchObject({ witnesses: [] });
    expect(await derived.missing(2, 10)).toEqual([0, 1]);
    expect(await derived.votes({ domain: 'a.example', since: 0, until: 10 }, 10)).toHaveLength(2);
    const places = { startTime: '2026-11-21 09:00:00', reached: null, given: [] };
    const place = { address: '11.0.0.10', port: 443 };
    await derived.put(listingOf(0, { measurementId: 'id0' }), [], {
      places: { ...places, silent: { asn: 1, places: [place] } },
    });
    expect(await derived.silentOf(0)).toMatchObject({ asn: 1, places: [place] });
    expect(await derived.missing(2, 10)).toEqual([1]);
    await derived.close();
  });

  it('widens the states of alerts in an archive that has some, and leaves those as they are', () => {
    const sql = (name: string): string =>
      readFileSync(new URL(`../../../collector/store/sqlite/${name}`, import.meta.url), 'utf8');
    const raw = new Database(join(folder.path, 'archive.db'));
    for (const layout of ['archive.sql', 'archive-2.sql', 'archive-3.sql']) raw.exec(sql(layout));
    raw.pragma('user_version = 3');
    const insert = raw.prepare('INSERT INTO alerts VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
    insert.run(1, 'interception', 'known:a', 'opened', '2026-11-01T00:00:00Z', null, '{"key":1}', '{}');
    insert.run(
      7,
      'interception',
      'known:a',
      'withdrawn',
      '2026-11-02T00:00:00Z',
      1,
      '{"key":2}',
      '{"en":["x"]}',
    );
    const before = raw.prepare('SELECT * FROM alerts ORDER BY id').all();
    expect(() => insert.run(8, 'k', 's', 'ended', 't', null, '{}', '{}')).toThrow('CHECK');
    raw.close();
    const archive = openArchive({ folder: folder.path });
    const again = new Database(join(folder.path, 'archive.db'));
    expect(again.prepare('SELECT * FROM alerts ORDER BY id').all()).toEqual(before);
    for (const statement of ['DELETE FROM alerts', "UPDATE alerts SET words = ''"])
      expect(() => again.exec(statement)).toThrow('append-only');
    again.close();
    const alert = { kind: 'interception', subject: 'known:a', at: 't', inputs: '{}', words: '{}' } as const;
    expect(archive.appendAlert({ ...alert, state: 'opened' })).toMatchObject({ id: 8, opens: null });
    expect(archive.appendAlert({ ...alert, state: 'ended' })).toMatchObject({ id: 9, opens: 8 });
    archive.close();
  });

  it('says what is wrong with a database that it cannot use', () => {
    expect(codeOf(() => openArchive({ folder: folder.path, mustExist: true }))).toBe('DATA_MISSING');
    openArchive({ folder: folder.path }).close();
    const raw = new Database(join(folder.path, 'archive.db'));
    raw.pragma('user_version = 99');
    raw.close();
    expect(codeOf(() => openArchive({ folder: folder.path }))).toBe('DATA_TOO_NEW');
    for (const suffix of ['', '-wal', '-shm'])
      rmSync(join(folder.path, `archive.db${suffix}`), { force: true });
    writeFileSync(
      join(folder.path, 'archive.db'),
      'this is not a database, but long enough to look like one'.repeat(100),
    );
    expect(codeOf(() => openArchive({ folder: folder.path }))).toBe('DATA_DAMAGED');
  });

  it('reports a locked database and a full disk as such, and recovers', () => {
    const archive = openArchive({ folder: folder.path, busyTimeoutMs: 20 });
    append(archive, 1);
    const other = new Database(join(folder.path, 'archive.db'));
    other.exec('BEGIN IMMEDIATE');
    expect(() => append(archive, 2)).toThrow(expect.objectContaining({ code: 'SQLITE_BUSY' }) as Error);
    other.exec('ROLLBACK');
    other.close();
    expect(append(archive, 2).entry.index).toBe(1);
    archive.close();
    const pages = openArchive({ folder: folder.path, maxPages: 40 });
    const fill = (): void => {
      for (let n = 10; n < 100; n++) append(pages, n, { envelope: new Uint8Array(8_000) });
    };
    expect(fill).toThrow(expect.objectContaining({ code: 'SQLITE_FULL' }) as Error);
    expect(pages.size()).toBeGreaterThan(2);
    expect(pages.entriesFrom(0, 1000)).toHaveLength(pages.size());
    pages.close();
  });
});

describe('sqlite derived', () => {
  it('replaces a damaged database by an empty one', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder.path, 'derived.db'), 'x'.repeat(10_000));
    const derived = openDerived({ folder: folder.path });
    await derived.put(listingOf(0), []);
    expect(await derived.count({})).toBe(1);
    await derived.close();
    folder.remove();
  });
});

describe('the lock of a data folder', () => {
  it('is held by one at a time', () => {
    const folder = temporaryFolder();
    const first = lockDataFolder(folder.path);
    expect(codeOf(() => lockDataFolder(folder.path))).toBe('DATA_IN_USE');
    first.release();
    lockDataFolder(folder.path).release();
    folder.remove();
  });
});

describe('named SQL', () => {
  it('splits at names and refuses our own mistakes', () => {
    expect([...parseNamedSql('\n-- name: a\nSELECT 1;\n-- a remark\n\n-- name: b\nSELECT 2;\n')]).toEqual([
      ['a', 'SELECT 1;\n-- a remark'],
      ['b', 'SELECT 2;'],
    ]);
    expect(() => parseNamedSql('SELECT 1;')).toThrow('before the first name');
    expect(() => parseNamedSql('-- name: a\n-- name: a\n')).toThrow('two statements');
  });
});
