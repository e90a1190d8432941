import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { DerError, DerReader, TAG, decodeInteger, decodeOid } from '../../../shared/codec/der.ts';
import { fromHex } from '../../../shared/codec/base64.ts';
import { integer, oid, tlv } from './helpers/certificate-maker.ts';

const bytes = (hex: string): Uint8Array => fromHex(hex) ?? new Uint8Array();

describe('DER reader', () => {
  it('reads what was written, whatever the length', () => {
    for (const length of [0, 1, 127, 128, 255, 256, 65_535]) {
      const reader = new DerReader(tlv(4, new Uint8Array(length)));
      expect(reader.read(TAG.octetString).content).toHaveLength(length);
      expect(reader.done).toBe(true);
    }
  });

  it.each([
    ['nothing', ''],
    ['tag alone', '04'],
    ['length past the end', '0402ff'],
    ['indefinite length', '0480ff0000'],
    ['long form for a short length', '04810100'],
    ['leading zero in the length', '0482000100'],
    ['length of the length cut off', '0482ff'],
    ['four length octets', '048400000001ff'],
    ['tag in the long form', '1f8101'],
    ['another tag', '0500'],
  ])('refuses: %s', (_, hex) => {
    expect(() => new DerReader(bytes(hex)).read(TAG.octetString)).toThrow(DerError);
  });

  it('reads object identifiers', () => {
    for (const dotted of [
      '1.2.840.113549.1.1.11',
      '2.5.29.37.0',
      '0.9.2342.19200300.100.1.25',
      '1.3.6.1.4.1.4294967296',
    ]) {
      expect(decodeOid(new DerReader(oid(dotted)).read(TAG.oid).content)).toBe(dotted);
    }
    expect(decodeOid(bytes('883703'))).toBe('2.999.3');
    // 2.25 and a UUID of 128 bits: 19 septets.
    const uuid = `69${'83'}${'ff'.repeat(17)}7f`;
    expect(decodeOid(bytes(uuid))).toBe(`2.25.${2n ** 128n - 1n}`);
    for (const bad of ['', '2a80', '2a8001', `2a${'ff'.repeat(80)}01`])
      expect(() => decodeOid(bytes(bad))).toThrow(DerError);
  });

  it.each([[[]], [[0, 0]], [[0, 0x7f]], [[0xff, 0x80]], [[0xff, 0xff]]])(
    'refuses the integer %j',
    (octets) => {
      expect(() => decodeInteger(Uint8Array.from(octets))).toThrow(DerError);
    },
  );

  it.each([
    [[0], 0n],
    [[0x7f], 127n],
    [[0, 0x80], 128n],
    [[0x80], -128n],
    [[0xff, 0x7f], -129n],
  ])('reads the integer %j', (octets, value) => {
    expect(decodeInteger(Uint8Array.from(octets))).toBe(value);
  });

  it('reads integers of both signs', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 170n), max: 2n ** 170n }), (value) => {
        expect(decodeInteger(new DerReader(integer(value)).read(TAG.integer).content)).toBe(value);
      }),
    );
  });
});
