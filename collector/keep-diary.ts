/** The control's diary of a running collector: the list measured through the control, archived, judged with. */
import type { Control } from './control/index.ts';
import { ControlError, requestFor } from './control/index.ts';
import type { Diary } from './diary/run.ts';
import { startDiary } from './diary/run.ts';
import type { Pipeline } from './pipeline.ts';
import type { ArchiveStore } from './store/store.ts';

const MINUTE_MS = 60_000;

export interface DiarySettings {
  /** As `readDiaryList` gives them. */
  readonly urls: readonly string[];
  /** Null: nothing is measured unless `runDiary` is called. */
  readonly minutes: number | null;
}

export interface DiaryParts {
  readonly control: Control;
  readonly pipeline: Pipeline;
  readonly archive: ArchiveStore;
  readonly nowMs: () => number;
  readonly onFault: (error: unknown, what: string) => void;
}

export function keepDiary(settings: DiarySettings, parts: DiaryParts): Diary {
  const { control, pipeline, archive, nowMs, onFault } = parts;

  const measure = async (url: string, signal: AbortSignal): Promise<boolean> => {
    try {
      const answer = await control.answer(requestFor(new URL(url)), signal);
      await pipeline.recordDiary(answer);
      return true;
    } catch (error) {
      // Full of volunteers' questions, or about to stop: neither is a fault.
      if (error instanceof ControlError) return false;
      throw error;
    }
  };

  return startDiary({
    urls: settings.urls,
    intervalMs: settings.minutes === null ? null : settings.minutes * MINUTE_MS,
    last: new Map([...archive.diaryLast()].map(([url, at]) => [url, Date.parse(at)])),
    measure,
    nowMs,
    random: Math.random,
    onFault,
  });
}
