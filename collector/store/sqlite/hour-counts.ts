/** One hour of a group's minute counts ↔ the bytes that are kept of it. */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { GroupCount } from '../../../shared/model/index.ts';

export const MINUTES_IN_HOUR = 60;
export const MINUTE_MS = 60_000;
export const HOUR_MS = MINUTES_IN_HOUR * MINUTE_MS;

const OVERDUE_AT = 2 * MINUTES_IN_HOUR;
const OBSERVED_AT = 4 * MINUTES_IN_HOUR;
const BYTES = 5 * MINUTES_IN_HOUR;
const MAX_COUNT = 0xffff;

export const hourOf = (ms: number): number => Math.floor(ms / HOUR_MS) * HOUR_MS;

/** Null: no minute of it is known. Throws for bytes that are none of ours. */
function unpack(packed: Uint8Array | null): Buffer {
  if (packed === null) return Buffer.alloc(BYTES);
  const bytes = inflateRawSync(packed, { maxOutputLength: BYTES });
  if (bytes.length !== BYTES) throw new Error('an hour of minute counts has another length');
  return bytes;
}

/** The hour with this minute written into it. */
export function withMinute(packed: Uint8Array | null, count: GroupCount): Uint8Array {
  const bytes = unpack(packed);
  const i = Math.floor((count.minute - hourOf(count.minute)) / MINUTE_MS);
  bytes.writeUInt16LE(Math.min(count.active, MAX_COUNT), 2 * i);
  bytes.writeUInt16LE(Math.min(count.overdue, MAX_COUNT), OVERDUE_AT + 2 * i);
  bytes.writeUInt8(count.observed ? 1 : 0, OBSERVED_AT + i);
  return deflateRawSync(bytes);
}

/** All 60; a minute that was never written is not observed. */
export function minutesOf(hour: number, packed: Uint8Array | null): readonly GroupCount[] {
  const bytes = unpack(packed);
  return Array.from({ length: MINUTES_IN_HOUR }, (_, i) => ({
    minute: hour + i * MINUTE_MS,
    active: bytes.readUInt16LE(2 * i),
    overdue: bytes.readUInt16LE(OVERDUE_AT + 2 * i),
    observed: bytes.readUInt8(OBSERVED_AT + i) === 1,
  }));
}
