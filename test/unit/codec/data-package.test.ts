import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { utf8 } from '../../../shared/codec/base64.ts';
import { checkResources, createDataPackage, parseDataPackage } from '../../../shared/codec/data-package.ts';

const LICENSE = { name: 'CC-BY-4.0', path: 'https://creativecommons.org/licenses/by/4.0/' };
const input = {
  name: 'kuager-evidence',
  title: 'Evidence bundle',
  created: '2025-11-21T10:00:00Z',
  licenses: [LICENSE],
  resources: [
    { name: 'measurement-1', path: 'measurements/1.json', mediatype: 'application/json', bytes: utf8('abc') },
    { name: 'report', path: 'report.html', mediatype: 'text/html; charset=utf-8', bytes: utf8('') },
  ],
};
const dataPackage = createDataPackage(input);
const files = new Map([
  ['datapackage.json', utf8('{}')],
  ['measurements/1.json', utf8('abc')],
  ['report.html', utf8('')],
]);
const problemsOf = (value: unknown): readonly string[] => {
  const result = parseDataPackage(value);
  return 'problems' in result ? result.problems : expect.fail('accepted');
};

describe('data package', () => {
  it('describes its files for readers of version 1 and 2', () => {
    expect(dataPackage).toEqual({
      $schema: 'https://datapackage.org/profiles/2.0/datapackage.json',
      profile: 'data-package',
      name: 'kuager-evidence',
      title: 'Evidence bundle',
      created: '2025-11-21T10:00:00Z',
      licenses: [LICENSE],
      resources: [
        {
          name: 'measurement-1',
          path: 'measurements/1.json',
          mediatype: 'application/json',
          bytes: 3,
          // FIPS 180-2 appendix B.1, SHA-256 of "abc".
          hash: 'sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
        },
        {
          name: 'report',
          path: 'report.html',
          mediatype: 'text/html; charset=utf-8',
          bytes: 0,
          hash: 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
        },
      ],
    });
  });

  it('reads back what it writes', () => {
    const text = JSON.stringify(dataPackage);
    expect(parseDataPackage(JSON.parse(text))).toEqual({ ok: dataPackage });
  });

  it('passes over properties that others may add, and over an absent profile', () => {
    const { profile: _, ...rest } = dataPackage;
    expect(parseDataPackage({ ...rest, keywords: ['x'], version: '1.0.0' })).toEqual({ ok: dataPackage });
  });

  it('finds intact files intact', () => {
    expect(checkResources(dataPackage, files)).toEqual([]);
  });

  it('lists every difference, not the first', () => {
    const third = { name: 'third', path: 'c.txt', mediatype: 'text/plain', bytes: utf8('c') };
    const three = createDataPackage({ ...input, resources: [...input.resources, third] });
    const found = new Map([
      ['measurements/1.json', utf8('abd')],
      ['report.html', utf8('x')],
      ['more.txt', utf8('x')],
      ['datapackage.json', utf8('{}')],
      ['Report.html', utf8('')],
    ]);
    expect(checkResources(three, found)).toEqual([
      { kind: 'wrong_hash', path: 'measurements/1.json' },
      { kind: 'wrong_size', path: 'report.html' },
      { kind: 'missing', path: 'c.txt' },
      { kind: 'extra', path: 'more.txt' },
      { kind: 'extra', path: 'Report.html' },
    ]);
    expect(checkResources(dataPackage, files, ['other.json'])).toEqual([
      { kind: 'extra', path: 'datapackage.json' },
    ]);
  });

  it('notices any change to any file', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 50 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (bytes, n, flip) => {
          const one = createDataPackage({
            ...input,
            resources: [{ name: 'a', path: 'a', mediatype: 'text/plain', bytes }],
          });
          expect(checkResources(one, new Map([['a', bytes]]))).toEqual([]);
          const at = n % bytes.length;
          const changed = bytes.with(at, (bytes[at] ?? 0) ^ flip);
          expect(checkResources(one, new Map([['a', changed]]))).toEqual([{ kind: 'wrong_hash', path: 'a' }]);
        },
      ),
    );
  });

  it('reports every bad field at once', () => {
    expect(problemsOf(null)).toEqual(['not an object']);
    expect(problemsOf([])).toEqual(['not an object']);
    expect(problemsOf({})).toEqual([
      'name: not a plain name',
      'title: missing',
      'created: not an RFC 3339 time',
      'licenses: not a list of 1 to 4096',
      'resources: not a list of 1 to 4096',
    ]);
    const [first] = dataPackage.resources;
    expect(
      problemsOf({
        ...dataPackage,
        $schema: 7,
        created: '21.11.2025',
        licenses: [{}],
        resources: [
          first,
          first,
          3,
          { name: 'A b', path: '../x', mediatype: 'html', bytes: -1, hash: 'md5' },
        ],
      }),
    ).toEqual([
      'created: not an RFC 3339 time',
      'licenses[0]: no licence with a name',
      'resources[2]: not an object',
      'resources[3].name: not a plain name',
      'resources[3].path: not a relative path',
      'resources[3].mediatype: not a media type',
      'resources[3].bytes: not a size',
      'resources[3].hash: not a SHA-256 in hex',
      'resources: name "measurement-1" stands twice',
      'resources: path "measurements/1.json" stands twice',
      '$schema, profile: not text',
    ]);
  });

  it.each(['/abs', '../up', 'a/../b', 'https://example.org/x', 'datapackage.json', ''])(
    'refuses the path %j',
    (path) => {
      const resource = { name: 'a', path, mediatype: 'text/plain', bytes: utf8('x') };
      expect(() => createDataPackage({ ...input, resources: [resource] })).toThrow(
        expect.objectContaining({ code: 'bad_path' }),
      );
      const [first] = dataPackage.resources;
      expect(problemsOf({ ...dataPackage, resources: [{ ...first, path }] })).toEqual([
        'resources[0].path: not a relative path',
      ]);
    },
  );

  it('does not describe what the standard has no place for', () => {
    const code = (expected: string): Error => expect.objectContaining({ code: expected }) as Error;
    const [first, second] = input.resources;
    const resources = [
      { ...(first ?? expect.fail()) },
      { ...(second ?? expect.fail()), name: 'measurement-1' },
    ];
    expect(() => createDataPackage({ ...input, resources })).toThrow(code('bad_name'));
    expect(() => createDataPackage({ ...input, resources: [] })).toThrow(code('bad_size'));
    expect(() => createDataPackage({ ...input, name: 'Two words' })).toThrow(code('bad_name'));
    expect(() => createDataPackage({ ...input, created: 'yesterday' })).toThrow(code('bad_date'));
  });

  it('never throws on arbitrary values', () => {
    fc.assert(
      fc.property(fc.anything(), fc.jsonValue(), (any, json) => {
        expect(problemsOf(any).length).toBeGreaterThan(0);
        expect(problemsOf({ ...dataPackage, resources: json }).length).toBeGreaterThan(0);
      }),
    );
  });
});
