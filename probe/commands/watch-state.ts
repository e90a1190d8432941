/** What an unattended probe keeps on the device: numbers of heartbeats, the open journal, when it last measured. */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import {
  destroyFile,
  ensurePrivateFolder,
  readBounded,
  storing,
  sweepTemporary,
  writeAtomically,
} from '../report/files.ts';
import { takeLock } from '../report/lock.ts';
import type { Look } from '../watch/journal.ts';
import {
  beginningLine,
  endingLine,
  journalText,
  lookLine,
  MAX_JOURNAL_FILE_BYTES,
  MAX_LINES,
  readJournal,
  withLine,
  type Beginning,
  type Ending,
  type StoredJournal,
} from '../watch/journal-lines.ts';
import { RANGE, readReserved, reserve, reservedText } from '../watch/sequence.ts';

const FILES = {
  sequence: 'sequence.json',
  journal: 'journal.jsonl',
  times: 'times.json',
  lock: 'lock',
} as const;
/** A thousand keys. */
const MAX_SEQUENCE_BYTES = 128 * 1024;
const MAX_TIMES_BYTES = 4 * 1024;

export interface WatchTimes {
  /** Milliseconds since 1970; null: never. */
  readonly lastRunAt: number | null;
  /** When the last pause for uploads of another network was made. */
  readonly lastRoomAt: number | null;
}

export interface WatchState {
  /** Null: another one watches on this state. Gives the lock back. */
  lock(): Promise<(() => Promise<void>) | null>;
  /** The next number of a key, never one that was given before. `now`: milliseconds since 1970. */
  nextSequence(key: { readonly group: string; readonly endsAt: number }, now: number): Promise<number>;
  journal(): StoredJournal | null;
  /** Durable when they return. */
  beginJournal(beginning: Beginning): Promise<void>;
  keepLook(look: Look): Promise<void>;
  endJournal(ending: Ending): Promise<void>;
  dropJournal(): Promise<void>;
  times(): WatchTimes;
  setTimes(times: Partial<WatchTimes>): Promise<void>;
  /** Destroys all of it. */
  forget(): Promise<void>;
}

export const watchFolder = (stateFolder: string): string => join(stateFolder, 'watch');

async function textOf(path: string, maxBytes: number): Promise<string | null> {
  const bytes = await readBounded(path, maxBytes);
  return bytes === null ? null : Buffer.from(bytes).toString('utf8');
}

function readTimes(text: string | null): WatchTimes {
  const none = { lastRunAt: null, lastRoomAt: null };
  try {
    const { lastRunAt, lastRoomAt } = JSON.parse(text ?? '{}') as Readonly<Record<string, unknown>>;
    const time = (value: unknown): number | null => (typeof value === 'number' ? value : null);
    return { lastRunAt: time(lastRunAt), lastRoomAt: time(lastRoomAt) };
  } catch {
    return none;
  }
}

export async function openWatchState(stateFolder: string): Promise<WatchState> {
  const folder = watchFolder(stateFolder);
  await ensurePrivateFolder(folder);
  await sweepTemporary(folder, Date.now());
  const path = (file: keyof typeof FILES): string => join(folder, FILES[file]);
  const sequences = await textOf(path('sequence'), MAX_SEQUENCE_BYTES);
  const known = readReserved(sequences ?? '[]');
  let reserved = known ?? new Map<string, { next: number; endsAt: number }>();
  /** Ranges in use: numbers of a range are used up in order. */
  const ranges = new Map<string, { next: number; end: number }>();
  let times = readTimes(await textOf(path('times'), MAX_TIMES_BYTES));
  let journal = readJournal((await textOf(path('journal'), MAX_JOURNAL_FILE_BYTES)) ?? '');

  const append = (line: string): Promise<void> =>
    storing(async () => {
      const handle = await open(path('journal'), 'a', 0o600);
      try {
        // A line that begins with a line end stands alone even behind one torn by a crash.
        await handle.appendFile(`\n${line}\n`);
        await handle.sync();
      } finally {
        await handle.close();
      }
    });
  const grown = (line: string): void => {
    // Read as it would be after a crash: there is one way from lines to a journal.
    journal = journal === null ? readJournal(line) : withLine(journal, line);
  };

  return {
    lock: () => takeLock(path('lock')),
    async nextSequence(key, now) {
      let range = ranges.get(key.group);
      if (range === undefined || range.next >= range.end) {
        const step = reserve(new Map(reserved), key, { now, lost: known === null });
        await writeAtomically(path('sequence'), reservedText(step.reserved));
        reserved = new Map(step.reserved);
        range = { next: step.first, end: step.first + RANGE };
        ranges.set(key.group, range);
      }
      return range.next++;
    },
    journal: () => journal,
    async beginJournal(beginning) {
      if (journal === null) await destroyFile(path('journal'));
      const line = beginningLine(beginning);
      await append(line);
      grown(line);
    },
    async keepLook(look) {
      const line = lookLine(look);
      if (journal !== null && journal.lines >= MAX_LINES) {
        await writeAtomically(path('journal'), journalText(journal));
        journal = { ...journal, lines: journal.stretches.length + 1 };
      }
      await append(line);
      grown(line);
    },
    async endJournal(ending) {
      const line = endingLine(ending);
      await append(line);
      grown(line);
    },
    async dropJournal() {
      await destroyFile(path('journal'));
      journal = null;
    },
    times: () => times,
    async setTimes(more) {
      times = { ...times, ...more };
      await writeAtomically(path('times'), JSON.stringify(times));
    },
    async forget() {
      // What a watch that was killed left; one that runs keeps its own.
      await (
        await takeLock(path('lock'))
      )?.();
      for (const file of ['sequence', 'journal', 'times'] as const) await destroyFile(path(file));
      await sweepTemporary(folder, Number.POSITIVE_INFINITY);
    },
  };
}
