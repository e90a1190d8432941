import { createPrivateKey, createPublicKey, sign as nodeSign, verify as nodeVerify } from 'node:crypto';
import { ed25519 } from '@noble/curves/ed25519.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex, utf8 } from '../../../shared/codec/base64.ts';
import { concatBytes } from '../../../shared/codec/bytes.ts';
import { fingerprint, publicKeyOf, sign, verify } from '../../../shared/codec/ed25519.ts';

const hex = (text: string): Uint8Array => fromHex(text) ?? expect.fail(`not hex: ${text}`);

const PKCS8_PREFIX = hex('302e020100300506032b657004220420');
const SPKI_PREFIX = hex('302a300506032b6570032100');
const nodePrivate = (seed: Uint8Array) =>
  createPrivateKey({ key: Buffer.from(concatBytes(PKCS8_PREFIX, seed)), format: 'der', type: 'pkcs8' });
const nodePublic = (key: Uint8Array) =>
  createPublicKey({ key: Buffer.from(concatBytes(SPKI_PREFIX, key)), format: 'der', type: 'spki' });

// RFC 8032 section 7.1, tests 1 to 3: seed, public key, message, signature.
const RFC_8032 = [
  [
    '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    '',
    'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  ],
  [
    '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    '72',
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  ],
  [
    'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
    'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    'af82',
    '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  ],
] as const;

const KEY = '7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa';
// Project Wycheproof, ed25519_test.json: number, what is wrong, key, message, signature.
const WYCHEPROOF_INVALID = [
  [10, 'r and s are zero', KEY, '3f', '00'.repeat(64)],
  [30, 'empty signature', KEY, '54657374', ''],
  [31, 's missing', KEY, '54657374', '7c38e026f29e14aabd059a0f2db8b0cd783040609a8be684db12f82a27774ab0'],
  [
    33,
    'signature too long',
    KEY,
    '54657374',
    '7c38e026f29e14aabd059a0f2db8b0cd783040609a8be684db12f82a27774ab07a9155711ecfaf7f99f277bad0c6ae7e39d4eef676573336a5c51eb6f946b30d2020',
  ],
  [
    42,
    'modified bit 0 in R',
    KEY,
    '313233343030',
    '647c1492402ab5ce03e2c3a7f0384d051b9cf3570f1207fc78c1bcc98c281c2b1d125e5538f38afbcc1c84e489521083041d24bc6240767029da063271a1ff0c',
  ],
  [
    63,
    's replaced by s + L',
    KEY,
    '54657374',
    '7c38e026f29e14aabd059a0f2db8b0cd783040609a8be684db12f82a27774ab067654bce3832c2d76f8f6f5dafc08d9339d4eef676573336a5c51eb6f946b31d',
  ],
  [
    85,
    's just above the bound',
    '100fdf47fb94f1536a4f7c3fda27383fa03375a8f527c537e6f1703c47f94f86',
    '6a0bc2b0057cedfc0fa2e3f7f7d39279b30f454a69dfd1117c758d86b19d85e0',
    '0971f86d2c9c78582524a103cb9cf949522ae528f8054dc20107d999be673ff4e25ebf2f2928766b1248bec6e91697775f8446639ede46ad4df4053000000010',
  ],
] as const;

describe('ed25519', () => {
  it.each(RFC_8032)('matches RFC 8032: seed %s', (seed, key, message, signature) => {
    expect(toHex(publicKeyOf(hex(seed)))).toBe(key);
    expect(toHex(sign(hex(message), hex(seed)))).toBe(signature);
    expect(verify(hex(signature), hex(message), hex(key))).toBe(true);
  });

  it.each(WYCHEPROOF_INVALID)('refuses Wycheproof %i: %s', (_id, _what, key, message, signature) => {
    expect(verify(hex(signature), hex(message), hex(key))).toBe(false);
  });

  it('signs and verifies as node:crypto does, and refuses any changed bit', () => {
    const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(bytes32, fc.uint8Array({ maxLength: 64 }), fc.nat(64 * 8 - 1), (seed, message, bit) => {
        const key = publicKeyOf(seed);
        const signature = sign(message, seed);
        expect(toHex(nodeSign(null, message, nodePrivate(seed)))).toBe(toHex(signature));
        expect(verify(signature, message, key)).toBe(true);
        expect(nodeVerify(null, message, nodePublic(key), signature)).toBe(true);
        const changed = signature.slice();
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(verify(changed, message, key)).toBe(false);
        expect(verify(signature, concatBytes(message, Uint8Array.of(0)), key)).toBe(false);
      }),
      { numRuns: 20 },
    );
  });

  it('refuses keys of small order, under which a signature over anything can be made', () => {
    const identity = hex(`01${'00'.repeat(31)}`);
    // R = identity, s = 0 satisfies the equation for every message when the key is the identity.
    const forged = concatBytes(identity, new Uint8Array(32));
    expect(ed25519.verify(forged, utf8('anything'), identity, { zip215: true })).toBe(true);
    expect(verify(forged, utf8('anything'), identity)).toBe(false);
    // The same point written with y = p + 1: not canonical.
    expect(verify(forged, utf8('anything'), hex(`ee${'ff'.repeat(30)}7f`))).toBe(false);
  });

  it('refuses a signature that only some conforming verifiers accept', () => {
    // R moved by a point of order 8: the cofactored equation still holds, the plain one does not.
    const torsion = ed25519.Point.fromHex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a');
    const { Point, CURVE } = ed25519;
    const order = Point.Fn.ORDER;
    expect(torsion.isSmallOrder()).toBe(true);
    const [a, r] = [12345n, 67890n];
    const key = Point.BASE.multiply(a).toBytes();
    const R = Point.BASE.multiply(r).add(torsion).toBytes();
    const message = utf8('who checks this?');
    const digest = CURVE.hash(concatBytes(R, key, message));
    const k = BigInt(`0x${toHex(digest.slice().reverse())}`) % order;
    const s = hex(((r + k * a) % order).toString(16).padStart(64, '0')).reverse();
    const signature = concatBytes(R, s);
    expect(ed25519.verify(signature, message, key, { zip215: false })).toBe(true);
    expect(nodeVerify(null, message, nodePublic(key), signature)).toBe(false);
    expect(verify(signature, message, key)).toBe(false);
  });

  it('never throws on arbitrary bytes', () => {
    const any = fc.uint8Array({ maxLength: 70 });
    const sized = (n: number) => fc.oneof(any, fc.uint8Array({ minLength: n, maxLength: n }));
    fc.assert(
      fc.property(sized(64), any, sized(32), (signature, message, key) => !verify(signature, message, key)),
      { numRuns: 100 },
    );
  });

  it('names a key by its SHA-256 and refuses other lengths', () => {
    // printf of RFC 8032's first public key, piped through sha256sum.
    expect(fingerprint(hex(RFC_8032[0][1]))).toBe(
      'sha256:21fe31dfa154a261626bf854046fd2271b7bed4b6abe45aa58877ef47f9721b9',
    );
    expect(() => fingerprint(new Uint8Array(31))).toThrow(expect.objectContaining({ code: 'bad_key' }));
    expect(() => publicKeyOf(new Uint8Array(64))).toThrow(expect.objectContaining({ code: 'bad_key' }));
    expect(() => sign(new Uint8Array(1), new Uint8Array(0))).toThrow(
      expect.objectContaining({ code: 'bad_key' }),
    );
  });
});

describe('an answer given before', () => {
  const seed = new Uint8Array(32).fill(7);
  const key = publicKeyOf(seed);
  const message = utf8('asked again and again');
  const good = sign(message, seed);

  it('is given again, and for no other signature, message or key', () => {
    for (let times = 0; times < 3; times++) {
      expect(verify(good, message, key)).toBe(true);
      expect(verify(good, utf8('asked again and againn'), key)).toBe(false);
      expect(verify(good, message, publicKeyOf(new Uint8Array(32).fill(8)))).toBe(false);
      expect(
        verify(
          good.map((byte, i) => (i === 40 ? byte ^ 1 : byte)),
          message,
          key,
        ),
      ).toBe(false);
    }
  });

  it('is not that of a message that continues the signature', () => {
    expect(verify(good, message, key)).toBe(true);
    // The same bytes in a row, parted elsewhere.
    const shifted = concatBytes(good.subarray(1), message.subarray(0, 1));
    expect(verify(shifted, message.subarray(1), key)).toBe(false);
  });

  it('is right after many others', () => {
    for (let n = 0; n < 600; n++) expect(verify(good, utf8(`another ${n}`), new Uint8Array(32))).toBe(false);
    expect(verify(good, message, key)).toBe(true);
  });
});
