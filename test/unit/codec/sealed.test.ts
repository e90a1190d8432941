import fc from 'fast-check';
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { concatBytes } from '../../../shared/codec/bytes.ts';
import { deriveHpkeKeyPair, HPKE_OVERHEAD_BYTES, seal } from '../../../shared/codec/hpke.ts';
import {
  hpkeKeyId,
  looksSealed,
  MAX_SEALED_PLAINTEXT_BYTES,
  openSealed,
  SEALED_SIZES,
  sealedKeyId,
  sealTo,
} from '../../../shared/codec/sealed.ts';
import { utf8 } from '../../../shared/codec/base64.ts';

const pair = deriveHpkeKeyPair(new Uint8Array(32).fill(7));
const keyid = hpkeKeyId(pair.publicKey);
const keys = new Map([[keyid, pair.privateKey]]);
const sealText = (plaintext: Uint8Array) =>
  sealTo({ keyid, hpkeKey: pair.publicKey, plaintext, ephemeralSeed: randomBytes(32) });
const bytes = (n: number) => new Uint8Array(randomBytes(n));

describe('sealed submissions', () => {
  it('property: opens to what was sealed, at one of the sizes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40_000 }), (plaintext) => {
        const sealed = sealText(plaintext);
        expect(SEALED_SIZES).toContain(sealed.length);
        expect(looksSealed(sealed)).toBe(true);
        expect(sealedKeyId(sealed)).toBe(keyid);
        expect(openSealed(sealed, keys)).toEqual({ ok: plaintext });
      }),
      { numRuns: 40 },
    );
  });

  it('hides small differences of length', () => {
    const lengths = (...sizes: number[]) => new Set(sizes.map((n) => sealText(bytes(n)).length));
    expect(lengths(10, 100, 900)).toEqual(new Set([1024]));
    expect(lengths(1000, 2000, 3000)).toEqual(new Set([4096]));
  });

  it('is deterministic for one seed and different for another', () => {
    const make = (seed: number) =>
      sealTo({
        keyid,
        hpkeKey: pair.publicKey,
        plaintext: utf8('{}'),
        ephemeralSeed: new Uint8Array(32).fill(seed),
      });
    expect(make(1)).toEqual(make(1));
    expect(make(1)).not.toEqual(make(2));
  });

  it('says what is wrong with a file', () => {
    const sealed = sealText(utf8('{"envelope":{}}'));
    const flipped = Uint8Array.from(sealed);
    flipped[500]! ^= 1;
    const otherId = Uint8Array.from(sealed);
    otherId[4]! ^= 1;
    expect(openSealed(flipped, keys)).toEqual({ error: 'cannot_open' });
    expect(openSealed(otherId, keys)).toMatchObject({ error: 'unknown_key' });
    // The id is authenticated: a file can't be passed off as sealed to another of the collector's keys.
    expect(openSealed(otherId, new Map([[sealedKeyId(otherId)!, pair.privateKey]]))).toEqual({
      error: 'cannot_open',
    });
    expect(openSealed(sealed.subarray(0, 700), keys)).toMatchObject({ error: 'not_sealed' });
    expect(openSealed(utf8('{"payload":1}'), keys)).toEqual({ error: 'not_sealed' });
    expect(openSealed(new Uint8Array(0), keys)).toEqual({ error: 'not_sealed' });
  });

  it('refuses content that lies, sealed by somebody who knows the key', () => {
    const craft = (content: Uint8Array) => {
      const header = concatBytes(utf8('KSL1'), Buffer.from(keyid, 'hex'));
      const plaintext = new Uint8Array(4096 - header.length - HPKE_OVERHEAD_BYTES);
      plaintext.set(content);
      const info = utf8('kuager sealed submission v1');
      const hpke = seal({
        recipientPublicKey: pair.publicKey,
        info,
        aad: header,
        plaintext,
        ephemeralSeed: bytes(32),
      });
      return openSealed(concatBytes(header, hpke), keys);
    };
    expect(craft(Uint8Array.from([255, 255, 255, 255, 0, 0, 0, 9]))).toEqual({
      error: 'bad_content',
      detail: 'lengths',
    });
    expect(craft(Uint8Array.from([0, 0, 0, 1, 0, 0, 255, 255]))).toEqual({
      error: 'bad_content',
      detail: 'lengths',
    });
    expect(craft(Uint8Array.from([0, 0, 0, 1, 0, 0, 0, 2, 3, 0, 7]))).toEqual({
      error: 'bad_content',
      detail: 'padding',
    });
    expect(craft(Uint8Array.from([0, 0, 0, 5, 0, 0, 0, 2, 3, 0]))).toMatchObject({ error: 'bad_content' });
  });

  it('refuses to seal what is too large, to a key that is none or under an id that is none', () => {
    const code = (value: string) => expect.objectContaining({ code: value }) as Error;
    expect(() => sealText(bytes(2 * 1024 * 1024))).toThrow(code('too_large'));
    expect(() => sealText(new Uint8Array(MAX_SEALED_PLAINTEXT_BYTES + 1))).toThrow(code('too_large'));
    const plain = { plaintext: utf8('{}'), ephemeralSeed: bytes(32) };
    expect(() => sealTo({ ...plain, keyid: 'abc', hpkeKey: pair.publicKey })).toThrow(code('bad_key'));
    expect(() => sealTo({ ...plain, keyid, hpkeKey: new Uint8Array(32) })).toThrow(code('bad_key'));
  });

  it('property: junk never throws', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 5000 }),
        (junk) => 'error' in openSealed(concatBytes(utf8('KSL1'), junk), keys),
      ),
    );
  });
});
