/**
 * What the diary knows of a host beside one reply: which other listed hosts work at the same address, and where the host
 * was before. Names and addresses only; whether operators are unrelated is for the judge.
 */
import type { ArchiveStore } from '../store/store.ts';

/** A neighbour seen working this long ago may have moved since. Milliseconds. */
const NEIGHBOUR_MS = 2 * 3600 * 1000;
/** How long an address is remembered. Milliseconds. */
const EARLIER_MS = 14 * 24 * 3600 * 1000;

export interface DiaryFacts {
  readonly siblings: Readonly<Record<string, readonly string[]>>;
  /** Last seen first; those of the present among them, which whoever replies leaves out. */
  readonly earlierAddrs: readonly string[];
}

/** `host` as in an entry: ASCII, without brackets. Null when the diary has nothing that could matter. */
export function createDiaryFacts(
  archive: Pick<ArchiveStore, 'diaryNeighbours' | 'diaryAddresses'>,
  nowMs: () => number,
): (host: string) => DiaryFacts | null {
  return (host) => {
    const since = (ms: number): string => new Date(nowMs() - ms).toISOString();
    const siblings = archive.diaryNeighbours(host, since(NEIGHBOUR_MS));
    const earlierAddrs = archive.diaryAddresses(host, since(EARLIER_MS));
    if (siblings.size === 0 && earlierAddrs.length === 0) return null;
    return { siblings: Object.fromEntries(siblings), earlierAddrs };
  };
}
