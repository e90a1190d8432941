/** One process at a time delivers from a spool. A lock that is lost does no harm: the collector takes a thing once. */
import { randomBytes } from 'node:crypto';
import { link, readFile, rename, unlink, utimes, stat } from 'node:fs/promises';
import { createAtomically, errorCode } from './files.ts';

/** The holder touches its lock this often … */
const TOUCH_MS = 20_000;
/** … and one not touched for this long belongs to a process that sleeps or is gone. */
const STALE_MS = 120_000;

/** A process that was killed and that nobody has buried yet; false where the system doesn't say. */
async function isDead(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return /^ [ZX]/.test(stat.slice(stat.lastIndexOf(')') + 1));
}

async function isAlive(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
    return !(await isDead(pid));
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

async function isStale(path: string, content: string): Promise<boolean> {
  const pid = Number(content.split(' ')[0]);
  if (!Number.isInteger(pid) || pid <= 0 || !(await isAlive(pid))) return true;
  const info = await stat(path).catch(() => null);
  return info !== null && Date.now() - info.mtimeMs > STALE_MS;
}

/** Takes a stale lock away; puts it back when it turns out to be another's fresh one. */
async function removeStale(path: string, content: string): Promise<void> {
  const aside = `${path}.${randomBytes(4).toString('hex')}`;
  try {
    await rename(path, aside);
    if ((await readFile(aside, 'utf8')) !== content) await link(aside, path);
  } catch (error) {
    if (!['ENOENT', 'EEXIST'].includes(errorCode(error) ?? '')) throw error;
  }
  await unlink(aside).catch(() => undefined);
}

/** The function that gives the lock back, or null while another live process holds it. */
export async function takeLock(path: string): Promise<(() => Promise<void>) | null> {
  const mine = `${process.pid} ${randomBytes(8).toString('hex')}`;
  for (let attempt = 0; attempt < 3; attempt++) {
    if (await createAtomically(path, mine)) {
      const touch = setInterval(() => {
        const now = new Date();
        void utimes(path, now, now).catch(() => undefined);
      }, TOUCH_MS);
      touch.unref();
      return async () => {
        clearInterval(touch);
        const content = await readFile(path, 'utf8').catch(() => null);
        if (content === mine) await unlink(path).catch(() => undefined);
      };
    }
    const content = await readFile(path, 'utf8').catch(() => null);
    if (content === null) continue;
    if (!(await isStale(path, content))) return null;
    await removeStale(path, content);
  }
  return null;
}
