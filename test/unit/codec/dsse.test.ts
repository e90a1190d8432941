import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromBase64, fromHex, toBase64, toHex, utf8 } from '../../../shared/codec/base64.ts';
import type { Envelope } from '../../../shared/codec/dsse.ts';
import {
  PAYLOAD_TYPES,
  decodeEnvelope,
  encodeEnvelope,
  preAuthEncoding,
  signEnvelope,
  verifyEnvelope,
} from '../../../shared/codec/dsse.ts';
import { fingerprint, publicKeyOf } from '../../../shared/codec/ed25519.ts';

const SEED = new Uint8Array(32).fill(3);
const KEY = publicKeyOf(SEED);
const TYPE = PAYLOAD_TYPES.measurement;

/** A decoded envelope, or the test fails. */
function decoded(text: string): Envelope {
  const result = decodeEnvelope(text, TYPE);
  return 'ok' in result ? result.ok : expect.fail(result.error);
}

const errorOf = (input: Uint8Array | string, maxBytes?: number): string => {
  const result = decodeEnvelope(input, TYPE, maxBytes);
  return 'error' in result ? result.error : expect.fail('accepted');
};

// github.com/secure-systems-lab/dsse, testvectors/vectors.json: key A and its accepted single-signature vectors.
const KEY_A = fromHex('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a') ?? new Uint8Array();
const STATEMENT = 'eyJfdHlwZSI6Imh0dHBzOi8vaW4tdG90by5pby9TdGF0ZW1lbnQvdjEifQ==';
const VECTORS = [
  [
    'application/vnd.in-toto+json',
    STATEMENT,
    '445353457631203238206170706c69636174696f6e2f766e642e696e2d746f746f2b6a736f6e203433207b225f74797065223a2268747470733a2f2f696e2d746f746f2e696f2f53746174656d656e742f7631227d',
    '2WAfaHm5jluo0w+0rk8uVkluELJYWjSmU9x7EUzx+AyteDGJ4/nqyJXfmAUVFIAoQafWm7AxBZNw5M9ixNHiCA==',
  ],
  [
    'application/vnd.exämple+json',
    STATEMENT,
    '445353457631203239206170706c69636174696f6e2f766e642e6578c3a46d706c652b6a736f6e203433207b225f74797065223a2268747470733a2f2f696e2d746f746f2e696f2f53746174656d656e742f7631227d',
    'xmSk/ug66ysT7ayhkCIjhAq42zgZXSsEWuzUaNL7w2eGAdF/NU6/fRXPtmfN+5DNSAs5/i2lUnHjbbjPsu0tAw==',
  ],
  [
    'application/vnd.in-toto+json',
    '',
    '445353457631203238206170706c69636174696f6e2f766e642e696e2d746f746f2b6a736f6e203020',
    'gSggCAaTLTYyRH6FIDBem6meyIynsYy8RTHVzwx9tnTb7Bg/1jMWnuVgI/gffqmbsC2VX5/jHfkkDqsj7CDbDg==',
  ],
] as const;

describe('dsse', () => {
  it('encodes the example of the protocol before signing', () => {
    expect(preAuthEncoding('http://example.com/HelloWorld', utf8('hello world'))).toEqual(
      utf8('DSSEv1 29 http://example.com/HelloWorld 11 hello world'),
    );
  });

  it.each(VECTORS)(
    'matches the published vector for %s, payload %s',
    (payloadType, base64, pae, signature) => {
      const payload = fromBase64(base64) ?? expect.fail();
      const sig = fromBase64(signature) ?? expect.fail();
      expect(toHex(preAuthEncoding(payloadType, payload))).toBe(pae);
      expect(verifyEnvelope({ payloadType, payload, keyid: 'A', sig }, KEY_A)).toBe(true);
      expect(
        verifyEnvelope(
          { payloadType: 'application/vnd.example.other+json', payload, keyid: 'A', sig },
          KEY_A,
        ),
      ).toBe(false);
    },
  );

  it('gives any payload back byte for byte, verified by its key only', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (payload) => {
        const text = signEnvelope({ payloadType: TYPE, payload, seed: SEED });
        const envelope = decoded(text);
        expect(envelope.payload).toEqual(payload);
        expect(envelope.keyid).toBe(fingerprint(KEY));
        expect(verifyEnvelope(envelope, KEY)).toBe(true);
        expect(verifyEnvelope(envelope, KEY_A)).toBe(false);
        expect(encodeEnvelope(envelope)).toBe(text);
        expect(decodeEnvelope(utf8(text), TYPE)).toEqual({ ok: envelope });
      }),
      { numRuns: 25 },
    );
  });

  it('fixes the document form', () => {
    const text = encodeEnvelope({
      payloadType: TYPE,
      payload: utf8('{}'),
      keyid: 'k',
      sig: new Uint8Array(64),
    });
    expect(text).toBe(
      `{"payloadType":"application/vnd.kuager.measurement+json","payload":"e30=","signatures":[{"keyid":"k","sig":"${toBase64(new Uint8Array(64))}"}]}`,
    );
  });

  it('does not verify once payload or signature changed', () => {
    const envelope = decoded(signEnvelope({ payloadType: TYPE, payload: utf8('{"a":1}'), seed: SEED }));
    expect(verifyEnvelope({ ...envelope, payload: utf8('{"a":2}') }, KEY)).toBe(false);
    expect(verifyEnvelope({ ...envelope, payload: utf8('{"a":1} ') }, KEY)).toBe(false);
    expect(verifyEnvelope({ ...envelope, payloadType: PAYLOAD_TYPES.receipt }, KEY)).toBe(false);
    expect(verifyEnvelope({ ...envelope, sig: envelope.sig.slice(0, 63) }, KEY)).toBe(false);
  });

  const good = signEnvelope({ payloadType: TYPE, payload: utf8('{"a":1}'), seed: SEED });
  const sig = toBase64(decoded(good).sig);
  const one = { keyid: 'k', sig };
  const build = (fields: object): string =>
    JSON.stringify({ payloadType: TYPE, payload: 'e30=', signatures: [one], ...fields });

  it.each([
    ['not JSON', good.slice(0, -1), 'not_an_envelope'],
    ['two documents', `${good}${good}`, 'not_an_envelope'],
    ['null', 'null', 'not_an_envelope'],
    ['a list', `[${good}]`, 'not_an_envelope'],
    ['no signature', build({ signatures: [] }), 'not_an_envelope'],
    ['two signatures', build({ signatures: [one, one] }), 'not_an_envelope'],
    ['signatures as an object', build({ signatures: { 0: one } }), 'not_an_envelope'],
    ['an extra key', build({ note: 1 }), 'not_an_envelope'],
    ['an extra key in the signature', build({ signatures: [{ ...one, alg: 1 }] }), 'not_an_envelope'],
    ['a key twice', good.replace('{', '{"payload":"e30=",'), 'not_an_envelope'],
    [
      'a key twice, hidden by an escape',
      good.replace('{', String.raw`{"p\u0061yload":"e30=",`),
      'not_an_envelope',
    ],
    ['no keyid', build({ signatures: [{ sig }] }), 'not_an_envelope'],
    ['a very long keyid', build({ signatures: [{ keyid: 'k'.repeat(201), sig }] }), 'not_an_envelope'],
    ['a number for payload', build({ payload: 1 }), 'not_an_envelope'],
    ['another payload type', build({ payloadType: PAYLOAD_TYPES.control }), 'wrong_payload_type'],
    ['URL-safe base64', build({ payload: '-_-_Pj8=' }), 'bad_base64'],
    ['base64 without padding', build({ payload: 'e30' }), 'bad_base64'],
    ['base64 with stray bits', build({ payload: 'e31=' }), 'bad_base64'],
    ['base64 with a space', build({ payload: 'e30= ' }), 'bad_base64'],
    ['a short signature', build({ signatures: [{ keyid: 'k', sig: 'e30=' }] }), 'bad_signature_length'],
  ])('refuses %s', (_what, text, error) => {
    expect(errorOf(text)).toBe(error);
  });

  it('bounds the size and reads UTF-8 only', () => {
    expect(errorOf(good, good.length - 1)).toBe('too_large');
    expect(decodeEnvelope(good, TYPE, good.length)).toHaveProperty('ok');
    expect(errorOf(Uint8Array.of(0x7b, 0xff, 0x7d))).toBe('not_utf8');
  });

  it('never throws and never accepts what it would not write', () => {
    const edited = fc
      .tuple(fc.nat(good.length - 1), fc.nat(3), fc.string({ maxLength: 3 }))
      .map(([at, cut, put]) => good.slice(0, at) + put + good.slice(at + cut));
    fc.assert(
      fc.property(fc.oneof(edited, fc.json(), fc.string()), (text) => {
        const result = decodeEnvelope(text, TYPE);
        if ('ok' in result) expect(JSON.parse(encodeEnvelope(result.ok))).toEqual(JSON.parse(text));
      }),
      { numRuns: 500 },
    );
  });
});
