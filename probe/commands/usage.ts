/**
 * Bytes that were used, by day, so that a monthly budget holds over restarts and over runs that were started by hand. One file a
 * month, a line for each booking; lines are appended, so that two programs may book at once. After the next month it goes.
 */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { destroyFile, ensurePrivateFolder, listFolder, readBounded, storing } from '../report/files.ts';
import type { Usage } from '../watch/budget.ts';

/** A line an hour, and some for every run. */
const MAX_MONTH_BYTES = 4 * 1024 * 1024;
const MAX_FILES = 100;
const MONTH_FILE = /^\d{4}-\d{2}\.jsonl$/;
/** What links, IP and TCP add to the bytes of a busy connection. */
const HEADERS_OF_A_RUN = 1.06;

export interface Booking {
  readonly what: 'run' | 'watch';
  /** Bytes, both ways. */
  readonly bytes: number;
  /** Targets that were measured with them. */
  readonly targets: number;
}

export interface UsageBook {
  /** `now`: milliseconds since 1970. */
  add(booking: Booking, now: number): Promise<void>;
  read(now: number): Promise<Usage>;
  prune(now: number): Promise<void>;
  forget(): Promise<void>;
}

const monthOf = (now: number): string => new Date(now).toISOString().slice(0, 7);
const lastMonth = (now: number): string => {
  const date = new Date(now);
  return monthOf(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - 1, 1));
};

interface Row extends Booking {
  /** Of the month. */
  readonly day: number;
}

function parseRow(line: string): Row | null {
  try {
    const row = JSON.parse(line) as Readonly<Record<string, unknown>>;
    const { day, what, bytes, targets } = row;
    if (what !== 'run' && what !== 'watch') return null;
    const counts = [day, bytes, targets];
    if (!counts.every((n) => typeof n === 'number' && Number.isFinite(n) && n >= 0)) return null;
    return { what, day: day as number, bytes: bytes as number, targets: targets as number };
  } catch {
    return null;
  }
}

export function openUsage(folder: string): UsageBook {
  const path = (month: string): string => join(folder, `${month}.jsonl`);
  const rows = async (month: string): Promise<readonly Row[]> =>
    Buffer.from((await readBounded(path(month), MAX_MONTH_BYTES)) ?? [])
      .toString('utf8')
      .split('\n')
      .flatMap((line) => (line === '' ? [] : (parseRow(line) ?? [])));
  const files = async (): Promise<readonly string[]> =>
    (await listFolder(folder, MAX_FILES)).names.filter((name) => MONTH_FILE.test(name));

  return {
    async add({ what, bytes, targets }, now) {
      await ensurePrivateFolder(folder);
      const day = new Date(now).getUTCDate();
      await storing(async () => {
        const handle = await open(path(monthOf(now)), 'a', 0o600);
        try {
          // A line that begins with a line end stands alone even behind one torn by a crash.
          await handle.appendFile(`\n${JSON.stringify({ day, what, bytes: Math.ceil(bytes), targets })}\n`);
          await handle.sync();
        } finally {
          await handle.close();
        }
      });
    },
    async read(now) {
      const [before, these] = [await rows(lastMonth(now)), await rows(monthOf(now))];
      const today = new Date(now).getUTCDate();
      const sum = (some: readonly Row[], of: 'bytes' | 'targets' = 'bytes'): number =>
        some.reduce((n, row) => n + row[of], 0);
      const runs = [...before, ...these].filter((row) => row.what === 'run');
      return {
        before: sum(these.filter((row) => row.day !== today)),
        today: sum(these.filter((row) => row.day === today)),
        measuredBytes: sum(runs),
        measuredTargets: sum(runs, 'targets'),
      };
    },
    async prune(now) {
      const kept = [monthOf(now), lastMonth(now)];
      for (const name of await files())
        if (!kept.includes(name.slice(0, 7))) await destroyFile(join(folder, name));
    },
    async forget() {
      for (const name of await files()) await destroyFile(join(folder, name));
    },
  };
}

export interface Meter {
  /** Books what was used since the last time, when that is worth a line; `all`: at the end, whatever it is. */
  book(targets: number, all?: boolean): Promise<void>;
}

/** Below this a booking waits for the next one: what a kill may leave unbooked. Bytes. */
const WORTH_A_LINE = 256 * 1024;

/** `used`: bytes so far. */
export function meterRun(book: UsageBook, used: () => number, now: () => number): Meter {
  let booked = 0;
  let targets = 0;
  return {
    async book(more, all = false) {
      targets += more;
      const bytes = (used() - booked) * HEADERS_OF_A_RUN;
      if (!all && bytes < WORTH_A_LINE) return;
      if (bytes <= 0 && targets === 0) return;
      const measured = targets;
      booked = used();
      targets = 0;
      await book.add({ what: 'run', bytes, targets: measured }, now());
    },
  };
}

/** Books what an uplink took, where nothing was measured. */
export async function bookAll(
  world: { readonly stateFolder: string; now(): number },
  uplink: { bytesUsed(): number },
): Promise<void> {
  await meterRun(
    openUsage(`${world.stateFolder}/usage`),
    () => uplink.bytesUsed(),
    () => world.now(),
  ).book(0, true);
}
