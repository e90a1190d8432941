/**
 * Whole tables of an SQLite 3 file: as much as a certificate database needs, and no native code for it. No indexes, no
 * tables without row ids, no writing. Everything is bounded: the file is a stranger's.
 * Source: https://www.sqlite.org/fileformat2.html, sections 1.5, 1.6 and 2.
 */
import { openPages, type Pages } from './sqlite-pages.ts';
import { DatabaseError, type DatabaseFile, type Row, type Tables, type Value } from './tables.ts';

/** Rows of one table; a browser that caches intermediates for years has a few thousand. */
const MAX_ROWS = 50_000;
/** Bytes of one row; certificates are at most 64 KiB. */
const MAX_ROW_BYTES = 1024 * 1024;
const MAX_COLUMNS = 2000;
const LEAF = 0x0d;
const INTERIOR = 0x05;
/** The header of the file stands before the first page's own. */
const FIRST_PAGE_OFFSET = 100;
const SCHEMA_PAGE = 1;

interface Cursor {
  readonly view: DataView;
  at: number;
}

/** Up to nine bytes, seven bits each, the ninth with eight; as a number, since no size here is near 2^53. */
function varint(cursor: Cursor): number {
  let value = 0;
  for (let i = 0; i < 9; i++) {
    if (cursor.at >= cursor.view.byteLength) throw new DatabaseError('cut off');
    const byte = cursor.view.getUint8(cursor.at++);
    if (i === 8) return value * 256 + byte;
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) return value;
  }
  return value;
}

/** A row's bytes: those in its cell, then those on its overflow pages. */
function payloadOf(pages: Pages, cursor: Cursor, length: number): Uint8Array {
  if (length > MAX_ROW_BYTES) throw new DatabaseError('row too long');
  const { usable } = pages;
  const most = usable - 35;
  const least = Math.floor(((usable - 12) * 32) / 255) - 23;
  const rest = least + ((length - least) % (usable - 4));
  const local = length <= most ? length : rest <= most ? rest : least;
  const out = new Uint8Array(length);
  const take = (view: DataView, from: number, to: number, bytes: number): void => {
    if (from + bytes > view.byteLength) throw new DatabaseError('cut off');
    out.set(new Uint8Array(view.buffer, view.byteOffset + from, bytes), to);
  };
  take(cursor.view, cursor.at, 0, local);
  let next = local < length ? cursor.view.getUint32(cursor.at + local) : 0;
  for (let done = local; done < length;) {
    const page = pages.page(next);
    const bytes = Math.min(usable - 4, length - done);
    take(page, 4, done, bytes);
    done += bytes;
    next = page.getUint32(0);
  }
  return out;
}

const INTEGER_BYTES = [0, 1, 2, 3, 4, 6, 8];

function integer(view: DataView, at: number, bytes: number): number {
  let value = view.getInt8(at);
  for (let i = 1; i < bytes; i++) value = value * 256 + view.getUint8(at + i);
  return value;
}

/** Serial types 0 to 9 stand for null and numbers; from 12 on, even ones are bytes and odd ones text. */
function valueOf(cursor: Cursor, type: number): Value {
  const { view } = cursor;
  const { at } = cursor;
  const bytes = type >= 12 ? Math.floor((type - 12) / 2) : type === 7 ? 8 : (INTEGER_BYTES[type] ?? 0);
  if (at + bytes > view.byteLength) throw new DatabaseError('cut off');
  cursor.at += bytes;
  if (type === 0) return null;
  if (type === 8 || type === 9) return type - 8;
  if (type === 7) return view.getFloat64(at);
  if (type < 7) return integer(view, at, bytes);
  if (type < 12) throw new DatabaseError('unknown type');
  const content = new Uint8Array(view.buffer, view.byteOffset + at, bytes);
  return type % 2 === 0 ? content : new TextDecoder().decode(content);
}

function recordOf(payload: Uint8Array): Value[] {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const header: Cursor = { view, at: 0 };
  const end = varint(header);
  const body: Cursor = { view, at: end };
  const values: Value[] = [];
  while (header.at < end) {
    if (values.length >= MAX_COLUMNS) throw new DatabaseError('too many columns');
    values.push(valueOf(body, varint(header)));
  }
  return values;
}

/** Every record below a page, each page looked at once: pages of a damaged file may point in circles. */
function recordsBelow(pages: Pages, root: number): { rowid: number; values: Value[] }[] {
  const records: { rowid: number; values: Value[] }[] = [];
  // Rows of a sound file share no byte, so that together they are no longer than it.
  let left = pages.usable * pages.count;
  const seen = new Set<number>();
  const waiting = [root];
  for (let number = waiting.pop(); number !== undefined; number = waiting.pop()) {
    if (seen.has(number)) throw new DatabaseError('pages in a circle');
    seen.add(number);
    const view = pages.page(number);
    const start = number === SCHEMA_PAGE ? FIRST_PAGE_OFFSET : 0;
    const kind = view.getUint8(start);
    if (kind !== LEAF && kind !== INTERIOR) throw new DatabaseError('no table');
    const cells = view.getUint16(start + 3);
    const pointers = start + (kind === LEAF ? 8 : 12);
    if (pointers + 2 * cells > view.byteLength) throw new DatabaseError('cut off');
    if (kind === INTERIOR) waiting.push(view.getUint32(start + 8));
    for (let n = 0; n < cells; n++) {
      // Children wait in a stack: the last of them goes in first.
      const i = kind === INTERIOR ? cells - 1 - n : n;
      const at = view.getUint16(pointers + 2 * i);
      if (at + 4 > view.byteLength) throw new DatabaseError('cut off');
      if (kind === INTERIOR) {
        waiting.push(view.getUint32(at));
        continue;
      }
      const cursor: Cursor = { view, at };
      const length = varint(cursor);
      const rowid = varint(cursor);
      left -= length;
      if (left < 0) throw new DatabaseError('rows over one another');
      records.push({ rowid, values: recordOf(payloadOf(pages, cursor, length)) });
      if (records.length > MAX_ROWS) throw new DatabaseError('too many rows');
    }
  }
  return records;
}

/** `CREATE TABLE t (id INTEGER PRIMARY KEY, a81, …)` → the columns; constraints of the table come after them. */
function columnsOf(sql: string): { readonly names: readonly string[]; readonly rowidAt: number } {
  const inside = /^[^(]*\(([\s\S]*)\)[^)]*$/.exec(sql)?.[1] ?? '';
  const parts = inside.replaceAll(/\([^()]*\)/g, '').split(',');
  const columns = parts
    .map((part) => part.trim())
    .filter((part) => !/^(CONSTRAINT|PRIMARY\s+KEY|UNIQUE|CHECK|FOREIGN\s+KEY)\b/i.test(part));
  return {
    names: columns.map((part) => (/^["'`[]?([^\s"'`\]]+)/.exec(part)?.[1] ?? '').toLowerCase()),
    rowidAt: columns.findIndex((part) => /\bINTEGER\s+PRIMARY\s+KEY\b/i.test(part)),
  };
}

/** Throws {@link DatabaseError}, and nothing else, for what can't be read. */
export function openTables(file: DatabaseFile): Tables {
  const reading = <T>(step: () => T): T => {
    try {
      return step();
    } catch (error) {
      if (error instanceof DatabaseError) throw error;
      throw new DatabaseError('damaged', { cause: error });
    }
  };
  const pages = reading(() => openPages(file));
  return {
    rows: (table) =>
      reading(() => {
        // type, name, tbl_name, rootpage, sql
        const entry = recordsBelow(pages, SCHEMA_PAGE).find(
          ({ values: [type, name] }) =>
            type === 'table' && typeof name === 'string' && name.toLowerCase() === table.toLowerCase(),
        );
        if (entry === undefined) return null;
        const [, , , root, sql] = entry.values;
        if (typeof root !== 'number' || typeof sql !== 'string') throw new DatabaseError('no table');
        const { names, rowidAt } = columnsOf(sql);
        return recordsBelow(pages, root).map(({ rowid, values }): Row => {
          const value = (i: number): Value => (i === rowidAt ? rowid : (values[i] ?? null));
          return new Map(names.map((name, i) => [name, value(i)]));
        });
      }),
  };
}
