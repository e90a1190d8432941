import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toBase64, utf8 } from '../../../shared/codec/base64.ts';
import { sha256Hex } from '../../../shared/codec/digest.ts';
import { PAYLOAD_TYPES, signEnvelope } from '../../../shared/codec/dsse.ts';
import { publicKeyOf } from '../../../shared/codec/ed25519.ts';
import { admit, admitPrivatePart, isLate, startTimeMs } from '../../../collector/ingest/admit.ts';
import type { Admission } from '../../../collector/ingest/admit.ts';
import { jsonDepth } from '../../../collector/ingest/json-depth.ts';
import { MAX_JSON_DEPTH } from '../../../collector/ingest/signed.ts';
import { envelopeOf, makeMeasurement, payloadBytes, privatePartOf, SEED } from './support.ts';

const NOW = Date.parse('2026-11-21T12:34:56Z');
const measurement = makeMeasurement({ at: NOW });
const run = (text: string): Admission => admit(utf8(text), NOW);
const codeOf = (admission: Admission): string => ('ok' in admission ? 'ok' : admission.refusal.code);
const signed = (payload: Uint8Array): string =>
  signEnvelope({ payloadType: PAYLOAD_TYPES.measurement, payload, seed: SEED });

describe('admission', () => {
  it('takes a measurement and names it by the hash of its payload', () => {
    const admission = run(envelopeOf(measurement));
    if (!('ok' in admission)) throw new Error(JSON.stringify(admission.refusal));
    expect(admission.ok.measurementId).toBe(sha256Hex(payloadBytes(measurement)));
    expect(admission.ok.privatePart).toBeNull();
  });

  it('refuses what is no envelope with exactly one signature', () => {
    const envelope = JSON.parse(envelopeOf(measurement)) as { payload: string; signatures: object[] };
    const cases: unknown[] = [
      {},
      [],
      null,
      { ...envelope, extra: 1 },
      { ...envelope, signatures: [] },
      { ...envelope, signatures: [...envelope.signatures, ...envelope.signatures] },
      { ...envelope, payload: `${envelope.payload} ` },
      { ...envelope, payload: envelope.payload.replace(/.$/, '*') },
      { ...envelope, payloadType: PAYLOAD_TYPES.control },
    ];
    for (const value of cases)
      expect(codeOf(run(JSON.stringify(value))), JSON.stringify(value)?.slice(0, 60)).toBe(
        'envelope-invalid',
      );
    expect(codeOf(run(envelopeOf(measurement).slice(0, -10)))).toBe('envelope-invalid');
    expect(codeOf(admit(new Uint8Array([0xff, 0xfe, 0]), NOW))).toBe('envelope-invalid');
  });

  it('refuses what was never measured: no URL, or a clock that had stopped', () => {
    for (const input of [null, 'javascript:alert(1)', 'ftp://site.example/', '\u202e'])
      expect(codeOf(run(envelopeOf({ ...measurement, input })))).toBe('schema-invalid');
    for (const year of ['0000', '1970', '1999', '2099']) {
      const at = `${year}-01-01 00:00:00`;
      const odd = { ...measurement, measurement_start_time: at, test_start_time: at };
      expect(codeOf(run(envelopeOf(odd)))).toBe('clock-implausible');
    }
  });

  it('refuses more pairs than anybody makes: judging looks at each', () => {
    const pair = {
      id: 'p1', kind: 'http.canary', suspicion: null, where: 'reflector', reflector: 'mirror.example',
      innocuous: 'mirror.example', suspect: 'mirror.example', steps: [1], distance_s: 0, outcome: 'inconclusive',
    }; // prettier-ignore
    const withPairs = (n: number): object => ({
      ...measurement,
      test_keys: { ...measurement.test_keys, x_counterfactuals: Array<object>(n).fill(pair) },
    });
    expect(codeOf(run(envelopeOf(withPairs(128))))).toBe('ok');
    expect(codeOf(run(envelopeOf(withPairs(129))))).toBe('schema-invalid');
  });

  it('refuses another key than the one inside', () => {
    expect(codeOf(run(envelopeOf(measurement, new Uint8Array(32).fill(8))))).toBe('signature-invalid');
    const otherKey = { ...measurement, x_key: toBase64(publicKeyOf(new Uint8Array(32).fill(8))) };
    expect(codeOf(run(envelopeOf(otherKey)))).toBe('signature-invalid');
    expect(codeOf(run(envelopeOf({ ...measurement, x_key: 'AAAA' })))).toBe('signature-invalid');
    expect(codeOf(run(envelopeOf({ ...measurement, x_key: 5 })))).toBe('payload-invalid');
  });

  it('refuses payloads that are no bounded JSON object', () => {
    const deep = `{"a":${'['.repeat(MAX_JSON_DEPTH)}${']'.repeat(MAX_JSON_DEPTH)}}`;
    for (const payload of ['[]', '"x"', 'nonsense', '', deep])
      expect(codeOf(run(signed(utf8(payload)))), payload.slice(0, 20)).toBe('payload-invalid');
    expect(codeOf(run(signed(new Uint8Array([0x7b, 0xff, 0x7d]))))).toBe('payload-invalid');
  });

  it('refuses fields outside the allow-list, naming them', () => {
    const admission = run(envelopeOf({ ...measurement, probe_ip: '203.0.113.7', device: 'mine' }));
    if (!('refusal' in admission)) throw new Error('was admitted');
    expect(admission.refusal.code).toBe('schema-invalid');
    expect(JSON.stringify(admission.refusal.problems)).toContain('probe_ip');
    expect(codeOf(run(envelopeOf({ ...measurement, x_token: 1 })))).toBe('schema-invalid');
  });

  it('refuses a clock far ahead, takes an old one and marks it late', () => {
    const at = (ms: number): string => envelopeOf(makeMeasurement({ at: ms }));
    const day = 24 * 60 * 60 * 1000;
    expect(codeOf(run(at(NOW + day + 10 * 60_000)))).toBe('clock-implausible');
    expect(codeOf(run(at(NOW + day - 10 * 60_000)))).toBe('ok');
    expect(codeOf(run(at(NOW - 400 * day)))).toBe('ok');
    expect(codeOf(run(envelopeOf({ ...measurement, test_start_time: '2026-02-31 10:00:00' })))).toBe(
      'clock-implausible',
    );
    expect(startTimeMs('2026-02-31 10:00:00')).toBeNaN();
    expect(isLate('2026-11-20 10:00:00', '2026-11-21T12:34:56Z')).toBe(true);
    expect(isLate('2026-11-21 12:30:00', '2026-11-21T12:34:56Z')).toBe(false);
  });

  it('takes a private part of the same key for the same measurement, and no other', () => {
    const admission = run(envelopeOf(measurement));
    if (!('ok' in admission)) throw new Error('refused');
    const { ok } = admission;
    const part = { measurement_id: ok.measurementId, region: 'KZ-75' };
    expect(codeOf(admitPrivatePart(ok, utf8(privatePartOf(part))))).toBe('ok');
    expect(codeOf(admitPrivatePart(ok, utf8(privatePartOf(part, new Uint8Array(32).fill(9)))))).toBe(
      'private-part-invalid',
    );
    const other = { ...part, measurement_id: 'f'.repeat(64) };
    expect(codeOf(admitPrivatePart(ok, utf8(privatePartOf(other))))).toBe('private-part-invalid');
    expect(codeOf(admitPrivatePart(ok, utf8(envelopeOf(measurement))))).toBe('private-part-invalid');
  });

  it('never admits an envelope with a changed payload, and never throws', () => {
    const original = utf8(envelopeOf(measurement));
    const id = sha256Hex(payloadBytes(measurement));
    fc.assert(
      fc.property(fc.nat(original.length - 1), fc.integer({ min: 0, max: 255 }), (at, value) => {
        const changed = original.slice();
        changed[at] = value;
        const admission = admit(changed, NOW);
        // The key id is a hint that nothing depends on; everything else is covered by the signature.
        if ('ok' in admission) expect(admission.ok.measurementId).toBe(id);
      }),
      { numRuns: 150 },
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => 'refusal' in admit(bytes, NOW)));
  });
});

describe('jsonDepth', () => {
  it('agrees with a walk over the parsed value', () => {
    const walk = (value: unknown): number =>
      typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(walk)) : 0;
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), (value) => {
        expect(jsonDepth(utf8(JSON.stringify(value)), 1000)).toBe(walk(value));
      }),
    );
  });
  it('stops just past the limit', () => {
    expect(jsonDepth(utf8('['.repeat(1_000_000)), 32)).toBe(33);
  });
});
