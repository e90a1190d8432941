import { rootCertificates } from 'node:tls';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../../shared/codec/digest.ts';
import { parseCertificate } from '../../../shared/codec/x509.ts';
import type { ChainAppraisal } from '../../../shared/model/observation.ts';
import {
  MAX_CHAIN_CERTIFICATES,
  START_ROUNDING_MS,
  appraiseChain,
  createRoots,
  withExtraRoots,
} from '../../../shared/observe/chain/index.ts';
import {
  altNames,
  fillerBytes,
  makeAuthority,
  makeCertificate,
  makeKey,
  makeLeaf,
  name,
  pemOf,
  type Authority,
  type KeyKind,
} from '../codec/helpers/certificate-maker.ts';

const AT = Date.UTC(2026, 10, 21, 12);
const HOST = 'example.kz';
const root = makeAuthority('Root');
const middle = makeAuthority('Middle', { parent: root });
const leaf = makeLeaf(middle, [HOST]);
const roots = createRoots(pemOf(root.der));

const appraise = (
  chain: readonly Uint8Array[],
  more: Partial<Parameters<typeof appraiseChain>[0]> = {},
): ChainAppraisal => appraiseChain({ chain, host: HOST, at: AT, roots, ...more });

const spkiHash = (der: Uint8Array): string => {
  const parsed = parseCertificate(der);
  if ('error' in parsed) throw new Error(parsed.error);
  return sha256Hex(parsed.publicKey.der);
};

describe('a sound chain', () => {
  it('is trusted, and says everything about itself', () => {
    const appraisal = appraise([leaf, middle.der]);
    expect(appraisal).toMatchObject({
      pathToRoot: true,
      trusted: true,
      expired: false,
      notYetValid: false,
      wrongName: false,
      selfSigned: false,
      unknownAuthority: false,
      unreadable: [],
      leafSha256: sha256Hex(leaf),
      leafSpkiSha256: spkiHash(leaf),
      authoritySpkiSha256: spkiHash(root.der),
      authorityName: 'C=KZ, CN=Root',
      failure: null,
    });
    expect(appraisal.certificates.map((each) => each.subject)).toEqual([`CN=${HOST}`, 'C=KZ, CN=Middle']);
    expect(appraisal.certificates[0]).toMatchObject({
      issuer: 'C=KZ, CN=Middle',
      serial: '01',
      notBefore: '2020-01-01T00:00:00Z',
    });
  });

  it.each<KeyKind>(['rsa', 'p256', 'p384', 'p521', 'ed25519'])('of %s keys', (kind) => {
    const top = makeAuthority(`Top ${kind}`, { kind });
    const below = makeAuthority(`Below ${kind}`, { kind, parent: top });
    const chain = [makeLeaf(below, [HOST], { kind }), below.der];
    expect(appraise(chain, { roots: createRoots(pemOf(top.der)) }).trusted).toBe(true);
  });

  it.each<[string, Uint8Array[]]>([
    ['root sent along', [leaf, middle.der, root.der]],
    ['out of order', [leaf, root.der, middle.der]],
    ['duplicates', [leaf, leaf, middle.der, middle.der, root.der, root.der]],
    [
      'junk and strangers',
      [leaf, Uint8Array.of(1), makeAuthority('Stranger').der, makeAuthority('Middle').der, middle.der],
    ],
  ])('%s', (_, chain) => {
    expect(appraise(chain)).toMatchObject({ trusted: true, failure: null, authorityName: 'C=KZ, CN=Root' });
  });

  it('without a name to compare', () => {
    expect(appraise([leaf, middle.der], { host: null }).trusted).toBe(true);
  });

  it('does not depend on what was appraised before', () => {
    const first = appraise([leaf, middle.der]);
    appraise([leaf]);
    expect(appraise([leaf, middle.der])).toEqual(first);
  });
});

describe('another way to a root', () => {
  const other = makeAuthority('Other root');

  it('cross-signs, loops and renewed keys', () => {
    const crossed = makeAuthority('Root', { key: root.key, parent: other });
    const back = makeAuthority('Other root', { key: other.key, parent: root });
    const chain = [leaf, middle.der, crossed.der, back.der, root.der];
    const onlyOther = createRoots(pemOf(other.der));
    expect(appraise(chain, { roots: onlyOther })).toMatchObject({
      trusted: true,
      authorityName: 'C=KZ, CN=Other root',
    });
    expect(appraise(chain).authorityName).toBe('C=KZ, CN=Root');
    const stranger = createRoots(pemOf(makeAuthority('Nobody').der));
    expect(appraise(chain, { roots: stranger })).toMatchObject({ pathToRoot: false, unknownAuthority: true });
  });

  it('prefers the path whose dates hold', () => {
    const expired = makeAuthority('Middle', {
      key: middle.key,
      parent: root,
      notAfter: '210101000000Z',
      serial: 2n,
    });
    expect(appraise([leaf, expired.der, middle.der])).toMatchObject({ trusted: true, expired: false });
    expect(appraise([leaf, expired.der])).toMatchObject({
      pathToRoot: true,
      trusted: false,
      expired: true,
      unknownAuthority: false,
      failure: 'ssl_invalid_certificate',
    });
  });

  it('a root in the snapshot that is expired or not yet valid is no root', () => {
    for (const dates of [{ notAfter: '210101000000Z' }, { notBefore: '300101000000Z' }]) {
      const dead = makeAuthority('Dead', dates);
      const appraisal = appraise([makeLeaf(dead, [HOST]), dead.der], { roots: createRoots(pemOf(dead.der)) });
      expect(appraisal).toMatchObject({
        pathToRoot: false,
        unknownAuthority: true,
        failure: 'ssl_unknown_authority',
      });
    }
  });

  it('a self-signed leaf that is in the snapshot is an anchor', () => {
    const key = makeKey('p256');
    const own = name({ CN: HOST });
    const make = {
      subject: own,
      issuer: own,
      publicKey: key.publicKey,
      signWith: key.privateKey,
      extensions: [altNames([HOST])],
    };
    const der = makeCertificate(make);
    expect(appraise([der])).toMatchObject({
      selfSigned: true,
      unknownAuthority: true,
      trusted: false,
      failure: 'ssl_unknown_authority',
      authoritySpkiSha256: spkiHash(der),
      authorityName: `CN=${HOST}`,
    });
    const trusting = withExtraRoots(roots, [pemOf(der)]);
    expect(appraise([der], { roots: trusting })).toMatchObject({ selfSigned: false, trusted: true });
    // Same name and key as a root, but other content: only the very certificate is trusted.
    const lookalike = makeCertificate({
      ...make,
      extensions: [altNames([HOST, 'bank.kz'])],
      signWith: makeKey('p256').privateKey,
    });
    expect(appraise([lookalike], { roots: trusting, host: 'bank.kz' }).trusted).toBe(false);
  });
});

describe('an unknown authority', () => {
  const fake = makeAuthority('Root');
  const fakeMiddle = makeAuthority('Fake middle', { parent: fake });
  const fakeLeaf = makeLeaf(fakeMiddle, [HOST]);

  it('is named by its self-signed certificate when that is sent', () => {
    expect(appraise([fakeLeaf, fakeMiddle.der, fake.der])).toMatchObject({
      pathToRoot: false,
      unknownAuthority: true,
      selfSigned: false,
      failure: 'ssl_unknown_authority',
      authoritySpkiSha256: spkiHash(fake.der),
      authorityName: 'C=KZ, CN=Root',
    });
  });

  it('is named by the issuer of the last certificate otherwise, with the nearest key', () => {
    const partial = appraise([fakeLeaf, fakeMiddle.der]);
    expect(partial).toMatchObject({
      authoritySpkiSha256: spkiHash(fakeMiddle.der),
      authorityName: 'C=KZ, CN=Root',
    });
    expect(appraise([fakeLeaf])).toMatchObject({
      authoritySpkiSha256: null,
      authorityName: 'C=KZ, CN=Fake middle',
    });
  });

  it('does not borrow the real root that is sent along', () => {
    expect(appraise([fakeLeaf, fakeMiddle.der, root.der])).toMatchObject({
      pathToRoot: false,
      authoritySpkiSha256: spkiHash(fakeMiddle.der),
    });
  });

  it('expiry stays apart, for every certificate that was followed', () => {
    const used = makeAuthority('Fake middle', { parent: fake, notAfter: '250101000000Z' });
    const appraisal = appraise([makeLeaf(used, [HOST]), used.der, fake.der]);
    expect(appraisal).toMatchObject({
      expired: true,
      unknownAuthority: true,
      failure: 'ssl_unknown_authority',
    });
  });
});

describe('dates of the leaf', () => {
  const stamp = (ms: number): string => `${new Date(ms).toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`;

  it.each([
    ['expired a second before', { notAfter: stamp(AT - 1000) }, { expired: true, trusted: false }],
    ['expires at this second', { notAfter: stamp(AT) }, { expired: false, trusted: true }],
    [
      'valid from within the rounding',
      { notBefore: stamp(AT + START_ROUNDING_MS) },
      { notYetValid: false, trusted: true },
    ],
    [
      'valid from after it',
      { notBefore: stamp(AT + START_ROUNDING_MS + 1000) },
      { notYetValid: true, trusted: false },
    ],
  ])('%s', (_, dates, expected) => {
    const appraisal = appraise([makeLeaf(middle, [HOST], dates), middle.der]);
    expect(appraisal).toMatchObject({ ...expected, pathToRoot: true, unknownAuthority: false });
    expect(appraisal.failure).toBe(expected.trusted ? null : 'ssl_invalid_certificate');
  });
});

describe('several faults at once keep their own places; the failure follows the order of Go', () => {
  const stranger = makeAuthority('Stranger');
  it.each([
    [
      'name',
      makeLeaf(middle, ['other.kz']),
      'ssl_invalid_hostname',
      { wrongName: true, unknownAuthority: false },
    ],
    [
      'name, authority',
      makeLeaf(stranger, ['other.kz']),
      'ssl_invalid_hostname',
      { wrongName: true, unknownAuthority: true },
    ],
    [
      'dates, name, authority',
      makeLeaf(stranger, ['other.kz'], { notAfter: '210101000000Z' }),
      'ssl_invalid_certificate',
      { expired: true, wrongName: true, unknownAuthority: true },
    ],
  ])('%s', (_, der, failure, facts) => {
    expect(appraise([der, middle.der])).toMatchObject({ ...facts, failure, trusted: false });
  });
});

describe('hostile chains', () => {
  /** Budgeted work takes under a second on a slow machine; this bound is for stalls. */
  const STALL_MS = 10_000;

  it('nothing, junk, and too much', () => {
    expect(appraise([])).toMatchObject({ trusted: false, unknownAuthority: false, leafSha256: null });
    expect(appraise([Uint8Array.of(0x30, 0)])).toMatchObject({
      trusted: false,
      unknownAuthority: false,
      unreadable: ['certificate 0: ends too early'],
      failure: 'ssl_invalid_certificate',
    });
    const many = [leaf, ...Array.from({ length: MAX_CHAIN_CERTIFICATES }, () => root.der), middle.der];
    expect(appraise(many)).toMatchObject({ trusted: false, unreadable: ['certificates 16 to 17: too many'] });
  });

  it('many authorities of one name end within the budget, and say so', () => {
    const same = Array.from({ length: MAX_CHAIN_CERTIFICATES - 1 }, () =>
      makeAuthority('Same', { kind: 'p521' }),
    );
    const crossed = same.map(
      ({ key }, i) => makeAuthority('Same', { key, parent: same[(i + 1) % same.length] as Authority }).der,
    );
    const started = performance.now();
    const appraisal = appraise([makeLeaf(same[0] as Authority, [HOST]), ...crossed]);
    expect(performance.now() - started).toBeLessThan(STALL_MS);
    expect(appraisal.pathToRoot).toBe(false);
    expect(appraisal.unreadable).toEqual(['more signatures than there is time to check']);
  });

  it('cross-signs in every direction do not multiply', () => {
    const key = Array.from({ length: 7 }, () => makeKey('p256'));
    const authorities = key.map((each, i) => makeAuthority(`N${i}`, { key: each }));
    const all = authorities.flatMap((from, i) =>
      [1, 2].map(
        (step) =>
          makeAuthority(`N${(i + step) % 7}`, { key: key[(i + step) % 7] as never, parent: from }).der,
      ),
    );
    expect(appraise([makeLeaf(authorities[0] as Authority, [HOST]), ...all])).toMatchObject({
      pathToRoot: false,
    });
  });

  it('damage anywhere never throws and never makes a chain trusted under another name', () => {
    const forged = [makeLeaf(middle, ['other.kz']), middle.der];
    const edits = fc.array(fc.tuple(fc.nat(1), fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(edits, (all) => {
        const chain = forged.map((der) => Uint8Array.from(der));
        for (const [which, at, value] of all) {
          const der = chain[which] as Uint8Array;
          der[at % der.length] = value;
        }
        expect(appraise(chain).trusted).toBe(false);
      }),
      { numRuns: 400 },
    );
    expect(appraise([leaf, fillerBytes('chain', 900), middle.der]).trusted).toBe(true);
  });
});

describe('the public roots', () => {
  const snapshot = createRoots(rootCertificates.join('\n'));

  it('vouch for themselves and not for a lab', () => {
    expect(appraise([leaf, middle.der, root.der], { roots: snapshot }).unknownAuthority).toBe(true);
    expect(appraise([leaf, middle.der], { roots: withExtraRoots(snapshot, [pemOf(root.der)]) }).trusted).toBe(
      true,
    );
  });
});
