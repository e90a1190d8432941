/**
 * `cert9.db` of Firefox, Thunderbird, older Chromium and the system's NSS. A browser also caches intermediates there, so
 * a certificate by itself means nothing: its trust object does. Attributes are columns `a<hex of the PKCS #11 number>`,
 * numbers are four bytes, big end first.
 * Sources: NSS, lib/softoken/sdb.c and lib/util/pkcs11n.h; PKCS #11 3.2 for the newer trust objects.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { nssPlaces } from './nss-places.ts';
import { namesIn, readDatabase, readingOf, type StoredCertificate, type StoreReader } from './reading.ts';
import { openTables } from './sqlite.ts';
import type { Row, Tables } from './tables.ts';

const DATABASE = 'cert9.db';
const TABLES = ['nssPublic', 'nssTrust'];

const CLASS = 'a0';
const VALUE = 'a11';
const ISSUER = 'a81';
const SERIAL = 'a82';
const CERTIFICATE = 0x1;
const TRUST_CLASSES: readonly number[] = [0xce534353, 0xb];
/** CKA_CERT_SHA1_HASH. */
const SHA1 = 'ace5363b4';
/** CKA_TRUST_SERVER_AUTH, NSS's own and the standard's. */
const SERVER_TRUST = ['ace536358', 'a62c'];
const TRUSTED: readonly number[] = [0xce534351, 0xce534352, 0x1, 0x2];
/** Stands for "empty" in a column that has to hold something. */
const EXPLICIT_NULL = 'a5005a';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function bytesAt(row: Row, column: string): Uint8Array | null {
  const value = row.get(column);
  return value instanceof Uint8Array && value.length > 0 && hex(value) !== EXPLICIT_NULL ? value : null;
}

function numberAt(row: Row, column: string): number | null {
  const bytes = bytesAt(row, column);
  return bytes?.length === 4 ? Buffer.from(bytes).readUInt32BE() : null;
}

function issued(row: Row): string | null {
  const [issuer, serial] = [bytesAt(row, ISSUER), bytesAt(row, SERIAL)];
  return issuer === null || serial === null ? null : `${hex(issuer)} ${hex(serial)}`;
}

/** Which certificates the database trusts for websites: by SHA-1 where the object has it, else by issuer and serial. */
function trustOf(rows: readonly Row[]): ReadonlyMap<string, boolean> {
  const said = new Map<string, boolean>();
  for (const row of rows.filter((r) => TRUST_CLASSES.includes(numberAt(r, CLASS) ?? -1))) {
    const level = SERVER_TRUST.map((column) => numberAt(row, column)).find((n) => n !== null);
    const digest = bytesAt(row, SHA1);
    const key = digest === null ? issued(row) : hex(digest);
    if (key !== null && level != null) said.set(key, (said.get(key) ?? false) || TRUSTED.includes(level));
  }
  return said;
}

/** Certificates with a trust object's word; those without one are a browser's cache and are not trusted by being there. */
export function certificatesIn(tables: Tables, place: string): readonly StoredCertificate[] {
  const rows = TABLES.flatMap((table) => tables.rows(table) ?? []);
  const trust = trustOf(rows);
  return rows.flatMap((row) => {
    const der = numberAt(row, CLASS) === CERTIFICATE ? bytesAt(row, VALUE) : null;
    if (der === null) return [];
    const name = issued(row);
    const trusted =
      trust.get(createHash('sha1').update(der).digest('hex')) ??
      (name === null ? undefined : trust.get(name)) ??
      false;
    return [{ der, place, trusted, shipped: false, since: null }];
  });
}

export const readNss: StoreReader = async (files) => {
  const folders = await Promise.all(
    nssPlaces(files).map(async ({ kind, path, profiles }) => {
      if (!profiles) return [{ kind, place: join(path, DATABASE) }];
      return (await namesIn(files, path)).map((name) => ({ kind, place: join(path, name, DATABASE) }));
    }),
  );
  const readings = folders.flat().map(({ kind, place }) =>
    readingOf(kind, place, async () => {
      const database = await readDatabase(files, place);
      return database === null ? null : certificatesIn(openTables(database), place);
    }),
  );
  return (await Promise.all(readings)).flat();
};
