import { X509Certificate } from 'node:crypto';
import type forge from 'node-forge';
import type { CertificateKind, Intercept } from '../scenarios/scenario.ts';
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
/** An intermediate that an interceptor goes on using after its time. */
const EXPIRED_INTERMEDIATE_DAYS = { from: 400, to: 30 } as const;

const KNOWN_NAME = { C: 'ZZ', O: 'Lab', CN: 'Lab Security Certification Authority' } as const;
const KNOWN_INTERMEDIATE_NAME: Attributes = [['C', 'ZZ'], ['CN', 'Security Certificate']]; // prettier-ignore
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

export interface Issued {
  /** Leaf first, intermediates after it, never the root. */
  readonly certPem: string;
  readonly keyPem: string;
}

/** One row of `roots` in testlists/fingerprints/interception.json. */
export interface KnownAuthority {
  readonly id: string;
  readonly name: { readonly C: string; readonly O: string; readonly CN: string };
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
  forgeFor(authority: InterceptAuthority, name: string): Issued;
  forgeCopy(authority: InterceptAuthority, originDer: Uint8Array): Issued;
  /** The root behind each authority. */
  readonly interceptorPem: Readonly<Record<InterceptAuthority, string>>;
  readonly knownAuthority: KnownAuthority;
}

/** Who signs an interceptor's leaves, and what it sends after them. */
interface Interceptor {
  readonly issuer: Authority;
  readonly sent: readonly forge.pki.Certificate[];
  readonly root: Authority;
}

function describeAuthority(authority: Authority): KnownAuthority {
  const cert = new X509Certificate(toPem(authority.cert));
  const spki = cert.publicKey.export({ type: 'spki', format: 'der' });
  const keyId = authority.cert.getExtension('subjectKeyIdentifier') as { subjectKeyIdentifier: string };
  return {
    id: 'lab-known-root',
    name: KNOWN_NAME,
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
  const [unknownKey, knownKey, middleKey, expiredKey, imitationKey, productKey, companyKey] =
    (await Promise.all(Array.from({ length: 7 }, makeKey))) as [Key, Key, Key, Key, Key, Key, Key];
  const known = makeAuthority(Object.entries(KNOWN_NAME), knownKey, null, now);
  const middle = makeAuthority(KNOWN_INTERMEDIATE_NAME, middleKey, known, now);
  const expired = makeAuthority(KNOWN_INTERMEDIATE_NAME, expiredKey, known, now, {
    from: now - EXPIRED_INTERMEDIATE_DAYS.from * DAY_MS,
    to: now - EXPIRED_INTERMEDIATE_DAYS.to * DAY_MS,
  });
  const alone = (name: Attributes, key: Key, sendsRoot: boolean): Interceptor => {
    const root = makeAuthority(name, key, null, now);
    return { issuer: root, sent: sendsRoot ? [root.cert] : [], root };
  };
  return {
    unknown: alone([['C', 'ZZ'], ['CN', 'Secure Gateway CA']], unknownKey, false), // prettier-ignore
    known: { issuer: middle, sent: [middle.cert, known.cert], root: known },
    known_intermediate: { issuer: expired, sent: [expired.cert], root: known },
    imitation: alone(Object.entries(KNOWN_NAME), imitationKey, true),
    product: alone(PRODUCT_NAME, productKey, true),
    company: alone(COMPANY_NAME, companyKey, true),
  };
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
  const forged = (
    authority: InterceptAuthority,
    make: (issuer: Authority) => forge.pki.Certificate,
  ): Issued => {
    const { issuer, sent } = interceptors[authority];
    return { certPem: chainPem(make(issuer), ...sent), keyPem: forgedKey.pem };
  };
  return {
    rootPem: toPem(root.cert),
    issue,
    issueOwn: (names) => ({
      certPem: chainPem(makeLeaf(names, ownKey, middle, aged(FRESH)), middle.cert),
      keyPem: ownKey.pem,
    }),
    forgeFor: (authority, name) =>
      forged(authority, (issuer) => makeLeaf([name], forgedKey, issuer, aged(FRESH))),
    forgeCopy: (authority, der) => forged(authority, (issuer) => copyLeaf(der, forgedKey, issuer)),
    interceptorPem: Object.fromEntries(
      Object.entries(interceptors).map(([id, { root: own }]) => [id, toPem(own.cert)]),
    ) as Record<InterceptAuthority, string>,
    knownAuthority: describeAuthority(interceptors.known.root),
  };
}

let made: Promise<LabCertificates> | null = null;

/** The lab's certificates; keys are made at the first call and kept for the process. */
export function labCertificates(): Promise<LabCertificates> {
  made ??= makeLabCertificates(Date.now());
  return made;
}
