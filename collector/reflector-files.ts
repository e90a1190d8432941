/** What a reflector keeps on disk: certificates that it made itself, and the key that signs its word on networks. */
import { randomBytes, X509Certificate } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadOrCreateSeed } from './archive/keys.ts';
import { makeSelfIssued } from './control/index.ts';
import { CollectorError } from './errors.ts';

export interface ReflectorKeyPair {
  readonly keyPem: string;
  readonly certPem: string;
}

const NAME_BYTES = 4;
const SEED_BYTES = 32;
const OWNER_ONLY_FOLDER = 0o700;
const OWNER_ONLY_FILE = 0o600;
const SEED_FILE = 'signing-key.json';

/**
 * A name that says nothing of what it is for: it is the innocuous name of every pair and travels in clear. Under a domain
 * that is reserved for examples (RFC 2606), so that it belongs to nobody.
 */
const randomName = (): string => `www-${randomBytes(NAME_BYTES).toString('hex')}.example.org`;

function prepare(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: OWNER_ONLY_FOLDER });
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new CollectorError('FILE_UNREADABLE', `${folder}: ${detail}`, { cause: error });
  }
}

/** Kept, because probes hold on to a descriptor that pins this key. */
async function kept(
  folder: string,
  [keyName, certName]: readonly [string, string],
  usable: (cert: string) => boolean,
  make: () => Promise<ReflectorKeyPair>,
): Promise<ReflectorKeyPair> {
  const [key, cert] = [join(folder, keyName), join(folder, certName)];
  if (existsSync(cert) && existsSync(key)) {
    const certPem = readFileSync(cert, 'utf8');
    if (usable(certPem)) return { keyPem: readFileSync(key, 'utf8'), certPem };
  }
  const made = await make();
  prepare(folder);
  // A file of the same name keeps the rights that it had.
  rmSync(key, { force: true });
  writeFileSync(key, made.keyPem, { mode: OWNER_ONLY_FILE });
  writeFileSync(cert, made.certPem);
  return made;
}

/** The certificate of an operator who brings none. @param folder null: a new one at every start. */
export async function selfIssuedIdentity(folder: string | null, nowMs: number): Promise<ReflectorKeyPair> {
  const make = (): Promise<ReflectorKeyPair> => makeSelfIssued(randomName(), nowMs);
  return folder === null ? make() : kept(folder, ['key.pem', 'cert.pem'], () => true, make);
}

function isFor(certPem: string, name: string): boolean {
  try {
    return new X509Certificate(certPem).checkHost(name) !== undefined;
  } catch {
    return false;
  }
}

/** The second certificate, which no authority has signed, for the reflector's own name; made anew when the name changes. */
export async function selfSignedFor(
  name: string,
  folder: string | null,
  nowMs: number,
): Promise<ReflectorKeyPair> {
  const make = (): Promise<ReflectorKeyPair> => makeSelfIssued(name, nowMs);
  return folder === null
    ? make()
    : kept(folder, ['self-signed-key.pem', 'self-signed-cert.pem'], (cert) => isFor(cert, name), make);
}

/** The Ed25519 seed for statements. Throws KEYS_DAMAGED. @param folder null: a new one at every start. */
export function signingSeed(folder: string | null): Uint8Array {
  if (folder === null) return new Uint8Array(randomBytes(SEED_BYTES));
  prepare(folder);
  const file = join(folder, SEED_FILE);
  const seed = loadOrCreateSeed(file, 'reflector');
  chmodSync(file, OWNER_ONLY_FILE);
  return seed;
}
