import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { AeadInterface } from '@hpke/core';
import { AeadId, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from '@hpke/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex, utf8 } from '../../../shared/codec/base64.ts';
import { concatBytes } from '../../../shared/codec/bytes.ts';
import { HPKE_OVERHEAD_BYTES, deriveHpkeKeyPair, open, seal } from '../../../shared/codec/hpke.ts';

const hex = (text: string): Uint8Array => fromHex(text) ?? expect.fail(`not hex: ${text}`);

// RFC 9180 appendix A.2.1: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20Poly1305, base mode, sequence number 0.
const RFC = {
  info: hex('4f6465206f6e2061204772656369616e2055726e'),
  ikmE: hex('909a9b35d3dc4713a5e72a4da274b55d3d3821a37e5d099e74a647db583a904b'),
  skEm: 'f4ec9b33b792c372c1d2c2063507b684ef925b8c75a42dbcbf57d63ccd381600',
  ikmR: hex('1ac01f181fdf9f352797655161c58b75c656a6cc2716dcb66372da835542e1df'),
  pkRm: '4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a',
  skRm: '8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb',
  enc: '1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a',
  pt: hex('4265617574792069732074727574682c20747275746820626561757479'),
  aad: hex('436f756e742d30'),
  ct: '1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28',
};

const bytesOf = (data: ArrayBufferLike | ArrayBufferView): Uint8Array =>
  ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
const bufferOf = (...parts: Uint8Array[]): ArrayBuffer => Uint8Array.from(Buffer.concat(parts)).buffer;

/** ChaCha20Poly1305 of OpenSSL for the oracle, whose own package has AES only. */
const opensslChacha: AeadInterface = {
  id: AeadId.Chacha20Poly1305,
  keySize: 32,
  nonceSize: 12,
  tagSize: 16,
  createEncryptionContext: (key) => ({
    seal: (iv, data, aad) => {
      const cipher = createCipheriv('chacha20-poly1305', bytesOf(key), bytesOf(iv), { authTagLength: 16 });
      cipher.setAAD(bytesOf(aad), { plaintextLength: bytesOf(data).length });
      const body = Buffer.concat([cipher.update(bytesOf(data)), cipher.final()]);
      return Promise.resolve(bufferOf(body, cipher.getAuthTag()));
    },
    open: (iv, data, aad) => {
      const [body, tag] = [bytesOf(data).subarray(0, -16), bytesOf(data).subarray(-16)];
      const decipher = createDecipheriv('chacha20-poly1305', bytesOf(key), bytesOf(iv), {
        authTagLength: 16,
      });
      decipher.setAAD(bytesOf(aad), { plaintextLength: body.length });
      decipher.setAuthTag(tag);
      return Promise.resolve(bufferOf(decipher.update(body), decipher.final()));
    },
  }),
};

const oracle = new CipherSuite({
  kem: new DhkemX25519HkdfSha256(),
  kdf: new HkdfSha256(),
  aead: opensslChacha,
});

const buffer = (bytes: Uint8Array): ArrayBuffer => Uint8Array.from(bytes).buffer;
const bytes = fc.uint8Array({ maxLength: 200 });
const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });

describe('hpke', () => {
  it('matches RFC 9180 A.2.1', () => {
    expect(toHex(deriveHpkeKeyPair(RFC.ikmE).privateKey)).toBe(RFC.skEm);
    expect(toHex(deriveHpkeKeyPair(RFC.ikmE).publicKey)).toBe(RFC.enc);
    const recipient = deriveHpkeKeyPair(RFC.ikmR);
    expect(toHex(recipient.privateKey)).toBe(RFC.skRm);
    expect(toHex(recipient.publicKey)).toBe(RFC.pkRm);
    const sealed = seal({
      recipientPublicKey: recipient.publicKey,
      info: RFC.info,
      aad: RFC.aad,
      plaintext: RFC.pt,
      ephemeralSeed: RFC.ikmE,
    });
    expect(toHex(sealed)).toBe(RFC.enc + RFC.ct);
    const { privateKey: recipientPrivateKey } = recipient;
    expect(open({ recipientPrivateKey, info: RFC.info, aad: RFC.aad, sealed })).toEqual(RFC.pt);
  });

  it('is opened by an independent implementation, and opens what that seals', async () => {
    await fc.assert(
      fc.asyncProperty(
        bytes32,
        bytes32,
        bytes,
        bytes,
        bytes,
        async (seed, ephemeralSeed, info, aad, plaintext) => {
          const { privateKey, publicKey } = deriveHpkeKeyPair(seed);
          const sealed = seal({ recipientPublicKey: publicKey, info, aad, plaintext, ephemeralSeed });
          expect(sealed.length).toBe(plaintext.length + HPKE_OVERHEAD_BYTES);

          const recipientKey = await oracle.kem.deserializePrivateKey(buffer(privateKey));
          const enc = buffer(sealed.subarray(0, 32));
          const opened = await oracle.open(
            { recipientKey, enc, info: buffer(info) },
            buffer(sealed.subarray(32)),
            buffer(aad),
          );
          expect(new Uint8Array(opened)).toEqual(plaintext);

          const recipientPublicKey = await oracle.kem.deserializePublicKey(buffer(publicKey));
          const theirs = await oracle.seal(
            { recipientPublicKey, info: buffer(info) },
            buffer(plaintext),
            buffer(aad),
          );
          const joined = concatBytes(new Uint8Array(theirs.enc), new Uint8Array(theirs.ct));
          expect(open({ recipientPrivateKey: privateKey, info, aad, sealed: joined })).toEqual(plaintext);
        },
      ),
      { numRuns: 15 },
    );
  });

  const { privateKey, publicKey } = deriveHpkeKeyPair(new Uint8Array(32).fill(1));
  const [info, aad, plaintext] = [utf8('info'), utf8('aad'), utf8('a measurement')];
  const ephemeralSeed = new Uint8Array(32).fill(2);
  const sealed = seal({ recipientPublicKey: publicKey, info, aad, plaintext, ephemeralSeed });

  it('opens for nobody else and after no change', () => {
    const recipientPrivateKey = privateKey;
    expect(open({ recipientPrivateKey, info, aad, sealed })).toEqual(plaintext);
    expect(open({ recipientPrivateKey, info: aad, aad, sealed })).toBeNull();
    expect(open({ recipientPrivateKey, info, aad: info, sealed })).toBeNull();
    const other = deriveHpkeKeyPair(new Uint8Array(32).fill(9)).privateKey;
    expect(open({ recipientPrivateKey: other, info, aad, sealed })).toBeNull();
    fc.assert(
      fc.property(fc.nat(sealed.length * 8 - 1), (bit) => {
        const changed = sealed.slice();
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const opened = open({ recipientPrivateKey, info, aad, sealed: changed });
        // X25519 ignores the top bit of a coordinate, but the key schedule covers the bytes as they came.
        expect(opened).toBeNull();
      }),
      { numRuns: 60 },
    );
    for (let length = 0; length < sealed.length; length++)
      expect(open({ recipientPrivateKey, info, aad, sealed: sealed.subarray(0, length) })).toBeNull();
  });

  it('refuses points of low order, which would give everybody the same secret', () => {
    const zero = new Uint8Array(32);
    const input = { info, aad, plaintext, ephemeralSeed };
    expect(() => seal({ ...input, recipientPublicKey: zero })).toThrow(
      expect.objectContaining({ code: 'bad_key' }),
    );
    const forged = concatBytes(zero, sealed.subarray(32));
    expect(open({ recipientPrivateKey: privateKey, info, aad, sealed: forged })).toBeNull();
  });

  it('refuses keys and seeds of the wrong length', () => {
    const bad = expect.objectContaining({ code: 'bad_key' }) as Error;
    const input = { recipientPublicKey: publicKey, info, aad, plaintext };
    expect(() => seal({ ...input, ephemeralSeed: new Uint8Array(31) })).toThrow(bad);
    expect(() => seal({ ...input, recipientPublicKey: publicKey.slice(1), ephemeralSeed })).toThrow(bad);
    expect(() => open({ recipientPrivateKey: privateKey.slice(1), info, aad, sealed })).toThrow(bad);
  });
});
