/** What others show, and days to be remembered: files of the operator's, for the silence detector and the pages. */
import type { BlockingEvent, SilenceEvent } from '../shared/model/index.ts';
import { readCalendar, type CalendarDay } from './detect/silence/annotations.ts';
import { CollectorError } from './errors.ts';
import { openOutsideFolder } from './outside/folder.ts';
import { agreeing, besideBlocking, besideSilence, type Beside } from './outside/match.ts';
import { readIfChanged } from './outside/watched-file.ts';

const REREAD_EVERY_MS = 60_000;
const MAX_CALENDAR_BYTES = 4 * 1024 * 1024;

export interface OutsidePaths {
  /** Folder with answers of IODA, Cloudflare Radar and OONI. */
  readonly folder?: string | undefined;
  /** CSV: date,title,source. */
  readonly calendar?: string | undefined;
}

export interface OutsideParts {
  readonly nowMs: () => number;
  readonly notice: (line: string) => void;
  readonly onFault: (error: unknown, what: string) => void;
}

export interface OutsideFiles {
  /** Names of sources that agree with a silence; they confirm and never open. */
  outsideFor(event: SilenceEvent): readonly string[];
  calendar(): readonly CalendarDay[];
  besideSilence(event: SilenceEvent): Beside;
  besideBlocking(event: BlockingEvent): Beside;
  /** Looks for changes; otherwise done once a minute. */
  reread(): Promise<void>;
  stop(): void;
}

interface Calendar {
  readonly days: () => readonly CalendarDay[];
  readonly reread: () => Promise<void>;
}

/** Throws FILE_UNREADABLE; later a bad file is a line, and what was read before stays. */
async function openCalendar(path: string, notice: (line: string) => void): Promise<Calendar> {
  let version: string | null = null;
  let days: readonly CalendarDay[] = [];
  const look = async (): Promise<string | null> => {
    const read = await readIfChanged(path, MAX_CALENDAR_BYTES, version);
    if (read.kind === 'same') return null;
    version = read.version;
    if (read.kind === 'bad') return read.problem;
    const found = readCalendar(read.text);
    found.problems.forEach((problem) => notice(`calendar   ${problem}`));
    if (found.days.length > 0 || found.problems.length === 0) days = found.days;
    return null;
  };
  const problem = await look();
  if (problem !== null) throw new CollectorError('FILE_UNREADABLE', `--calendar ${path}: ${problem}`);
  return {
    days: () => days,
    async reread() {
      const bad = await look();
      if (bad !== null) notice(`calendar   ${bad}`);
    },
  };
}

/** Throws DIR_MISSING or FILE_UNREADABLE. */
export async function openOutside(paths: OutsidePaths, parts: OutsideParts): Promise<OutsideFiles> {
  const { nowMs, notice, onFault } = parts;
  const folder = paths.folder === undefined ? null : await openOutsideFolder(paths.folder, notice);
  const calendar = paths.calendar === undefined ? null : await openCalendar(paths.calendar, notice);
  const signals = () => folder?.signals() ?? [];
  const reread = async (): Promise<void> => {
    try {
      await folder?.reread();
      await calendar?.reread();
    } catch (error) {
      onFault(error, 'reading what others show');
    }
  };
  const timer =
    folder === null && calendar === null ? null : setInterval(() => void reread(), REREAD_EVERY_MS);
  timer?.unref();
  return {
    outsideFor: (event) => agreeing(signals(), event, nowMs()),
    calendar: () => calendar?.days() ?? [],
    besideSilence: (event) => besideSilence(signals(), event, nowMs()),
    besideBlocking: (event) => besideBlocking(signals(), event, nowMs()),
    reread,
    stop() {
      if (timer !== null) clearInterval(timer);
    },
  };
}
