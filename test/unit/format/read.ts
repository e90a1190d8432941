/** The checklist reads a file as a stranger's program would: as JSON, without this project's types or schemas. */
export type Json = Readonly<Record<string, unknown>>;
/** One line for each fault. */
export type Problems = string[];

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const object = (value: unknown): Json => (isObject(value) ? value : {});
export const list = (value: unknown): readonly Json[] => (Array.isArray(value) ? value.map(object) : []);
export const text = (value: unknown): string => (typeof value === 'string' ? value : '');
export const number = (value: unknown): number => (typeof value === 'number' ? value : Number.NaN);

type Test = (value: unknown) => boolean;
export const is = {
  text: (v) => typeof v === 'string',
  filled: (v) => typeof v === 'string' && v !== '',
  textOrNull: (v) => v === null || typeof v === 'string',
  number: (v) => typeof v === 'number' && Number.isFinite(v),
  integer: (v) => Number.isInteger(v),
  boolean: (v) => typeof v === 'boolean',
  false: (v) => v === false,
  null: (v) => v === null,
  object: isObject,
  list: (v) => Array.isArray(v),
  listOrNull: (v) => v === null || Array.isArray(v),
  texts: (v) => Array.isArray(v) && v.every((item) => typeof item === 'string'),
  endpoint: (v) => /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:.]+\]):\d{1,5}$/.test(text(v)),
  address: (v) => /^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f:.]*:[0-9a-f:.]*)$/.test(text(v)),
  maybeBinary: (v) =>
    v === null ||
    typeof v === 'string' ||
    (isObject(v) && v['format'] === 'base64' && typeof v['data'] === 'string'),
} as const satisfies Readonly<Record<string, Test>>;

/** Keys that must be there, null among the values or not, each with its test. */
export function required(where: string, record: Json, keys: Readonly<Record<string, Test>>): Problems {
  return Object.entries(keys).flatMap(([key, test]) => {
    if (!Object.hasOwn(record, key)) return [`${where}: no ${key}`];
    return test(record[key]) ? [] : [`${where}.${key}: ${JSON.stringify(record[key])?.slice(0, 80)}`];
  });
}

/** Keys beyond these have to be ours: `x_…`. */
export function onlyKnown(where: string, record: Json, known: readonly string[]): Problems {
  return Object.keys(record)
    .filter((key) => !known.includes(key) && !key.startsWith('x_'))
    .map((key) => `${where}: unknown key ${key}`);
}
