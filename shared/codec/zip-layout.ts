/**
 * Records of a ZIP file, PKWARE APPNOTE 6.3: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT (4.3.7 local
 * header, 4.3.12 central directory, 4.3.16 end record). Only numbers and offsets here; what is acceptable is zip.ts's.
 */
import { concatBytes } from './bytes.ts';

export const LOCAL_SIGNATURE = 0x04034b50;
export const CENTRAL_SIGNATURE = 0x02014b50;
export const END_SIGNATURE = 0x06054b50;
export const LOCAL_BYTES = 30;
export const CENTRAL_BYTES = 46;
export const END_BYTES = 22;
export const STORED = 0;
export const DEFLATED = 8;
export const MAX_ENTRIES = 0xfffe;
/** Sizes and offsets above this would need ZIP64. */
export const MAX_OFFSET = 0xfffffffe;

/** 2.0: folders and deflate. */
const VERSION_NEEDED = 20;
/** 1 January 1980, 00:00, the first moment MS-DOS can write: archives of the same files are the same bytes. */
const DOS_DATE = 0x0021;

export interface EntryRecord {
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly compressedBytes: number;
  readonly bytes: number;
  readonly name: Uint8Array;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** CRC-32 (ISO 3309), unsigned. */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ (CRC_TABLE[(crc ^ byte) & 255] ?? 0);
  return (crc ^ 0xffffffff) >>> 0;
}

export const u16 = (bytes: Uint8Array, at: number): number => (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
export const u32 = (bytes: Uint8Array, at: number): number => u16(bytes, at) + u16(bytes, at + 2) * 0x10000;

/** Little-endian fields; a pair is [value, width in bytes]. */
function fields(...pairs: readonly (readonly [number, 2 | 4])[]): Uint8Array {
  return Uint8Array.from(
    pairs.flatMap(([value, width]) => Array.from({ length: width }, (_, i) => (value >>> (8 * i)) & 255)),
  );
}

/** The fields that local header and central directory have in common, from `version needed` to the name's length. */
function common(entry: EntryRecord): Uint8Array {
  return fields(
    [VERSION_NEEDED, 2],
    [entry.flags, 2],
    [entry.method, 2],
    [0, 2],
    [DOS_DATE, 2],
    [entry.crc, 4],
    [entry.compressedBytes, 4],
    [entry.bytes, 4],
    [entry.name.length, 2],
  );
}

export function localHeader(entry: EntryRecord): Uint8Array {
  return concatBytes(fields([LOCAL_SIGNATURE, 4]), common(entry), fields([0, 2]), entry.name);
}

export function centralHeader(entry: EntryRecord, offset: number): Uint8Array {
  const tail = fields([0, 2], [0, 2], [0, 2], [0, 2], [0, 4], [offset, 4]);
  return concatBytes(fields([CENTRAL_SIGNATURE, 4], [VERSION_NEEDED, 2]), common(entry), tail, entry.name);
}

export function endRecord(entries: number, directoryBytes: number, directoryOffset: number): Uint8Array {
  return fields(
    [END_SIGNATURE, 4],
    [0, 2],
    [0, 2],
    [entries, 2],
    [entries, 2],
    [directoryBytes, 4],
    [directoryOffset, 4],
    [0, 2],
  );
}

/** Reads the common fields that begin at `at`; the name at `nameAt`. The caller has checked that they lie inside. */
export function readCommon(bytes: Uint8Array, at: number, nameAt: number): EntryRecord {
  return {
    flags: u16(bytes, at + 2),
    method: u16(bytes, at + 4),
    crc: u32(bytes, at + 10),
    compressedBytes: u32(bytes, at + 14),
    bytes: u32(bytes, at + 18),
    name: bytes.subarray(nameAt, nameAt + u16(bytes, at + 22)),
  };
}
