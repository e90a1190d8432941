/** One reflector, as descriptors and operators' files name it. Untrusted input; nothing throws. */
import { fromBase64 } from '../codec/base64.ts';
import { parseIp } from '../codec/ip.ts';
import type { ReflectorDescriptor } from '../model/index.ts';
import { isObject } from './read.ts';

/** Items of any list in an entry. */
const MAX_LISTED = 64;
const MAX_PORT = 65_535;
const KEY_BYTES = 32;
/** Characters of a DNS name without its final dot (RFC 1035, 2.3.4). */
const MAX_NAME_CHARS = 253;
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;
const SHA256 = /^[0-9a-f]{64}$/;

const labelsOf = (text: string): readonly string[] | null => {
  const labels = text.split('.');
  return text.length <= MAX_NAME_CHARS && labels.every((label) => LABEL.test(label)) ? labels : null;
};

/** A zone's name: lower case, A-labels, at least two of them, no final dot. */
export const isZoneName = (text: string): boolean => (labelsOf(text)?.length ?? 0) > 1;

const isPort = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= MAX_PORT;
const isAddress = (value: unknown): value is string => typeof value === 'string' && parseIp(value) !== null;
const isHash = (value: unknown): value is string => typeof value === 'string' && SHA256.test(value);
const isKey = (value: unknown): value is string =>
  typeof value === 'string' && fromBase64(value)?.length === KEY_BYTES;
const isName = (value: unknown): value is string =>
  typeof value === 'string' && (labelsOf(value.toLowerCase()) ?? parseIp(value)) !== null;
const isZone = (value: unknown): value is string => typeof value === 'string' && isZoneName(value);
const isListOf =
  <T>(test: (value: unknown) => value is T) =>
  (value: unknown): value is readonly T[] =>
    Array.isArray(value) && value.length <= MAX_LISTED && value.every((item) => test(item));
const maybe =
  <T>(test: (value: unknown) => value is T) =>
  (value: unknown): value is T | undefined =>
    value === undefined || test(value);

const FIELDS: { readonly [K in keyof Required<ReflectorDescriptor>]: (value: unknown) => boolean } = {
  name: isName,
  addresses: isListOf(isAddress),
  tlsPort: isPort,
  httpPort: isPort,
  spkiSha256: isListOf(isHash),
  morePorts: maybe(isListOf(isPort)),
  selfSignedPort: maybe(isPort),
  key: maybe(isKey),
  whoamiZone: maybe(isZone),
};
const NAMES = Object.keys(FIELDS) as (keyof ReflectorDescriptor)[];

/** The entry with the fields of this version only, or the names of all fields that are missing or malformed. */
export function readReflector(
  value: unknown,
): { readonly ok: ReflectorDescriptor } | { readonly bad: readonly string[] } {
  if (!isObject(value)) return { bad: ['(not an object)'] };
  const bad = NAMES.filter((name) => !FIELDS[name](value[name]));
  if (bad.length > 0) return { bad };
  // Each field has just been tested by its own predicate.
  const known = NAMES.flatMap((name) => (value[name] === undefined ? [] : [[name, value[name]] as const]));
  return { ok: Object.fromEntries(known) as unknown as ReflectorDescriptor };
}
