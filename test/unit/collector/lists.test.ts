/** `lists add-root`: what it writes, and above all what it refuses. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addRootCommand, operatorList, type AddRootFlags } from '../../../collector/commands/lists.ts';
import { describeError } from '../../../collector/errors.ts';
import { parsePem } from '../../../shared/codec/pem.ts';
import { parseCertificate } from '../../../shared/codec/x509.ts';
import { readFingerprints } from '../../../shared/rules/fingerprints.ts';
import {
  basicConstraints,
  keyUsage,
  makeAuthority,
  makeCertificate,
  makeKey,
  makeLeaf,
  name,
  pemOf,
} from '../codec/helpers/certificate-maker.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'kuager-lists-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (file: string): string => join(folder, file);
const root = makeAuthority('Qamal Gateway');
const WORDS = { note: 'met on one line in Almaty', source: 'our own measurement', all: false } as const;

/** Lines printed; or the one line of an error. */
function add(pem: string, flags: Partial<AddRootFlags> = {}, json = false): string[] {
  writeFileSync(at('root.pem'), pem);
  const lines: string[] = [];
  const io = { out: (line: string) => void lines.push(line), err: () => undefined };
  try {
    const where = flags.data === undefined && flags.file === undefined ? { file: at('list.json') } : {};
    addRootCommand(at('root.pem'), { ...WORDS, ...where, ...flags }, { lang: 'en', json, debug: false }, io);
  } catch (error) {
    return [describeError(error).line];
  }
  return lines;
}
interface List {
  readonly roots: readonly Readonly<Record<string, unknown>>[];
  readonly [key: string]: unknown;
}
const list = (path = at('list.json')): List => JSON.parse(readFileSync(path, 'utf8')) as List;
const read = (path = at('list.json')) => readFingerprints([readFileSync(path, 'utf8')], '', '').authorities;

/** A self-signed authority with any name. */
function rootNamed(
  attributes: Readonly<Record<string, string>>,
  extensions = [basicConstraints(true), keyUsage(4)],
) {
  const [own, key] = [name(attributes), makeKey('p256')];
  const parts = { subject: own, issuer: own, publicKey: key.publicKey, signWith: key.privateKey };
  return makeCertificate({ ...parts, extensions });
}

describe('an authority', () => {
  it('gets an entry with all that tells it, and the list is read back', () => {
    const [line] = add(pemOf(root.der));
    expect(line).toMatch(/^op-qamal-gateway-[0-9a-f]{8} {2}[0-9a-f]{64}$/);
    const spki = root.key.publicKey.export({ type: 'spki', format: 'der' });
    const [entry] = list().roots;
    expect(entry).toMatchObject({
      id: line!.split('  ')[0],
      sha256: line!.split('  ')[1],
      name: { C: 'KZ', CN: 'Qamal Gateway' },
      public_key: spki.toString('base64'),
      not_before: '2020-01-01T00:00:00Z',
      source: WORDS.source,
      notes: WORDS.note,
    });
    expect(read()).toMatchObject([{ id: entry!['id'], publicKey: new Uint8Array(spki) }]);
    expect(readdirSync(folder).sort()).toEqual(['list.json', 'root.pem']);
  });

  it('goes behind those that are there, which stay as they are', () => {
    const first = {
      version: 1,
      comment: 'ours',
      roots: [{ id: 'first', sha1: '11'.repeat(20), more: 1 }],
      products: [],
    };
    writeFileSync(at('list.json'), JSON.stringify(first));
    add(pemOf(root.der), { id: 'second' });
    const after = list();
    expect(after).toMatchObject({ version: 1, comment: 'ours', products: [] });
    expect(after.roots.map(({ id }) => id)).toEqual(['first', 'second']);
    expect(after.roots[0]).toEqual(first.roots[0]);
  });

  it('goes to the list that serve --data reads', () => {
    mkdirSync(at('data'));
    expect(operatorList(at('data'), [])).toBeNull();
    expect(add(pemOf(root.der), { data: at('data') }).at(-1)).toContain('from the next start of serve');
    expect(operatorList(at('data'), [])).toContain('Qamal Gateway');
    expect(operatorList(at('data'), [at('data/interception.json')])).toBeNull();
  });

  it('is printed as JSON on demand', () => {
    const lines = add(pemOf(root.der), {}, true);
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0]!)).toEqual(list().roots[0]);
  });

  it('may be several in one file when all are meant', () => {
    const two = pemOf(root.der, rootNamed({ CN: 'Second Gateway' }));
    expect(add(two)[0]).toMatch(/^CERTIFICATE_REFUSED: .*2 certificates; give one, or --all/);
    expect(existsSync(at('list.json'))).toBe(false);
    expect(add(two, { all: true })).toHaveLength(3);
    expect(list().roots).toHaveLength(2);
  });

  it('under the name of a root that browsers trust is known by its key alone', () => {
    const pem = readFileSync(
      new URL('../../../testlists/roots/mozilla-node-20.20.2.pem', import.meta.url),
      'utf8',
    );
    const parsed = parseCertificate(parsePem(pem).blocks[0]!);
    if ('error' in parsed) throw new Error(parsed.error);
    const key = makeKey('p256');
    const own = parsed.subject.der;
    const parts = { subject: own, issuer: own, publicKey: key.publicKey, signWith: key.privateKey };
    add(pemOf(makeCertificate({ ...parts, extensions: [basicConstraints(true), keyUsage(4)] })));
    expect(list().roots).toHaveLength(1);
    expect(list().roots[0]).not.toHaveProperty('name');
    expect(list().roots[0]).toHaveProperty('public_key');
  });

  it('without a name is known by its key', () => {
    add(pemOf(rootNamed({})));
    expect(list().roots[0]).not.toHaveProperty('name');
    expect(list().roots[0]!['id']).toMatch(/^op-[0-9a-f]{8}$/);
  });
});

describe('refused in one line, and nothing is written', () => {
  it.each(['  Негізгі  куәландырушы\u00a0орталық', 'НЕГІЗГІ КУӘЛАНДЫРУШЫ ОРТАЛЫҚ'])(
    'the state’s ordinary root, however it is spelled: %s',
    (CN) => {
      expect(add(pemOf(rootNamed({ C: 'kz', CN })))[0]).toMatch(/^CERTIFICATE_REFUSED: .*ordinary PKI/);
      expect(existsSync(at('list.json'))).toBe(false);
    },
  );

  it('what is no file and may have no end', () => {
    const flags = { ...WORDS, file: at('list.json') };
    const io = { out: () => undefined, err: () => undefined };
    const global = { lang: 'en', json: false, debug: false } as const;
    expect(() => addRootCommand('/dev/zero', flags, global, io)).toThrow('/dev/zero is no file');
  });

  const publicPem = readFileSync(
    new URL('../../../testlists/roots/mozilla-node-20.20.2.pem', import.meta.url),
    'utf8',
  );
  const aRoot = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/.exec(publicPem)![0];
  const stolenName = makeAuthority('x');
  const broken = Uint8Array.from(root.der, (byte, i) => (i === root.der.length - 5 ? byte ^ 1 : byte));
  const STATE = 'НЕГІЗГІ КУӘЛАНДЫРУШЫ ОРТАЛЫҚ (RSA)';
  it.each<[string, string, RegExp]>([
    ['a server’s certificate', pemOf(makeLeaf(root, ['site.example'])), /no certificate of an authority/],
    [
      'one that may not sign',
      pemOf(rootNamed({ CN: 'x' }, [basicConstraints(true), keyUsage(0x80)])),
      /may not sign others/,
    ],
    ['a root that browsers trust', aRoot, /is a root that browsers trust/],
    ['the state’s root', pemOf(rootNamed({ C: 'KZ', CN: STATE })), /ordinary PKI/],
    [
      'what the state’s authority issues',
      pemOf(rootNamed({ O: 'x', CN: 'ҰЛТТЫҚ КУӘЛАНДЫРУШЫ ОРТАЛЫҚ', C: 'KZ' })),
      /ordinary PKI/,
    ],
    ['a security product’s', pemOf(rootNamed({ CN: 'ESET SSL Filter CA' })), /security product/],
    ['one not signed by itself', pemOf(broken), /not signed by its key/],
    ['no certificate', 'hello', /no certificate in PEM/],
    ['base64 of nothing', pemOf(new Uint8Array([1, 2, 3])), /can’t be read/],
    [
      'a broken block',
      '-----BEGIN CERTIFICATE-----\n???\n-----END CERTIFICATE-----\n',
      /block 1 is not base64/,
    ],
  ])('%s', (_, pem, why) => {
    const [line, ...rest] = add(pem);
    expect(line).toMatch(/^CERTIFICATE_REFUSED: /);
    expect(line).toMatch(why);
    expect(rest).toEqual([]);
    expect(readdirSync(folder)).toEqual(['root.pem']);
  });

  it('what is on a list already, ours or the operator’s', () => {
    add(pemOf(root.der));
    const before = readFileSync(at('list.json'), 'utf8');
    expect(add(pemOf(root.der))[0]).toMatch(/is on the list already/);
    // The same key in another certificate is the same authority.
    const again = makeAuthority('Qamal Gateway', { key: root.key, serial: 7n });
    expect(add(pemOf(again.der))[0]).toMatch(/is on the list already/);
    const other = pemOf(stolenName.der);
    expect(add(other, { id: 'kz-qaznet-2019' })[0]).toMatch(/the id kz-qaznet-2019 is taken/);
    expect(readFileSync(at('list.json'), 'utf8')).toBe(before);
  });

  it.each<[string, Partial<AddRootFlags>, RegExp]>([
    ['no note', { note: ' ' }, /--note is empty/],
    ['no source', { source: '' }, /--source is empty/],
    ['a note of two lines', { note: 'a\nb' }, /--note takes one line/],
    ['an id with spaces', { id: 'a b' }, /--id takes/],
    ['an id that means something', { id: 'unknown' }, /a meaning of its own/],
  ])('%s', (_, flags, why) => {
    expect(add(pemOf(root.der), flags)[0]).toMatch(why);
    expect(existsSync(at('list.json'))).toBe(false);
    expect(existsSync(at('list.json.new'))).toBe(false);
  });

  it.each<[string, string, RegExp]>([
    ['no JSON', '{', /^LIST_INVALID: .*not JSON/],
    ['of another form', '[]', /^LIST_INVALID: .*not an object/],
    ['with an entry that nothing tells', '{"version":1,"roots":[{"id":"a"}]}', /a: nothing to know it by/],
    ['with a broken hash', '{"version":1,"roots":[{"id":"a","sha256":"A"}]}', /a: sha256 must be/],
  ])('a list %s', (_, text, why) => {
    writeFileSync(at('list.json'), text);
    expect(add(pemOf(root.der))[0]).toMatch(why);
    expect(readFileSync(at('list.json'), 'utf8')).toBe(text);
  });

  it('flags that don’t say where', () => {
    expect(add(pemOf(root.der), { file: at('a'), data: folder })[0]).toMatch(/^USAGE: /);
    expect(add(pemOf(root.der), { data: at('nowhere') })[0]).toMatch(/^DIR_MISSING: /);
    expect(add(pemOf(root.der), { file: at('no/list.json') })[0]).toMatch(/^OUT_UNWRITABLE: /);
    writeFileSync(at('list.json.new'), '');
    expect(add(pemOf(root.der))[0]).toMatch(/^OUT_UNWRITABLE: .*another add is under way/);
    expect(existsSync(at('list.json.new'))).toBe(true);
  });
});
