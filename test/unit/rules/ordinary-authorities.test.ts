/** The state's ordinary PKI, its CN family and the country alone never make an interceptor of anybody. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createJudgeContext, judgeCase, type JudgeContext } from '../../../shared/judge/index.ts';
import type { Verdict } from '../../../shared/model/index.ts';
import { draft } from '../../golden/build.ts';
import { ROOTS_PEM, type Chain } from '../../golden/chains.ts';
import { KNOWN_SERVERS } from '../../golden/context.ts';
import { CONTROL_GETS_ALL, HOST, HTTPS_URL, IP, names, SECURE } from '../../golden/scenes.ts';
import { matchKnownAuthority } from '../../../shared/rules/known-authority.ts';
import {
  altNames,
  basicConstraints,
  keyUsage,
  makeCertificate,
  makeKey,
  name,
} from '../codec/helpers/certificate-maker.ts';

const INTERCEPTION = readFileSync(
  new URL('../../../testlists/fingerprints/interception.json', import.meta.url),
  'utf8',
);
interface Listed {
  readonly roots: readonly { readonly id: string; readonly name: Readonly<Record<string, string>> }[];
  readonly not_interception: readonly { readonly cn_prefix: string }[];
}
const listed = JSON.parse(INTERCEPTION) as Listed;
const PREFIXES = listed.not_interception.map(({ cn_prefix }) => cn_prefix);
const RECORDED = new Set(listed.roots.map(({ name: known }) => JSON.stringify(Object.entries(known).sort())));

const contextOf = (...interceptionJson: readonly string[]): JudgeContext =>
  createJudgeContext({
    rootsPem: ROOTS_PEM,
    interceptionJson,
    blockpagesCsv: '',
    resolversCsv: '',
    networksCsv: '',
    servers: KNOWN_SERVERS,
  });
const CONTEXT = contextOf(INTERCEPTION);

type Attributes = Readonly<Record<string, string>>;
const [rootKey, issuerKey, leafKey] = [makeKey('p256'), makeKey('p256'), makeKey('p256')];
const AUTHORITY = [basicConstraints(true), keyUsage(4)];

/** Leaf, issuer and, if `whole`, the root. */
function chainOf(root: Attributes, issuer: Attributes, whole: boolean): Chain {
  const [above, own] = [name(root), name(issuer)];
  const rootDer = makeCertificate({
    subject: above,
    issuer: above,
    publicKey: rootKey.publicKey,
    signWith: rootKey.privateKey,
    extensions: AUTHORITY,
  });
  const issuerDer = makeCertificate({
    subject: own,
    issuer: above,
    publicKey: issuerKey.publicKey,
    signWith: rootKey.privateKey,
    extensions: AUTHORITY,
  });
  const leaf = makeCertificate({
    subject: name({ CN: HOST }),
    issuer: own,
    publicKey: leafKey.publicKey,
    signWith: issuerKey.privateKey,
    extensions: [altNames([HOST])],
  });
  return [leaf, issuerDer, ...(whole ? [rootDer] : [])];
}

function judgedOn(chain: Chain, atControl: boolean, context = CONTEXT) {
  const untrusted = { failure: 'ssl_unknown_authority', chain } as const;
  const d = draft(HTTPS_URL);
  names(d);
  d.tcp(IP, 443);
  d.tls(untrusted);
  if (atControl)
    d.control({
      ...CONTROL_GETS_ALL,
      tls: { [SECURE]: untrusted },
      http: { failure: 'ssl_unknown_authority' },
    });
  const result = judgeCase(d.document(), context);
  if ('problems' in result) throw new Error('not judged');
  const [o] = result.case.hops[0]!.tls;
  return { verdict: result.verdict, match: matchKnownAuthority(o!, result.case.fingerprints.authorities) };
}

function expectNothing({ verdict, match }: { verdict: Verdict; match: unknown }): void {
  expect(match).toBeNull();
  expect(verdict.interception).toBeNull();
  expect(verdict.authority).toBeNull();
  expect(['interfered', 'suspected']).not.toContain(verdict.outcome);
}

const word = fc.string({ minLength: 0, maxLength: 12, unit: 'grapheme' });
const commonName = fc.oneof(
  fc.tuple(fc.constantFrom(...PREFIXES), word).map(([prefix, rest]) => `${prefix}${rest}`),
  fc.constantFrom(...PREFIXES),
  word,
);
/** C=KZ always; the rest at will, in any order. */
const attributes = fc
  .record(
    {
      C: fc.constant('KZ'),
      CN: commonName,
      O: word,
      '2.5.4.11': word,
      '2.5.4.7': fc.constantFrom('Astana', 'Almaty'),
    },
    { requiredKeys: ['C'] },
  )
  .chain((all) => fc.shuffledSubarray(Object.entries(all), { minLength: 1 }))
  .map((entries): Attributes => ({ C: 'KZ', ...Object.fromEntries(entries) }))
  .filter((all) => !RECORDED.has(JSON.stringify(Object.entries(all).sort())));

describe('the state’s ordinary authorities', () => {
  test('are listed, both of them', () => {
    expect(PREFIXES).toEqual(['НЕГІЗГІ КУӘЛАНДЫРУШЫ ОРТАЛЫҚ', 'ҰЛТТЫҚ КУӘЛАНДЫРУШЫ ОРТАЛЫҚ']);
  });

  test.each(PREFIXES.flatMap((prefix) => ['', ' (RSA)', ' (GOST) 2022'].map((end) => `${prefix}${end}`)))(
    '%s accuses nobody, seen by the control or not, root sent or not',
    (CN) => {
      for (const root of [
        { C: 'KZ', CN },
        { CN, C: 'KZ' },
        { C: 'KZ', O: 'РМК МТС', CN },
      ])
        for (const whole of [true, false])
          for (const atControl of [true, false])
            expectNothing(judgedOn(chainOf(root, { C: 'KZ', CN: `${PREFIXES[1]} (RSA)` }, whole), atControl));
    },
  );

  test('nor does any other name with their words or their country', () => {
    fc.assert(
      fc.property(attributes, attributes, fc.boolean(), fc.boolean(), (root, issuer, whole, atControl) => {
        expectNothing(judgedOn(chainOf(root, issuer, whole), atControl));
      }),
      { numRuns: 150 },
    );
  });

  test('nor where somebody has put such a name on record: only a key tells then', () => {
    const CN = PREFIXES[0]!;
    const chain = chainOf({ C: 'KZ', CN }, { C: 'KZ', CN }, true);
    const record = (more: object) =>
      contextOf(
        INTERCEPTION,
        JSON.stringify({ version: 1, roots: [{ id: 'of-2015', name: { C: 'KZ', CN }, ...more }] }),
      );
    expectNothing(judgedOn(chain, false, record({ sha256: '00'.repeat(32) })));
    const key = rootKey.publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
    expect(judgedOn(chain, false, record({ public_key: key })).match).toEqual({
      id: 'of-2015',
      by: 'signature',
    });
  });
});

describe('an authority on record', () => {
  const imitated = (root: Attributes) => judgedOn(chainOf(root, { C: 'ZZ', CN: 'x' }, true), false).match;
  test.each(listed.roots.map((root) => [root.id, root] as const))(
    '%s is not met by its country alone',
    (_, root) => {
      expect(imitated({ C: 'KZ' })).toBeNull();
      for (const left of Object.keys(root.name)) {
        const rest = Object.fromEntries(Object.entries(root.name).filter(([type]) => type !== left));
        if (!RECORDED.has(JSON.stringify(Object.entries(rest).sort()))) expect(imitated(rest)).toBeNull();
      }
    },
  );

  test('is imitated by all of its name, in any order', () => {
    for (const root of listed.roots) {
      const turned = Object.fromEntries(
        Object.entries(root.name)
          .map(
            ([type, value]) => [type === 'ST' ? '2.5.4.8' : type === 'L' ? '2.5.4.7' : type, value] as const,
          )
          .reverse(),
      );
      expect(imitated(turned)?.by).toBe('imitation');
    }
  });
});
