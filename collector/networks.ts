/** The operator's address databases: which network an asker, or a resolver, belongs to. None is shipped. */
import { readFileSync } from 'node:fs';
import { sha256Hex } from '../shared/codec/digest.ts';
import { readNetworkDatabase } from './control/index.ts';
import type { KnownNetwork, NetworkDatabase } from './control/index.ts';
import { CollectorError } from './errors.ts';

/** A file is read into memory whole; the largest free databases have a tenth of this. */
const MAX_DATABASE_BYTES = 1024 * 1024 * 1024;
/** ISO 3166 leaves it to users; the data format says it where the country is not known. */
const UNKNOWN_COUNTRY = 'ZZ';

export interface NetworkFiles {
  /** Names the network, and the country if it can. */
  readonly asnDb: string;
  /** Asked for the country where the first does not say it. */
  readonly countryDb?: string;
}

/** Of a peer's address, in any spelling; null: the database has no network for it. */
export type LookupNetwork = (address: string) => KnownNetwork | null;

function openOne(path: string, flag: string, notice: (line: string) => void): NetworkDatabase {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new CollectorError('FILE_UNREADABLE', `${flag}: ${detail}`, { cause: error });
  }
  const database =
    bytes.length > MAX_DATABASE_BYTES ? { problem: 'it is too large' } : readNetworkDatabase(bytes);
  if ('problem' in database)
    throw new CollectorError('NETWORKS_UNREADABLE', `${flag} ${path}: ${database.problem}`);
  notice(`networks   ${database.about}, sha256:${sha256Hex(bytes)}`);
  return database;
}

/** Throws FILE_UNREADABLE or NETWORKS_UNREADABLE. One line per file goes to `notice`: what it is, and its hash. */
export function openNetworks(files: NetworkFiles, notice: (line: string) => void): LookupNetwork {
  const networks = openOne(files.asnDb, '--asn-db', notice);
  const countries = files.countryDb === undefined ? null : openOne(files.countryDb, '--country-db', notice);
  return (address) => {
    const found = networks.lookup(address);
    const asn = found?.asn ?? null;
    if (asn === null) return null;
    return { asn, cc: found?.cc ?? countries?.lookup(address)?.cc ?? UNKNOWN_COUNTRY };
  };
}
