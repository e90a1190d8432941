/**
 * ZIP archives, PKWARE APPNOTE 6.3: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 *
 * The reader takes only archives that every program reads the same way: entries back to back from the first byte, in
 * the directory's order, headers that agree, nothing before, between or after. No ZIP64, encryption, data descriptors
 * (written by programs that stream), comments or links. A bomb is refused by its declared sizes, and a lying one while it
 * inflates.
 */
import { deflateSync } from 'fflate';
import { fromUtf8, utf8 } from './base64.ts';
import { boundedInflate } from './bounded-inflate.ts';
import { concatBytes, equalBytes } from './bytes.ts';
import type { Decoded } from './decoded.ts';
import { InvalidInputError } from './decoded.ts';
import { isPlainPath } from './plain-path.ts';
import type { EntryRecord } from './zip-layout.ts';
import {
  CENTRAL_BYTES,
  CENTRAL_SIGNATURE,
  DEFLATED,
  END_BYTES,
  END_SIGNATURE,
  LOCAL_BYTES,
  LOCAL_SIGNATURE,
  MAX_ENTRIES,
  MAX_OFFSET,
  STORED,
  centralHeader,
  crc32,
  endRecord,
  localHeader,
  readCommon,
  u16,
  u32,
} from './zip-layout.ts';

export interface ZipLimits {
  readonly maxEntries: number;
  /** Inflated bytes of one entry. */
  readonly maxEntryBytes: number;
  /** Inflated bytes of all entries. */
  readonly maxTotalBytes: number;
}

export const ZIP_LIMITS: ZipLimits = {
  maxEntries: 4096,
  maxEntryBytes: 64 * 1024 * 1024,
  maxTotalBytes: 256 * 1024 * 1024,
};

export type ZipError =
  | 'not_a_zip'
  | 'unsupported_zip'
  | 'too_many_entries'
  | 'too_large'
  | 'bad_entry_name'
  | 'duplicate_entry'
  | 'directory_with_data'
  | 'link'
  | 'header_mismatch'
  | 'hidden_bytes'
  | 'bad_data'
  | 'crc_mismatch';

type Failed = { readonly error: ZipError; readonly detail?: string };

const NAME_SHOWN_CHARS = 80;
/** General purpose bits that change how an entry is read: encryption, data descriptor, patches, hidden headers. */
const REFUSED_FLAGS = 0x0001 | 0x0008 | 0x0020 | 0x0040 | 0x2000;
/** Extra fields that replace what the header says: ZIP64 sizes, and a second name. */
const REFUSED_EXTRA = [0x0001, 0x7075];
const MADE_BY_UNIX = 3;
const UNIX_TYPE_MASK = 0xf000;
const UNIX_LINK = 0xa000;
/** deflate level: bundles are written once and read often. */
const LEVEL = 9;

interface DirectoryEntry {
  readonly record: EntryRecord;
  readonly offset: number;
  readonly name: string;
}

/** For people, in quotation marks and without anything a terminal would obey. */
function shown(name: Uint8Array): string {
  const text = fromUtf8(name) ?? 'a name that is not UTF-8';
  return JSON.stringify(text.slice(0, NAME_SHOWN_CHARS).replace(/[^\x20-\x7e]/g, '?'));
}

function hasRefusedExtra(extra: Uint8Array): boolean {
  for (let at = 0; at + 4 <= extra.length; at += 4 + u16(extra, at + 2))
    if (REFUSED_EXTRA.includes(u16(extra, at))) return true;
  return false;
}

/** One central directory record at `at`; gives where the next begins. */
function readDirectoryEntry(
  bytes: Uint8Array,
  at: number,
  end: number,
): Failed | { entry: DirectoryEntry; next: number } {
  if (at + CENTRAL_BYTES > end || u32(bytes, at) !== CENTRAL_SIGNATURE)
    return { error: 'not_a_zip', detail: 'directory' };
  const extraAt = at + CENTRAL_BYTES + u16(bytes, at + 28);
  const next = extraAt + u16(bytes, at + 30);
  if (next > end) return { error: 'not_a_zip', detail: 'directory' };
  const record = readCommon(bytes, at + 6, at + CENTRAL_BYTES);
  const detail = shown(record.name);
  const [commentBytes, disk] = [u16(bytes, at + 32), u16(bytes, at + 34)];
  if ((record.flags & REFUSED_FLAGS) !== 0 || ![STORED, DEFLATED].includes(record.method) || disk !== 0)
    return { error: 'unsupported_zip', detail };
  if (commentBytes !== 0) return { error: 'hidden_bytes', detail };
  if (hasRefusedExtra(bytes.subarray(extraAt, next))) return { error: 'unsupported_zip', detail };
  const mode = u16(bytes, at + 40);
  if (bytes[at + 5] === MADE_BY_UNIX && (mode & UNIX_TYPE_MASK) === UNIX_LINK)
    return { error: 'link', detail };

  const name = fromUtf8(record.name) ?? '';
  const isDirectory = name.endsWith('/');
  if (!isPlainPath(isDirectory ? name.slice(0, -1) : name)) return { error: 'bad_entry_name', detail };
  if (isDirectory && record.bytes !== 0) return { error: 'directory_with_data', detail };
  return { entry: { record, offset: u32(bytes, at + 42), name }, next };
}

/** Names must differ even where case does not count, and none may be a folder of another. */
function clashes(names: readonly string[]): string | null {
  const seen = new Set<string>();
  const files = new Set(names.filter((name) => !name.endsWith('/')).map((name) => name.toLowerCase()));
  for (const name of names) {
    const folded = name.toLowerCase().replace(/\/$/, '');
    const parents = [...folded.matchAll(/\//g)].map((slash) => folded.slice(0, slash.index));
    if (seen.has(folded) || parents.some((parent) => files.has(parent))) return name;
    seen.add(folded);
  }
  return null;
}

function readDirectory(
  bytes: Uint8Array,
  limits: ZipLimits,
): Failed | { entries: DirectoryEntry[]; start: number } {
  const end = bytes.length - END_BYTES;
  if (end < 0 || u32(bytes, end) !== END_SIGNATURE)
    return { error: 'not_a_zip', detail: 'no end record in the last 22 bytes' };
  const [count, size, start] = [u16(bytes, end + 10), u32(bytes, end + 12), u32(bytes, end + 16)];
  if (u16(bytes, end + 4) !== 0 || u16(bytes, end + 6) !== 0 || u16(bytes, end + 8) !== count)
    return { error: 'unsupported_zip', detail: 'more than one disk' };
  if (count > MAX_ENTRIES || size > MAX_OFFSET || start > MAX_OFFSET)
    return { error: 'unsupported_zip', detail: 'ZIP64' };
  if (u16(bytes, end + 20) !== 0 || start + size !== end)
    return { error: 'hidden_bytes', detail: 'around the directory' };
  if (count > limits.maxEntries)
    return { error: 'too_many_entries', detail: `${count}, at most ${limits.maxEntries}` };

  const entries: DirectoryEntry[] = [];
  let at = start;
  for (let i = 0; i < count; i++) {
    const found = readDirectoryEntry(bytes, at, end);
    if ('error' in found) return found;
    entries.push(found.entry);
    at = found.next;
  }
  if (at !== end) return { error: 'hidden_bytes', detail: 'in the directory' };
  const total = entries.reduce((sum, { record }) => sum + record.bytes, 0);
  const largest = entries.find(({ record }) => record.bytes > limits.maxEntryBytes);
  if (largest !== undefined) return { error: 'too_large', detail: shown(largest.record.name) };
  if (total > limits.maxTotalBytes) return { error: 'too_large', detail: `${total} bytes inflated` };
  const clash = clashes(entries.map((entry) => entry.name));
  return clash === null ? { entries, start } : { error: 'duplicate_entry', detail: shown(utf8(clash)) };
}

/** The entry's compressed bytes, once the local header agrees with the directory; `end` is where they stop. */
function locate(
  bytes: Uint8Array,
  entry: DirectoryEntry,
  limit: number,
): Failed | { packed: Uint8Array; end: number } {
  const { record, offset } = entry;
  const detail = shown(record.name);
  if (offset + LOCAL_BYTES > limit || u32(bytes, offset) !== LOCAL_SIGNATURE)
    return { error: 'header_mismatch', detail };
  const local = readCommon(bytes, offset + 4, offset + LOCAL_BYTES);
  const agrees =
    local.flags === record.flags &&
    local.method === record.method &&
    local.crc === record.crc &&
    local.compressedBytes === record.compressedBytes &&
    local.bytes === record.bytes &&
    equalBytes(local.name, record.name);
  if (!agrees) return { error: 'header_mismatch', detail };
  const extraAt = offset + LOCAL_BYTES + local.name.length;
  const start = extraAt + u16(bytes, offset + 28);
  const end = start + record.compressedBytes;
  if (end > limit) return { error: 'header_mismatch', detail };
  if (hasRefusedExtra(bytes.subarray(extraAt, start))) return { error: 'unsupported_zip', detail };
  return { packed: bytes.subarray(start, end), end };
}

function contentOf(packed: Uint8Array, record: EntryRecord): Decoded<Uint8Array, string> {
  if (record.method === DEFLATED) return boundedInflate(packed, record.bytes);
  return packed.length === record.bytes ? { ok: packed.slice() } : { error: 'stored with another size' };
}

/**
 * All files of an archive by name, in order; folders are left out. Bounds are kept while reading, not after. Untrusted
 * input; never throws.
 */
export function readZip(
  bytes: Uint8Array,
  limits: ZipLimits = ZIP_LIMITS,
): Decoded<ReadonlyMap<string, Uint8Array>, ZipError> {
  const directory = readDirectory(bytes, limits);
  if ('error' in directory) return directory;
  const files = new Map<string, Uint8Array>();
  let at = 0;
  for (const entry of directory.entries) {
    const detail = shown(entry.record.name);
    if (entry.offset !== at) return { error: 'hidden_bytes', detail };
    const found = locate(bytes, entry, directory.start);
    if ('error' in found) return found;
    at = found.end;
    const content = contentOf(found.packed, entry.record);
    if ('error' in content) return { error: 'bad_data', detail: `${detail}: ${content.error}` };
    if (crc32(content.ok) !== entry.record.crc) return { error: 'crc_mismatch', detail };
    if (!entry.name.endsWith('/')) files.set(entry.name, content.ok);
  }
  return at === directory.start ? { ok: files } : { error: 'hidden_bytes', detail: 'before the directory' };
}

/**
 * An archive of these files in this order: the same input gives the same bytes. Throws `bad_path` for names `readZip`
 * would refuse and `too_large` for what would need ZIP64.
 */
export function writeZip(files: readonly (readonly [name: string, bytes: Uint8Array])[]): Uint8Array {
  const bad =
    files.map(([name]) => name).find((name) => !isPlainPath(name)) ?? clashes(files.map(([name]) => name));
  if (bad !== null)
    throw new InvalidInputError('bad_path', `not usable as an entry name: ${shown(utf8(bad))}`);
  const pieces: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const [name, bytes] of files) {
    const deflated = deflateSync(bytes, { level: LEVEL });
    const smaller = deflated.length < bytes.length;
    const packed = smaller ? deflated : bytes;
    const record: EntryRecord = {
      flags: 0,
      method: smaller ? DEFLATED : STORED,
      crc: crc32(bytes),
      compressedBytes: packed.length,
      bytes: bytes.length,
      name: utf8(name),
    };
    const header = localHeader(record);
    pieces.push(header, packed);
    directory.push(centralHeader(record, offset));
    offset += header.length + packed.length;
    if (offset > MAX_OFFSET) throw new InvalidInputError('too_large', 'the archive would need ZIP64');
  }
  if (files.length > MAX_ENTRIES) throw new InvalidInputError('too_large', 'the archive would need ZIP64');
  const central = concatBytes(...directory);
  return concatBytes(...pieces, central, endRecord(files.length, central.length, offset));
}
