import { X509Certificate, type KeyObject } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCertificate, type Certificate } from '../../../shared/codec/x509.ts';
import { hasWeakSignature, signedBy, verifySignature } from '../../../shared/observe/chain/index.ts';
import { parseRsaKey } from '../../../shared/observe/chain/rsa.ts';
import {
  integer,
  makeAuthority,
  makeCertificate,
  makeKey,
  name,
  oid,
  tlv,
  type Hash,
  type KeyKind,
} from '../codec/helpers/certificate-maker.ts';

function parse(der: Uint8Array): Certificate {
  const parsed = parseCertificate(der);
  if ('error' in parsed) throw new Error(parsed.error);
  return parsed;
}

const spkiOf = (key: KeyObject): Uint8Array => new Uint8Array(key.export({ type: 'spki', format: 'der' }));

const KINDS: readonly KeyKind[] = ['rsa', 'p256', 'p384', 'p521', 'ed25519'];
const keys = new Map(KINDS.map((kind) => [kind, makeKey(kind)] as const));
const keyOf = (kind: KeyKind) => keys.get(kind) ?? makeKey(kind);
const HASHES: readonly Hash[] = ['sha1', 'sha256', 'sha384', 'sha512'];

const cases: { title: string; kind: KeyKind; hash?: Hash; pssSalt?: number }[] = [
  ...HASHES.flatMap((hash) =>
    (['rsa', 'p256', 'p384', 'p521'] as const).map((kind) => ({ title: `${kind} ${hash}`, kind, hash })),
  ),
  { title: 'rsa md5', kind: 'rsa', hash: 'md5' },
  { title: 'rsa pss 32', kind: 'rsa', hash: 'sha256', pssSalt: 32 },
  { title: 'rsa pss 0', kind: 'rsa', hash: 'sha256', pssSalt: 0 },
  { title: 'rsa pss sha1', kind: 'rsa', hash: 'sha1', pssSalt: 20 },
  { title: 'ed25519', kind: 'ed25519' },
];

describe('verifySignature', () => {
  it.each(cases)(
    '$title: agrees with node:crypto on right and wrong keys and on every damage',
    ({ kind, ...options }) => {
      const { title: _, ...signature } = options;
      const key = keyOf(kind);
      const subject = name({ CN: 'x' });
      const make = {
        subject,
        issuer: subject,
        publicKey: key.publicKey,
        signWith: key.privateKey,
        ...signature,
      };
      const der = makeCertificate(make);
      const spki = spkiOf(key.publicKey);
      expect(new X509Certificate(der).verify(key.publicKey)).toBe(true);
      expect(verifySignature(spki, parse(der))).toBe(true);
      expect(signedBy(parse(der), spki)).toBe(true);
      expect(hasWeakSignature(parse(der))).toBe(signature.hash === 'sha1' || signature.hash === 'md5');

      const other = makeKey(kind);
      expect(verifySignature(spkiOf(other.publicKey), parse(der))).toBe(false);
      const tbs = parse(der).tbs;
      const tbsAt = Buffer.from(der).indexOf(Buffer.from(tbs));
      for (const at of [tbsAt + 30, der.length - 40, der.length - 1]) {
        const damaged = Uint8Array.from(der);
        damaged[at] = (damaged[at] ?? 0) ^ 1;
        const parsed = parseCertificate(damaged);
        if (!('error' in parsed)) expect(verifySignature(spki, parsed)).not.toBe(true);
      }
    },
  );

  it('a key of another kind never verifies', () => {
    const subject = name({ CN: 'x' });
    for (const kind of KINDS) {
      const { publicKey, privateKey } = keyOf(kind);
      const certificate = parse(
        makeCertificate({ subject, issuer: subject, publicKey, signWith: privateKey }),
      );
      for (const other of KINDS.filter((each) => each !== kind)) {
        expect(verifySignature(spkiOf(keyOf(other).publicKey), certificate)).toBe(false);
      }
    }
  });

  it.each(rootCertificates.map((pem, i) => [i, pem] as const))('public root %i signed itself', (_, pem) => {
    const oracle = new X509Certificate(pem);
    const certificate = parse(new Uint8Array(oracle.raw));
    expect(verifySignature(certificate.publicKey.der, certificate)).toBe(oracle.verify(oracle.publicKey));
  });

  it('an unsigned algorithm that differs from the signed one does not hold', () => {
    const der = makeAuthority('mismatch', { key: keyOf('rsa') }).der;
    const last = Buffer.from(der).lastIndexOf(Buffer.from(oid('1.2.840.113549.1.1.11')));
    const changed = Uint8Array.from(der);
    changed[last + 10] = 12;
    expect(verifySignature(spkiOf(keyOf('rsa').publicKey), parse(changed))).toBe(false);
  });

  it('junk keys are unsupported or do not hold, and never throw', () => {
    const certificates = KINDS.map((kind) => parse(makeAuthority('junk', { key: keyOf(kind) }).der));
    const spkis = KINDS.map((kind) => spkiOf(keyOf(kind).publicKey));
    const edits = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(
        fc.constantFrom(...certificates),
        fc.constantFrom(...spkis),
        edits,
        (certificate, spki, all) => {
          const edited = Uint8Array.from(spki);
          for (const [at, value] of all) edited[at % edited.length] = value;
          const result = verifySignature(edited, certificate);
          expect([true, false, 'unsupported']).toContain(result);
        },
      ),
      { numRuns: 60 },
    );
    fc.assert(
      fc.property(
        fc.uint8Array(),
        (noise) => void expect(verifySignature(noise, certificates[0] as Certificate)).toBe('unsupported'),
      ),
    );
  });
});

describe('RSA keys outside the bounds', () => {
  const rsaKey = (modulus: bigint, exponent: bigint): Uint8Array =>
    new Uint8Array(tlv(0x30, integer(modulus), integer(exponent)));
  const odd = (bits: bigint): bigint => 2n ** (bits - 1n) + 1n;

  it.each([
    ['512 bits', odd(512n), 65_537n],
    ['8193 bits', odd(8193n), 65_537n],
    ['even modulus', 2n ** 2047n, 65_537n],
    ['negative modulus', -odd(2048n), 65_537n],
    ['exponent 1', odd(2048n), 1n],
    ['even exponent', odd(2048n), 65_536n],
    ['exponent of 65 bits', odd(2048n), 2n ** 64n + 1n],
    ['exponent as large as the modulus', odd(2048n), odd(2048n) - 2n],
  ])('%s', (_, modulus, exponent) => {
    expect(parseRsaKey(rsaKey(modulus, exponent))).toBeNull();
  });

  it('within the bounds', () => {
    expect(parseRsaKey(rsaKey(odd(1024n), 3n))?.bits).toBe(1024);
    expect(parseRsaKey(rsaKey(odd(8192n), 2n ** 64n - 1n))?.bits).toBe(8192);
  });
});
