/**
 * What the volunteer may look at afterwards (`kuager results`): one line of JSON a target, one file a day. After
 * RESULT_DAYS the day's file is destroyed: a seized device shows no more than that.
 */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import {
  destroyFile,
  ensurePrivateFolder,
  listFolder,
  readBounded,
  storing,
  sweepTemporary,
} from './files.ts';

export const RESULT_DAYS = 14;
const DAY_MS = 24 * 60 * 60_000;
const MAX_DAY_BYTES = 32 * 1024 * 1024;
const MAX_DAYS_LISTED = 100;
const DAY_FILE = /^(\d{4}-\d{2}-\d{2})\.jsonl$/;

/** What is kept of one target; `verdict` is the judge's, as the program printed it. */
export interface LocalResult {
  readonly measurementId: string;
  readonly input: string;
  /** UTC day, `YYYY-MM-DD`. */
  readonly day: string;
  readonly verdict: unknown;
}

export interface Results {
  add(result: LocalResult): Promise<void>;
  /** Oldest day first. A line torn by a crash is left out. */
  list(): Promise<LocalResult[]>;
  /** Destroys days older than RESULT_DAYS. `now`: ms since 1970. Gives how many. */
  prune(now: number): Promise<number>;
  forget(): Promise<void>;
}

function parseLine(line: string): LocalResult | null {
  try {
    const o = JSON.parse(line) as Readonly<Record<string, unknown>>;
    const { measurementId, input, day, verdict } = o;
    if (typeof measurementId !== 'string' || typeof input !== 'string' || typeof day !== 'string')
      return null;
    return { measurementId, input, day, verdict };
  } catch {
    return null;
  }
}

export async function openResults(folder: string): Promise<Results> {
  await ensurePrivateFolder(folder);
  await sweepTemporary(folder, Date.now());
  const days = async (): Promise<string[]> =>
    (await listFolder(folder, MAX_DAYS_LISTED)).names.filter((name) => DAY_FILE.test(name)).sort();

  return {
    add: (result) =>
      storing(async () => {
        if (!DAY_FILE.test(`${result.day}.jsonl`)) throw new RangeError('a day is YYYY-MM-DD');
        // A line that begins with a line end stands alone even behind one torn by a crash.
        const handle = await open(join(folder, `${result.day}.jsonl`), 'a', 0o600);
        try {
          await handle.appendFile(`\n${JSON.stringify(result)}\n`);
          await handle.sync();
        } finally {
          await handle.close();
        }
      }),
    async list() {
      const out: LocalResult[] = [];
      for (const name of await days()) {
        const bytes = await readBounded(join(folder, name), MAX_DAY_BYTES);
        for (const line of Buffer.from(bytes ?? [])
          .toString('utf8')
          .split('\n')) {
          const result = line === '' ? null : parseLine(line);
          if (result !== null) out.push(result);
        }
      }
      return out;
    },
    async prune(now) {
      const old = (await days()).filter((name) => now - Date.parse(name.slice(0, 10)) > RESULT_DAYS * DAY_MS);
      for (const name of old) await destroyFile(join(folder, name));
      return old.length;
    },
    async forget() {
      for (const name of await days()) await destroyFile(join(folder, name));
      await sweepTemporary(folder, Number.POSITIVE_INFINITY);
    },
  };
}
