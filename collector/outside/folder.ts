/** The folder of `serve --outside`: every .json in it, read again when it changed. A bad file is one line, and what was read of it before stays. */
import { opendir } from 'node:fs/promises';
import { join } from 'node:path';
import type { OutsideSignal } from '../../shared/model/index.ts';
import { CollectorError } from '../errors.ts';
import { readOutsideFile, readSources } from './read-file.ts';
import { readIfChanged } from './watched-file.ts';

const MAX_FILES = 200;
/** Names looked at in the folder, whatever they are. */
const MAX_NAMES = 10_000;
const MAX_FILE_BYTES = 8 * 1024 * 1024;
/** Signals of all files; the files whose names come first in order win. */
const MAX_SIGNALS = 50_000;
const SOURCES = 'sources.csv';

interface Known {
  version: string;
  /** The address with which it was read. */
  url: string | null;
  signals: readonly OutsideSignal[];
}

export interface OutsideFolder {
  signals(): readonly OutsideSignal[];
  /** Looks for changes. Never rejects. */
  reread(): Promise<void>;
}

async function namesIn(folder: string): Promise<readonly string[]> {
  const names: string[] = [];
  let seen = 0;
  for await (const { name } of await opendir(folder)) {
    seen += 1;
    if (seen > MAX_NAMES) break;
    if (name.endsWith('.json') && !name.startsWith('.')) names.push(name);
  }
  return names.sort();
}

/** Throws DIR_MISSING when the folder can't be listed; later that is a line and no more. */
export async function openOutsideFolder(
  folder: string,
  notice: (line: string) => void,
): Promise<OutsideFolder> {
  const files = new Map<string, Known>();
  let signals: readonly OutsideSignal[] = [];
  let sources: { version: string | null; urls: ReadonlyMap<string, string> } = {
    version: null,
    urls: new Map(),
  };
  /** Said last about the folder as a whole; the same isn't said again. */
  let said = '';
  const tell = (name: string, problem: string): void =>
    notice(`outside    ${JSON.stringify(name)}: ${problem}`);
  const sayOnce = (line: string): void => {
    if (line !== said && line !== '') notice(`outside    ${line}`);
    said = line;
  };

  const readUrls = async (): Promise<void> => {
    const read = await readIfChanged(join(folder, SOURCES), MAX_FILE_BYTES, sources.version);
    if (read.kind === 'same') return;
    if (read.kind === 'bad') {
      // Most folders have none.
      if (!read.problem.startsWith('ENOENT')) tell(SOURCES, read.problem);
      sources = { version: read.version, urls: read.problem.startsWith('ENOENT') ? new Map() : sources.urls };
      return;
    }
    const { urls, problem } = readSources(read.text);
    if (problem !== null) tell(SOURCES, problem);
    sources = { version: read.version, urls };
  };

  const readOne = async (name: string): Promise<void> => {
    const url = sources.urls.get(name) ?? null;
    const known = files.get(name);
    const version = known?.url === url ? known.version : null;
    const read = await readIfChanged(join(folder, name), MAX_FILE_BYTES, version);
    if (read.kind === 'same') return;
    const { signals: found, problem } =
      read.kind === 'bad' ? { signals: [], problem: read.problem } : readOutsideFile(read.text, url);
    if (problem !== null) tell(name, problem);
    const isUnread = problem !== null && found.length === 0;
    files.set(name, { version: read.version, url, signals: isUnread ? (known?.signals ?? []) : found });
  };

  const read = async (names: readonly string[]): Promise<void> => {
    await readUrls();
    const looked = names.slice(0, MAX_FILES);
    for (const name of looked) await readOne(name);
    for (const name of [...files.keys()]) if (!looked.includes(name)) files.delete(name);
    const all = [...files.keys()].sort().flatMap((name) => files.get(name)?.signals ?? []);
    signals = all.slice(0, MAX_SIGNALS);
    if (names.length > MAX_FILES) sayOnce(`only ${MAX_FILES} of ${names.length} files are read`);
    else if (all.length > MAX_SIGNALS) sayOnce(`only ${MAX_SIGNALS} of ${all.length} signals count`);
    else sayOnce('');
  };

  let names: readonly string[];
  try {
    names = await namesIn(folder);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new CollectorError('DIR_MISSING', `--outside: ${detail}`, { cause: error });
  }
  await read(names);

  let running: Promise<void> | null = null;
  const again = async (): Promise<void> => {
    try {
      await read(await namesIn(folder));
    } catch (error) {
      sayOnce(error instanceof Error ? error.message : String(error));
    }
  };
  return {
    signals: () => signals,
    reread() {
      running ??= again().finally(() => {
        running = null;
      });
      return running;
    },
  };
}
