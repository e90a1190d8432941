import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { fromBase64, fromHex, fromUtf8, toBase64, toHex, utf8 } from '../../../shared/codec/base64.ts';
import { sha1Hex, sha256, sha256Hex } from '../../../shared/codec/digest.ts';

describe('base64', () => {
  it.each([
    ['', ''],
    ['f', 'Zg=='],
    ['fo', 'Zm8='],
    ['foo', 'Zm9v'],
    ['foob', 'Zm9vYg=='],
    ['fooba', 'Zm9vYmE='],
    ['foobar', 'Zm9vYmFy'],
  ])('writes the vector of RFC 4648 for %j', (plain, encoded) => {
    expect(toBase64(utf8(plain))).toBe(encoded);
    expect(fromBase64(encoded)).toEqual(utf8(plain));
  });

  it('agrees with Buffer', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40_000 }), (bytes) => {
        const text = Buffer.from(bytes).toString('base64');
        expect(toBase64(bytes)).toBe(text);
        expect(fromBase64(text)).toEqual(bytes);
      }),
      { numRuns: 50 },
    );
  });

  it.each([
    'Zg',
    'Zg=',
    'Zh==',
    'Zm9=',
    'Zg==\n',
    ' Zg==',
    'Zm 9v',
    'Zm-_',
    '=',
    '====',
    'A===',
    'Zg==Zg==',
    'Zmé=',
  ])('refuses %j', (text) => {
    expect(fromBase64(text)).toBeNull();
  });

  it('accepts only what it would have written', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'AQgwZ/+=\n'), maxLength: 12 }), (text) => {
        const bytes = fromBase64(text);
        if (bytes !== null) expect(toBase64(bytes)).toBe(text);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('hex and UTF-8', () => {
  it('round-trips and refuses the rest', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void expect(fromHex(toHex(bytes))).toEqual(bytes)));
    expect(fromHex('0AfF')).toEqual(Uint8Array.of(10, 255));
    for (const bad of ['0', 'zz', '0x', ' 00', '+1']) expect(fromHex(bad)).toBeNull();
  });

  it('keeps every octet of valid text and refuses invalid text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => void expect(fromUtf8(utf8(text))).toBe(text)),
    );
    expect(fromUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x41))).toBe('\ufeffA');
    expect(fromUtf8(Uint8Array.of(0xc0, 0x80))).toBeNull();
  });
});

describe('digests', () => {
  it('match FIPS 180-4 for "abc"', () => {
    const abc = utf8('abc');
    expect(sha256Hex(abc)).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(toHex(sha256(abc))).toBe(sha256Hex(abc));
    expect(sha1Hex(abc)).toBe('a9993e364706816aba3e25717850c26c9cd0d89d');
  });
});
