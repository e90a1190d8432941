/**
 * Pages of an SQLite 3 file with its write-ahead log laid over them, read only.
 * Source: https://www.sqlite.org/fileformat2.html, sections 1.3 and 4.
 */
import { DatabaseError, type DatabaseFile } from './tables.ts';

export interface Pages {
  /** Bytes of a page that hold content. */
  readonly usable: number;
  readonly count: number;
  /** Numbers begin with 1. Throws {@link DatabaseError} for one that is not there. */
  page(number: number): DataView;
}

const MAGIC = 'SQLite format 3\0';
const HEADER_BYTES = 100;
const MIN_PAGE_BYTES = 512;
const MAX_PAGE_BYTES = 65_536;
/** What marks a journal that a writer has not finished with. */
const JOURNAL_MAGIC = [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];
const UTF8 = 1;

const WAL_HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
const WAL_MAGIC_LITTLE = 0x377f0682;
const WAL_MAGIC_BIG = 0x377f0683;

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Two running sums over eight bytes at a time. */
function checksum(
  view: DataView,
  from: number,
  to: number,
  little: boolean,
  start: readonly [number, number],
) {
  let [a, b] = start;
  for (let at = from; at + 8 <= to; at += 8) {
    a = (a + view.getUint32(at, little) + b) >>> 0;
    b = (b + view.getUint32(at + 4, little) + a) >>> 0;
  }
  return [a, b] as const;
}

/** Pages of committed transactions, the newest of each. What comes after the last commit or a broken frame never was. */
function committedPages(wal: Uint8Array, pageBytes: number): ReadonlyMap<number, DataView> {
  const committed = new Map<number, DataView>();
  const view = viewOf(wal);
  const magic = wal.length >= WAL_HEADER_BYTES ? view.getUint32(0) : 0;
  if (magic !== WAL_MAGIC_LITTLE && magic !== WAL_MAGIC_BIG) return committed;
  if (view.getUint32(8) !== pageBytes) throw new DatabaseError('log of another page size');
  const little = magic === WAL_MAGIC_LITTLE;
  let sums = checksum(view, 0, 24, little, [0, 0]);
  const pending = new Map<number, DataView>();
  const frameBytes = FRAME_HEADER_BYTES + pageBytes;
  for (let at = WAL_HEADER_BYTES; at + frameBytes <= wal.length; at += frameBytes) {
    sums = checksum(view, at, at + 8, little, sums);
    sums = checksum(view, at + FRAME_HEADER_BYTES, at + frameBytes, little, sums);
    const salted =
      view.getUint32(at + 8) === view.getUint32(16) && view.getUint32(at + 12) === view.getUint32(20);
    if (!salted || sums[0] !== view.getUint32(at + 16) || sums[1] !== view.getUint32(at + 20)) break;
    pending.set(view.getUint32(at), viewOf(wal.subarray(at + FRAME_HEADER_BYTES, at + frameBytes)));
    if (view.getUint32(at + 4) === 0) continue;
    for (const [number, page] of pending) committed.set(number, page);
    pending.clear();
  }
  return committed;
}

/** Throws {@link DatabaseError} for what is no database, or is being written this moment. */
export function openPages({ main, wal, journal }: DatabaseFile): Pages {
  if (journal !== null && JOURNAL_MAGIC.every((byte, i) => journal[i] === byte))
    throw new DatabaseError('in use');
  const header = viewOf(main);
  if (main.length < HEADER_BYTES || [...MAGIC].some((c, i) => main[i] !== c.charCodeAt(0)))
    throw new DatabaseError('not a database');
  const told = header.getUint16(16);
  const pageBytes = told === 1 ? MAX_PAGE_BYTES : told;
  if (pageBytes < MIN_PAGE_BYTES || (pageBytes & (pageBytes - 1)) !== 0)
    throw new DatabaseError('impossible page size');
  const newer = wal === null ? new Map<number, DataView>() : committedPages(wal, pageBytes);
  const first = newer.get(1) ?? header;
  if (![0, UTF8].includes(first.getUint32(56))) throw new DatabaseError('text is not UTF-8');
  const usable = pageBytes - (main[20] ?? 0);
  const count = Math.max(Math.floor(main.length / pageBytes), ...newer.keys());
  return {
    usable,
    count,
    page(number) {
      const from = (number - 1) * pageBytes;
      const overlaid = newer.get(number);
      if (overlaid !== undefined) return overlaid;
      if (number < 1 || from + pageBytes > main.length) throw new DatabaseError('page missing');
      return viewOf(main.subarray(from, from + pageBytes));
    },
  };
}
