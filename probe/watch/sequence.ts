/**
 * Numbers of heartbeats: each higher than the last of its key, whatever happens to the device. A range is written to the disk before
 * its first number is used, so that one used is never used again; what is left of a range at a crash is skipped. Pure.
 */

/** Numbers kept ahead: one write in so many heartbeats. */
export const RANGE = 64;
/** Keys remembered; more networks than this in two months has nobody. */
export const MAX_KEYS = 1_000;
/** A key signs nothing later than this after its end. Milliseconds. */
const KEPT_MS = 31 * 24 * 3600_000;
const HOUR_MS = 3600_000;

/** By group (the key's name on this device): the first number that is not kept ahead. */
export type Reserved = ReadonlyMap<string, { readonly next: number; readonly endsAt: number }>;

/**
 * Where a key begins of which nothing is known any more because the file was damaged: higher than one a second could have come to,
 * and telling no more of the clock than the hour.
 */
export const afterDamage = (now: number): number => Math.ceil(now / HOUR_MS) * 3600;

/** A new range for a key. Gives its first number; up to `first + RANGE` (exclusive) may be used once `reserved` is on the disk. */
export function reserve(
  reserved: Reserved,
  key: { readonly group: string; readonly endsAt: number },
  { now, lost }: { readonly now: number; readonly lost: boolean },
): { readonly first: number; readonly reserved: Reserved } {
  const first = reserved.get(key.group)?.next ?? (lost ? afterDamage(now) : 0);
  const kept = [...reserved].filter(([group, { endsAt }]) => group !== key.group && now < endsAt + KEPT_MS);
  const next = { next: first + RANGE, endsAt: key.endsAt };
  return { first, reserved: new Map([...kept.slice(-(MAX_KEYS - 1)), [key.group, next]]) };
}

export function reservedText(reserved: Reserved): string {
  return JSON.stringify([...reserved].map(([group, { next, endsAt }]) => [group, next, endsAt]));
}

/** Null for anything that `reservedText` did not write. */
export function readReserved(text: string): Reserved | null {
  try {
    const rows: unknown = JSON.parse(text);
    if (!Array.isArray(rows)) return null;
    const out = new Map<string, { next: number; endsAt: number }>();
    for (const row of rows as unknown[]) {
      const [group, next, endsAt] = Array.isArray(row) ? (row as unknown[]) : [];
      if (typeof group !== 'string' || typeof next !== 'number' || typeof endsAt !== 'number') return null;
      if (!Number.isSafeInteger(next) || next < 0) return null;
      out.set(group, { next, endsAt });
    }
    return out;
  } catch {
    return null;
  }
}
