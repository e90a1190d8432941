import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { ChainAppraisal } from '../../../shared/model/observation.ts';
import { appraiseChain, createRoots } from '../../../shared/observe/chain/index.ts';
import {
  basicConstraints,
  extendedKeyUsage,
  keyUsage,
  makeAuthority,
  makeKey,
  makeLeaf,
  name,
  nameConstraints,
  pemOf,
  subtree,
  tlv,
  type Authority,
  type Extension,
  type KeyKind,
} from '../codec/helpers/certificate-maker.ts';

const AT = Date.UTC(2026, 10, 21, 12);
const HOST = 'example.kz';
const SERVER = '1.3.6.1.5.5.7.3.1';
const CLIENT = '1.3.6.1.5.5.7.3.2';
const root = makeAuthority('Root');
const middle = makeAuthority('Middle', { parent: root });
const roots = createRoots(pemOf(root.der));

const appraise = (
  chain: readonly Uint8Array[],
  more: Partial<Parameters<typeof appraiseChain>[0]> = {},
): ChainAppraisal => appraiseChain({ chain, host: HOST, at: AT, roots, ...more });

/** Chains that the rules decide; OpenSSL is asked as well, where it has an opinion of the same kind. */
interface RuleCase {
  readonly title: string;
  readonly middle?: readonly Extension[];
  readonly leaf?: readonly Extension[];
  readonly host?: string;
  readonly dns?: readonly string[];
  readonly ok: boolean;
  readonly failure?: string;
  readonly hash?: 'sha1';
}

const CA = [basicConstraints(true), keyUsage(4)];
const invalid = 'ssl_invalid_certificate';
const unknown = 'ssl_unknown_authority';
const limits = (permitted: Uint8Array[], excluded: Uint8Array[]) => [
  ...CA,
  nameConstraints(permitted, excluded),
];
const RULES: readonly RuleCase[] = [
  { title: 'plain', ok: true },
  { title: 'not an authority', middle: [basicConstraints(false)], ok: false, failure: unknown },
  { title: 'no basic constraints', middle: [keyUsage(4)], ok: false, failure: unknown },
  {
    title: 'key usage without keyCertSign',
    middle: [basicConstraints(true), keyUsage(0x80)],
    ok: false,
    failure: unknown,
  },
  { title: 'authority without key usage', middle: [basicConstraints(true)], ok: true },
  { title: 'path length 0 above the leaf', middle: [basicConstraints(true, 0), keyUsage(4)], ok: true },
  { title: 'leaf for clients', leaf: [extendedKeyUsage(CLIENT)], ok: false, failure: invalid },
  { title: 'leaf for both', leaf: [extendedKeyUsage(CLIENT, SERVER)], ok: true },
  { title: 'authority for clients', middle: [...CA, extendedKeyUsage(CLIENT)], ok: false, failure: invalid },
  { title: 'authority for servers', middle: [...CA, extendedKeyUsage(SERVER)], ok: true },
  {
    title: 'unknown critical extension in the leaf',
    leaf: [{ oid: '1.2.3.4', critical: true, value: tlv(5) }],
    ok: false,
    failure: invalid,
  },
  {
    title: 'unknown critical extension in the authority',
    middle: [...CA, { oid: '1.2.3.4', critical: true, value: tlv(5) }],
    ok: false,
    failure: invalid,
  },
  { title: 'unknown extension', leaf: [{ oid: '1.2.3.4', value: tlv(5) }], ok: true },
  { title: 'SHA-1', hash: 'sha1', ok: false, failure: unknown },
  { title: 'permitted name', middle: limits([subtree.dns('kz')], []), ok: true },
  {
    title: 'name outside the permitted',
    middle: limits([subtree.dns('ru')], []),
    ok: false,
    failure: invalid,
  },
  {
    title: 'one of two names outside',
    middle: limits([subtree.dns(HOST)], []),
    dns: [HOST, 'b.com'],
    ok: false,
    failure: invalid,
  },
  {
    title: 'not a label boundary',
    middle: limits([subtree.dns('ample.kz')], []),
    ok: false,
    failure: invalid,
  },
  { title: 'excluded name', middle: limits([], [subtree.dns('kz')]), ok: false, failure: invalid },
  { title: 'excluded elsewhere', middle: limits([], [subtree.dns('ru')]), ok: true },
  {
    title: 'excluded within permitted',
    middle: limits([subtree.dns('kz')], [subtree.dns(HOST)]),
    ok: false,
    failure: invalid,
  },
  {
    title: 'address form does not bind names',
    middle: limits([subtree.ip([10, 0, 0, 0, 255, 0, 0, 0])], []),
    ok: true,
  },
  {
    title: 'wildcard that reaches an excluded name',
    middle: limits([], [subtree.dns('www.example.kz')]),
    dns: ['*.example.kz'],
    host: 'a.example.kz',
    ok: false,
    failure: invalid,
  },
];

function build(rule: RuleCase): { chain: [Uint8Array, Uint8Array]; authority: Authority } {
  const authority = makeAuthority(`Ruled ${rule.title}`, { parent: root, extensions: rule.middle ?? CA });
  const options = { more: rule.leaf ?? [], ...(rule.hash === undefined ? {} : { hash: rule.hash }) };
  return { chain: [makeLeaf(authority, rule.dns ?? [HOST], options), authority.der], authority };
}

describe('rules of the path', () => {
  it.each(RULES)('$title', (rule) => {
    const appraisal = appraise(build(rule).chain, { host: rule.host ?? HOST });
    expect(appraisal).toMatchObject({
      pathToRoot: rule.ok,
      unknownAuthority: !rule.ok,
      trusted: rule.ok,
      failure: rule.failure ?? null,
    });
  });

  it('path length counts the authorities between, self-issued ones aside', () => {
    const short = makeAuthority('Short', {
      parent: root,
      extensions: [basicConstraints(true, 0), keyUsage(4)],
    });
    const renewed = makeAuthority('Short', { parent: short });
    const further = makeAuthority('Further', { parent: short });
    expect(appraise([makeLeaf(renewed, [HOST]), renewed.der, short.der]).trusted).toBe(true);
    expect(appraise([makeLeaf(further, [HOST]), further.der, short.der])).toMatchObject({
      trusted: false,
      failure: invalid,
    });
  });

  it('address constraints', () => {
    const host = '10.1.2.3';
    const limited = (octets: number[]) =>
      makeAuthority('Addresses', { parent: root, extensions: limits([subtree.ip(octets)], []) });
    const chain = (authority: Authority) => [
      makeLeaf(authority, [], { ips: [[10, 1, 2, 3]] }),
      authority.der,
    ];
    expect(appraise(chain(limited([10, 0, 0, 0, 255, 0, 0, 0])), { host }).trusted).toBe(true);
    expect(appraise(chain(limited([10, 2, 0, 0, 255, 255, 0, 0])), { host }).trusted).toBe(false);
    expect(appraise(chain(limited([10, 0, 0, 0])), { host }).trusted).toBe(false);
  });

  it('an authority of its own making below a real leaf is worth nothing', () => {
    const key = makeKey('p256');
    const real = makeLeaf(middle, ['attacker.kz'], { key });
    const attacker: Authority = { name: name({ CN: 'attacker.kz' }), key, der: real };
    expect(appraise([makeLeaf(attacker, [HOST]), real, middle.der])).toMatchObject({
      pathToRoot: false,
      failure: unknown,
    });
  });
});

describe('OpenSSL as the oracle', () => {
  const available = spawnSync('openssl', ['version']).status === 0;
  if (!available) console.warn('SKIPPED: openssl is not installed, chains are not compared with it');
  const folder = mkdtempSync(join(tmpdir(), 'kuager-chain-'));
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  function opensslAccepts(chain: readonly Uint8Array[], anchor: Uint8Array, host: string): boolean {
    const file = (label: string, ...ders: Uint8Array[]): string => {
      const path = join(folder, label);
      writeFileSync(path, pemOf(...ders));
      return path;
    };
    const [first, ...rest] = chain as [Uint8Array, ...Uint8Array[]];
    const fixed = [
      'verify',
      '-no-CApath',
      '-no-CAstore',
      '-attime',
      String(AT / 1000),
      '-purpose',
      'sslserver',
    ];
    const untrusted = rest.length > 0 ? ['-untrusted', file('rest.pem', ...rest)] : [];
    const args = [
      ...fixed,
      '-verify_hostname',
      host,
      '-CAfile',
      file('root.pem', anchor),
      ...untrusted,
      file('leaf.pem', first),
    ];
    return spawnSync('openssl', args).status === 0;
  }

  /** OpenSSL 3 does not test a wildcard against excluded names below it, and takes SHA-1 at its lowest security levels. */
  const ASKED = RULES.filter((rule) => rule.hash === undefined && !rule.title.startsWith('wildcard'));

  it.skipIf(!available).each(ASKED)('$title', (rule) => {
    const { chain } = build(rule);
    expect(opensslAccepts(chain, root.der, HOST)).toBe(rule.ok);
  });

  it.skipIf(!available)('mixed algorithms, wrong names, damaged signatures', () => {
    const kinds: KeyKind[] = ['rsa', 'p256', 'p384', 'p521', 'ed25519'];
    for (const kind of kinds) {
      const top = makeAuthority(`Top ${kind}`, { kind });
      const below = makeAuthority('Below', { kind: 'rsa', parent: top });
      const end = makeLeaf(below, ['*.example.kz'], { pssSalt: 32 });
      const damaged = Uint8Array.from(below.der);
      damaged[damaged.length - 3] = (damaged[damaged.length - 3] ?? 0) ^ 4;
      for (const second of [below.der, damaged]) {
        for (const host of ['a.example.kz', 'example.kz', 'a.b.example.kz']) {
          const ours = appraise([end, second], { host, roots: createRoots(pemOf(top.der)) }).trusted;
          expect(ours, `${kind} ${host}`).toBe(opensslAccepts([end, second], top.der, host));
          expect(ours).toBe(second === below.der && host === 'a.example.kz');
        }
      }
    }
  });

  it.skipIf(!available)('a certificate that the openssl tool made', () => {
    const at = (file: string) => join(folder, file);
    const request = [
      'req',
      '-x509',
      '-newkey',
      'ed25519',
      '-nodes',
      '-days',
      '36500',
      '-subj',
      '/C=KZ/CN=tool.kz',
    ];
    execFileSync(
      'openssl',
      [...request, '-addext', 'subjectAltName=DNS:tool.kz', '-keyout', at('k'), '-out', at('c')],
      {
        stdio: 'pipe',
      },
    );
    const der = new Uint8Array(execFileSync('openssl', ['x509', '-in', at('c'), '-outform', 'DER']));
    expect(appraise([der], { host: 'tool.kz' })).toMatchObject({
      selfSigned: true,
      wrongName: false,
      authorityName: 'C=KZ, CN=tool.kz',
    });
  });
});
