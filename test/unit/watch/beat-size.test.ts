import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { sealNote, submissionOf } from '../../../probe/report/seal.ts';
import { utf8 } from '../../../shared/codec/base64.ts';
import { PAYLOAD_TYPES, signEnvelope } from '../../../shared/codec/dsse.ts';
import { publicKeyOf, sign } from '../../../shared/codec/ed25519.ts';
import { deriveHpkeKeyPair } from '../../../shared/codec/hpke.ts';
import { sealReply } from '../../../shared/codec/sealed-reply.ts';
import { hpkeKeyId, sealTo } from '../../../shared/codec/sealed.ts';

const pair = deriveHpkeKeyPair(new Uint8Array(32).fill(3));
const random = (n: number) => new Uint8Array(randomBytes(n));

function sealedBytes(
  line: { asn: string; access: 'mobile' | 'unknown'; region: string | null },
  sequence: number,
) {
  const seed = random(32);
  const note = { kind: 'heartbeat', cc: 'KZ', ...line, period_s: 3600, sequence, leaving: false } as const;
  const { envelope } = sealNote(note, { publicKey: publicKeyOf(seed), sign: (bytes) => sign(bytes, seed) });
  const plaintext = submissionOf(envelope, null, random(32));
  return sealTo({
    keyid: hpkeKeyId(pair.publicKey),
    hpkeKey: pair.publicKey,
    plaintext,
    ephemeralSeed: random(32),
  }).length;
}

it('every heartbeat has the smallest size, whoever sends it', () => {
  const sizes = new Set<number>();
  for (let i = 0; i < 100; i++) {
    sizes.add(sealedBytes({ asn: 'AS4294967295', access: 'unknown', region: 'KZ-755' }, 2 ** 40));
    sizes.add(sealedBytes({ asn: 'AS1', access: 'mobile', region: null }, 0));
  }
  expect([...sizes]).toEqual([1024]);
});

it('its receipt and that of a measurement are sealed to the same, small size', () => {
  const receipt = (said: object) =>
    sealReply({
      key: random(32),
      nonce: random(12),
      text: signEnvelope({
        payloadType: PAYLOAD_TYPES.receipt,
        payload: utf8(JSON.stringify({ ...said, received_at: '2026-11-22T10:00:00Z' })),
        seed: random(32),
      }),
    }).length;
  const id = 'ab'.repeat(32);
  const note = receipt({ note_id: id });
  expect(note).toBeLessThan(1000);
  expect(receipt({ measurement_id: id, log_index: 0 })).toBe(note);
  expect(receipt({ measurement_id: id, log_index: Number.MAX_SAFE_INTEGER })).toBe(note);
});
