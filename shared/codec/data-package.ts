/**
 * Frictionless Data Package descriptor: https://datapackage.org/standard/data-package/ and
 * https://datapackage.org/standard/data-resource/
 *
 * Written so that readers of version 1 (`profile`) and of version 2 (`$schema`) both accept it. Resources are files beside
 * the descriptor, each with size and SHA-256: the descriptor is the bundle's manifest, and signing it signs everything.
 */
import { InvalidInputError } from './decoded.ts';
import { sha256Hex } from './digest.ts';
import { isPlainPath } from './plain-path.ts';

export const DESCRIPTOR_NAME = 'datapackage.json';
const SCHEMA = 'https://datapackage.org/profiles/2.0/datapackage.json';
const PROFILE = 'data-package';
const HASH_PREFIX = 'sha256:';
export const MAX_RESOURCES = 4096;

export interface License {
  /** Open Definition id, such as `CC-BY-4.0`. */
  readonly name: string;
  readonly path?: string;
  readonly title?: string;
}

export interface DataResource {
  readonly name: string;
  readonly path: string;
  readonly mediatype: string;
  readonly bytes: number;
  /** `sha256:` and 64 hex digits. */
  readonly hash: string;
}

export interface DataPackage {
  readonly $schema: string;
  readonly profile: string;
  readonly name: string;
  readonly title: string;
  /** RFC 3339. */
  readonly created: string;
  readonly licenses: readonly License[];
  readonly resources: readonly DataResource[];
}

export interface NewResource {
  readonly name: string;
  readonly path: string;
  readonly mediatype: string;
  readonly bytes: Uint8Array;
}

const isName = (value: unknown): value is string =>
  typeof value === 'string' && /^[a-z0-9._-]{1,200}$/.test(value);
const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
const isTime = (value: unknown): value is string =>
  typeof value === 'string' &&
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/.test(value) &&
  !Number.isNaN(Date.parse(value));
const isMediaType = (value: unknown): value is string =>
  typeof value === 'string' &&
  /^[a-z0-9!#$&^_.+-]+\/[a-z0-9!#$&^_.+-]+(; ?[a-z0-9-]+=[\w.-]+)*$/i.test(value);
const isHash = (value: unknown): value is string =>
  typeof value === 'string' && /^sha256:[0-9a-f]{64}$/.test(value);
const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isOptionalText = (value: unknown): boolean => value === undefined || isText(value);

function requireInput(
  ok: boolean,
  code: 'bad_name' | 'bad_path' | 'bad_date' | 'bad_size',
  message: string,
): void {
  if (!ok) throw new InvalidInputError(code, message);
}

function repeated(values: readonly string[]): string | null {
  const seen = new Set<string>();
  return values.find((value) => seen.size === seen.add(value).size) ?? null;
}

/**
 * The descriptor of these resources. Throws `bad_name`, `bad_path`, `bad_date` or `bad_size` for input that the standard
 * has no place for: names outside `a-z0-9._-`, names or paths used twice, a path out of the folder, no resource at all.
 */
export function createDataPackage(input: {
  readonly name: string;
  readonly title: string;
  readonly created: string;
  readonly licenses: readonly License[];
  readonly resources: readonly NewResource[];
}): DataPackage {
  const { name, title, created, licenses, resources } = input;
  requireInput(isName(name) && isText(title), 'bad_name', 'a data package has a plain name and a title');
  requireInput(isTime(created), 'bad_date', 'created is not an RFC 3339 time');
  const count = resources.length;
  requireInput(
    count > 0 && count <= MAX_RESOURCES,
    'bad_size',
    `a data package has 1 to ${MAX_RESOURCES} resources`,
  );
  for (const { name: each, path, mediatype } of resources) {
    requireInput(isName(each) && isMediaType(mediatype), 'bad_name', `resource ${JSON.stringify(each)}`);
    requireInput(
      isPlainPath(path) && path !== DESCRIPTOR_NAME,
      'bad_path',
      `resource path ${JSON.stringify(path)}`,
    );
  }
  requireInput(
    repeated(resources.map((each) => each.name)) === null,
    'bad_name',
    'a resource name stands twice',
  );
  requireInput(
    repeated(resources.map((each) => each.path)) === null,
    'bad_path',
    'a resource path stands twice',
  );
  return {
    $schema: SCHEMA,
    profile: PROFILE,
    name,
    title,
    created,
    licenses,
    resources: resources.map(({ bytes, ...rest }) => ({
      name: rest.name,
      path: rest.path,
      mediatype: rest.mediatype,
      bytes: bytes.length,
      hash: HASH_PREFIX + sha256Hex(bytes),
    })),
  };
}

function readLicense(value: unknown, at: string, problems: string[]): License | null {
  const ok =
    isRecord(value) && isText(value.name) && isOptionalText(value.path) && isOptionalText(value.title);
  if (!ok) {
    problems.push(`${at}: no licence with a name`);
    return null;
  }
  const { name, path, title } = value as unknown as License;
  return { name, ...(path === undefined ? {} : { path }), ...(title === undefined ? {} : { title }) };
}

function readResource(value: unknown, at: string, problems: string[]): DataResource | null {
  if (!isRecord(value)) {
    problems.push(`${at}: not an object`);
    return null;
  }
  const { name, path, mediatype, bytes, hash } = value;
  const before = problems.length;
  if (!isName(name)) problems.push(`${at}.name: not a plain name`);
  if (typeof path !== 'string' || !isPlainPath(path) || path === DESCRIPTOR_NAME)
    problems.push(`${at}.path: not a relative path`);
  if (!isMediaType(mediatype)) problems.push(`${at}.mediatype: not a media type`);
  if (!Number.isSafeInteger(bytes) || (bytes as number) < 0) problems.push(`${at}.bytes: not a size`);
  if (!isHash(hash)) problems.push(`${at}.hash: not a SHA-256 in hex`);
  return problems.length > before ? null : ({ name, path, mediatype, bytes, hash } as DataResource);
}

const present = <T>(value: T | null): value is T => value !== null;

/**
 * A parsed `datapackage.json` → typed, or every problem found, not the first. Properties we don't write are allowed by
 * the standard and ignored; size and hash, optional there, are required here. Untrusted input, never throws.
 */
export function parseDataPackage(
  value: unknown,
): { readonly ok: DataPackage } | { readonly problems: readonly string[] } {
  if (!isRecord(value)) return { problems: ['not an object'] };
  const problems: string[] = [];
  const { name, title, created } = value;
  if (!isName(name)) problems.push('name: not a plain name');
  if (!isText(title)) problems.push('title: missing');
  if (!isTime(created)) problems.push('created: not an RFC 3339 time');
  const list = (key: 'licenses' | 'resources'): readonly unknown[] => {
    const found = value[key];
    if (Array.isArray(found) && found.length > 0 && found.length <= MAX_RESOURCES) return found;
    problems.push(`${key}: not a list of 1 to ${MAX_RESOURCES}`);
    return [];
  };
  const licenses = list('licenses').map((each, i) => readLicense(each, `licenses[${i}]`, problems));
  const resources = list('resources').map((each, i) => readResource(each, `resources[${i}]`, problems));
  for (const key of ['name', 'path'] as const) {
    const twice = repeated(resources.filter(present).map((each) => each[key]));
    if (twice !== null) problems.push(`resources: ${key} ${JSON.stringify(twice)} stands twice`);
  }
  const { $schema = SCHEMA, profile = PROFILE } = value;
  if (!isText($schema) || !isText(profile)) problems.push('$schema, profile: not text');
  if (problems.length > 0 || !isName(name) || !isText(title) || !isTime(created)) return { problems };
  return {
    ok: {
      $schema: String($schema),
      profile: String(profile),
      name,
      title,
      created,
      licenses: licenses.filter(present),
      resources: resources.filter(present),
    },
  };
}

export interface ResourceProblem {
  readonly kind: 'missing' | 'extra' | 'wrong_size' | 'wrong_hash';
  readonly path: string;
}

/**
 * Every way in which the files differ from what the descriptor says, in its order, extra files last. `besides` names the
 * files that are no resources: the descriptor itself and, where there is one, its signature.
 */
export function checkResources(
  dataPackage: DataPackage,
  files: ReadonlyMap<string, Uint8Array>,
  besides: readonly string[] = [DESCRIPTOR_NAME],
): readonly ResourceProblem[] {
  const problems: ResourceProblem[] = [];
  for (const { path, bytes, hash } of dataPackage.resources) {
    const file = files.get(path);
    if (file === undefined) problems.push({ kind: 'missing', path });
    else if (file.length !== bytes) problems.push({ kind: 'wrong_size', path });
    else if (HASH_PREFIX + sha256Hex(file) !== hash) problems.push({ kind: 'wrong_hash', path });
  }
  const known = new Set([...besides, ...dataPackage.resources.map((each) => each.path)]);
  for (const path of files.keys()) if (!known.has(path)) problems.push({ kind: 'extra', path });
  return problems;
}
