/**
 * The form of a file of interception authorities (testlists/README.md). The list that ships is `whole`: every fact is
 * there. An operator knows less: what is there has its form, and each authority something to be known by.
 */
import { fromBase64 } from '../codec/base64.ts';
import { sha256Hex } from '../codec/digest.ts';
import { parsePublicKey } from '../codec/x509-key.ts';
import { isObject, type Json } from '../schema/read.ts';

export interface EntryProblem {
  /** Null: the file as a whole. */
  readonly entry: Json | null;
  readonly message: string;
}

/** Entries of one file. */
const MAX_ENTRIES = 1_000;
/** Characters of one text of an entry; a key of 16,384 bits has 2,800. */
const MAX_TEXT_CHARS = 4_096;
const ID = /^[a-z0-9-]{1,100}$/;
const SHA256 = /^[0-9a-f]{64}$/;
const SHA1 = /^[0-9a-f]{40}$/;
/** Most authorities hash their key, others number it as they like. */
const KEY_ID = /^(?:[0-9a-f]{2}){1,64}$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const LISTS = ['roots', 'intermediates', 'not_interception', 'products'] as const;
type List = (typeof LISTS)[number];
/** Words that a verdict has for authorities that are on no list. */
const RESERVED_IDS: ReadonlySet<unknown> = new Set(['unknown', 'imitates']);
/** By one of these an authority is known without its name. */
const KNOWN_BY = ['sha256', 'sha1', 'spki_sha256', 'public_key'] as const;

const text = (row: Json, name: string): string => {
  const value = row[name];
  return typeof value === 'string' ? value : '';
};
const isDay = (value: string): boolean =>
  DAY.test(value) &&
  !Number.isNaN(Date.parse(value)) &&
  new Date(`${value}T00:00:00Z`).toISOString().startsWith(value);

/** One entry's problems; `absent` facts are problems in a whole file only. */
class Entry {
  readonly messages: string[] = [];
  readonly row: Json;
  readonly whole: boolean;

  constructor(row: Json, whole: boolean) {
    this.row = row;
    this.whole = whole;
  }

  due(name: string): boolean {
    return this.whole || this.row[name] !== undefined;
  }

  matches(name: string, form: RegExp, message: string): void {
    if (this.due(name) && !form.test(text(this.row, name))) this.messages.push(message);
  }

  hash(name: string, form: RegExp): void {
    this.matches(name, form, `${name} must be lower-case hex of the right length`);
  }

  name(field: string, needed: readonly string[]): void {
    if (!this.due(field)) return;
    const value = this.row[field];
    if (!isObject(value) || Object.values(value).some((part) => typeof part !== 'string' || part === '')) {
      this.messages.push(`${field} must be an object of attributes`);
      return;
    }
    for (const key of needed)
      if (this.whole && value[key] === undefined) this.messages.push(`${field} lacks ${key}`);
  }

  validity(): void {
    if (!this.due('not_before') && !this.due('not_after')) return;
    const [from, to] = [text(this.row, 'not_before'), text(this.row, 'not_after')];
    if (!INSTANT.test(from) || !INSTANT.test(to) || from >= to)
      this.messages.push('not_before and not_after must be UTC times in order');
  }

  publicKey(): void {
    if (!this.due('public_key')) return;
    const der = fromBase64(text(this.row, 'public_key')) ?? new Uint8Array();
    if (this.due('spki_sha256') && sha256Hex(der) !== this.row['spki_sha256'])
      this.messages.push('spki_sha256 is not the hash of public_key');
    if (parsePublicKey(der) === null) this.messages.push('public_key is not a DER public key in base64');
  }

  common(): void {
    this.messages.push(
      ...(ID.test(text(this.row, 'id')) ? [] : ['id must be lower-case letters, digits and -']),
      ...(RESERVED_IDS.has(this.row['id']) ? [`id ${String(this.row['id'])} has a meaning of its own`] : []),
      ...(this.due('source') && text(this.row, 'source') === '' ? ['source is empty'] : []),
      ...(this.due('date_read') && !isDay(text(this.row, 'date_read'))
        ? ['date_read must be a day written YYYY-MM-DD']
        : []),
      ...Object.entries(this.row)
        .filter(([, value]) => typeof value === 'string' && value.length > MAX_TEXT_CHARS)
        .map(([field]) => `${field} is longer than ${MAX_TEXT_CHARS} characters`),
    );
  }
}

function checkRoot(entry: Entry): void {
  entry.hash('sha256', SHA256);
  entry.hash('sha1', SHA1);
  entry.hash('spki_sha256', SHA256);
  entry.hash('subject_key_id', KEY_ID);
  entry.name('name', ['C', 'CN']);
  entry.validity();
  if (entry.whole) entry.matches('generation', /^\d{4}$/, 'generation must be a year');
  entry.publicKey();
  const { row } = entry;
  const byName = row['name'] !== undefined && row['subject_key_id'] !== undefined;
  if (!byName && KNOWN_BY.every((field) => row[field] === undefined))
    entry.messages.push('nothing to know it by: give sha256, sha1, spki_sha256 or public_key');
}

function checkIntermediate(entry: Entry, roots: ReadonlySet<unknown>): void {
  const { row } = entry;
  if (row['sha256'] !== undefined) entry.hash('sha256', SHA256);
  entry.hash('sha1', SHA1);
  entry.matches('serial', /^[0-9a-f]+$/, 'serial must be lower-case hex');
  entry.name('issuer_name', ['C', 'CN']);
  entry.validity();
  // null: the issuing root was not identified by the source. An operator's may be of a root that ships.
  const issuer = row['issuer'];
  if (entry.whole && issuer !== null && !roots.has(issuer))
    entry.messages.push(`issuer ${String(issuer)} is not a root's id`);
  entry.matches('seen', INSTANT, 'seen must be a UTC time');
  if (!entry.whole && KNOWN_BY.every((field) => row[field] === undefined))
    entry.messages.push('nothing to know it by: give sha256, sha1, spki_sha256 or public_key');
}

function checkOrdinary(entry: Entry): void {
  entry.name('name', []);
  if (text(entry.row, 'cn_prefix') === '')
    entry.messages.push('cn_prefix is empty: it would match every authority');
}

function checkProduct(entry: Entry): void {
  entry.name('name', ['CN']);
  if (!isObject(entry.row['name']) || Object.keys(entry.row['name']).length === 0)
    entry.messages.push('name is empty: it would match every authority');
  if (entry.due('vendor') && text(entry.row, 'vendor') === '') entry.messages.push('vendor is empty');
}

const CHECKS: Readonly<Record<List, (entry: Entry, roots: ReadonlySet<unknown>) => void>> = {
  roots: checkRoot,
  intermediates: checkIntermediate,
  not_interception: checkOrdinary,
  products: checkProduct,
};

function rowsOf(data: Json, list: List, whole: boolean): readonly Json[] | null {
  const value = data[list];
  if (value === undefined && !whole) return [];
  const fits = Array.isArray(value) && (value.length > 0 || !whole) && value.every(isObject);
  return fits ? (value as readonly Json[]) : null;
}

/** In the order of the file. `data` is parsed JSON. */
export function interceptionProblems(data: unknown, { whole }: { readonly whole: boolean }): EntryProblem[] {
  if (!isObject(data)) return [{ entry: null, message: 'not an object' }];
  const problems: EntryProblem[] = [];
  const add = (message: string, entry: Json | null = null): void => void problems.push({ entry, message });
  if (data['version'] !== 1) add('version must be 1');
  const day = data['read'];
  if ((whole || day !== undefined) && !(typeof day === 'string' && isDay(day)))
    add('read must be a day written YYYY-MM-DD');
  const rows = LISTS.flatMap((list) => {
    const found = rowsOf(data, list, whole);
    if (found === null) add(`${list} must be a list of objects${whole ? ' and not empty' : ''}`);
    return (found ?? []).map((row) => ({ list, row }));
  });
  if (rows.length > MAX_ENTRIES) return [{ entry: null, message: `more than ${MAX_ENTRIES} entries` }];
  const roots = new Set(rows.filter(({ list }) => list === 'roots').map(({ row }) => row['id']));
  for (const { list, row } of rows) {
    const entry = new Entry(row, whole);
    CHECKS[list](entry, roots);
    entry.common();
    for (const message of entry.messages) add(message, row);
  }
  return problems;
}

/** The first problem of an operator's file, in one line with the entry's id; null when there is none. */
export function operatorFileProblem(json: string): string | null {
  let data: unknown;
  try {
    data = JSON.parse(json);
  } catch {
    return 'not JSON';
  }
  const [first] = interceptionProblems(data, { whole: false });
  if (first === undefined) return null;
  const id = first.entry?.['id'];
  return typeof id === 'string' ? `${id.slice(0, 100)}: ${first.message}` : first.message;
}
