/** How a shown leaf relates to the origin's: every point alone, and what a site's own certificates share. */
import { describe, expect, test } from 'vitest';
import { readCertificate, forgeryPoints, looksCopied } from '../../../shared/observe/chain/index.ts';
import type { Certificate } from '../../../shared/codec/x509.ts';
import {
  altNames,
  basicConstraints,
  extendedKeyUsage,
  keyUsage,
  makeAuthority,
  makeCertificate,
  makeKey,
  name,
  tlv,
  type Authority,
  type CertificateOptions,
} from '../codec/helpers/certificate-maker.ts';

const HOST = 'www.site.example';
const NAMES = ['site.example', HOST];
const issuer = makeAuthority('Public Issuer');
const stranger = makeAuthority('Stranger');
const [ownKey, otherKey] = [makeKey('p256'), makeKey('p256')];
const SUBJECT = name({ C: 'ZZ', O: 'Site Ltd', CN: 'site.example' });
const EXTENSIONS = [
  altNames(NAMES),
  basicConstraints(false),
  keyUsage(0x80),
  extendedKeyUsage('1.3.6.1.5.5.7.3.1'),
];
const SERIAL = 0x3c51_9a77_0e2b_0000_0001n;

function leaf(by: Authority, changed: Partial<CertificateOptions> = {}): Certificate {
  const der = makeCertificate({
    subject: SUBJECT,
    issuer: by.name,
    publicKey: ownKey.publicKey,
    signWith: by.key.privateKey,
    serial: SERIAL,
    notBefore: '260901120000Z',
    notAfter: '261201120000Z',
    extensions: EXTENSIONS,
    ...changed,
  });
  const read = readCertificate(der);
  if ('error' in read) throw new Error(read.error);
  return read;
}
const origin = leaf(issuer);
const points = (shown: Certificate, sni: string | null = HOST, of = origin) => forgeryPoints(shown, of, sni);
const kinds = (shown: Certificate, sni?: string | null, of?: Certificate) =>
  points(shown, sni, of).map(({ point }) => point);
const COPIED = ['subject_copied', 'names_copied'];
const OTHER_SUBJECT = { subject: name({ CN: 'elsewhere.example' }) };

describe('point by point', () => {
  test('nothing is said of the origin’s own certificate', () => {
    expect(points(origin)).toEqual([]);
  });

  test('a copy as of 2019 has all of them', () => {
    const copy = leaf(stranger, {
      publicKey: otherKey.publicKey,
      serial: 0x3c51_9a77_0e2b_7f3e_5d11n,
      notBefore: '260901060000Z',
      notAfter: '261201060000Z',
      extensions: [altNames(NAMES)],
    });
    expect(points(copy)).toEqual([
      { point: 'subject_copied' },
      { point: 'names_copied' },
      { point: 'dates_shifted', hours: -6 },
      { point: 'serial_prefix', equal: 6, of: 10 },
      { point: 'extensions_gone', oids: ['2.5.29.15', '2.5.29.19', '2.5.29.37'] },
      { point: 'key_differs' },
      { point: 'issuer_replaced' },
    ]);
    expect(looksCopied(points(copy))).toBe(true);
  });

  test.each<[string, Partial<CertificateOptions>, string[]]>([
    ['the key', { publicKey: otherKey.publicKey }, ['key_differs']],
    ['the issuer', { issuer: stranger.name }, ['issuer_replaced']],
    ['an extension that is gone', { extensions: EXTENSIONS.slice(0, 3) }, ['extensions_gone']],
  ])('alone: %s', (_, changed, wanted) => {
    const other = { serial: 0x7711n, notAfter: '261209120001Z' };
    expect(kinds(leaf(issuer, { ...other, ...changed }))).toEqual([...COPIED, ...wanted]);
  });

  test('an issuer of the same name has another key number', () => {
    const numbered = (number: number) => ({
      extensions: [...EXTENSIONS, { oid: '2.5.29.35', value: tlv(0x30, tlv(0x80, Uint8Array.of(number))) }],
    });
    const of = leaf(issuer, numbered(1));
    expect(kinds(leaf(issuer, { ...numbered(2), serial: 5n }), HOST, of)).toContain('issuer_replaced');
    expect(kinds(leaf(issuer, { ...numbered(1), serial: 5n }), HOST, of)).not.toContain('issuer_replaced');
    expect(kinds(leaf(issuer, { serial: 5n }), HOST, of)).not.toContain('issuer_replaced');
  });
});

describe('names', () => {
  const shown = (dns: readonly string[]) => leaf(stranger, { ...OTHER_SUBJECT, extensions: [altNames(dns)] });
  const said = (dns: readonly string[], sni: string | null, of = origin) =>
    kinds(shown(dns), sni, of).filter((kind) => kind.startsWith('names'));
  test.each<[string, readonly string[], string | null, string[]]>([
    [
      'all of the origin’s, in any order and case',
      [HOST.toUpperCase(), 'site.example'],
      HOST,
      ['names_copied'],
    ],
    ['the asked one alone', [HOST], HOST, ['names_from_sni']],
    ['the asked one in capitals', [HOST], HOST.toUpperCase(), ['names_from_sni']],
    ['others', ['other.example'], HOST, []],
    ['some of the origin’s', ['site.example'], HOST, []],
    ['all, where nothing was asked for', NAMES, null, ['names_copied']],
    ['none', [], HOST, []],
  ])('%s', (_, dns, sni, wanted) => {
    expect(said(dns, sni)).toEqual(wanted);
  });

  test('can’t be told apart where the origin has none but the asked one', () => {
    const single = leaf(issuer, { subject: name({ CN: HOST }), extensions: [altNames([HOST])] });
    const copy = leaf(stranger, { subject: name({ CN: HOST }), extensions: [altNames([HOST])], serial: 9n });
    expect(kinds(copy, HOST, single)).not.toContain('names_copied');
    expect(kinds(copy, HOST, single)).not.toContain('subject_copied');
    expect(kinds(copy, null, single)).toContain('subject_copied');
  });

  test('a subject is the same in another order, and not with a word more', () => {
    const turned = leaf(stranger, { subject: name({ CN: 'site.example', O: 'Site Ltd', C: 'ZZ' }) });
    expect(kinds(turned)).toContain('subject_copied');
    const more = leaf(stranger, {
      subject: name({ C: 'ZZ', O: 'Site Ltd', CN: 'site.example', '2.5.4.7': 'x' }),
    });
    expect(kinds(more)).not.toContain('subject_copied');
    const bare = { subject: name({}) };
    expect(kinds(leaf(stranger, bare), HOST, leaf(issuer, bare))).not.toContain('subject_copied');
  });
});

describe('dates', () => {
  const hours = (notBefore: string, notAfter: string) =>
    points(leaf(stranger, { notBefore, notAfter })).find(({ point }) => point === 'dates_shifted');
  test.each([
    ['six hours earlier', '260901060000Z', '261201060000Z', -6],
    ['one hour later', '260901130000Z', '261201130000Z', 1],
    ['as far as time zones go', '260902020000Z', '261202020000Z', 14],
  ])('%s', (_, from, to, wanted) => {
    expect(hours(from, to)).toEqual({ point: 'dates_shifted', hours: wanted });
  });
  test.each([
    ['as they were', '260901120000Z', '261201120000Z'],
    ['by a second more', '260901060001Z', '261201060001Z'],
    ['by unlike hours', '260901060000Z', '261201070000Z'],
    ['one alone', '260901060000Z', '261201120000Z'],
    ['further than time zones go', '260902030000Z', '261202030000Z'],
    ['by a renewal’s sixty days', '261031120000Z', '270130120000Z'],
  ])('not %s', (_, from, to) => {
    expect(hours(from, to)).toBeUndefined();
  });
});

describe('serial numbers', () => {
  const prefix = (serial: bigint, of = SERIAL) =>
    points(leaf(stranger, { serial }), HOST, leaf(issuer, { serial: of })).find(
      ({ point }) => point === 'serial_prefix',
    );
  test('that differ at their end', () => {
    expect(prefix(0x3c51_9a77_0e2b_0000_0002n)).toEqual({ point: 'serial_prefix', equal: 9, of: 10 });
    expect(prefix(0x3c51_9a77_ffff_ffff_ffffn)).toEqual({ point: 'serial_prefix', equal: 4, of: 10 });
    expect(prefix(SERIAL)).toEqual({ point: 'serial_prefix', equal: 10, of: 10 });
  });
  test.each([
    ['share three bytes, as chance has it', 0x3c51_9aff_0e2b_0000_0001n, SERIAL],
    ['are of another length', 0x3c51_9a77_0e2b_0000n, SERIAL],
    ['are short', 0x3c51_9an, 0x3c51_9an],
    ['are negative', -0x3c51_9a77_0e2bn, -0x3c51_9a77_0e2cn],
  ])('not when they %s', (_, a, b) => {
    expect(prefix(a, b)).toBeUndefined();
  });
});

describe('a site’s own other certificate is no copy', () => {
  const MOVED = { notBefore: '260901180000Z', notAfter: '261201180000Z', serial: SERIAL + 1n };
  test.each<[string, Certificate]>([
    [
      'renewed by the same authority, next in the row',
      leaf(issuer, { ...MOVED, publicKey: otherKey.publicKey }),
    ],
    ['issued anew for the same key by another authority', leaf(stranger, MOVED)],
    [
      'another of many at a content network',
      leaf(stranger, { publicKey: otherKey.publicKey, serial: 0x11n, notBefore: '260815103000Z' }),
    ],
  ])('%s', (_, shown) => {
    expect(looksCopied(points(shown))).toBe(false);
  });
});
