/** From a certificate to an entry that accuses whoever uses its key: what goes in, and what never does. */
import { describe, expect, test } from 'vitest';
import { sha1Hex, sha256Hex } from '../../../shared/codec/digest.ts';
import { createRoots } from '../../../shared/observe/chain/index.ts';
import {
  addAuthorities,
  readCandidates,
  type AddRefused,
  type AddWords,
  type Candidate,
} from '../../../shared/rules/add-authority.ts';
import {
  basicConstraints,
  keyUsage,
  makeAuthority,
  makeCertificate,
  makeKey,
  name,
  pemOf,
  tlv,
  type Extension,
} from '../codec/helpers/certificate-maker.ts';

const publicRoot = makeAuthority('Public Root');
const roots = createRoots([pemOf(publicRoot.der)].join(''));
const SHIPPED = JSON.stringify({
  version: 1,
  roots: [{ id: 'shipped', sha256: '11'.repeat(32) }],
  not_interception: [{ id: 'state', name: { C: 'KZ' }, cn_prefix: 'STATE' }],
  products: [
    { id: 'empty', name: {} },
    { id: 'shield', name: { O: 'Lab', CN: 'Shield' } },
  ],
});
const readOf = (...blocks: readonly Uint8Array[]) => readCandidates(blocks, { roots, shipped: SHIPPED });
function refusal(result: readonly unknown[] | object): AddRefused {
  if (!('refused' in result)) throw new Error('not refused');
  return result as AddRefused;
}
const why = (...blocks: readonly Uint8Array[]): string => refusal(readOf(...blocks)).refused;
function candidate(...blocks: readonly Uint8Array[]): readonly Candidate[] {
  const read = readOf(...blocks);
  if ('refused' in read) throw new Error(read.refused);
  return read;
}

interface Made {
  readonly subject?: Readonly<Record<string, string>>;
  readonly issuer?: Readonly<Record<string, string>>;
  readonly extensions?: readonly Extension[];
  readonly signedByAnother?: boolean;
}
const key = makeKey('p256');
const otherKey = makeKey('p256');
const CA = [basicConstraints(true), keyUsage(4)];
function made({
  subject = { C: 'ZZ', CN: 'A' },
  issuer = subject,
  extensions = CA,
  signedByAnother,
}: Made = {}) {
  return makeCertificate({
    subject: name(subject),
    issuer: name(issuer),
    publicKey: key.publicKey,
    signWith: (signedByAnother === true ? otherKey : key).privateKey,
    extensions,
  });
}

describe('a certificate', () => {
  const MAY_NOT = 'the certificate (CN=A, C=ZZ) is no certificate of an authority: it may not sign others';
  test.each<[string, readonly Extension[], boolean]>([
    ['that may sign others', CA, true],
    ['that doesn’t say what its key is for', [basicConstraints(true)], true],
    ['of no authority', [basicConstraints(false), keyUsage(4)], false],
    ['that doesn’t say so', [], false],
    ['whose key is for other things', [basicConstraints(true), keyUsage(0x80)], false],
  ])('%s', (_, extensions, fits) => {
    const der = made({ subject: { CN: 'A', C: 'ZZ' }, extensions });
    if (fits) expect(candidate(der)).toHaveLength(1);
    else expect(why(der)).toContain(MAY_NOT.slice(MAY_NOT.indexOf(')')));
  });

  test('that names itself has to be signed by its key; one that another signed has not', () => {
    expect(why(made({ signedByAnother: true }))).toContain(
      'names itself as its issuer and is not signed by its key',
    );
    expect(candidate(made({ issuer: { CN: 'B' }, signedByAnother: true }))).toHaveLength(1);
  });

  test('that browsers trust, or whose key they trust, or what their roots signed, is none', () => {
    const PUBLIC = 'is a root that browsers trust, or comes from one';
    expect(why(publicRoot.der)).toContain(PUBLIC);
    expect(why(makeAuthority('Another Name', { key: publicRoot.key }).der)).toContain(PUBLIC);
    expect(why(makeAuthority('Issuer', { parent: publicRoot }).der)).toContain(PUBLIC);
    // Its name alone is anybody's.
    const named = { ...makeAuthority('x'), name: publicRoot.name };
    expect(candidate(makeAuthority('Issuer', { parent: named }).der)).toHaveLength(1);
    expect(candidate(makeAuthority('Public Root').der)).toHaveLength(1);
  });

  test('of the state’s ordinary authorities, or issued by them, is none', () => {
    const ORDINARY = 'bears a name of the state’s ordinary PKI, whose certificates are no interception';
    const state = { C: 'KZ', CN: 'STATE (RSA)' };
    expect(why(made({ subject: state }))).toContain(ORDINARY);
    expect(why(made({ issuer: state, signedByAnother: true }))).toContain(ORDINARY);
    expect(candidate(made({ subject: { C: 'ZZ', CN: 'STATE' } }))).toHaveLength(1);
    expect(candidate(made({ subject: { C: 'KZ', CN: 'A STATE' } }))).toHaveLength(1);
  });

  test('of a security product is none, by all of its name', () => {
    const PRODUCT = 'bears the name of a security product, which makes a root on each device';
    expect(why(made({ subject: { O: 'Lab', CN: 'Shield' } }))).toContain(PRODUCT);
    expect(why(made({ subject: { O: 'Lab', CN: 'Shield', C: 'KZ' } }))).toContain(PRODUCT);
    expect(candidate(made({ subject: { CN: 'Shield' } }))).toHaveLength(1);
  });

  test('is called by its place where there are several, and by a name that moves no cursor', () => {
    const junk = new Uint8Array([1, 2, 3]);
    expect(why(junk)).toMatch(/^the certificate can’t be read: \w/);
    expect(why(made(), junk)).toMatch(/^certificate 2 can’t be read: \w/);
    const long = made({ subject: { CN: `a\u202e${'x'.repeat(300)}` }, extensions: [] });
    const [, shown] = /^the certificate \((.*)\) is no/.exec(why(long))!;
    expect(shown).toHaveLength(200);
    expect(shown).toMatch(/^CN=a[^\p{C}]+x$/u);
  });
});

const WORDS: AddWords = {
  before: null,
  shipped: SHIPPED,
  today: '2026-11-22',
  note: 'a note',
  source: 'a source',
};
type Row = Readonly<Record<string, unknown>>;
function added(words: Partial<AddWords> = {}, ...ders: readonly Uint8Array[]): readonly Row[] {
  const result = addAuthorities(candidate(...(ders.length === 0 ? [made()] : ders)), { ...WORDS, ...words });
  if ('refused' in result) throw new Error(result.refused);
  expect(result.text.endsWith('}\n')).toBe(true);
  const list = JSON.parse(result.text) as { version: number; roots: Row[] };
  expect(list.version).toBe(1);
  expect(list.roots.slice(-result.entries.length)).toEqual(result.entries);
  return list.roots;
}
const notAdded = (words: Partial<AddWords>, ...ders: readonly Uint8Array[]): AddRefused =>
  refusal(addAuthorities(candidate(...(ders.length === 0 ? [made()] : ders)), { ...WORDS, ...words }));

describe('an entry', () => {
  test('has all that tells the authority', () => {
    const keyId = { oid: '2.5.29.14', value: tlv(4, Uint8Array.of(0xab, 0xcd)) };
    const der = made({ extensions: [...CA, keyId] });
    const spki = new Uint8Array(key.publicKey.export({ type: 'spki', format: 'der' }));
    expect(added({}, der)).toEqual([
      {
        id: `op-a-${sha256Hex(der).slice(0, 8)}`,
        name: { C: 'ZZ', CN: 'A' },
        sha256: sha256Hex(der),
        sha1: sha1Hex(der),
        spki_sha256: sha256Hex(spki),
        public_key: Buffer.from(spki).toString('base64'),
        subject_key_id: 'abcd',
        not_before: '2020-01-01T00:00:00Z',
        not_after: '2060-01-01T00:00:00Z',
        source: 'a source',
        date_read: '2026-11-22',
        notes: 'a note',
      },
    ]);
    expect(added({}, made())[0]).not.toHaveProperty('subject_key_id');
  });

  test.each<[string, string]>([
    ['Qamal  Gateway!', 'op-qamal-gateway-'],
    ['--x--', 'op-x-'],
    [`${'a'.repeat(37)}---b`, `op-${'a'.repeat(37)}-b-`],
    [`${'a'.repeat(39)} b`, `op-${'a'.repeat(39)}-`],
    ['a'.repeat(41), `op-${'a'.repeat(40)}-`],
    ['ШЛЮЗ', 'op-'],
  ])('is called after %s', (CN, start) => {
    const der = made({ subject: { O: 'other words', CN } });
    expect(added({}, der)[0]!['id']).toBe(`${start}${sha256Hex(der).slice(0, 8)}`);
  });

  test('without a common name is called by its hash; or as the operator says', () => {
    const der = made({ subject: { O: 'x' } });
    expect(added({}, der)[0]!['id']).toBe(`op-${sha256Hex(der).slice(0, 8)}`);
    expect(added({ id: 'mine' }, der)[0]!['id']).toBe('mine');
  });

  test('leaves a name out that a list can’t write', () => {
    expect(added({}, made({ subject: { CN: 'x', O: '' } }))[0]).not.toHaveProperty('name');
    expect(added({}, made({ subject: { CN: 'x', '2.5.4.3': 'y' } }))[0]).not.toHaveProperty('name');
    expect(added({}, made({ subject: {} }))[0]).not.toHaveProperty('name');
  });
});

describe('the list', () => {
  test('keeps what is on it, in its order', () => {
    const before = JSON.stringify({
      version: 1,
      comment: 'c',
      roots: [{ id: 'first', sha1: '22'.repeat(20) }],
    });
    expect(added({ before }).map(({ id }) => id)).toEqual(['first', expect.stringMatching(/^op-a-/)]);
    expect(added({ before: '{"version":1}' })).toHaveLength(1);
  });

  test.each([
    ['{', 'the list can’t be added to: not JSON'],
    ['{"version":1,"roots":[{"id":"a"}]}', 'the list can’t be added to: a: nothing to know it by'],
  ])('that is no list is not touched: %s', (before, said) => {
    const { refused, list } = notAdded({ before });
    expect(refused).toContain(said);
    expect(list).toBe(true);
  });

  test('holds nothing twice, by any mark, in any part of it', () => {
    const der = made();
    const on = (part: string, row: Row, shipped = SHIPPED): AddRefused =>
      notAdded({ before: JSON.stringify({ version: 1, [part]: [{ id: 'there', ...row }] }), shipped }, der);
    const spki = new Uint8Array(key.publicKey.export({ type: 'spki', format: 'der' }));
    for (const mark of [{ sha256: sha256Hex(der) }, { sha1: sha1Hex(der) }, { spki_sha256: sha256Hex(spki) }])
      for (const part of ['roots', 'intermediates']) {
        const { refused, list } = on(part, mark);
        expect(refused).toBe('there is on the list already');
        expect(list).toBeUndefined();
      }
    const shipped = JSON.stringify({ version: 1, intermediates: [{ id: 'ours', sha256: sha256Hex(der) }] });
    expect(notAdded({ shipped }, der).refused).toBe('ours is on the list already');
    for (const id of ['shipped', 'state', 'shield'])
      expect(notAdded({ id }, der).refused).toBe(`the id ${id} is taken`);
    expect(notAdded({}, der, der).refused).toMatch(/^op-a-.* is on the list already$/);
  });

  test.each<[string, Partial<AddWords>, string]>([
    ['an empty note', { note: ' ' }, '--note is empty: say where this is known from'],
    ['an empty source', { source: '' }, '--source is empty: say where this is known from'],
    [
      'a note of 501 characters',
      { note: 'x'.repeat(501) },
      '--note takes one line of at most 500 characters',
    ],
    ['a source of two lines', { source: 'a\nb' }, '--source takes one line of at most 500 characters'],
    ['an id with a space', { id: 'a b' }, '--id takes lower-case letters, digits and -'],
    ['an empty id', { id: '' }, '--id takes lower-case letters, digits and -'],
    ['an id of 101 characters', { id: 'a'.repeat(101) }, '--id takes lower-case letters, digits and -'],
    ['an id with more before it', { id: 'Aa' }, '--id takes lower-case letters, digits and -'],
    ['an id with more behind it', { id: 'aA' }, '--id takes lower-case letters, digits and -'],
  ])('takes no %s', (_, words, refused) => {
    expect(notAdded(words)).toEqual({ refused });
  });

  test('takes words up to their limits, and one id for one certificate', () => {
    expect(added({ note: 'x'.repeat(500), id: 'a'.repeat(100) })).toHaveLength(1);
    const other = makeAuthority('Other').der;
    expect(added({}, made(), other)).toHaveLength(2);
    expect(notAdded({ id: 'a' }, made(), other).refused).toBe(
      '--id names one certificate, and there are several',
    );
  });

  test('is not written with what would make it no list', () => {
    expect(notAdded({ id: 'unknown' })).toEqual({
      refused: 'unknown: id unknown has a meaning of its own',
      list: true,
    });
    expect(notAdded({ today: 'today' })).toMatchObject({ list: true });
  });
});
