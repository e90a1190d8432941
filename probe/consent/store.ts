/** Records of consent on disk: small files in the state folder, readable by the user alone. */
import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseConsentRecord } from './record.ts';
import type { ConsentRecord } from './record.ts';

/** To measuring, and to doing so unattended. */
const FILES = { run: 'consent.json', watch: 'consent-watch.json' } as const;
export type ConsentTo = keyof typeof FILES;

/** Null when there is none or it can't be read: the question is asked again then. */
export async function readConsent(stateFolder: string, to: ConsentTo = 'run'): Promise<ConsentRecord | null> {
  try {
    return parseConsentRecord(await readFile(join(stateFolder, FILES[to]), 'utf8'));
  } catch {
    return null;
  }
}

/** Durable when it returns. Throws the file system's own error. */
export async function writeConsent(
  stateFolder: string,
  record: ConsentRecord,
  to: ConsentTo = 'run',
): Promise<void> {
  await mkdir(stateFolder, { recursive: true, mode: 0o700 });
  const temporary = join(stateFolder, `.tmp-${randomBytes(8).toString('hex')}`);
  const handle = await open(temporary, 'wx', 0o600);
  try {
    try {
      await handle.writeFile(`${JSON.stringify(record)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, join(stateFolder, FILES[to]));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

export async function forgetConsent(stateFolder: string): Promise<void> {
  for (const file of Object.values(FILES)) await rm(join(stateFolder, file), { force: true });
}
