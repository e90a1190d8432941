import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromBase64, toBase64 } from '../../../shared/codec/base64.ts';
import {
  openReply,
  REPLY_KEY_BYTES,
  REPLY_NONCE_BYTES,
  sealReply,
} from '../../../shared/codec/sealed-reply.ts';

const key = new Uint8Array(REPLY_KEY_BYTES).fill(1);
const nonce = new Uint8Array(REPLY_NONCE_BYTES).fill(2);

describe('a sealed reply', () => {
  it('comes back whole, and has one length whatever it says', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii', maxLength: 600 }), (text) => {
        const sealed = sealReply({ key, nonce, text });
        expect(openReply(sealed, key)).toBe(text);
        expect(sealed.length).toBe(sealReply({ key, nonce, text: '' }).length);
      }),
    );
  });

  it('opens with its key only, and not when a bit of it was changed', () => {
    const sealed = sealReply({ key, nonce, text: 'a receipt' });
    expect(openReply(sealed, new Uint8Array(REPLY_KEY_BYTES))).toBeNull();
    expect(openReply(sealed, new Uint8Array(0))).toBeNull();
    const bytes = fromBase64(sealed)!;
    for (let at = 0; at < bytes.length; at += 97) {
      const changed = Uint8Array.from(bytes, (byte, i) => (i === at ? byte ^ 1 : byte));
      expect(openReply(toBase64(changed), key), String(at)).toBeNull();
    }
  });

  it('is nothing else', () => {
    fc.assert(fc.property(fc.string(), (text) => openReply(text, key) === null));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 4096 }), (bytes) => openReply(toBase64(bytes), key) === null),
    );
  });

  it('refuses what does not fit, and keys of another length', () => {
    const code = (value: string) => expect.objectContaining({ code: value }) as Error;
    expect(() => sealReply({ key, nonce, text: 'x'.repeat(4096) })).toThrow(code('too_large'));
    expect(() => sealReply({ key: key.subarray(1), nonce, text: '' })).toThrow(code('bad_key'));
    expect(() => sealReply({ key, nonce: key, text: '' })).toThrow(code('bad_key'));
  });
});
