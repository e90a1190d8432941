/** `--diary` and `--diary-minutes` of `serve`. */
import { readDiaryList } from '../diary/list.ts';
import { CollectorError } from '../errors.ts';

/** The control's times are rounded to ten minutes: more often tells nothing more. */
const MIN_MINUTES = 10;
/** An entry has to come within two hours on either side of a measurement, the jitter and a busy control included. */
const MAX_MINUTES = 100;
/** Broken rows that are named one by one; the rest is only counted. */
const MAX_PROBLEMS_SHOWN = 10;

export interface DiaryFlags {
  readonly diary: readonly string[];
  readonly diaryMinutes: string;
}

/** Throws USAGE for the number, FILE_UNREADABLE for a list without a usable URL; bad rows are only named. */
export function readDiary(
  flags: DiaryFlags,
  readText: (path: string, flag: string) => string,
  warn: (line: string) => void,
): { readonly urls: readonly string[]; readonly minutes: number } {
  const minutes = Number(flags.diaryMinutes);
  if (!/^\d+$/.test(flags.diaryMinutes) || minutes < MIN_MINUTES || minutes > MAX_MINUTES)
    throw new CollectorError(
      'USAGE',
      `--diary-minutes takes a whole number from ${MIN_MINUTES} to ${MAX_MINUTES}, got ${JSON.stringify(flags.diaryMinutes)}`,
    );
  const urls = new Set<string>();
  for (const path of flags.diary) {
    const list = readDiaryList(readText(path, '--diary'));
    for (const { line, message } of list.problems.slice(0, MAX_PROBLEMS_SHOWN))
      warn(`${path}:${line}: ${message}; row left out`);
    if (list.problems.length > MAX_PROBLEMS_SHOWN)
      warn(`${path}: ${list.problems.length - MAX_PROBLEMS_SHOWN} more rows left out`);
    if (list.urls.length === 0)
      throw new CollectorError('FILE_UNREADABLE', `--diary ${path}: no URL that the control can fetch`);
    for (const url of list.urls) urls.add(url);
  }
  return { urls: [...urls], minutes };
}
