/** What a reader gives: the certificates of one store, or why it could not be read. */
import { DatabaseError, type DatabaseFile } from './tables.ts';
import { UnreadStore, type DeviceFiles, type UnreadReason } from './device-files.ts';

/** A browser's database of years has a few MB. Bytes. */
const MAX_DATABASE_BYTES = 64 * 1024 * 1024;

/** Whose store; each is a message `store.<kind>` of shared/i18n/doctor.ts. */
export const STORE_KINDS = [
  'system',
  'firefox',
  'chromium',
  'nss',
  'java',
  'environment',
  'windows_machine',
  'windows_user',
  'macos',
] as const;
export type StoreKind = (typeof STORE_KINDS)[number];

export interface StoredCertificate {
  readonly der: Uint8Array;
  /** File, folder or store, as a person would look for it. */
  readonly place: string;
  /** As a root for websites; null: this store does not say. */
  readonly trusted: boolean | null;
  /** Part of what the system's maker or distribution brought. */
  readonly shipped: boolean;
  /** Since when it is there, as far as the store tells; milliseconds since 1970. */
  readonly since: number | null;
}

export interface StoreReading {
  readonly kind: StoreKind;
  readonly place: string;
  readonly certificates: readonly StoredCertificate[];
  /** Null: read. */
  readonly unread: UnreadReason | null;
}

/** Finds what is there; nothing found is an empty list. */
export type StoreReader = (files: DeviceFiles) => Promise<readonly StoreReading[]>;

/** One store read, or named with the reason; null: it is not there. */
export async function readingOf(
  kind: StoreKind,
  place: string,
  read: () => Promise<readonly StoredCertificate[] | null>,
): Promise<readonly StoreReading[]> {
  try {
    const certificates = await read();
    return certificates === null ? [] : [{ kind, place, certificates, unread: null }];
  } catch (error) {
    return [{ kind, place, certificates: [], unread: unreadReason(error) }];
  }
}

function unreadReason(error: unknown): UnreadReason {
  if (error instanceof UnreadStore) return error.reason;
  if (error instanceof DatabaseError) return error.message === 'in use' ? 'in_use' : 'damaged';
  throw error;
}

/**
 * Names in a folder that may hold stores. One that can't be listed gives the empty name: what is looked for in the folder
 * itself then meets the same obstacle and is named with it.
 */
export async function namesIn(files: DeviceFiles, path: string): Promise<readonly string[]> {
  try {
    return (await files.list(path)) ?? [];
  } catch (error) {
    if (error instanceof UnreadStore) return [''];
    throw error;
  }
}

/**
 * A database with what lies beside it, the log first: what a writer moves from the log meanwhile is then in the file.
 * Null: there is none. Throws {@link UnreadStore}.
 */
export async function readDatabase(files: DeviceFiles, path: string): Promise<DatabaseFile | null> {
  const part = async (suffix: string): Promise<Uint8Array | null> =>
    (await files.read(`${path}${suffix}`, MAX_DATABASE_BYTES))?.bytes ?? null;
  const wal = await part('-wal');
  const main = await part('');
  return main === null ? null : { main, wal, journal: await part('-journal') };
}
