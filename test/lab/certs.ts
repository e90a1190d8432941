import { X509Certificate } from 'node:crypto';
import type forge from 'node-forge';
import { LAB_AUTHORITY_IDS } from '../scenarios/authorities.ts';
import type { CertificateKind, Intercept, KnownGeneration } from '../scenarios/scenario.ts';
import {
  chainPem,
  copyLeaf,
  DAY_MS,
  hexDigest,
  makeAuthority,
  makeKey,
  makeLeaf,
  toPem,
} from './certificate-parts.ts';
import type { Attributes, Authority, Dates, Key } from './certificate-parts.ts';

/**
 * Certificates of the lab. Every key is RSA-2048, made once per process; the sites of a lab share one, which no
 * certificate rule looks at.
 */

const VALID_DAYS = 90;
/** Age of a leaf in days. */
const FRESH = 10;
const STALE = VALID_DAYS + 10;
/** The intermediate of 2019: three years. */
const LONG_INTERMEDIATE_DAYS = { from: 200, to: -895 } as const;
/** Those of 2021 to 2024: 75 days, and used after that. */
const EXPIRED_INTERMEDIATE_DAYS = { from: 105, to: 30 } as const;

type AuthorityName = Readonly<Record<'C' | 'CN', string> & Partial<Record<'O', string>>>;
/** Made up, after the pattern of the real ones: two attributes in 2019, three later, two roots of one name. */
const KNOWN_NAMES: Readonly<Record<KnownGeneration, AuthorityName>> = {
  known: { C: 'KZ', CN: 'Lab Trust Network' },
  known_2020: { C: 'KZ', O: 'LSCA', CN: 'Lab Security Certification Authority' },
  known_2021: { C: 'KZ', O: 'LSCA', CN: 'Lab Security Certification Authority' },
};
/** What the forged chains of 2019 called theirs; the key is the lab's. */
const LONG_INTERMEDIATE_NAME: Attributes = [['C', 'KZ'], ['CN', 'Security Certificate']]; // prettier-ignore
/** No names of the short ones are on record. */
const SHORT_INTERMEDIATE_NAME: Attributes = [['C', 'KZ'], ['O', 'LSCA'], ['CN', 'Lab Issuing Authority']]; // prettier-ignore
/** As testlists/fingerprints/interception.json describes the ordinary PKI of the state, under `not_interception`. */
const STATE_ROOT_NAME: Attributes = [['C', 'KZ'], ['CN', 'НЕГІЗГІ КУӘЛАНДЫРУШЫ ОРТАЛЫҚ (RSA)']]; // prettier-ignore
const STATE_ISSUER_NAME: Attributes = [['C', 'KZ'], ['CN', 'ҰЛТТЫҚ КУӘЛАНДЫРУШЫ ОРТАЛЫҚ (RSA)']]; // prettier-ignore
/** As the product itself names the root that it makes on each device; the key is the lab's. */
const PRODUCT_NAME: Attributes = [
  ['O', 'AO Kaspersky Lab'],
  ['CN', 'Kaspersky Anti-Virus Personal Root Certificate'],
];
const COMPANY_NAME: Attributes = [['C', 'KZ'], ['O', 'Lab Trading LLP'], ['CN', 'Lab Trading Proxy CA']]; // prettier-ignore

type InterceptAuthority = Intercept['authority'];
export interface Forger {
  readonly authority: InterceptAuthority;
  readonly key?: string | undefined;
}

export interface Issued {
  /** Leaf first, intermediates after it, never the root. */
  readonly certPem: string;
  readonly keyPem: string;
}

/** One row of `roots` in testlists/fingerprints/interception.json. */
export interface KnownAuthority {
  readonly id: string;
  readonly name: AuthorityName;
  readonly sha256: string;
  readonly sha1: string;
  readonly spki_sha256: string;
  /** Base64 of the SubjectPublicKeyInfo. */
  readonly public_key: string;
  readonly subject_key_id: string;
  readonly not_before: string;
  readonly not_after: string;
  readonly generation: string;
  readonly source: string;
  readonly date_read: string;
  readonly notes: string;
}

export interface LabCertificates {
  /** The root that a probe or collector must be told to trust. */
  readonly rootPem: string;
  /** A chain for these names and IP literals, as this kind of site would present it. */
  issue(names: readonly string[], kind?: CertificateKind): Issued;
  /** With a key that no site has: a reflector is known by its key. */
  issueOwn(names: readonly string[]): Issued;
  /** A forged chain, as an interceptor presents it for this name or in place of this certificate. */
  forgeFor(authority: InterceptAuthority, name: string, key?: string): Issued;
  forgeCopy(authority: InterceptAuthority, originDer: Uint8Array, key?: string): Issued;
  /** Makes what those need that have keys of their own; before they forge anything. */
  prepare(forgers: readonly Forger[]): Promise<void>;
  /** The root behind each authority. */
  readonly interceptorPem: Readonly<Record<InterceptAuthority, string>>;
  /** The same, also of one with a key of its own, which must have been prepared. */
  rootPemOf(by: Forger): string;
  /** Hex SHA-256 of its SubjectPublicKeyInfo. */
  rootSpkiOf(by: Forger): string;
  /** What the lab has on record: a root for each generation; `knownAuthority` is the first. */
  readonly knownAuthority: KnownAuthority;
  readonly knownAuthorities: readonly KnownAuthority[];
}

/** Who signs an interceptor's leaves, and what it sends after them. */
interface Interceptor {
  readonly issuer: Authority;
  readonly sent: readonly forge.pki.Certificate[];
  readonly root: Authority;
}

const spkiOf = ({ cert }: Authority): Buffer =>
  new X509Certificate(toPem(cert)).publicKey.export({ type: 'spki', format: 'der' });

function describeAuthority(generation: KnownGeneration, authority: Authority): KnownAuthority {
  const cert = new X509Certificate(toPem(authority.cert));
  const spki = spkiOf(authority);
  const keyId = authority.cert.getExtension('subjectKeyIdentifier') as { subjectKeyIdentifier: string };
  return {
    id: LAB_AUTHORITY_IDS[generation],
    name: KNOWN_NAMES[generation],
    sha256: hexDigest('sha256', cert.raw),
    sha1: hexDigest('sha1', cert.raw),
    spki_sha256: hexDigest('sha256', spki),
    public_key: spki.toString('base64'),
    subject_key_id: keyId.subjectKeyIdentifier,
    not_before: authority.cert.validity.notBefore.toISOString().replace(/\.\d+/, ''),
    not_after: authority.cert.validity.notAfter.toISOString().replace(/\.\d+/, ''),
    generation: 'lab',
    source: 'test/lab/certs.ts: made for the test lab',
    date_read: '2026-11-21',
    notes: '',
  };
}

async function makeInterceptors(now: number): Promise<Record<InterceptAuthority, Interceptor>> {
  const keys = await Promise.all(Array.from({ length: 9 }, makeKey));
  const [unknownKey, longKey, shortKey, imitationKey, productKey, companyKey, ...rootKeys] = keys as [
    ...[Key, Key, Key, Key, Key, Key],
    ...[Key, Key, Key],
  ];
  const rootOf = (generation: KnownGeneration, key: Key): Authority =>
    makeAuthority(Object.entries(KNOWN_NAMES[generation]), key, null, now);
  const known = rootOf('known', rootKeys[0]);
  const known2020 = rootOf('known_2020', rootKeys[1]);
  const known2021 = rootOf('known_2021', rootKeys[2]);
  const ago = ({ from, to }: { from: number; to: number }): Dates => ({
    from: now - from * DAY_MS,
    to: now - to * DAY_MS,
  });
  const long = makeAuthority(LONG_INTERMEDIATE_NAME, longKey, known, now, ago(LONG_INTERMEDIATE_DAYS));
  const short = makeAuthority(
    SHORT_INTERMEDIATE_NAME,
    shortKey,
    known2021,
    now,
    ago(EXPIRED_INTERMEDIATE_DAYS),
  );
  const alone = (name: Attributes, key: Key, sendsRoot: boolean): Interceptor => {
    const root = makeAuthority(name, key, null, now);
    return { issuer: root, sent: sendsRoot ? [root.cert] : [], root };
  };
  return {
    unknown: alone([['C', 'ZZ'], ['CN', 'Secure Gateway CA']], unknownKey, false), // prettier-ignore
    known: { issuer: long, sent: [long.cert, known.cert], root: known },
    known_2020: { issuer: known2020, sent: [known2020.cert], root: known2020 },
    known_2021: { issuer: short, sent: [short.cert], root: known2021 },
    imitation: alone(Object.entries(KNOWN_NAMES.known), imitationKey, true),
    product: alone(PRODUCT_NAME, productKey, true),
    company: alone(COMPANY_NAME, companyKey, true),
  };
}

/** The same names under another key, the root sent: a key that is not shown joins nothing. Throws for an authority that is no root itself. */
function withOwnKey({ root, issuer }: Interceptor, key: Key, now: number): Interceptor {
  if (issuer !== root) throw new Error('only a root of its own has a key of its own');
  const name = root.cert.subject.attributes.map((a): [string, string] => [
    a.shortName ?? '',
    // As node-forge keeps what it writes as UTF-8.
    String(a.value),
  ]);
  const alone = makeAuthority(name, key, null, now);
  return { issuer: alone, sent: [alone.cert], root: alone };
}

async function makeLabCertificates(now: number): Promise<LabCertificates> {
  const [rootKey, middleKey, siteKey, ownKey, forgedKey, officeKey, stateKey, stateIssuerKey] =
    (await Promise.all(Array.from({ length: 8 }, makeKey))) as [Key, Key, Key, Key, Key, Key, Key, Key];
  const root = makeAuthority([['O', 'Lab'], ['CN', 'Lab Root']], rootKey, null, now); // prettier-ignore
  const middle = makeAuthority([['O', 'Lab'], ['CN', 'Lab Intermediate']], middleKey, root, now); // prettier-ignore
  const office = makeAuthority([['O', 'Lab Office'], ['CN', 'Lab Office CA']], officeKey, null, now); // prettier-ignore
  const state = makeAuthority(STATE_ROOT_NAME, stateKey, null, now);
  const stateIssuer = makeAuthority(STATE_ISSUER_NAME, stateIssuerKey, state, now);
  const interceptors = await makeInterceptors(now);

  const aged = (days: number): Dates => ({
    from: now - days * DAY_MS,
    to: now + (VALID_DAYS - days) * DAY_MS,
  });
  const issue = (names: readonly string[], kind: CertificateKind = 'trusted'): Issued => {
    const leaf = (issuer: Authority | null, days = FRESH, of = names): forge.pki.Certificate =>
      makeLeaf(of, siteKey, issuer, aged(days));
    const sent = (...certs: readonly forge.pki.Certificate[]): Issued => ({
      certPem: chainPem(...certs),
      keyPem: siteKey.pem,
    });
    switch (kind) {
      case 'trusted':
        return sent(leaf(middle), middle.cert);
      case 'expired':
        return sent(leaf(middle, STALE), middle.cert);
      case 'wrong_name':
        return sent(leaf(middle, FRESH, ['shared-hosting.example']), middle.cert);
      case 'incomplete':
        return sent(leaf(middle));
      case 'self_signed':
        return sent(leaf(null));
      case 'unknown_ca':
        return sent(leaf(office), office.cert);
      case 'state_pki':
        return sent(leaf(stateIssuer), stateIssuer.cert);
    }
  };
  const describe = (generation: KnownGeneration): KnownAuthority =>
    describeAuthority(generation, interceptors[generation].root);
  const own = new Map<string, Interceptor>();
  const nameOf = ({ authority, key }: Forger): string => `${authority} ${key}`;
  const interceptorOf = (by: Forger): Interceptor => {
    const found = by.key === undefined ? interceptors[by.authority] : own.get(nameOf(by));
    if (found === undefined) throw new Error(`nothing was prepared for ${nameOf(by)}`);
    return found;
  };
  const forged = (by: Forger, make: (issuer: Authority) => forge.pki.Certificate): Issued => {
    const { issuer, sent } = interceptorOf(by);
    return { certPem: chainPem(make(issuer), ...sent), keyPem: forgedKey.pem };
  };
  return {
    rootPem: toPem(root.cert),
    issue,
    issueOwn: (names) => ({
      certPem: chainPem(makeLeaf(names, ownKey, middle, aged(FRESH)), middle.cert),
      keyPem: ownKey.pem,
    }),
    forgeFor: (authority, name, key) =>
      forged({ authority, key }, (issuer) => makeLeaf([name], forgedKey, issuer, aged(FRESH))),
    forgeCopy: (authority, der, key) =>
      forged({ authority, key }, (issuer) => copyLeaf(der, forgedKey, issuer)),
    prepare: async (forgers) => {
      for (const by of forgers)
        if (by.key !== undefined && !own.has(nameOf(by)))
          own.set(nameOf(by), withOwnKey(interceptors[by.authority], await makeKey(), now));
    },
    interceptorPem: Object.fromEntries(
      Object.entries(interceptors).map(([id, { root: own }]) => [id, toPem(own.cert)]),
    ) as Record<InterceptAuthority, string>,
    rootPemOf: (by) => toPem(interceptorOf(by).root.cert),
    rootSpkiOf: (by) => hexDigest('sha256', spkiOf(interceptorOf(by).root)),
    knownAuthority: describe('known'),
    knownAuthorities: [describe('known'), describe('known_2020'), describe('known_2021')],
  };
}

let made: Promise<LabCertificates> | null = null;

/** The lab's certificates; keys are made at the first call and kept for the process. */
export function labCertificates(): Promise<LabCertificates> {
  made ??= makeLabCertificates(Date.now());
  return made;
}
