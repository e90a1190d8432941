/** The collector of the last run, so that `kuager upload` needs no address. */
import { join } from 'node:path';
import { ensurePrivateFolder, readBounded, writeAtomically } from './files.ts';

const FILE = 'last-url.txt';
const MAX_URL_BYTES = 4_096;

/** `folder`: where the pinned keys live. Throws `STATE_NOT_WRITABLE`. */
export async function rememberCollector(folder: string, url: string): Promise<void> {
  await ensurePrivateFolder(folder);
  await writeAtomically(join(folder, FILE), url);
}

/** Null when no run has named one yet. */
export async function lastCollector(folder: string): Promise<string | null> {
  const bytes = await readBounded(join(folder, FILE), MAX_URL_BYTES);
  return bytes === null ? null : new TextDecoder().decode(bytes).trim();
}
