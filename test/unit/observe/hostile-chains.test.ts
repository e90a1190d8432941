/** Chains made to break or to mislead whoever reads them: kept failures, the list of what must be survived, and fresh ones. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createChecker } from '../../../scripts/fuzz/check-case.ts';
import { AT, HOST, makeCorpus } from '../../../scripts/fuzz/corpus.ts';
import { node, placesIn, readTree, writeTree, type DerNode } from '../../../scripts/fuzz/der-tree.ts';
import { readKept } from '../../../scripts/fuzz/kept.ts';
import { makeCase, type FuzzCase } from '../../../scripts/fuzz/make-case.ts';
import { createOpenssl } from '../../../scripts/fuzz/oracle.ts';
import { createRandom } from '../../../scripts/fuzz/random.ts';
import { appraiseChain } from '../../../shared/observe/chain/index.ts';
import { createRoots } from '../../../shared/observe/chain/roots.ts';
import type { ChainAppraisal } from '../../../shared/model/index.ts';
import {
  altNames,
  basicConstraints,
  keyUsage,
  makeAuthority,
  makeCertificate,
  makeKey,
  makeLeaf,
  name,
  pemOf,
  tlv,
  type AuthorityOptions,
  type CertificateOptions,
} from '../codec/helpers/certificate-maker.ts';

const KEPT = join(import.meta.dirname, '../../golden/certificates');
const corpus = makeCorpus();
const { check } = createChecker(corpus, createOpenssl());
const both = { document: true, strictness: false };

describe('chains that once misled', () => {
  const trusted: Readonly<Record<string, boolean>> = {
    'authority-key-id-with-junk': false,
    'cross-signed': true,
    'key-usage-behind-its-end': false,
    'leaf-key-of-unknown-curve': false,
    'leaf-key-of-unknown-kind': false,
    'name-of-no-form': false,
    'other-name-with-junk': false,
    'rsa-key-with-junk-parameters': false,
    'serial-not-shortest': false,
    'twin-of-a-known-leaf': false,
    'two-lists-of-extensions': false,
  };
  const files = readdirSync(KEPT).filter((file) => file.endsWith('.json'));

  it('are all here', () => {
    expect(files.map((file) => file.replace('.json', '')).sort()).toEqual(Object.keys(trusted).sort());
  });

  it.each(files)('%s', (file) => {
    const kept = readKept(readFileSync(join(KEPT, file), 'utf8'));
    expect(check(kept, both)).toEqual([]);
    expect(appraiseChain({ ...kept, roots: corpus.context.roots }).trusted).toBe(
      trusted[file.replace('.json', '')],
    );
  });
});

describe('fresh ones', () => {
  it('throw nothing, take no long time and earn no trust', () => {
    const problems = Array.from({ length: 150 }, (_, i): [FuzzCase, string[]] => {
      const wanted = makeCase(corpus, createRandom(0xf2e5 + i));
      return [wanted, check(wanted, { document: i % 10 === 0, strictness: false })];
    }).filter(([, found]) => found.length > 0);
    expect(problems.map(([{ edits }, found]) => [...edits, ...found])).toEqual([]);
  }, 120_000);
});

describe('what must be survived', () => {
  const root = makeAuthority('Hostile Test Root', { kind: 'rsa' });
  const roots = createRoots(pemOf(root.der));
  const key = makeKey('p256');
  const appraise = (chain: readonly Uint8Array[], at = AT, host = HOST): ChainAppraisal =>
    appraiseChain({ chain, host, at, roots });
  const leaf = (
    options: Parameters<typeof makeLeaf>[2] = {},
    names: readonly string[] = [HOST],
  ): Uint8Array => makeLeaf(root, names, { key, ...options });
  const signedLeaf = (options: Partial<CertificateOptions>): Uint8Array =>
    makeCertificate({
      subject: name({ CN: HOST }),
      issuer: root.name,
      publicKey: key.publicKey,
      signWith: root.key.privateKey,
      extensions: [altNames([HOST])],
      ...options,
    });
  const below = (options: AuthorityOptions): Uint8Array[] => {
    const middle = makeAuthority('Hostile Test Middle', { parent: root, ...options });
    return [makeLeaf(middle, [HOST], { key }), middle.der];
  };
  const edited = (der: Uint8Array, edit: (tree: DerNode) => void): Uint8Array => {
    const tree = readTree(der);
    edit(tree);
    return writeTree(tree);
  };
  const nest = (levels: number): DerNode =>
    levels === 0 ? node(5, new Uint8Array()) : node(0x30, [nest(levels - 1)]);
  const sound = leaf();

  it('the sound one is trusted', () => {
    expect(appraise([sound])).toMatchObject({ trusted: true, failure: null, unreadable: [] });
  });

  it.each<[string, readonly Uint8Array[], string | null]>([
    ['nothing but junk', [Uint8Array.of(0xde, 0xad)], 'ssl_invalid_certificate'],
    ['an empty certificate', [new Uint8Array()], 'ssl_invalid_certificate'],
    ['junk between', [sound, Uint8Array.of(1, 2, 3), new Uint8Array(), root.der], null],
    ['a hundred certificates', Array.from({ length: 100 }, () => sound), null],
    ['a megabyte', [new Uint8Array(1024 * 1024).fill(0x30)], 'ssl_invalid_certificate'],
    ['a megabyte behind', [sound, new Uint8Array(1024 * 1024).fill(0x30)], null],
    ['a negative serial number', [leaf({ serial: -12_345n })], null],
    ['a serial number of 2 KiB', [leaf({ serial: 1n << 16_383n })], null],
    [
      'indefinite length',
      [edited(sound, (tree) => void (tree.length = 'indefinite'))],
      'ssl_invalid_certificate',
    ],
    [
      'deep nesting in place of the certificate',
      [writeTree(node(0x30, [nest(1000)]))],
      'ssl_invalid_certificate',
    ],
    ['four thousand names', [leaf({}, [...Array.from({ length: 4_000 }, (_, i) => `${i}.kz`), HOST])], null],
    [
      'ten thousand names',
      [
        edited(sound, (tree) => {
          const names = placesIn(tree).find((place) => place.node.tag === 0x82)?.parent;
          for (let i = 0; i < 10_000; i++) names?.children?.push(node(0x82, Buffer.from(`${i}.example`)));
        }),
      ],
      'ssl_invalid_certificate',
    ],
    ['NUL in a name', [leaf({}, [`${HOST}\0.evil.example`])], 'ssl_invalid_hostname'],
    ['a subject of 40,000 characters', [signedLeaf({ subject: name({ CN: 'x'.repeat(40_000) }) })], null],
    [
      'names within names',
      [leaf({ extensions: [{ oid: '2.5.29.17', value: tlv(0x30, tlv(0xa4, writeTree(nest(300)))) }] })],
      'ssl_invalid_hostname',
    ],
    [
      'an unknown critical extension',
      [leaf({ more: [{ oid: '1.2.3.4', critical: true, value: tlv(5) }] })],
      'ssl_invalid_certificate',
    ],
    ['MD5', [signedLeaf({ hash: 'md5' })], 'ssl_unknown_authority'],
    ['SHA-1', [signedLeaf({ hash: 'sha1' })], 'ssl_unknown_authority'],
    ['RSA-PSS', [signedLeaf({ pssSalt: 32 })], null],
    ['P-521', below({ kind: 'p521' }), null],
    ['Ed25519', below({ kind: 'ed25519' }), null],
    ['an authority sent as the leaf', [root.der], 'ssl_invalid_hostname'],
  ])('%s', (_what, chain, failure) => {
    const appraisal = appraise(chain);
    expect(appraisal).toMatchObject({ failure, trusted: failure === null });
    expect(appraisal.leafSha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each([
    ['from 1950 on', '500101000000Z', '20600101000000Z', null],
    ['to 9999', '200101000000Z', '99991231235959Z', null],
    ['ended in 1950', '500101000000Z', '500102000000Z', 'ssl_invalid_certificate'],
    ['from 2049 on', '491231235959Z', '99991231235959Z', 'ssl_invalid_certificate'],
    [
      'with an offset, which no client accepts',
      '200101000000Z',
      '20600101000000+0600',
      'ssl_invalid_certificate',
    ],
    ['without seconds', '2001010000Z', '20600101000000Z', 'ssl_invalid_certificate'],
    ['to a day that does not exist', '200101000000Z', '20300230000000Z', 'ssl_invalid_certificate'],
    ['to no date', '200101000000Z', 'whenever', 'ssl_invalid_certificate'],
  ])('%s', (_what, notBefore, notAfter, failure) => {
    expect(appraise([leaf({ notBefore, notAfter })]).failure).toBe(failure);
  });

  it('an authority sent as the leaf has a path and is no server, whatever is asked for', () => {
    const extensions = [basicConstraints(true), keyUsage(4), altNames([HOST])];
    const named = makeAuthority('Hostile Named Root', { extensions });
    const appraisal = appraiseChain({
      chain: [named.der],
      host: HOST,
      at: AT,
      roots: createRoots(pemOf(named.der)),
    });
    expect(appraisal).toMatchObject({
      pathToRoot: true,
      unknownAuthority: false,
      wrongName: false,
      trusted: false,
      failure: 'ssl_invalid_certificate',
    });
  });

  it('two authorities that sign each other end', () => {
    const [a, b] = [makeKey('p256'), makeKey('p256')];
    const one = makeAuthority('Loop A', { key: a });
    const two = makeAuthority('Loop B', { key: b, parent: one });
    const back = makeAuthority('Loop A', { key: a, parent: two });
    expect(appraise([makeLeaf(one, [HOST]), back.der, two.der, back.der, two.der])).toMatchObject({
      trusted: false,
      unknownAuthority: true,
      failure: 'ssl_unknown_authority',
    });
  });
});
