/** Readers for untrusted JSON: each gives the value when it has the wanted form, else null. Nothing throws. */

export type Json = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
export const asObject = (value: unknown): Json | null => (isObject(value) ? value : null);
export const asString = (value: unknown): string | null => (typeof value === 'string' ? value : null);
export const asNumber = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null;
export const asArray = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
export const asStrings = (value: unknown): readonly string[] =>
  asArray(value).filter((item): item is string => typeof item === 'string');

/** Items that `read` accepts; the others are left out. */
export function mapDefined<T>(value: unknown, read: (item: Json) => T | null): T[] {
  const out: T[] = [];
  for (const item of asArray(value)) {
    const got = isObject(item) ? read(item) : null;
    if (got !== null) out.push(got);
  }
  return out;
}

/** `{"format":"base64"}` or text; null for anything else. Base64 that is broken stays unread. */
export function asMaybeBinary(value: unknown): string | { format: 'base64'; data: string } | null {
  if (typeof value === 'string') return value;
  const object = asObject(value);
  const data = asString(object?.['data']);
  return object?.['format'] === 'base64' && data !== null ? { format: 'base64', data } : null;
}
