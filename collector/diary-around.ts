/** Which entries of the control's diary may help to judge a measurement. Only the archive decides. */
import type { Measurement } from '../shared/model/index.ts';
import { parseStartTime } from '../shared/schema/document.ts';
import { diaryUrl } from './diary/list.ts';
import type { ArchiveStore, DiaryEntry } from './store/store.ts';

/** How far an entry of the control's diary can be from a start that it helps to judge. Milliseconds. */
export const DIARY_REACH_MS = 2 * 3600 * 1000;

/** All entries that could bracket the start of what was received then; whether they do is for the judge. */
export function diaryAround(
  archive: Pick<ArchiveStore, 'diaryOf'>,
): (document: Measurement, receivedAt: string) => readonly DiaryEntry[] {
  return (document, receivedAt) => {
    const url = diaryUrl(document.input ?? '');
    const startedAt = parseStartTime(document.measurement_start_time);
    // Started after it was handed in: nobody knows when it really was.
    if (url === null || startedAt === null || startedAt > Date.parse(receivedAt)) return [];
    const at = (ms: number): string => new Date(startedAt + ms).toISOString();
    return archive.diaryOf(url.href, at(-DIARY_REACH_MS), at(DIARY_REACH_MS));
  };
}
