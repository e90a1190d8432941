/** The form of an operator's file of interception authorities: what may be missing, and what may not be so. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { interceptionProblems, operatorFileProblem } from '../../../shared/rules/interception-file.ts';
import { INTERCEPTION_JSON, KNOWN_AUTHORITY_ID } from '../../golden/chains.ts';

type Row = Readonly<Record<string, unknown>>;
const HASH = 'ab'.repeat(32);
const [GOLDEN] = (JSON.parse(INTERCEPTION_JSON) as { roots: Row[] }).roots;

const problemOf = (data: unknown): string | null => operatorFileProblem(JSON.stringify(data));
const withRoot = (more: Row): string | null =>
  problemOf({ version: 1, roots: [{ id: 'a', sha256: HASH, ...more }] });
const withIntermediate = (more: Row): string | null =>
  problemOf({ version: 1, intermediates: [{ id: 'a', sha256: HASH, ...more }] });

describe('a file', () => {
  test('of an operator may be nearly empty', () => {
    expect(problemOf({ version: 1 })).toBeNull();
    expect(
      problemOf({ version: 1, roots: [], intermediates: [], not_interception: [], products: [] }),
    ).toBeNull();
    expect(problemOf({ version: 1, read: '2026-11-22' })).toBeNull();
    expect(operatorFileProblem(INTERCEPTION_JSON)).toBeNull();
  });

  test.each<[string, unknown, string]>([
    ['a list', [], 'not an object'],
    ['a word', 'x', 'not an object'],
    ['without a version', {}, 'version must be 1'],
    ['of another version', { version: 2 }, 'version must be 1'],
    ['read on no day', { version: 1, read: '22.11.2026' }, 'read must be a day written YYYY-MM-DD'],
    [
      'read on a day that never was',
      { version: 1, read: '2026-02-30' },
      'read must be a day written YYYY-MM-DD',
    ],
    ['read on a number', { version: 1, read: 20261122 }, 'read must be a day written YYYY-MM-DD'],
    ['with roots that are no list', { version: 1, roots: {} }, 'roots must be a list of objects'],
    ['with a root that is a word', { version: 1, roots: ['a'] }, 'roots must be a list of objects'],
    ['with products that are null', { version: 1, products: null }, 'products must be a list of objects'],
  ])('%s is none', (_, data, problem) => {
    expect(problemOf(data)).toBe(problem);
  });

  test('that is not JSON is said so', () => {
    expect(operatorFileProblem('{')).toBe('not JSON');
  });

  test('that ships has everything', () => {
    const text = readFileSync(
      new URL('../../../testlists/fingerprints/interception.json', import.meta.url),
      'utf8',
    );
    const data = JSON.parse(text) as Record<string, unknown>;
    const problems = (changed: unknown) =>
      interceptionProblems(changed, { whole: true }).map(({ message }) => message);
    expect(problems(data)).toEqual([]);
    expect(problems({ ...data, read: undefined })).toEqual(['read must be a day written YYYY-MM-DD']);
    for (const list of ['roots', 'intermediates', 'not_interception', 'products'])
      for (const nothing of [[], undefined, [1]])
        expect(problems({ ...data, [list]: nothing })).toContain(
          `${list} must be a list of objects and not empty`,
        );
  });

  test('takes a thousand entries and not one more', () => {
    const many = (n: number) => Array.from({ length: n }, (_, i) => ({ id: `a${i}`, sha256: HASH }));
    expect(problemOf({ version: 1, roots: many(500), intermediates: many(500) })).toBeNull();
    expect(problemOf({ version: 1, roots: many(500), intermediates: many(501) })).toBe(
      'more than 1000 entries',
    );
  });

  test('names the entry that is wrong by the start of its id', () => {
    expect(withRoot({ id: 'b', sha1: 'x' })).toBe('b: sha1 must be lower-case hex of the right length');
    const long = `${'a'.repeat(100)}b`;
    expect(withRoot({ id: long })).toBe(`${'a'.repeat(100)}: id must be lower-case letters, digits and -`);
    expect(withRoot({ id: 7 })).toBe('id must be lower-case letters, digits and -');
    const [problem] = interceptionProblems({ version: 1, roots: [{ id: 'a' }] }, { whole: false });
    expect(problem).toEqual({
      entry: { id: 'a' },
      message: 'nothing to know it by: give sha256, sha1, spki_sha256 or public_key',
    });
  });
});

describe('an entry', () => {
  test.each<[string, Row]>([
    ['one hash', {}],
    ['an old hash', { sha256: undefined, sha1: 'cd'.repeat(20) }],
    ['a key’s hash', { sha256: undefined, spki_sha256: HASH }],
    ['a key', { sha256: undefined, public_key: GOLDEN!['public_key'] }],
    ['a key and its hash', { public_key: GOLDEN!['public_key'], spki_sha256: GOLDEN!['spki_sha256'] }],
    ['name and key number', { sha256: undefined, name: { CN: 'x', C: 'KZ' }, subject_key_id: '4c' }],
    ['a long key number', { subject_key_id: 'ab'.repeat(64) }],
    ['an id of 100 characters', { id: 'a'.repeat(100) }],
    ['an id of digits', { id: '0-9' }],
    ['times in order', { not_before: '2020-01-01T00:00:00Z', not_after: '2020-01-01T00:00:01Z' }],
    ['a text of 4096 characters', { notes: 'x'.repeat(4096) }],
    ['a source and its day', { source: 'x', date_read: '2024-02-29' }],
    // Years are ours to know.
    ['no year that it is of', { generation: 'new' }],
  ])('has at least %s', (_, more) => {
    expect(withRoot(more)).toBeNull();
  });

  const NOTHING = 'a: nothing to know it by: give sha256, sha1, spki_sha256 or public_key';
  const HEX = 'must be lower-case hex of the right length';
  const TIMES = 'a: not_before and not_after must be UTC times in order';
  const DAY = 'a: date_read must be a day written YYYY-MM-DD';
  const from = '2020-01-01T00:00:00Z';
  test.each<[string, Row, string]>([
    ['no mark at all', { sha256: undefined }, NOTHING],
    ['a name alone', { sha256: undefined, name: { CN: 'x' } }, NOTHING],
    ['a key number alone', { sha256: undefined, subject_key_id: '4c' }, NOTHING],
    ['a hash in capitals', { sha256: 'AB'.repeat(32) }, `a: sha256 ${HEX}`],
    ['a hash with more before it', { sha256: `x${HASH}` }, `a: sha256 ${HEX}`],
    ['a hash with more behind it', { sha256: `${HASH}a` }, `a: sha256 ${HEX}`],
    ['a hash that is a number', { sha256: 5 }, `a: sha256 ${HEX}`],
    ['an old hash, too short', { sha1: 'cd'.repeat(19) }, `a: sha1 ${HEX}`],
    ['an old hash, with more before it', { sha1: `x${'cd'.repeat(20)}` }, `a: sha1 ${HEX}`],
    ['an old hash, with more behind it', { sha1: `${'cd'.repeat(20)}0` }, `a: sha1 ${HEX}`],
    ['half an octet of a key number', { subject_key_id: '4c4' }, `a: subject_key_id ${HEX}`],
    ['a key number, with more before it', { subject_key_id: 'x4c' }, `a: subject_key_id ${HEX}`],
    ['a key number of 65 octets', { subject_key_id: 'ab'.repeat(65) }, `a: subject_key_id ${HEX}`],
    ['a key’s hash, too long', { spki_sha256: `${HASH}00` }, `a: spki_sha256 ${HEX}`],
    [
      'another key’s hash',
      { ...GOLDEN, id: 'a', spki_sha256: HASH },
      'a: spki_sha256 is not the hash of public_key',
    ],
    ['a key that is none', { public_key: 'AAAA' }, 'a: public_key is not a DER public key in base64'],
    ['a key that is no base64', { public_key: '?' }, 'a: public_key is not a DER public key in base64'],
    ['a name that is a text', { name: 'CN=x' }, 'a: name must be an object of attributes'],
    ['a name with a number', { name: { CN: 1 } }, 'a: name must be an object of attributes'],
    ['a name with an empty part', { name: { CN: 'x', O: '' } }, 'a: name must be an object of attributes'],
    ['one time only', { not_before: from }, TIMES],
    ['the other time only', { not_after: from }, TIMES],
    ['times that are the same', { not_before: from, not_after: from }, TIMES],
    ['times out of order', { not_before: from, not_after: '2019-01-01T00:00:00Z' }, TIMES],
    ['a time without a zone', { not_before: from, not_after: '2020-01-02T00:00:00' }, TIMES],
    ['a time with more before it', { not_before: `0${from}`, not_after: '2020-01-02T00:00:00Z' }, TIMES],
    ['a time with more behind it', { not_before: from, not_after: '2020-01-02T00:00:00Z+1' }, TIMES],
    ['an empty source', { source: '' }, 'a: source is empty'],
    ['no day', { date_read: 'today' }, DAY],
    ['a day that never was', { date_read: '2023-02-29' }, DAY],
    ['a month that never was', { date_read: '2023-13-01' }, DAY],
    ['a day with more before it', { date_read: '12023-02-01' }, DAY],
    ['a day with more behind it', { date_read: '2023-02-011' }, DAY],
    ['a text of 4097 characters', { notes: 'x'.repeat(4097) }, 'a: notes is longer than 4096 characters'],
    ['an id in capitals', { id: 'A' }, 'A: id must be lower-case letters, digits and -'],
    ['an empty id', { id: '' }, ': id must be lower-case letters, digits and -'],
    ['an id of a verdict’s own', { id: 'unknown' }, 'unknown: id unknown has a meaning of its own'],
    [
      'an id that marks a borrowed name',
      { id: 'imitates' },
      'imitates: id imitates has a meaning of its own',
    ],
  ])('of a root has not %s', (_, more, problem) => {
    expect(withRoot(more)).toBe(problem);
  });

  test.each<[string, Row, string | null]>([
    ['one hash', {}, null],
    // Its root may be one that ships.
    ['an issuer that is elsewhere', { issuer: KNOWN_AUTHORITY_ID }, null],
    ['a serial number', { serial: '00ff' }, null],
    ['a serial number in capitals', { serial: '00FF' }, 'a: serial must be lower-case hex'],
    ['a serial number, with more before it', { serial: 'x00' }, 'a: serial must be lower-case hex'],
    ['a serial number, with more behind it', { serial: '00x' }, 'a: serial must be lower-case hex'],
    ['a time when it was seen', { seen: '2020-01-01T00:00:00Z' }, null],
    ['no time when it was seen', { seen: 'once' }, 'a: seen must be a UTC time'],
    ['a broken hash', { sha256: 'x' }, `a: sha256 ${HEX}`],
    ['a broken old hash', { sha1: 'x' }, `a: sha1 ${HEX}`],
    ['a broken issuer’s name', { issuer_name: 'x' }, 'a: issuer_name must be an object of attributes'],
    ['times out of order', { not_before: from, not_after: from }, TIMES],
    ['no mark at all', { sha256: undefined, issuer: 'r', serial: '01' }, NOTHING],
    ['an old hash alone', { sha256: undefined, sha1: 'cd'.repeat(20) }, null],
  ])('of an intermediate with %s', (_, more, problem) => {
    expect(withIntermediate(more)).toBe(problem);
  });

  test.each<[string, Row, string | null]>([
    ['its prefix', { cn_prefix: 'x' }, null],
    ['a name beside it', { cn_prefix: 'x', name: { C: 'KZ' } }, null],
    ['no prefix', {}, 'a: cn_prefix is empty: it would match every authority'],
    ['an empty prefix', { cn_prefix: '' }, 'a: cn_prefix is empty: it would match every authority'],
    ['a broken name', { cn_prefix: 'x', name: 1 }, 'a: name must be an object of attributes'],
  ])('of an ordinary authority with %s', (_, more, problem) => {
    expect(problemOf({ version: 1, not_interception: [{ id: 'a', ...more }] })).toBe(problem);
  });

  test.each<[string, Row, string | null]>([
    ['its name', { name: { O: 'x' } }, null],
    ['a vendor', { name: { CN: 'x' }, vendor: 'y' }, null],
    ['no name', {}, 'a: name is empty: it would match every authority'],
    ['an empty name', { name: {} }, 'a: name is empty: it would match every authority'],
    ['an empty vendor', { name: { CN: 'x' }, vendor: '' }, 'a: vendor is empty'],
  ])('of a product with %s', (_, more, problem) => {
    expect(problemOf({ version: 1, products: [{ id: 'a', ...more }] })).toBe(problem);
  });
});

describe('an entry of the list that ships', () => {
  const text = readFileSync(
    new URL('../../../testlists/fingerprints/interception.json', import.meta.url),
    'utf8',
  );
  type List = 'roots' | 'intermediates' | 'not_interception' | 'products';
  function without(list: List, field: string): readonly string[] {
    const data = JSON.parse(text) as Record<List, Record<string, unknown>[]>;
    delete data[list][0]![field];
    return interceptionProblems(data, { whole: true }).map(({ message }) => message);
  }
  test.each<[List, string, string]>([
    ['roots', 'sha256', 'sha256 must be lower-case hex of the right length'],
    ['roots', 'sha1', 'sha1 must be lower-case hex of the right length'],
    ['roots', 'spki_sha256', 'spki_sha256 must be lower-case hex of the right length'],
    ['roots', 'subject_key_id', 'subject_key_id must be lower-case hex of the right length'],
    ['roots', 'name', 'name must be an object of attributes'],
    ['roots', 'not_before', 'not_before and not_after must be UTC times in order'],
    ['roots', 'generation', 'generation must be a year'],
    ['roots', 'public_key', 'public_key is not a DER public key in base64'],
    ['roots', 'source', 'source is empty'],
    ['roots', 'date_read', 'date_read must be a day written YYYY-MM-DD'],
    ['intermediates', 'sha1', 'sha1 must be lower-case hex of the right length'],
    ['intermediates', 'serial', 'serial must be lower-case hex'],
    ['intermediates', 'issuer_name', 'issuer_name must be an object of attributes'],
    ['intermediates', 'not_after', 'not_before and not_after must be UTC times in order'],
    ['intermediates', 'seen', 'seen must be a UTC time'],
    ['not_interception', 'name', 'name must be an object of attributes'],
    ['not_interception', 'cn_prefix', 'cn_prefix is empty: it would match every authority'],
    ['products', 'vendor', 'vendor is empty'],
    ['products', 'name', 'name is empty: it would match every authority'],
  ])('of %s has its %s', (list, field, problem) => {
    expect(without(list, field)).toContain(problem);
  });
});
