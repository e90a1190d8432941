/**
 * Small readers that rebuild a document from an allow-list: what is not named here does not come out, whatever was put
 * in. Each takes an untrusted value and gives the clean one, or undefined, which leaves the key out. Pure.
 */
import { fromBase64, toBase64 } from '../../shared/codec/base64.ts';
import { isFailure, scrubAddresses, UNKNOWN_FAILURE_PREFIX } from '../../shared/failure/failure.ts';
import type { Redactor } from './redactor.ts';

export type Field = (value: unknown, redactor: Redactor) => unknown;

/** Items of one list: records of a run that went wild, not of a measurement. */
const MAX_ITEMS = 20_000;
/** Depth of JSON whose keys are not ours to know (QUIC and HTTP/3 parts of a foreign helper's reply). */
const MAX_FOREIGN_DEPTH = 8;
/** Characters of a failure; longer ones are somebody's text. */
const MAX_FAILURE_CHARS = 256;

export const text: Field = (value, redactor) =>
  typeof value === 'string' ? redactor.text(value) : undefined;
export const number: Field = (value) =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;
export const boolean: Field = (value) => (typeof value === 'boolean' ? value : undefined);
export const nothing: Field = () => null;
export const resolver: Field = (value, redactor) =>
  typeof value === 'string' ? redactor.resolver(value) : undefined;

/** One of a few fixed texts. */
export const oneOf =
  (...values: readonly string[]): Field =>
  (value) =>
    typeof value === 'string' && values.includes(value) ? value : undefined;

export const matching =
  (pattern: RegExp, otherwise?: string): Field =>
  (value, redactor) =>
    typeof value === 'string' && pattern.test(value) ? redactor.text(value) : otherwise;

/** For nullable keys: what `field` refuses becomes null; a key that was not there stays away. */
export const orNull =
  (field: Field): Field =>
  (value, redactor) =>
    value === undefined ? undefined : (field(value, redactor) ?? null);

/** A failure of the vocabulary, or `unknown_failure:` without anything that looks like an address, own or not. */
export const failure: Field = (value, redactor) => {
  if (typeof value !== 'string') return null;
  if (isFailure(value) && !value.startsWith(UNKNOWN_FAILURE_PREFIX)) return value;
  const foreign = value.startsWith(UNKNOWN_FAILURE_PREFIX)
    ? value.slice(UNKNOWN_FAILURE_PREFIX.length)
    : value;
  return UNKNOWN_FAILURE_PREFIX + redactor.text(scrubAddresses(foreign).slice(0, MAX_FAILURE_CHARS), true);
};

/** Items that `field` refuses are left out; a list that was not there stays away. */
export const list =
  (field: Field): Field =>
  (value, redactor) =>
    Array.isArray(value)
      ? value.slice(0, MAX_ITEMS).flatMap((item) => {
          const clean = field(item, redactor);
          return clean === undefined ? [] : [clean];
        })
      : value === undefined
        ? undefined
        : [];

/** Exactly these keys, in this order whatever the order of the source: the order would tell versions apart. */
export const object =
  (fields: Readonly<Record<string, Field>>): Field =>
  (value, redactor) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    const source = new Map(Object.entries(value));
    return Object.fromEntries(
      Object.entries(fields).flatMap(([key, field]) => {
        const clean = field(source.get(key), redactor);
        return clean === undefined ? [] : [[key, clean]];
      }),
    );
  };

/** Keys from outside (endpoints, header names): redacted like values. `field` also gets the key. */
export const map =
  (field: (key: string) => Field): Field =>
  (value, redactor) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    return Object.fromEntries(
      Object.entries(value)
        .slice(0, MAX_ITEMS)
        .flatMap(([key, item]) => {
          const clean = field(key)(item, redactor);
          return clean === undefined ? [] : [[redactor.text(key), clean]];
        }),
    );
  };

/** Base64 of a message; null or undefined for what is no base64. */
export const base64: Field = (value, redactor) => {
  const bytes = typeof value === 'string' ? fromBase64(value) : null;
  if (bytes === null) return undefined;
  const clean = redactor.bytes(bytes);
  return clean.changed ? toBase64(clean.bytes) : value;
};

export const binary: Field = (value, redactor) => {
  if (typeof value !== 'object' || value === null || !('data' in value)) return undefined;
  const data = base64(value.data, redactor);
  return data === undefined ? undefined : { format: 'base64', data };
};

/** JSON of a protocol that is not ours to list: every text and key in it is redacted, too deep parts become null. */
export function foreignJson(value: unknown, redactor: Redactor, depth = 0): unknown {
  if (typeof value === 'string') return redactor.text(value);
  if (typeof value !== 'object' || value === null)
    return typeof value === 'boolean' ? value : (number(value, redactor) ?? null);
  if (depth >= MAX_FOREIGN_DEPTH) return null;
  if (Array.isArray(value))
    return value.slice(0, MAX_ITEMS).map((item) => foreignJson(item, redactor, depth + 1));
  return map(() => (item) => foreignJson(item, redactor, depth + 1))(value, redactor);
}
