import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseIp } from '../../../shared/codec/ip.ts';
import type { Measurement } from '../../../shared/model/index.ts';
import { validateSealedMeasurement } from '../../../shared/schema/measurement.ts';
import { redactMeasurement, roundStartTime } from '../../../probe/report/redact.ts';
import { createRedactor } from '../../../probe/report/redactor.ts';
import { makeMeasurement } from './measurement.ts';
import { v4Spellings, v6Spellings } from './spellings.ts';

const OWN = '93.184.77.5';
const redactor = createRedactor([OWN, '192.168.1.5']);
const KEY = `${'A'.repeat(43)}=`;

/** Every text of a document and the bytes of everything in it that decodes as base64. */
function leaves(value: unknown, out: { texts: string[]; binaries: Buffer[] } = { texts: [], binaries: [] }) {
  if (typeof value === 'string') {
    out.texts.push(value);
    if (value.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(value))
      out.binaries.push(Buffer.from(value, 'base64'));
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      out.texts.push(key);
      leaves(item, out);
    }
  }
  return out;
}

describe('redactMeasurement', () => {
  it('property: an own address planted anywhere is nowhere in the result', () => {
    fc.assert(
      fc.property(
        fc.ipV4().filter((a) => !/^(127|0)\./.test(a) && a.length > 8),
        fc.ipV6().filter((a) => parseIp(a) !== null && /^[1-9a-e][0-9a-f]{3}:/i.test(a)),
        fc.boolean(),
        fc.nat(),
        (v4, v6, useV4, pick) => {
          const own = createRedactor([v4, '10.20.30.40', v6, 'fe80::9']);
          const spellings = useV4 ? v4Spellings(v4) : v6Spellings(v6);
          const spelling = spellings[pick % spellings.length]!;
          const raw = parseIp(useV4 ? v4 : v6)!.bytes;
          const clean = redactMeasurement(makeMeasurement(spelling, raw), own);
          const { texts, binaries } = leaves(clean);
          for (const text of texts) expect(text).not.toContain(spelling);
          expect(binaries.length).toBeGreaterThan(5);
          for (const bytes of binaries) {
            expect(bytes.includes(Buffer.from(raw))).toBe(false);
            expect(bytes.includes(spelling)).toBe(false);
          }
          expect(clean.test_keys.x_control_signed).toBeNull();
          expect(clean.test_keys.requests.map((r) => r.response?.x_body_sha256)).toEqual([null, null]);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('property: what comes out is what the schema lets in', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 30 }), (text) => {
        const sealed = { ...redactMeasurement(makeMeasurement(text), redactor), x_key: KEY };
        expect(validateSealedMeasurement(sealed)).toEqual({ ok: sealed });
      }),
    );
  });

  it('changes nothing else: a clean document keeps its bodies, hashes, answers and the control signature', () => {
    const source = makeMeasurement('198.41.0.4');
    const clean = redactMeasurement(source, redactor);
    expect(clean.test_keys.x_control_signed).toEqual(source.test_keys.x_control_signed);
    expect(clean.test_keys.control).toEqual(source.test_keys.control);
    expect(clean.test_keys.queries[0]?.answers).toEqual(source.test_keys.queries[0]?.answers);
    expect(clean.test_keys.queries[0]?.raw_response).toBe(source.test_keys.queries[0]?.raw_response);
    expect(clean.test_keys.tls_handshakes).toEqual(source.test_keys.tls_handshakes);
    expect(clean.test_keys.requests[0]?.response?.body).toBe(source.test_keys.requests[0]?.response?.body);
    expect(clean.test_keys.requests[0]?.response?.x_body_sha256).toBe('ab'.repeat(32));
    expect(redactMeasurement(clean, redactor)).toEqual(clean);
  });

  it('keeps loopback as a DNS answer and marks an own one, without turning it into "no answer"', () => {
    const answers = (ip: string) =>
      redactMeasurement(makeMeasurement(ip), redactor).test_keys.queries[0]?.answers?.[0]?.ipv4;
    expect(answers('127.0.0.1')).toBe('127.0.0.1');
    expect(answers('192.168.1.5')).toBe('[scrubbed]');
    expect(answers('192.168.1.1')).toBe('192.168.1.1');
  });

  it('hides a resolver inside the home, keeps a public one', () => {
    const of = (ip: string) => {
      const m = redactMeasurement(makeMeasurement(ip), redactor);
      return [m.resolver_ip, m.test_keys.client_resolver, m.test_keys.queries[0]?.resolver_address];
    };
    expect(of('192.168.1.1')).toEqual(['[scrubbed]', '[scrubbed]', '[scrubbed]']);
    expect(of('8.8.8.8')).toEqual(['8.8.8.8', '8.8.8.8', '8.8.8.8']);
  });

  it('empties cookies and headers that tell the client, its place or its request', () => {
    const source = makeMeasurement('x');
    const list = [
      ['Set-Cookie', 'session=abc; Path=/'],
      ['set-cookie', 'broken'],
      ['CF-RAY', '8c1-ALA'],
      ['cf-ipcity', 'Almaty'],
      ['X-Geo-City', 'Almaty'],
      ['CloudFront-Viewer-City', 'Almaty'],
      ['CloudFront-Viewer-Country', 'KZ'],
      ['Server', 'nginx'],
    ] as const;
    const first = source.test_keys.requests[0]!;
    const request = {
      ...first,
      response: { ...first.response!, headers: Object.fromEntries(list), headers_list: list },
    };
    const clean = redactMeasurement(
      { ...source, test_keys: { ...source.test_keys, requests: [request] } },
      redactor,
    );
    const response = clean.test_keys.requests[0]!.response!;
    expect(response.headers_list).toEqual([
      ['Set-Cookie', 'session=[scrubbed]'],
      ['set-cookie', '[scrubbed]'],
      ['CF-RAY', '[scrubbed]'],
      ['cf-ipcity', '[scrubbed]'],
      ['X-Geo-City', '[scrubbed]'],
      ['CloudFront-Viewer-City', '[scrubbed]'],
      ['CloudFront-Viewer-Country', 'KZ'],
      ['Server', 'nginx'],
    ]);
    expect(response.headers).toEqual(Object.fromEntries(response.headers_list));
  });

  it('lets through what the device says of one authority, whole or not at all, and nothing beside it', () => {
    const note = {
      spki_sha256: 'ab'.repeat(32),
      in_device_store: null,
      on_other_network: false,
      first_met: true,
    } as const;
    const of = (said: unknown) =>
      redactMeasurement({ ...makeMeasurement('x'), x_interception: said } as Measurement, redactor);
    const sealed = { ...of({ ...note, roots: ['secret'], name: 'secret' }), x_key: KEY };
    expect(sealed.x_interception).toEqual(note);
    expect(JSON.stringify(sealed)).not.toContain('secret');
    expect(validateSealedMeasurement(sealed)).toEqual({ ok: sealed });
    for (const bad of [null, [note], { ...note, spki_sha256: OWN }, { ...note, first_met: 'yes' }, {}])
      expect(of(bad)).not.toHaveProperty('x_interception');
    for (const bad of [
      { ...note, device_roots: [] },
      { ...note, in_device_store: 'yes' },
    ])
      expect(validateSealedMeasurement({ ...sealed, x_interception: bad })).toHaveProperty('problems');
  });

  it('lets one word say that chains were removed', () => {
    const source = makeMeasurement('x');
    const of = (word: string) =>
      redactMeasurement({ ...source, annotations: { ...source.annotations, chains_removed: word } }, redactor)
        .annotations['chains_removed'];
    expect(of('device_product')).toBe('device_product');
    expect(of('Kaspersky 21.3 on PC-AIGUL')).toBeUndefined();
  });

  it('drops unknown keys on every level and values outside the lists', () => {
    const source = makeMeasurement('x');
    const dirty = {
      ...source,
      probe_ip: '93.184.77.5',
      x_device: 'secret',
      test_keys: {
        ...source.test_keys,
        x_secret: 'secret',
        blocking: 'dns',
        queries: [{ ...source.test_keys.queries[0], x_mac: 'secret', dial_id: 3 }],
      },
    } as unknown as Measurement;
    const clean = redactMeasurement(dirty, redactor);
    expect(JSON.stringify(clean)).not.toContain('secret');
    expect(clean.annotations).toEqual({ network_type: 'mobile', list: 'custom', clock_offset_minutes: '-3' });
    expect(clean.options).toEqual([]);
    expect(clean.probe_ip).toBe('127.0.0.1');
    expect(clean.test_keys.blocking).toBeNull();
  });

  it('rounds start times down and refuses unreadable ones', () => {
    expect(redactMeasurement(makeMeasurement('x'), redactor).measurement_start_time).toBe(
      '2025-03-04 05:10:00',
    );
    expect(roundStartTime('2024-12-31 23:59:59')).toBe('2024-12-31 23:50:00');
    for (const bad of ['yesterday', '2025-13-01 00:00:00', '2025-01-01T00:00:00Z'])
      expect(() => roundStartTime(bad)).toThrow(expect.objectContaining({ code: 'BAD_START_TIME' }) as Error);
  });

  it.each(['https://user:secret@site.example/', 'https://user@site.example/', 'http://u:p@'])(
    'refuses credentials in %s without repeating them',
    (input) => {
      const measure = () => redactMeasurement({ ...makeMeasurement('x'), input }, redactor);
      expect(measure).toThrow(expect.objectContaining({ code: 'CREDENTIALS_IN_INPUT' }) as Error);
      expect(measure).not.toThrow(/secret/);
    },
  );

  it('removes every address from a failure that is somebody else’s text', () => {
    const clean = redactMeasurement(
      {
        ...makeMeasurement('x'),
        test_keys: { ...makeMeasurement('x').test_keys, control_failure: 'dial 8.8.8.8:53: no' },
      },
      redactor,
    );
    expect(clean.test_keys.control_failure).toBe('unknown_failure: dial [scrubbed]: no');
  });
});
