import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCertificate, type Certificate } from '../../../shared/codec/x509.ts';
import { matchesPattern, parseIp } from '../../../shared/observe/chain/host.ts';
import { namesHost } from '../../../shared/observe/chain/index.ts';
import { makeAuthority, makeLeaf } from '../codec/helpers/certificate-maker.ts';

const authority = makeAuthority('names');
function leaf(
  dns: readonly string[],
  ips: readonly (readonly number[])[] = [],
): { ours: Certificate; oracle: X509Certificate } {
  const der = makeLeaf(authority, dns, { ips });
  const ours = parseCertificate(der);
  if ('error' in ours) throw new Error(ours.error);
  return { ours, oracle: new X509Certificate(der) };
}

const V6 = [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
const wide = leaf(
  [
    'example.kz',
    '*.wild.kz',
    'MIXED.Kz',
    'xn--80ao21a.xn--80ao21a',
    '*.kz',
    'w*.part.kz',
    'a.*.deep.kz',
    'dot.kz.',
    '*',
  ],
  [[192, 0, 2, 1], V6],
);

describe('namesHost', () => {
  it.each([
    ['example.kz', true],
    ['EXAMPLE.KZ', true],
    ['example.kz.', true],
    ['mixed.kz', true],
    ['www.example.kz', false],
    ['a.wild.kz', true],
    ['a.b.wild.kz', false],
    ['wild.kz', false],
    ['.wild.kz', false],
    ['қаз.қаз', true],
    ['xn--80ao21a.xn--80ao21a', true],
    ['other.kz', false],
    ['www.part.kz', false],
    ['a.b.deep.kz', false],
    ['dot.kz', false],
    ['192.0.2.1', true],
    ['192.0.2.2', false],
    ['2001:db8::1', true],
    ['[2001:DB8:0::0.0.0.1]', true],
    ['2001:db8::2', false],
    ['', false],
    ['.', false],
    ['a b.wild.kz/', false],
    ['x'.repeat(300), false],
  ])('%s: %s', (host, expected) => {
    expect(namesHost(wide.ours, host)).toBe(expected);
  });

  it('ignores the common name', () => {
    const der = makeLeaf(authority, ['cn.kz'], { extensions: [] });
    const ours = parseCertificate(der);
    expect('error' in ours || namesHost(ours, 'cn.kz')).toBe(false);
    expect(new X509Certificate(der).checkHost('cn.kz', { subject: 'never' })).toBeUndefined();
  });

  it('agrees with node:crypto on names made of few labels', () => {
    const label = fc.constantFrom('a', 'b', 'kz', 'xn--80ao21a');
    const host = fc.array(label, { minLength: 2, maxLength: 4 }).map((labels) => labels.join('.'));
    const pattern = fc.oneof(
      host,
      host.map((each) => `*.${each}`),
    );
    fc.assert(
      fc.property(fc.array(pattern, { minLength: 1, maxLength: 3 }), host, (patterns, wanted) => {
        const { ours, oracle } = leaf(patterns);
        const theirs = oracle.checkHost(wanted, { subject: 'never', partialWildcards: false }) !== undefined;
        expect(namesHost(ours, wanted)).toBe(theirs);
      }),
      { numRuns: 300 },
    );
  });

  it('never throws, whatever the host', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (host) => void namesHost(wide.ours, host)));
    fc.assert(fc.property(fc.string(), fc.string(), (pattern, host) => void matchesPattern(pattern, host)));
  });
});

describe('parseIp', () => {
  it('accepts what node:net accepts', () => {
    const group = fc.constantFrom('0', '1', 'db8', 'ffff', '', '192.0.2.1', '10000', 'g');
    const v6 = fc.array(group, { minLength: 1, maxLength: 9 }).map((groups) => groups.join(':'));
    const v4 = fc
      .array(fc.constantFrom('0', '255', '256', '01', '7', ''), { minLength: 3, maxLength: 5 })
      .map((p) => p.join('.'));
    fc.assert(
      fc.property(fc.oneof(v6, v4, fc.ipV4(), fc.ipV6()), (text) => {
        const bytes = parseIp(text);
        expect(bytes === null ? 0 : bytes.length === 4 ? 4 : 6).toBe(isIP(text));
      }),
      { numRuns: 5000 },
    );
  });
});
