/** A `cert9.db` as NSS lays it out, written by SQLite itself. */
import Database from 'better-sqlite3';
import { createHash } from 'node:crypto';
import { parseCertificate } from '../../../shared/codec/x509.ts';

/** CKT_NSS_TRUSTED_DELEGATOR and its like; `standard`: the objects of PKCS #11 3.2. */
export const TRUST = {
  delegator: 0xce534352,
  mustVerify: 0xce534353,
  notTrusted: 0xce53435a,
  standardAnchor: 0x2,
} as const;

export interface NssEntry {
  readonly der: Uint8Array;
  /** Absent: a cached certificate, without a trust object. */
  readonly trust?: number;
  readonly standard?: true;
  /** The trust object names the certificate by issuer and serial only. */
  readonly withoutHash?: true;
}

const COLUMNS = [
  'a0', 'a1', 'a2', 'a3', 'a11', 'a80', 'a81', 'a82', 'a101', 'a102', 'a62c',
  'ace534351', 'ace5363b4', 'ace5363b5', 'ace536358', 'ace53635a',
]; // prettier-ignore

const u32 = (n: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(n);
  return bytes;
};
const sha1 = (bytes: Uint8Array): Buffer => createHash('sha1').update(bytes).digest();
const EXPLICIT_NULL = Buffer.from('a5005a', 'hex');

export interface WriterOptions {
  readonly pageSize?: number;
  readonly wal?: true;
}

/** Gives the open connection: the log is moved into the file when it is closed. */
export function writeNss(
  path: string,
  entries: readonly NssEntry[],
  { pageSize = 32_768, wal }: WriterOptions = {},
): Database.Database {
  const db = new Database(path);
  db.pragma(`page_size = ${pageSize}`);
  db.pragma('synchronous = OFF');
  db.exec(`CREATE TABLE nssPublic (id PRIMARY KEY UNIQUE ON CONFLICT ABORT, ${COLUMNS.join(', ')})`);
  db.exec('CREATE INDEX issuer ON nssPublic (a81)');
  if (wal === true) {
    db.pragma('journal_mode = WAL');
    db.pragma('wal_autocheckpoint = 0');
  }
  const insert = db.prepare(
    `INSERT INTO nssPublic (id, ${COLUMNS.join(', ')}) VALUES (${['?', ...COLUMNS.map(() => '?')].join(', ')})`,
  );
  let id = 0;
  const row = (values: Readonly<Record<string, Buffer | Uint8Array>>): void => {
    insert.run(++id, ...COLUMNS.map((c) => (values[c] === undefined ? null : Buffer.from(values[c]))));
  };
  for (const { der, trust, standard, withoutHash } of entries) {
    const certificate = parseCertificate(der);
    const issuer = 'error' in certificate ? Buffer.of(id) : certificate.issuer.der;
    const serial = 'error' in certificate ? Buffer.of(id) : Buffer.from(certificate.serial, 'hex');
    row({ a0: u32(1), a3: EXPLICIT_NULL, a11: der, a80: u32(0), a81: issuer, a82: serial });
    if (trust === undefined) continue;
    const named = withoutHash === true ? {} : { ace5363b4: sha1(der) };
    if (standard === true) row({ a0: u32(0xb), a81: issuer, a82: serial, a62c: u32(trust) });
    else row({ a0: u32(0xce534353), a81: issuer, a82: serial, ace536358: u32(trust), ...named });
  }
  return db;
}
