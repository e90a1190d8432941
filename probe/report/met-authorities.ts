/**
 * Which authorities outside the roots this device has met, and on whose networks: so that it can say of one that it goes
 * with the device, and only once that it met it. It stays on the device; erased with everything else, and after 90 days
 * without a meeting.
 */
import { join } from 'node:path';
import { asArray, asNumber, asObject, asString, asStrings } from '../../shared/schema/read.ts';
import {
  destroyFile,
  ensurePrivateFolder,
  readBounded,
  replaceAndDestroy,
  sweepTemporary,
  writeAtomically,
} from './files.ts';

export const MEMORY_DAYS = 90;
const DAY_MS = 24 * 60 * 60_000;
const FILE = 'met.json';
const MAX_FILE_BYTES = 256 * 1024;
/** Authorities that are kept, the latest; networks of one. A device meets a handful in its life. */
const MAX_AUTHORITIES = 200;
const MAX_OWNERS = 32;
/** The owner of a network that is on no list stands for itself alone; see `isAnother`. */
const UNLISTED = /^AS\d+$/;

export interface Meeting {
  /** Hex SHA-256 of the authority's SPKI. */
  readonly spki: string;
  /** Whose network; `AS…` where only its number is known; null: not known. */
  readonly owner: string | null;
  /** `Identity.group` of the key that will sign: it leads to no published measurement once the key is gone. */
  readonly key: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export interface Memory {
  /** Null: whose network this is isn't known. */
  readonly onOtherNetwork: boolean | null;
  /** The key that signs is the first of this device's that met the authority. */
  readonly firstMet: boolean;
}

export interface MetAuthorities {
  /** Keeps the meeting and says what was known before it. */
  meet(meeting: Meeting): Promise<Memory>;
  /** Forgets what was not met for MEMORY_DAYS. */
  prune(now: number): Promise<void>;
  forget(): Promise<void>;
}

interface Entry {
  readonly spki: string;
  readonly firstKey: string;
  readonly owners: readonly string[];
  /** Day of the last meeting, milliseconds since 1970. */
  readonly last: number;
}

function readEntries(bytes: Uint8Array | null): Entry[] {
  try {
    return asArray(JSON.parse(Buffer.from(bytes ?? []).toString('utf8'))).flatMap((value): Entry[] => {
      const o = asObject(value);
      const [spki, firstKey, last] = [
        asString(o?.['spki']),
        asString(o?.['firstKey']),
        asNumber(o?.['last']),
      ];
      if (spki === null || firstKey === null || last === null) return [];
      return [{ spki, firstKey, last, owners: asStrings(o?.['owners']) }];
    });
  } catch {
    return []; // damaged: nothing is remembered, which excuses and accuses nobody
  }
}

/** Two networks on no list may have one owner, and then nothing followed the device. */
const isAnother = (owner: string, other: string): boolean =>
  owner !== other && !(UNLISTED.test(owner) && UNLISTED.test(other));

/** `folder`: made with rights for the user alone. */
export async function openMetAuthorities(folder: string): Promise<MetAuthorities> {
  await ensurePrivateFolder(folder);
  const path = join(folder, FILE);
  let last: Promise<unknown> = Promise.resolve();
  /** One after the other: targets are measured side by side. */
  const inTurn = <T>(step: () => Promise<T>): Promise<T> => {
    const next = last.then(step, step);
    last = next.catch(() => undefined);
    return next;
  };
  const write = async (entries: readonly Entry[], existed: boolean): Promise<void> => {
    const bytes = new TextEncoder().encode(JSON.stringify(entries));
    if (entries.length === 0) await destroyFile(path);
    else if (existed) await replaceAndDestroy(path, bytes);
    else await writeAtomically(path, bytes);
  };

  return {
    meet: ({ spki, owner, key, now }) =>
      inTurn(async () => {
        const bytes = await readBounded(path, MAX_FILE_BYTES);
        const entries = readEntries(bytes);
        const known = entries.find((e) => e.spki === spki);
        const owners = new Set([...(known?.owners ?? []), ...(owner === null ? [] : [owner])]);
        const entry: Entry = {
          spki,
          firstKey: known?.firstKey ?? key,
          owners: [...owners].slice(-MAX_OWNERS),
          last: Math.floor(now / DAY_MS) * DAY_MS,
        };
        const others = entries.filter((e) => e.spki !== spki).sort((a, b) => a.last - b.last);
        if (JSON.stringify(known) !== JSON.stringify(entry))
          await write([...others, entry].slice(-MAX_AUTHORITIES), bytes !== null);
        return {
          onOtherNetwork:
            owner === null ? null : (known?.owners ?? []).some((other) => isAnother(owner, other)),
          firstMet: entry.firstKey === key,
        };
      }),
    prune: (now) =>
      inTurn(async () => {
        await sweepTemporary(folder, now);
        const bytes = await readBounded(path, MAX_FILE_BYTES);
        if (bytes === null) return;
        const entries = readEntries(bytes);
        const fresh = entries.filter((e) => now - e.last <= MEMORY_DAYS * DAY_MS);
        if (fresh.length < entries.length) await write(fresh, true);
      }),
    forget: () =>
      inTurn(async () => {
        await destroyFile(path);
        // Whoever was killed while writing has left the same words in a file of another name.
        await sweepTemporary(folder, Number.POSITIVE_INFINITY);
      }),
  };
}
