import { deflateRawSync, constants } from 'node:zlib';
import fc from 'fast-check';
import { unzipSync, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { toHex, utf8 } from '../../../shared/codec/base64.ts';
import { boundedInflate } from '../../../shared/codec/bounded-inflate.ts';
import { concatBytes } from '../../../shared/codec/bytes.ts';
import { sha256 } from '../../../shared/codec/digest.ts';
import type { EntryRecord } from '../../../shared/codec/zip-layout.ts';
import {
  CENTRAL_BYTES,
  DEFLATED,
  END_BYTES,
  LOCAL_BYTES,
  STORED,
  centralHeader,
  crc32,
  endRecord,
  localHeader,
} from '../../../shared/codec/zip-layout.ts';
import { ZIP_LIMITS, readZip, writeZip } from '../../../shared/codec/zip.ts';

const MEGABYTE = 1024 * 1024;

interface Part {
  readonly name: string;
  readonly packed: Uint8Array;
  readonly local?: Partial<EntryRecord>;
  readonly central?: Partial<EntryRecord>;
}

/** An archive put together by hand, headers as told even where they lie. */
function archive(parts: readonly Part[]): Uint8Array {
  const pieces: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const { name, packed, local, central } of parts) {
    const honest: EntryRecord = {
      flags: 0,
      method: STORED,
      crc: crc32(packed),
      compressedBytes: packed.length,
      bytes: packed.length,
      name: utf8(name),
    };
    const header = localHeader({ ...honest, ...local });
    pieces.push(header, packed);
    directory.push(centralHeader({ ...honest, ...central }, offset));
    offset += header.length + packed.length;
  }
  const entries = concatBytes(...directory);
  return concatBytes(...pieces, entries, endRecord(parts.length, entries.length, offset));
}

const both = (fields: Partial<EntryRecord>): Pick<Part, 'local' | 'central'> => ({
  local: fields,
  central: fields,
});
const deflated = (name: string, content: Uint8Array, packed: Uint8Array, bytes = content.length): Part => ({
  name,
  packed,
  ...both({ method: DEFLATED, crc: crc32(content), bytes }),
});

const errorOf = (bytes: Uint8Array, limits = ZIP_LIMITS): string => {
  const result = readZip(bytes, limits);
  return 'error' in result ? result.error : expect.fail(`accepted ${[...result.ok.keys()].join()}`);
};
const filesOf = (bytes: Uint8Array): [string, Uint8Array][] => {
  const result = readZip(bytes);
  return 'ok' in result ? [...result.ok] : expect.fail(`${result.error} ${result.detail}`);
};

/** Names and sums: comparing large byte arrays element by element is slow. */
const sums = (list: Iterable<readonly [string, Uint8Array]>): [string, string][] =>
  [...list].map(([each, bytes]) => [each, toHex(sha256(bytes))]);

const name = fc.stringMatching(/^[a-z0-9_-]{1,8}(\/[a-z0-9_-]{1,8}\.[a-z]{1,3})?$/);
const content = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.tuple(fc.nat(255), fc.nat(70_000)).map(([byte, length]) => new Uint8Array(length).fill(byte)),
);
const files = fc
  .uniqueArray(fc.tuple(name, content), { maxLength: 6, selector: ([each]) => each.split('/')[0] })
  .map((list) => list as [string, Uint8Array][]);

describe('zip', () => {
  it('reads what it writes, in order, and writes the same bytes again', () => {
    fc.assert(
      fc.property(files, (list) => {
        const zip = writeZip(list);
        expect(sums(filesOf(zip))).toEqual(sums(list));
        expect(toHex(sha256(writeZip(list)))).toBe(toHex(sha256(zip)));
      }),
      { numRuns: 40 },
    );
  });

  it('is read by an independent reader, and reads an independent writer', () => {
    fc.assert(
      fc.property(files, fc.constantFrom(0, 1, 6, 9), (list, level) => {
        const read = new Map(Object.entries(unzipSync(writeZip(list))));
        expect(new Map(sums(read))).toEqual(new Map(sums(list)));
        const theirs = zipSync(Object.fromEntries(list), { level: level as 0 | 1 | 6 | 9 });
        expect(new Map(sums(filesOf(theirs)))).toEqual(new Map(sums(list)));
      }),
      { numRuns: 40 },
    );
  });

  it('keeps its bytes from one version to the next', () => {
    const zip = writeZip([
      ['datapackage.json', utf8('{}')],
      ['measurements/a.json', utf8('abc')],
    ]);
    expect(toHex(zip.subarray(0, LOCAL_BYTES))).toBe(
      '504b03041400000000000000210043bfa6a302000000020000001000'.padEnd(60, '0'),
    );
    expect(toHex(sha256(zip))).toBe('7d792267e40f299c768477cce3bb802b073959ab015623272d1ade4d00022951');
    expect(filesOf(writeZip([]))).toEqual([]);
  });

  it('knows the check value of CRC-32', () => {
    expect(crc32(utf8('123456789'))).toBe(0xcbf43926);
  });

  it('refuses a bomb by what it declares, before inflating anything', () => {
    const packed = deflateRawSync(new Uint8Array(8 * MEGABYTE));
    const zeros = new Uint8Array(8 * MEGABYTE);
    const one = archive([deflated('a', zeros, packed)]);
    expect(filesOf(one)[0]?.[1].length).toBe(8 * MEGABYTE);
    expect(errorOf(one, { ...ZIP_LIMITS, maxEntryBytes: 8 * MEGABYTE - 1 })).toBe('too_large');
    const three = archive(['a', 'b', 'c'].map((each) => deflated(each, zeros, packed)));
    expect(errorOf(three, { ...ZIP_LIMITS, maxTotalBytes: 24 * MEGABYTE - 1 })).toBe('too_large');
    expect(errorOf(three, { ...ZIP_LIMITS, maxEntries: 2 })).toBe('too_many_entries');
  });

  it('refuses a bomb that lies about its size, while inflating', () => {
    const zeros = new Uint8Array(64 * MEGABYTE);
    const packed = deflateRawSync(zeros);
    expect(readZip(archive([deflated('a', zeros, packed, 10)]))).toEqual({
      error: 'bad_data',
      detail: '"a": too_long',
    });
    // Broken after 16 MB: reported as too long, so the reader had stopped before it got there.
    const broken = packed.slice();
    broken.fill(0xff, packed.length / 4);
    expect(boundedInflate(broken, zeros.length)).toEqual({ error: 'malformed' });
    expect(boundedInflate(broken, 10)).toEqual({ error: 'too_long' });
  });

  it('refuses entries that overlap', () => {
    const zip = archive([{ name: 'a', packed: utf8('x') }]);
    const entry = zip.subarray(LOCAL_BYTES + 2, LOCAL_BYTES + 2 + CENTRAL_BYTES + 1);
    const twice = entry.slice();
    twice[CENTRAL_BYTES] = 'b'.charCodeAt(0);
    const start = LOCAL_BYTES + 2;
    const bytes = concatBytes(zip.subarray(0, start), entry, twice, endRecord(2, 2 * entry.length, start));
    expect(errorOf(bytes)).toBe('hidden_bytes');
  });

  it.each([
    ['/etc/passwd'],
    ['../up'],
    ['a/../../up'],
    ['a/./b'],
    ['a//b'],
    ['a\\b'],
    ['C:/x'],
    ['.'],
    ['..'],
    ['/'],
    [''],
    ['a b'],
    ['a\u0000b'],
    ['a\u001b[2J'],
    ['имя'],
    ['end.'],
    ['a'.repeat(201)],
  ])('refuses the name %j', (bad) => {
    expect(errorOf(archive([{ name: bad, packed: utf8('x') }]))).toBe('bad_entry_name');
    expect(() => writeZip([[bad, utf8('x')]])).toThrow(expect.objectContaining({ code: 'bad_path' }));
  });

  it('shows a hostile name without obeying it', () => {
    const result = readZip(archive([{ name: 'a\u001b]0;x\u0007\u202e', packed: utf8('x') }]));
    expect(result).toHaveProperty('detail', expect.stringMatching(/^[\x20-\x7e]+$/));
  });

  it.each([[['a', 'a']], [['a', 'A']], [['a/b', 'A/B']], [['a', 'a/b']], [['a/b', 'a']], [['a/b', 'a/b/c']]])(
    'refuses names that meet on some disk: %j',
    (names) => {
      expect(errorOf(archive(names.map((each) => ({ name: each, packed: utf8('x') }))))).toBe(
        'duplicate_entry',
      );
      expect(() => writeZip(names.map((each) => [each, utf8('x')]))).toThrow(
        expect.objectContaining({ code: 'bad_path' }),
      );
    },
  );

  it('skips folders, but not folders with data', () => {
    const folder = { name: 'a/', packed: new Uint8Array(0) };
    expect(filesOf(archive([folder, { name: 'a/b', packed: utf8('x') }]))).toEqual([['a/b', utf8('x')]]);
    expect(filesOf(archive([deflated('a/', new Uint8Array(0), Uint8Array.of(3, 0))]))).toEqual([]);
    expect(errorOf(archive([{ name: 'a/', packed: utf8('x') }]))).toBe('directory_with_data');
    expect(errorOf(archive([{ name: 'a/', packed: utf8('x'), ...both({ bytes: 0 }) }]))).toBe('bad_data');
    expect(errorOf(archive([folder, folder]))).toBe('duplicate_entry');
  });

  const x = { name: 'a', packed: utf8('x') };
  const plain = archive([x]);
  const changed = (at: number, value: number): Uint8Array => plain.with(at, value);
  const directoryAt = LOCAL_BYTES + 2;
  const endAt = plain.length - END_BYTES;

  it.each([
    ['nothing', new Uint8Array(0), 'not_a_zip'],
    ['text', utf8('not a zip, but long enough to be one'), 'not_a_zip'],
    ['trailing bytes', concatBytes(plain, utf8('x')), 'not_a_zip'],
    ['prepended bytes', concatBytes(utf8('x'), plain), 'hidden_bytes'],
    ['an archive comment', changed(endAt + 20, 1), 'hidden_bytes'],
    ['two disks', changed(endAt + 4, 1), 'unsupported_zip'],
    ['a wrong count', changed(endAt + 8, 2), 'unsupported_zip'],
    ['a directory entry too few', changed(endAt + 10, 0).with(endAt + 8, 0), 'hidden_bytes'],
    ['a directory entry too many', changed(endAt + 10, 2).with(endAt + 8, 2), 'not_a_zip'],
    ['an entry comment', changed(directoryAt + 32, 1), 'hidden_bytes'],
    ['a long extra field', changed(directoryAt + 30, 200), 'not_a_zip'],
    ['a symbolic link', changed(directoryAt + 5, 3).with(directoryAt + 41, 0xa1), 'link'],
    ['an offset past the end', changed(directoryAt + 42, 250), 'hidden_bytes'],
    ['encryption', archive([{ ...x, ...both({ flags: 1 }) }]), 'unsupported_zip'],
    ['a data descriptor', archive([{ ...x, ...both({ flags: 8 }) }]), 'unsupported_zip'],
    ['another method', archive([{ ...x, ...both({ method: 12 }) }]), 'unsupported_zip'],
    ['names that differ', archive([{ ...x, local: { name: utf8('b') } }]), 'header_mismatch'],
    ['sizes that differ', archive([{ ...x, local: { bytes: 2 } }]), 'header_mismatch'],
    ['methods that differ', archive([{ ...x, local: { method: DEFLATED } }]), 'header_mismatch'],
    ['sums that differ', archive([{ ...x, local: { crc: 1 } }]), 'header_mismatch'],
    ['flags that differ', archive([{ ...x, local: { flags: 0x800 } }]), 'header_mismatch'],
    ['data beyond the directory', archive([{ ...x, ...both({ compressedBytes: 99 }) }]), 'header_mismatch'],
    [
      'a gap before the directory',
      archive([{ ...x, ...both({ compressedBytes: 0, bytes: 0, crc: 0 }) }]),
      'hidden_bytes',
    ],
    ['a stored entry of another size', archive([{ ...x, ...both({ bytes: 2 }) }]), 'bad_data'],
    ['a wrong sum', archive([{ ...x, ...both({ crc: 1 }) }]), 'crc_mismatch'],
    ['changed data', changed(LOCAL_BYTES + 1, 'y'.charCodeAt(0)), 'crc_mismatch'],
  ])('refuses %s', (_what, bytes, error) => {
    expect(errorOf(bytes)).toBe(error);
  });

  it('refuses extra fields that overrule the header, and passes over others', () => {
    const withExtra = (id: number): Uint8Array => {
      const extra = Uint8Array.of(id & 255, id >> 8, 2, 0, 1, 2);
      const entry = concatBytes(plain.subarray(directoryAt, endAt).with(30, extra.length), extra);
      return concatBytes(plain.subarray(0, directoryAt), entry, endRecord(1, entry.length, directoryAt));
    };
    expect(filesOf(withExtra(0x5455))).toEqual([['a', utf8('x')]]);
    expect(errorOf(withExtra(0x0001))).toBe('unsupported_zip');
    expect(errorOf(withExtra(0x7075))).toBe('unsupported_zip');
  });

  it('refuses ZIP64 and every truncated archive', () => {
    expect(errorOf(concatBytes(plain.subarray(0, endAt), endRecord(0xffff, 47, directoryAt)))).toBe(
      'unsupported_zip',
    );
    expect(errorOf(concatBytes(plain.subarray(0, endAt), endRecord(1, 47, 0xffffffff)))).toBe(
      'unsupported_zip',
    );
    const zip = writeZip([
      ['a', new Uint8Array(500)],
      ['b', utf8('text')],
    ]);
    for (let length = 0; length < zip.length; length++)
      expect(readZip(zip.subarray(0, length))).toHaveProperty('error');
  });

  it('gives the same files or an error after any changed byte', () => {
    const list: [string, Uint8Array][] = [
      ['datapackage.json', utf8('{"name":"x"}'.repeat(20))],
      ['measurements/b.json', utf8('short')],
    ];
    const zip = writeZip(list);
    fc.assert(
      fc.property(fc.nat(zip.length - 1), fc.nat(255), (at, byte) => {
        const result = readZip(zip.with(at, byte));
        if ('ok' in result) expect([...result.ok.values()]).toEqual(list.map(([, bytes]) => bytes));
      }),
      { numRuns: 500 },
    );
  });
});

describe('bounded inflate', () => {
  const packers = fc.record({
    level: fc.integer({ min: 0, max: 9 }),
    strategy: fc.constantFrom(
      constants.Z_DEFAULT_STRATEGY,
      constants.Z_HUFFMAN_ONLY,
      constants.Z_RLE,
      constants.Z_FIXED,
    ),
    memLevel: fc.integer({ min: 1, max: 9 }),
  });
  const data = fc.oneof(
    fc.uint8Array({ maxLength: 20 }),
    fc.uint8Array({ minLength: 5000, maxLength: 40_000, size: 'max' }),
    fc.string({ maxLength: 3000, size: 'max' }).map(utf8),
    fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 50 }), fc.nat(3000)).map(([unit, times]) => {
      return concatBytes(...Array.from({ length: times }, () => unit));
    }),
  );

  it('takes everything zlib makes, and only with its exact size and end', () => {
    fc.assert(
      fc.property(data, packers, fc.uint8Array({ minLength: 1, maxLength: 5000 }), (bytes, options, junk) => {
        const packed = new Uint8Array(deflateRawSync(bytes, options));
        const result = boundedInflate(packed, bytes.length);
        expect('ok' in result && Buffer.compare(result.ok, bytes)).toBe(0);
        expect(boundedInflate(packed, bytes.length + 1)).toEqual({ error: 'too_short' });
        if (bytes.length > 0) expect(boundedInflate(packed, bytes.length - 1)).toEqual({ error: 'too_long' });
        expect(boundedInflate(concatBytes(packed, junk), bytes.length)).toEqual({ error: 'trailing_bytes' });
        expect(boundedInflate(packed.subarray(0, -1), bytes.length)).toHaveProperty('error');
      }),
      { numRuns: 150 },
    );
  });

  it('never throws on arbitrary bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(1000), (packed, size) => {
        const result = boundedInflate(packed, size);
        if ('ok' in result) expect(result.ok.length).toBe(size);
      }),
      { numRuns: 300 },
    );
  });
});
