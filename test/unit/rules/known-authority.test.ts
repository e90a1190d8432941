/** Whose work a certificate is: by hash, key, name with key id, or signature; and what only borrows a name. */
import { describe, expect, test } from 'vitest';
import { toBase64 } from '../../../shared/codec/base64.ts';
import { matchesText, readFingerprints } from '../../../shared/rules/fingerprints.ts';
import { matchKnownAuthority } from '../../../shared/rules/known-authority.ts';
import { sameAuthority } from '../../../shared/rules/interception-facts.ts';
import type { TlsObservation } from '../../../shared/model/index.ts';
import { draft } from '../../golden/build.ts';
import { chains, type Chain, INTERCEPTION_JSON, KNOWN_AUTHORITY_ID } from '../../golden/chains.ts';
import { judged } from '../../golden/judged.ts';
import { HOST, HTTPS_URL, IP, names } from '../../golden/scenes.ts';

function shown(chain: Chain): TlsObservation {
  const d = draft(HTTPS_URL);
  names(d);
  d.tcp(IP, 443);
  d.tls({ failure: 'ssl_unknown_authority', chain });
  return judged(d.document()).case.hops[0]!.tls[0]!;
}
interface Root {
  readonly [key: string]: unknown;
  readonly name: Readonly<Record<string, string>>;
}
const onRecord = (JSON.parse(INTERCEPTION_JSON) as { roots: [Root] }).roots[0];
const EMPTY_CSV = 'id,where,match,pattern,scope,country,source,date_read,notes\n';
const EMPTY_RESOLVERS = 'address,operator,asn,filters,source,date_read\n';
const read = (file: unknown) => readFingerprints([JSON.stringify(file)], EMPTY_CSV, EMPTY_RESOLVERS);
/** What is on record: `id` and name always, the rest as given. */
function match(o: TlsObservation, facts: Readonly<Record<string, unknown>>, named = onRecord.name) {
  return matchKnownAuthority(o, read({ roots: [{ id: 'r', name: named, ...facts }] }).authorities);
}
const imitated = shown(chains.imitation(HOST));
const [leaf, top] = imitated.appraisal!.certificates;

describe('a certificate is the work of an authority on record', () => {
  test.each<[string, Readonly<Record<string, unknown>>, string]>([
    ['by the hash of the leaf', { sha256: leaf!.sha256 }, 'hash'],
    ['by the hash of its own', { sha256: top!.sha256 }, 'hash'],
    ['by an old hash of its own', { sha1: top!.sha1 }, 'hash'],
    ['by its key', { spki_sha256: top!.spkiSha256 }, 'key'],
    ['not by its name alone', {}, 'imitation'],
    ['not by another hash', { sha256: '00', sha1: '00', spki_sha256: '00' }, 'imitation'],
  ])('%s', (_, facts, by) => {
    expect(match(imitated, facts)).toEqual({ id: by === 'imitation' ? 'imitates:r' : 'r', by });
  });

  test('by a signature, its own certificate not sent', () => {
    const key = { public_key: onRecord['public_key'] };
    expect(match(shown(chains.known(HOST)), key)).toEqual({ id: 'r', by: 'signature' });
    // Whatever name is on record beside the key.
    expect(match(shown(chains.known(HOST)), key, { CN: 'a', O: 'b' })).toEqual({ id: 'r', by: 'signature' });
    expect(match(imitated, key)).toEqual({ id: 'imitates:r', by: 'imitation' });
    expect(match(shown(chains.unknown(HOST)), key)).toBeNull();
  });

  test('not by a hash that it has none of', () => {
    const nothing = { sha1: null, sha256: null, spki_sha256: null };
    expect(match(shown(chains.unknown(HOST)), nothing)).toBeNull();
  });

  test('never where a chain leads to a public root, or none was shown', () => {
    const trusted = shown(chains.trusted(HOST));
    const { issuer } = trusted.appraisal!.certificates[0]!;
    expect(issuer).not.toBe('');
    expect(match(trusted, {}, { CN: 'Golden Public Root', O: 'x' })).toBeNull();
    expect(match(shown([]), {})).toBeNull();
  });

  test('not when its certificate only lies beside a chain of others', () => {
    const known = chains.imitation(HOST)[1]!;
    const beside = shown([...chains.unknown(HOST), known]);
    const there = beside.appraisal!.certificates.find(({ issuer }) => issuer.includes('Golden Security'));
    expect(there).toBeDefined();
    expect(match(beside, { sha256: there!.sha256 })).toBeNull();
  });
});

describe('a name is borrowed', () => {
  test.each<[string, Readonly<Record<string, string>>, boolean]>([
    ['whole, in any order', { CN: onRecord.name['CN']!, C: onRecord.name['C']! }, true],
    ['with one attribute more on record', { ...onRecord.name, O: 'x' }, false],
    ['with another country', { ...onRecord.name, C: 'YY' }, false],
    ['with another common name', { ...onRecord.name, CN: 'x' }, false],
    // One attribute is anybody's: a country, or a word.
    ['by one attribute', { C: onRecord.name['C']! }, false],
    ['by none', {}, false],
  ])('%s', (_, named, borrowed) => {
    expect(match(imitated, {}, named)?.by === 'imitation').toBe(borrowed);
  });
});

describe('two chains have one maker', () => {
  const sameMaker = (a: Chain, b: Chain): boolean => sameAuthority(shown(a), shown(b));
  test.each<[string, Chain, Chain, boolean]>([
    ['by its key', chains.unknown(HOST), chains.unknown('mirror.example'), true],
    ['not two names', chains.unknown(HOST), chains.imitation(HOST), false],
    ['by its name where no key was sent', chains.known(HOST), chains.known('mirror.example'), true],
    ['not where one was not shown', chains.unknown(HOST), [], false],
  ])('%s', (_, a, b, same) => {
    expect(sameMaker(a, b)).toBe(same);
    expect(sameMaker(b, a)).toBe(same);
  }); // prettier-ignore
});

describe('the file of interceptors', () => {
  test('says of an intermediate that its root did it', () => {
    const { authorities } = read({
      roots: [{ id: 'r' }],
      intermediates: [{ id: 'i', issuer: 'r' }, { id: 'j' }],
    });
    expect(authorities.map(({ id }) => id)).toEqual(['r', 'r', 'j']);
  });
  test('leaves out what has no id and takes only text for text', () => {
    const key = toBase64(new Uint8Array([1, 2, 3]));
    const { authorities } = read({
      roots: [
        { name: { CN: 'a' } },
        { id: 'r', sha1: 5, public_key: key, name: { CN: 'a', O: 7 }, subject_key_id: 'k' },
      ],
    });
    expect(authorities).toEqual([
      {
        id: 'r',
        sha1: null,
        sha256: null,
        spkiSha256: null,
        publicKey: new Uint8Array([1, 2, 3]),
        name: { CN: 'a' },
        subjectKeyId: 'k',
      },
    ]);
  });
  test('has no product without a name, which would be everybody’s', () => {
    const products = [
      { id: 'a', name: {} },
      { name: { CN: 'b' } },
      { id: 'c', vendor: 'V', name: { CN: 'c' } },
      { id: 'd', name: { CN: 'd' } },
    ];
    expect(read({ products }).products).toEqual([
      { id: 'c', vendor: 'V', name: { CN: 'c' } },
      { id: 'd', vendor: '', name: { CN: 'd' } },
    ]);
  });
  test('may be of several parts, or empty', () => {
    const two = [{ roots: [{ id: 'a' }] }, {}].map((file) => JSON.stringify(file));
    expect(readFingerprints(two, EMPTY_CSV, EMPTY_RESOLVERS).authorities.map(({ id }) => id)).toEqual(['a']);
    expect(KNOWN_AUTHORITY_ID).toBe(onRecord['id']);
  });
});

describe('the file of block pages', () => {
  const pages = (...rows: readonly string[]) =>
    readFingerprints([], `${EMPTY_CSV}${rows.join('\n')}\n`, EMPTY_RESOLVERS).blockPages;
  test('gives each row by its columns', () => {
    expect(pages('a,title,prefix,Notice,isp,ZZ,s,2026-11-21,')).toEqual([
      { id: 'a', where: 'title', match: 'prefix', pattern: 'Notice', scope: 'isp' },
    ]);
  });
  test.each([
    'a,nowhere,prefix,Notice,isp,ZZ,s,2026-11-21,',
    'a,title,like,Notice,isp,ZZ,s,2026-11-21,',
    'a,title,prefix,,isp,ZZ,s,2026-11-21,',
  ])('leaves out %s', (row) => {
    expect(pages(row)).toEqual([]);
  });
  test.each([
    ['contains', [true, true, true, false]],
    ['prefix', [true, true, false, false]],
    ['equals', [true, false, false, false]],
  ] as const)('matches a text that %s the pattern', (how, wanted) => {
    const [fingerprint] = pages(`a,body,${how},word,isp,ZZ,s,2026-11-21,`);
    const texts = ['word', 'words', 'a word', 'wor'];
    expect(texts.map((text) => matchesText(fingerprint!, text))).toEqual(wanted);
  });
});
