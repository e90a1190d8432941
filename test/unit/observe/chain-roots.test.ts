import { X509Certificate, createHash } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { parseCertificate, type Certificate } from '../../../shared/codec/x509.ts';
import { sha256Hex } from '../../../shared/codec/digest.ts';
import { createRoots, withExtraRoots } from '../../../shared/observe/chain/index.ts';
import { makeAuthority, pemOf, tlv } from '../codec/helpers/certificate-maker.ts';

const certificates = rootCertificates.map((pem) => {
  const parsed = parseCertificate(new Uint8Array(new X509Certificate(pem).raw));
  if ('error' in parsed) throw new Error(parsed.error);
  return parsed;
});

describe('createRoots', () => {
  it('finds every root by subject, key and identity', () => {
    const pem = `# snapshot\n${rootCertificates.join('\n')}\n`;
    const roots = createRoots(pem);
    expect(roots.count).toBe(rootCertificates.length);
    expect(roots.sha256).toBe(createHash('sha256').update(pem).digest('hex'));
    for (const certificate of certificates) {
      const same = (other: Certificate) => sha256Hex(other.der) === sha256Hex(certificate.der);
      expect(roots.bySubject(certificate.subject.der).some(same)).toBe(true);
      expect(roots.bySpki(sha256Hex(certificate.publicKey.der)).some(same)).toBe(true);
      expect(roots.has(certificate)).toBe(true);
    }
    expect(roots.bySpki('00')).toEqual([]);
  });

  it('refuses what is no snapshot', () => {
    const code = (wanted: string) => expect.objectContaining({ code: wanted }) as Error;
    expect(() => createRoots('')).toThrow(code('roots_empty'));
    expect(() => createRoots('-----BEGIN CERTIFICATE-----\n')).toThrow(code('roots_broken_pem'));
    expect(() => createRoots(pemOf(tlv(0x30, tlv(5))))).toThrow(code('roots_unreadable_certificate'));
  });
});

describe('withExtraRoots', () => {
  const [first, second, third] = ['one', 'two', 'three'].map((each) => makeAuthority(each).der) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  const base = createRoots(pemOf(first).trimEnd());

  it('adds roots under another hash, and is the same without additions', () => {
    const more = withExtraRoots(base, [pemOf(second).trimEnd(), pemOf(third)]);
    expect(more.count).toBe(3);
    expect(more.sha256).not.toBe(base.sha256);
    expect(base.count).toBe(1);
    expect(withExtraRoots(base, [])).toBe(base);
    expect(createRoots(more.pem).sha256).toBe(more.sha256);
  });

  it('refuses an addition without a certificate', () => {
    expect(() => withExtraRoots(base, ['# nothing'])).toThrow('no certificate');
  });
});
