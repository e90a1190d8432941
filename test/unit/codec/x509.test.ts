import { X509Certificate, createHash } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha1Hex, sha256Hex } from '../../../shared/codec/digest.ts';
import {
  MAX_CERTIFICATE_BYTES,
  parseCertificate,
  readSubjectDer,
  type Certificate,
} from '../../../shared/codec/x509.ts';
import {
  altNames,
  basicConstraints,
  fillerBytes,
  keyUsage,
  makeAuthority,
  makeCertificate,
  makeKey,
  makeLeaf,
  name,
  oid,
  text,
  tlv,
  type CertificateOptions,
} from './helpers/certificate-maker.ts';

function parse(der: Uint8Array): Certificate {
  const parsed = parseCertificate(der);
  if ('error' in parsed) throw new Error(parsed.error);
  return parsed;
}

const key = makeKey('p256');
const make = (options: Partial<CertificateOptions>): Uint8Array =>
  makeCertificate({
    subject: name({ CN: 'x' }),
    issuer: name({ CN: 'x' }),
    publicKey: key.publicKey,
    signWith: key.privateKey,
    ...options,
  });
const root = makeAuthority('Fuzz');
const samples = [makeLeaf(root, ['example.kz', '*.example.kz'], { ips: [[127, 0, 0, 1]] }), root.der];

describe('parseCertificate against node:crypto', () => {
  it.each(rootCertificates.map((pem, i) => [i, pem] as const))('public root %i', (_, pem) => {
    const oracle = new X509Certificate(pem);
    const ours = parse(new Uint8Array(oracle.raw));
    // Whole octets here; the oracle prints the serial number 0 of some old roots as one digit.
    expect(ours.serial).toBe(oracle.serialNumber.toLowerCase().padStart(2, '0'));
    expect(ours.notBefore.ms).toBe(Date.parse(oracle.validFrom));
    expect(ours.notAfter.ms).toBe(Date.parse(oracle.validTo));
    expect(Date.parse(ours.notAfter.iso)).toBe(ours.notAfter.ms);
    expect(sha256Hex(ours.der)).toBe(oracle.fingerprint256.replaceAll(':', '').toLowerCase());
    expect(sha1Hex(ours.der)).toBe(oracle.fingerprint.replaceAll(':', '').toLowerCase());
    expect(Buffer.from(ours.publicKey.der)).toEqual(oracle.publicKey.export({ type: 'spki', format: 'der' }));
    expect(ours.basicConstraints?.ca ?? ours.version === 1).toBe(oracle.ca);
    expect(ours.broken).toEqual([]);
    expect(ours.unknownCritical).toEqual([]);
    // The oracle joins multi-valued parts with " + " on one line and escapes as RFC 2253; values are what we compare.
    const values = oracle.subject
      .split('\n')
      .flatMap((line) => line.split(' + ').map((part) => part.replace(/^[^=]+=/, '')));
    expect(ours.subject.attributes.map((attribute) => attribute.value)).toEqual(
      values.map((value) => value.replace(/\\(.)/g, '$1')),
    );
    expect(readSubjectDer(ours.der)).toEqual(ours.subject.der);
  });

  it('alternative names', () => {
    const der = makeLeaf(root, ['example.kz', '*.example.kz'], { ips: [[127, 0, 0, 1]] });
    const ours = parse(der);
    expect(new X509Certificate(der).subjectAltName).toBe(
      'DNS:example.kz, DNS:*.example.kz, IP Address:127.0.0.1',
    );
    expect(ours.altNames?.dns).toEqual(['example.kz', '*.example.kz']);
    expect(ours.altNames?.ip).toEqual([Uint8Array.of(127, 0, 0, 1)]);
  });
});

describe('parseCertificate on odd certificates', () => {
  it.each([
    [0n, '00'],
    [-1n, '-01'],
    [-128n, '-80'],
    [255n, 'ff'],
    [2n ** 159n, `80${'00'.repeat(19)}`],
  ])('serial %s', (serial, printed) => {
    const der = make({ serial });
    expect(parse(der).serial).toBe(printed);
    // The oracle prints zero and negative numbers in its own way.
    if (serial > 0n) expect(new X509Certificate(der).serialNumber.toLowerCase()).toBe(printed);
  });

  it.each([
    ['500101000000Z', '1950-01-01T00:00:00Z'],
    ['491231235959Z', '2049-12-31T23:59:59Z'],
    ['99991231235959Z', '9999-12-31T23:59:59Z'],
    ['19500101000000Z', '1950-01-01T00:00:00Z'],
    ['00500101000000Z', '0050-01-01T00:00:00Z'],
    ['20240229120000Z', '2024-02-29T12:00:00Z'],
    ['2401011200Z', '2024-01-01T12:00:00Z'],
    ['240101120000+0500', '2024-01-01T07:00:00Z'],
    ['20240101120000.5Z', '2024-01-01T12:00:00Z'],
  ])('date %s', (written, iso) => {
    const options = written.includes('+') ? { notAfter: written } : { notBefore: written };
    // The maker tells the two types apart by length; the offset form is a UTCTime all the same.
    const der = make(options);
    if (written.includes('+')) der[Buffer.from(der).indexOf(written) - 2] = 23;
    const ours = parse(der);
    const field = written.includes('+') ? ours.notAfter : ours.notBefore;
    expect(field.iso).toBe(iso);
    expect(field.ms).toBe(Date.parse(iso));
  });

  it.each(['20230229000000Z', '20231301000000Z', '240101240000Z', '2024010100Z', 'yesterday'])(
    'refuses date %s',
    (notAfter) => {
      expect(parseCertificate(make({ notAfter }))).toMatchObject({
        error: expect.stringMatching(/date/) as string,
      });
    },
  );

  it('keeps Kazakh letters in every string type', () => {
    const words = 'НЕГІЗГІ КУӘЛАНДЫРУШЫ ОРТАЛЫҚ';
    const bmp = Buffer.from(words, 'utf16le').swap16();
    const attribute = (tag: number, content: Uint8Array) =>
      tlv(0x31, tlv(0x30, oid('2.5.4.3'), tlv(tag, content)));
    const subject = tlv(
      0x30,
      attribute(12, Buffer.from(words)),
      attribute(30, bmp),
      attribute(19, Buffer.from(words)),
      attribute(20, Buffer.from('Münster', 'latin1')),
    );
    const ours = parse(make({ subject }));
    expect(ours.subject.attributes.map((each) => each.value)).toEqual([words, words, words, 'Münster']);
  });

  it('escapes what would forge another attribute or another line', () => {
    const subject = tlv(0x30, tlv(0x31, tlv(0x30, oid('2.5.4.3'), text('a, O=ISCA\n\u202eb'))));
    expect(parse(make({ subject })).subject.text).toBe('CN=a\\, O\\=ISCA\\u{a}\\u{202e}b');
  });

  it('joins the values of one part and prints the order of the certificate', () => {
    const part = (...pairs: [string, string][]) =>
      tlv(0x31, ...pairs.map(([type, value]) => tlv(0x30, oid(type), text(value))));
    const subject = tlv(
      0x30,
      part(['2.5.4.6', 'KZ']),
      part(['2.5.4.3', 'a'], ['2.5.4.5', '7']),
      part(['1.2.3.4', 'z']),
    );
    expect(parse(make({ subject })).subject.text).toBe('C=KZ, CN=a+serialNumber=7, 1.2.3.4=z');
  });

  it('notes broken, doubled and unknown critical extensions and reads the rest', () => {
    const ours = parse(
      make({
        extensions: [
          { oid: '2.5.29.19', critical: true, value: Uint8Array.of(1, 2, 3) },
          keyUsage(4),
          keyUsage(0),
          { oid: '1.2.3.4', critical: true, value: tlv(5) },
          { oid: '1.2.3.5', value: Uint8Array.of(9) },
          altNames(['a.kz']),
        ],
      }),
    );
    expect(ours.broken).toEqual(['2.5.29.19', '2.5.29.15']);
    expect(ours.unknownCritical).toEqual(['1.2.3.4']);
    expect(ours.keyUsage).toEqual({ keyCertSign: true, serverUse: false });
    expect(ours.altNames?.dns).toEqual(['a.kz']);
  });

  it('reads version 1 and refuses too many extensions and too many bytes', () => {
    expect(parse(make({})).version).toBe(1);
    const many = Array.from({ length: 101 }, (_, i) => ({ oid: `1.2.3.${i}`, value: tlv(5) }));
    expect(parseCertificate(make({ extensions: many }))).toEqual({ error: 'too many extensions' });
    expect(parseCertificate(new Uint8Array(MAX_CERTIFICATE_BYTES + 1))).toMatchObject({
      error: expect.any(String) as string,
    });
    expect(parse(make({ extensions: [basicConstraints(true, 3)] })).basicConstraints).toEqual({
      ca: true,
      pathLength: 3,
    });
  });

  it('refuses bytes behind the certificate', () => {
    expect(parseCertificate(Buffer.concat([make({}), Uint8Array.of(0)]))).toEqual({
      error: 'bytes after the end',
    });
  });
});

describe('parseCertificate never throws', () => {
  /** A certificate of this many bytes at most takes far less; the bound is for stalls, not for speed. */
  const STALL_MS = 5_000;
  const quietly = (der: Uint8Array): void => {
    const started = performance.now();
    const parsed = parseCertificate(der);
    expect(performance.now() - started).toBeLessThan(STALL_MS);
    if ('error' in parsed) expect(parsed.error).not.toBe('');
    else expect(parsed.subject.text).toBeTypeOf('string');
  };

  it('on random bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 500 }), quietly), { numRuns: 2000 });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (noise) => quietly(new Uint8Array(tlv(0x30, noise)))),
    );
  });

  it('on every truncation', () => {
    for (const der of samples) {
      for (let length = 0; length < der.length; length++) {
        const parsed = parseCertificate(der.subarray(0, length));
        expect(parsed).toHaveProperty('error');
      }
    }
  });

  it('on every single bit flip, and the certificate read is the certificate given', () => {
    for (const der of samples) {
      for (let bit = 0; bit < der.length * 8; bit++) {
        const flipped = Uint8Array.from(der);
        flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        quietly(flipped);
      }
    }
  });

  it('on public roots with bytes overwritten', () => {
    const ders = rootCertificates.slice(0, 20).map((pem) => new Uint8Array(new X509Certificate(pem).raw));
    const edits = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(fc.constantFrom(...ders), edits, (der, all) => {
        const edited = Uint8Array.from(der);
        for (const [at, value] of all) edited[at % edited.length] = value;
        quietly(edited);
      }),
      { numRuns: 2000 },
    );
  });

  it('on nesting and filler of the largest size', () => {
    const size = MAX_CERTIFICATE_BYTES;
    quietly(new Uint8Array(size).fill(0x30));
    quietly(fillerBytes('x509', size));
    quietly(make({ extensions: [altNames(Array.from({ length: 9000 }, () => 'ab.kz'))] }));
    expect(createHash('sha256').update(fillerBytes('x509', 64)).digest('hex')).toHaveLength(64);
  });
});
