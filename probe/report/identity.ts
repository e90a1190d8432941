/**
 * Keys that sign measurements: a fresh random Ed25519 key per network (country, AS) and epoch, so that no key links two
 * networks or two epochs. Ontology "Identity".
 */
import { createHmac, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { fromBase64, toBase64 } from '../../shared/codec/base64.ts';
import { ED25519_SEED_BYTES, publicKeyOf, sign } from '../../shared/codec/ed25519.ts';
import { ReportError } from './errors.ts';
import {
  createAtomically,
  destroyFile,
  ensurePrivateFolder,
  listFolder,
  readBounded,
  sweepTemporary,
} from './files.ts';

const DAY_MS = 24 * 60 * 60_000;
export const EPOCH_DAYS = 30;
/** From the start of its epoch; then a key goes even if something it signed was never delivered. */
export const KEY_MAX_DAYS = 60;
const EPOCH_MS = EPOCH_DAYS * DAY_MS;

const DEVICE_SECRET_BYTES = 32;
const GROUP_BYTES = 8;
const MAX_KEY_FILE_BYTES = 4096;
const MAX_KEYS = 1000;
const DEVICE_FILE = 'device';
const KEY_SUFFIX = '.key';

export interface Network {
  /** ISO 3166-1, upper case. */
  readonly cc: string;
  /** `AS9198`. */
  readonly asn: string;
}

export interface Identity extends Network {
  readonly epoch: number;
  /** Milliseconds since 1970: another key signs from then on. */
  readonly endsAt: number;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** Names this key in the spool: random, so that a spool file doesn't lead to published measurements. */
  readonly group: string;
  sign(message: Uint8Array): Uint8Array;
}

export interface Identities {
  /** The key of this network now; made when there is none. `now`: ms since 1970. */
  keyFor(input: Network & { readonly now: number }): Promise<Identity>;
  /**
   * Destroys the keys whose epoch is over and of which nothing waits in the spool, and in any case after KEY_MAX_DAYS.
   * `waiting`: groups with undelivered entries. Gives how many went.
   */
  destroyExpired(input: { readonly now: number; readonly waiting: ReadonlySet<string> }): Promise<number>;
  /** Destroys every key and the device's secret. */
  forget(): Promise<void>;
}

interface KeyFile extends Network {
  readonly epoch: number;
  /** ms since 1970. */
  readonly epochStart: number;
  readonly group: string;
  readonly seed: Uint8Array;
}

function parseKeyFile(bytes: Uint8Array | null): KeyFile | null {
  try {
    const o = JSON.parse(Buffer.from(bytes ?? []).toString('utf8')) as Readonly<Record<string, unknown>>;
    const { cc, asn, epoch, epochStart, group } = o;
    const seed = typeof o['seed'] === 'string' ? fromBase64(o['seed']) : null;
    if (typeof cc !== 'string' || typeof asn !== 'string' || typeof group !== 'string') return null;
    if (typeof epoch !== 'number' || typeof epochStart !== 'number' || seed?.length !== ED25519_SEED_BYTES)
      return null;
    return { cc, asn, epoch, epochStart, group, seed };
  } catch {
    return null;
  }
}

/** `folder`: this probe's own, e.g. `<state>/identity`; made with rights for the user alone. */
export async function openIdentities(folder: string): Promise<Identities> {
  await ensurePrivateFolder(folder);
  await sweepTemporary(folder, Date.now());
  const devicePath = join(folder, DEVICE_FILE);

  const deviceSecret = async (): Promise<Uint8Array> => {
    const found = await readBounded(devicePath, MAX_KEY_FILE_BYTES);
    if (found?.length === DEVICE_SECRET_BYTES) return found;
    if (found !== null) await destroyFile(devicePath);
    const fresh = randomBytes(DEVICE_SECRET_BYTES);
    if (await createAtomically(devicePath, fresh)) return fresh;
    const other = await readBounded(devicePath, MAX_KEY_FILE_BYTES);
    if (other?.length === DEVICE_SECRET_BYTES) return other;
    throw new ReportError(
      'STATE_DAMAGED',
      'the identity folder changes under our hands: run only one probe on it',
    );
  };

  /**
   * Epochs begin at another moment for every network: with one offset for all, two pseudonyms that change together
   * would show that they are one device.
   */
  const epochOf = async (
    network: Network,
    now: number,
  ): Promise<{ epoch: number; epochStart: number; name: string }> => {
    const secret = await deviceSecret();
    const text = `${network.cc} ${network.asn}`;
    const offset = createHmac('sha256', secret).update(`offset ${text}`).digest().readUIntBE(0, 6) % EPOCH_MS;
    const epoch = Math.floor((now - offset) / EPOCH_MS);
    // The name says nothing to somebody who sees a listing only.
    const name = createHmac('sha256', secret).update(`name ${text} ${epoch}`).digest('hex').slice(0, 32);
    return { epoch, epochStart: offset + epoch * EPOCH_MS, name: name + KEY_SUFFIX };
  };

  const toIdentity = (file: KeyFile): Identity => ({
    cc: file.cc,
    asn: file.asn,
    epoch: file.epoch,
    endsAt: file.epochStart + EPOCH_MS,
    group: file.group,
    publicKey: publicKeyOf(file.seed),
    sign: (message) => sign(message, file.seed),
  });

  const keyFiles = async (): Promise<string[]> =>
    (await listFolder(folder, MAX_KEYS)).names
      .filter((name) => name.endsWith(KEY_SUFFIX))
      .map((name) => join(folder, name));

  return {
    async keyFor({ cc, asn, now }) {
      const { epoch, epochStart, name } = await epochOf({ cc, asn }, now);
      const path = join(folder, name);
      for (let attempt = 0; attempt < 3; attempt++) {
        const bytes = await readBounded(path, MAX_KEY_FILE_BYTES);
        const found = parseKeyFile(bytes);
        if (found !== null) return toIdentity(found);
        // A damaged key signs nothing any more; a new one of the same epoch harms nobody.
        if (bytes !== null) await destroyFile(path);
        const seed = randomBytes(ED25519_SEED_BYTES);
        const group = randomBytes(GROUP_BYTES).toString('hex');
        const fresh: KeyFile = { cc, asn, epoch, epochStart, group, seed };
        if (await createAtomically(path, JSON.stringify({ ...fresh, seed: toBase64(seed) })))
          return toIdentity(fresh);
      }
      throw new ReportError(
        'STATE_DAMAGED',
        'the identity folder changes under our hands: run only one probe on it',
      );
    },

    async destroyExpired({ now, waiting }) {
      let count = 0;
      for (const path of await keyFiles()) {
        const file = parseKeyFile(await readBounded(path, MAX_KEY_FILE_BYTES));
        const age = file === null ? Number.POSITIVE_INFINITY : now - file.epochStart;
        const over = age >= EPOCH_MS && !waiting.has(file?.group ?? '');
        if (!over && age < KEY_MAX_DAYS * DAY_MS) continue;
        await destroyFile(path);
        count++;
      }
      return count;
    },

    async forget() {
      for (const path of [...(await keyFiles()), devicePath]) await destroyFile(path);
      await sweepTemporary(folder, Number.POSITIVE_INFINITY);
    },
  };
}
