/**
 * What was measured and is not yet acknowledged, on disk before anything is sent. Folders: `pending`, `receipts`,
 * `refused`, `damaged`. Nothing leaves `pending` but by a verified receipt, a refusal or damage; only a receipt deletes
 * bytes. Killed at any moment, the next start finds every entry once.
 */
import { rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fromBase64 } from '../../shared/codec/base64.ts';
import { InvalidInputError } from '../../shared/codec/decoded.ts';
import { sealTo } from '../../shared/codec/sealed.ts';
import type { Descriptor } from '../../shared/model/index.ts';
import { ReportError } from './errors.ts';
import {
  destroyFile,
  ensurePrivateFolder,
  listFolder,
  readBounded,
  replaceAndDestroy,
  storing,
  sweepTemporary,
  syncFolder,
  writeAtomically,
} from './files.ts';
import { takeLock } from './lock.ts';
import { decodeEntry, encodeEntry, isMeasurementId, MAX_ENTRY_BYTES } from './spool-entry.ts';
import type { SpoolEntry } from './spool-entry.ts';

/** Entries looked at in one go; the rest comes next time. */
export const MAX_LISTED_ENTRIES = 20_000;
/** Receipts name published measurements, so they live as long as local results and no longer. */
export const RECEIPT_DAYS = 14;
const DAY_MS = 24 * 60 * 60_000;
const MAX_NOTE_BYTES = 64 * 1024;
const SEED_BYTES = 32;
const SUFFIX = { entry: '.entry', note: '.json' } as const;
/** Names the group sent last and when: see `upload.ts`. */
const WINDOW_FILE = 'window.json';
const LOCK_FILE = 'lock';

export type HpkeKey = Descriptor['hpke'];

export interface Window {
  readonly group: string;
  /** ms since 1970. */
  readonly at: number;
}

export interface Spool {
  /** From now on entries are sealed to this key; those written plain before are sealed at once. Gives how many. */
  useKey(key: HpkeKey): Promise<number>;
  /**
   * Stores one submission (see `submissionOf`). Durable when it returns. `sealed` false: the collector's key is not
   * known yet, so it lies readable on this disk, and the caller says so. Throws `SPOOL_DISK_FULL`,
   * `MEASUREMENT_TOO_LARGE`.
   */
  add(item: {
    measurementId: string;
    group: string;
    submission: Uint8Array;
    /** The one in the submission. */
    replyKey?: Uint8Array;
  }): Promise<{ readonly sealed: boolean }>;
  /** Ids waiting, in no telling order. Damaged entries are set aside on the way, one warning each. */
  pending(): Promise<{
    readonly entries: readonly Omit<SpoolEntry, 'body' | 'replyKey'>[];
    readonly more: boolean;
  }>;
  /** Null when it is gone or damaged. */
  read(measurementId: string): Promise<SpoolEntry | null>;
  /** Keeps the receipt, then deletes the entry. `receipt`: its envelope, JSON. */
  delivered(measurementId: string, receipt: string): Promise<void>;
  /** Sets the entry aside with the reason; nothing is deleted. */
  refused(measurementId: string, reason: string): Promise<void>;
  /** Puts refused entries back among the pending ones. Gives how many. */
  retryRefused(): Promise<number>;
  receipt(measurementId: string): Promise<string | null>;
  counts(): Promise<{ pending: number; refused: number; damaged: number; receipts: number }>;
  lastWindow(): Promise<Window | null>;
  setWindow(window: Window): Promise<void>;
  /** Destroys receipts older than RECEIPT_DAYS. `now`: ms since 1970. */
  prune(now: number): Promise<number>;
  /** Null while another process delivers; else the function that gives the lock back. */
  lock(): Promise<(() => Promise<void>) | null>;
  /** Destroys everything, undelivered entries included. */
  forget(): Promise<void>;
}

export interface SpoolOptions {
  readonly folder: string;
  /** Cryptographically secure random bytes. */
  readonly random: (bytes: number) => Uint8Array;
  /** One line for a person; never an address. */
  readonly warn: (line: string) => void;
  readonly hpke?: HpkeKey;
}

/** Makes the folders when missing. Throws `STATE_NOT_WRITABLE`. */
export async function openSpool(options: SpoolOptions): Promise<Spool> {
  const { folder, random, warn } = options;
  const at = {
    pending: join(folder, 'pending'),
    receipts: join(folder, 'receipts'),
    refused: join(folder, 'refused'),
    damaged: join(folder, 'damaged'),
  };
  for (const path of [folder, ...Object.values(at)]) await ensurePrivateFolder(path);
  for (const path of [folder, ...Object.values(at)]) await sweepTemporary(path, Date.now());
  let key = options.hpke ?? null;

  const entryPath = (id: string): string => {
    if (!isMeasurementId(id)) throw new ReportError('STATE_DAMAGED', 'a measurement id has 64 hex digits');
    return join(at.pending, id + SUFFIX.entry);
  };
  const notePath = (room: 'receipts' | 'refused', id: string): string => join(at[room], id + SUFFIX.note);

  const seal = (to: HpkeKey, submission: Uint8Array): Uint8Array => {
    try {
      const hpkeKey = fromBase64(to.key) ?? new Uint8Array(0);
      return sealTo({ keyid: to.keyid, hpkeKey, plaintext: submission, ephemeralSeed: random(SEED_BYTES) });
    } catch (cause) {
      if (cause instanceof InvalidInputError && cause.code === 'too_large')
        throw new ReportError(
          'MEASUREMENT_TOO_LARGE',
          'a measurement is too large to be sent; it was not stored',
          { cause },
        );
      throw cause;
    }
  };

  const move = (from: string, to: string): Promise<void> =>
    storing(async () => {
      await rename(from, to);
      await syncFolder(join(to, '..'));
      await syncFolder(join(from, '..'));
    });

  const setAsideDamaged = async (name: string): Promise<void> => {
    await move(join(at.pending, name), join(at.damaged, `${Date.now()}-${name}`));
    warn(`a stored measurement was damaged and set aside: ${join('damaged', name)}`);
  };

  const read = async (id: string): Promise<SpoolEntry | null> => {
    const bytes = await readBounded(entryPath(id), MAX_ENTRY_BYTES);
    const entry = bytes === null ? null : decodeEntry(bytes);
    return entry?.measurementId === id ? entry : null;
  };

  const list = async (): Promise<{ entries: SpoolEntry[]; more: boolean }> => {
    const { names, more } = await listFolder(at.pending, MAX_LISTED_ENTRIES);
    const entries: SpoolEntry[] = [];
    for (const name of names) {
      const id = name.slice(0, -SUFFIX.entry.length);
      if (!name.endsWith(SUFFIX.entry) || !isMeasurementId(id)) {
        await setAsideDamaged(name);
        continue;
      }
      // Killed between keeping the receipt and deleting the entry.
      if ((await readBounded(notePath('receipts', id), MAX_NOTE_BYTES)) !== null) {
        await destroyFile(entryPath(id));
        continue;
      }
      const entry = await read(id);
      // Gone in between: another process delivered it.
      if (entry === null && (await stat(entryPath(id)).catch(() => null)) === null) continue;
      if (entry === null) await setAsideDamaged(name);
      else entries.push({ ...entry, body: new Uint8Array(0) });
    }
    return { entries, more };
  };

  const textOf = async (path: string): Promise<string | null> => {
    const bytes = await readBounded(path, MAX_NOTE_BYTES);
    return bytes === null ? null : Buffer.from(bytes).toString('utf8');
  };

  return {
    read,
    async useKey(next) {
      key = next;
      let count = 0;
      for (const { measurementId } of (await list()).entries.filter((entry) => !entry.sealed)) {
        const entry = await read(measurementId);
        if (entry === null || entry.sealed) continue;
        await replaceAndDestroy(
          entryPath(measurementId),
          encodeEntry({ ...entry, sealed: true, body: seal(next, entry.body) }),
        );
        count++;
      }
      return count;
    },
    async add({ measurementId, group, submission, replyKey = null }) {
      const sealed = key !== null;
      const body = key === null ? submission : seal(key, submission);
      const bytes = encodeEntry({ measurementId, group, sealed, replyKey, body });
      if (bytes.length > MAX_ENTRY_BYTES)
        throw new ReportError(
          'MEASUREMENT_TOO_LARGE',
          'a measurement is too large to be sent; it was not stored',
        );
      await writeAtomically(entryPath(measurementId), bytes);
      return { sealed };
    },
    async pending() {
      const { entries, more } = await list();
      return {
        more,
        entries: entries.map(({ measurementId, group, sealed }) => ({ measurementId, group, sealed })),
      };
    },
    async delivered(id, receipt) {
      await writeAtomically(notePath('receipts', id), receipt);
      await destroyFile(entryPath(id));
    },
    async refused(id, reason) {
      await writeAtomically(notePath('refused', id), JSON.stringify({ reason }));
      await move(entryPath(id), join(at.refused, id + SUFFIX.entry));
    },
    async retryRefused() {
      const { names } = await listFolder(at.refused, MAX_LISTED_ENTRIES);
      const entries = names.filter((name) => name.endsWith(SUFFIX.entry));
      for (const name of entries) await move(join(at.refused, name), join(at.pending, name));
      return entries.length;
    },
    receipt: (id) => (isMeasurementId(id) ? textOf(notePath('receipts', id)) : Promise.resolve(null)),
    async counts() {
      const count = async (room: keyof typeof at, suffix = ''): Promise<number> =>
        (await listFolder(at[room], MAX_LISTED_ENTRIES)).names.filter((name) => name.endsWith(suffix)).length;
      return {
        pending: await count('pending', SUFFIX.entry),
        refused: await count('refused', SUFFIX.entry),
        damaged: await count('damaged'),
        receipts: await count('receipts'),
      };
    },
    async lastWindow() {
      try {
        const { group, at: time } = JSON.parse((await textOf(join(folder, WINDOW_FILE))) ?? 'null') as {
          group: unknown;
          at: unknown;
        };
        return typeof group === 'string' && typeof time === 'number' ? { group, at: time } : null;
      } catch {
        return null;
      }
    },
    setWindow: (window) => writeAtomically(join(folder, WINDOW_FILE), JSON.stringify(window)),
    async prune(now) {
      let count = 0;
      for (const name of (await listFolder(at.receipts, MAX_LISTED_ENTRIES)).names) {
        const path = join(at.receipts, name);
        const info = await stat(path).catch(() => null);
        if (info === null || now - info.mtimeMs <= RECEIPT_DAYS * DAY_MS) continue;
        await destroyFile(path);
        count++;
      }
      return count;
    },
    lock: () => takeLock(join(folder, LOCK_FILE)),
    async forget() {
      for (const room of Object.values(at))
        for (let more = true; more;) {
          const listing = await listFolder(room, MAX_LISTED_ENTRIES);
          for (const name of listing.names) await destroyFile(join(room, name));
          more = listing.more;
        }
      await destroyFile(join(folder, WINDOW_FILE));
      for (const path of [folder, ...Object.values(at)]) await sweepTemporary(path, Number.POSITIVE_INFINITY);
    },
  };
}
