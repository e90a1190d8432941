/**
 * The collector's own keys: `<data>/keys/*.json`, readable by their owner only. Made once, at the first start of an empty
 * data folder, and never again: whoever lost them must restore them, since new ones would disown the log and every receipt.
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fromBase64, toBase64, toHex } from '../../shared/codec/base64.ts';
import { ED25519_SEED_BYTES, fingerprint, publicKeyOf } from '../../shared/codec/ed25519.ts';
import { deriveHpkeKeyPair } from '../../shared/codec/hpke.ts';
import { formatVerifierKey } from '../../shared/codec/signed-note.ts';
import type { TrustFile } from '../../shared/model/index.ts';
import { CollectorError } from '../errors.ts';
import { syncFolder, writeDurably } from './files.ts';

export const KEY_PURPOSES = ['collector', 'control', 'log', 'hpke'] as const;
type KeyPurpose = (typeof KEY_PURPOSES)[number];

const FOLDER = 'keys';
const OWNER_ONLY_FILE = 0o600;
const OWNER_ONLY_FOLDER = 0o700;
/** Any right for group or others. */
const FOREIGN_RIGHTS = 0o077;
/** Hex digits of the log's key in the log's name: enough to tell logs apart, short enough to read aloud. */
const ORIGIN_DIGITS = 16;

interface SigningKey {
  /** 32 bytes, secret. */
  readonly seed: Uint8Array;
  readonly publicKey: Uint8Array;
}

export interface CollectorKeys {
  readonly collector: SigningKey;
  readonly control: SigningKey;
  readonly log: SigningKey & { readonly origin: string; readonly vkey: string };
  readonly hpke: { readonly privateKey: Uint8Array; readonly publicKey: Uint8Array };
}

const fileOf = (folder: string, purpose: KeyPurpose): string => join(folder, FOLDER, `${purpose}.json`);

function keysFromSeeds(
  seeds: Readonly<Record<KeyPurpose, Uint8Array>>,
  origin: string | null,
): CollectorKeys {
  const signing = (seed: Uint8Array): SigningKey => ({ seed, publicKey: publicKeyOf(seed) });
  const log = signing(seeds.log);
  const name =
    origin ?? `kuager-log-${fingerprint(log.publicKey).slice('sha256:'.length).slice(0, ORIGIN_DIGITS)}`;
  return {
    collector: signing(seeds.collector),
    control: signing(seeds.control),
    log: { ...log, origin: name, vkey: formatVerifierKey(name, log.publicKey) },
    hpke: deriveHpkeKeyPair(seeds.hpke),
  };
}

function createKeys(folder: string): void {
  // Written beside, then renamed as a whole: a crash leaves all keys or none.
  const draft = join(folder, `${FOLDER}.new`);
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { mode: OWNER_ONLY_FOLDER });
  const seeds = {} as Record<KeyPurpose, Uint8Array>;
  for (const purpose of KEY_PURPOSES) seeds[purpose] = new Uint8Array(randomBytes(ED25519_SEED_BYTES));
  const { origin } = keysFromSeeds(seeds, null).log;
  for (const purpose of KEY_PURPOSES) {
    const kind = purpose === 'hpke' ? 'x25519-seed' : 'ed25519-seed';
    const body = {
      version: 1,
      purpose,
      kind,
      ...(purpose === 'log' ? { origin } : {}),
      secret: toBase64(seeds[purpose]),
    };
    writeDurably(join(draft, `${purpose}.json`), `${JSON.stringify(body)}\n`, OWNER_ONLY_FILE);
  }
  syncFolder(draft);
  renameSync(draft, join(folder, FOLDER));
  syncFolder(folder);
}

function readKeyFile(
  file: string,
  purpose: KeyPurpose | 'reflector',
): { readonly seed: Uint8Array; readonly origin: string | null } {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new CollectorError('KEYS_DAMAGED', `${file} can't be read as a key file`, { cause: error });
  }
  const fields = (typeof value === 'object' && value !== null ? value : {}) as Readonly<
    Record<string, unknown>
  >;
  const seed = typeof fields['secret'] === 'string' ? fromBase64(fields['secret']) : null;
  const origin = typeof fields['origin'] === 'string' ? fields['origin'] : null;
  if (fields['purpose'] !== purpose || seed === null || seed.length !== ED25519_SEED_BYTES)
    throw new CollectorError('KEYS_DAMAGED', `${file} is not the ${purpose} key`);
  return { seed, origin };
}

/** Reads the keys. Throws KEYS_MISSING when there are none or not all, KEYS_DAMAGED when one can't be read. */
export function loadKeys(folder: string): CollectorKeys {
  const missing = KEY_PURPOSES.filter((purpose) => !existsSync(fileOf(folder, purpose)));
  if (missing.length > 0)
    throw new CollectorError(
      'KEYS_MISSING',
      `${join(folder, FOLDER)} lacks the key(s) ${missing.join(', ')}`,
    );
  const read = {} as Record<KeyPurpose, Uint8Array>;
  let origin: string | null = null;
  for (const purpose of KEY_PURPOSES) {
    const file = readKeyFile(fileOf(folder, purpose), purpose);
    read[purpose] = file.seed;
    if (purpose === 'log') origin = file.origin;
  }
  return keysFromSeeds(read, origin);
}

/**
 * A reflector's seed. It may be lost, unlike the collector's keys: what it has signed is judged by the keys that were
 * archived with the descriptor of the day. Throws KEYS_DAMAGED when the file is there and is no such key.
 */
export function loadOrCreateSeed(file: string, purpose: 'reflector'): Uint8Array {
  if (!existsSync(file)) {
    const secret = toBase64(new Uint8Array(randomBytes(ED25519_SEED_BYTES)));
    const body = { version: 1, purpose, kind: 'ed25519-seed', secret };
    // Written beside, then renamed: a crash leaves no half of a key.
    const draft = `${file}.new`;
    rmSync(draft, { force: true });
    writeDurably(draft, `${JSON.stringify(body)}\n`, OWNER_ONLY_FILE);
    renameSync(draft, file);
  }
  return readKeyFile(file, purpose).seed;
}

/** Reads the keys, making them first if the folder has neither keys nor an archive. Throws as `loadKeys`. */
export function loadOrCreateKeys(folder: string): {
  readonly keys: CollectorKeys;
  readonly created: boolean;
} {
  const created = !existsSync(join(folder, FOLDER)) && !existsSync(join(folder, 'archive.db'));
  if (created) createKeys(folder);
  return { keys: loadKeys(folder), created };
}

/** Takes away foreign rights from the key files (a restored backup may have them); the names of those that had any. */
export function tightenKeyRights(folder: string): readonly string[] {
  const open = KEY_PURPOSES.map((purpose) => fileOf(folder, purpose)).filter(
    (file) => (statSync(file).mode & FOREIGN_RIGHTS) !== 0,
  );
  for (const file of open) chmodSync(file, OWNER_ONLY_FILE);
  return process.platform === 'win32' ? [] : open;
}

/** What strangers compare, one line each. */
export function describeKeys(keys: CollectorKeys): readonly string[] {
  return [
    `collector  ${fingerprint(keys.collector.publicKey)}`,
    `control    ${fingerprint(keys.control.publicKey)}`,
    `log        ${keys.log.vkey}`,
    `hpke       x25519:${toHex(keys.hpke.publicKey)}`,
  ];
}

/** What a verifier must hold to trust this collector: handed over by another way than the bundles. */
export function trustFile(keys: CollectorKeys): TrustFile {
  return {
    collectors: [toBase64(keys.collector.publicKey)],
    controls: [toBase64(keys.control.publicKey)],
    logs: [keys.log.vkey],
  };
}
