import { createHash, generateKeyPair, randomBytes, X509Certificate } from 'node:crypto';
import { promisify } from 'node:util';
import forge from 'node-forge';
import type { CertificateKind } from '../scenarios/scenario.ts';

/**
 * Certificates of the lab. Made with node-forge and nothing else is asked of it: nobody verifies with it.
 * Every key is RSA-2048, made once per process; the sites of a lab share one, which no certificate rule looks at.
 */

const DAY_MS = 24 * 3600 * 1000;
const VALID_DAYS = 90;
const AUTHORITY_DAYS = 3650;
/** How far both dates of a copied certificate are moved: what research saw in 2019. */
const COPIED_DATES_SHIFT_MS = 6 * 3600 * 1000;
/** Bytes at the end of a copied serial number that differ from the origin's. */
const COPIED_SERIAL_BYTES = 4;

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
  forgeFor(authority: 'unknown' | 'known', name: string): Issued;
  forgeCopy(authority: 'unknown' | 'known', originDer: Uint8Array): Issued;
  readonly interceptorPem: { readonly unknown: string; readonly known: string };
  readonly knownAuthority: KnownAuthority;
}

interface Authority {
  readonly cert: forge.pki.Certificate;
  readonly key: forge.pki.PrivateKey;
}
interface Key {
  readonly pub: forge.pki.PublicKey;
  readonly priv: forge.pki.PrivateKey;
  readonly pem: string;
}
type Attributes = readonly (readonly [string, string])[];

const KNOWN_NAME = { C: 'ZZ', O: 'Lab', CN: 'Lab Security Certification Authority' } as const;

async function makeKey(): Promise<Key> {
  const pair = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  const pem = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const spki = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  return { pub: forge.pki.publicKeyFromPem(spki), priv: forge.pki.privateKeyFromPem(pem), pem };
}

function newSerial(): string {
  const bytes = randomBytes(16);
  // A serial number is positive (RFC 5280, 4.1.2.2) and its DER has no leading zero byte.
  bytes[0] = (bytes[0]! & 0x3f) | 0x40;
  return bytes.toString('hex');
}

function attributes(list: Attributes): forge.pki.CertificateField[] {
  return list.map(([shortName, value]) => ({
    shortName,
    value,
    valueTagClass: (shortName === 'C' ? forge.asn1.Type.PRINTABLESTRING : forge.asn1.Type.UTF8) as never,
  }));
}

interface Wanted {
  readonly subject: forge.pki.CertificateField[];
  readonly key: Key;
  readonly from: number;
  readonly to: number;
  readonly serial?: string;
  readonly extensions: readonly object[];
}

function sign(wanted: Wanted, issuer: Authority | null): forge.pki.Certificate {
  const cert = forge.pki.createCertificate();
  cert.publicKey = wanted.key.pub;
  cert.serialNumber = wanted.serial ?? newSerial();
  cert.validity.notBefore = new Date(wanted.from);
  cert.validity.notAfter = new Date(wanted.to);
  cert.setSubject(wanted.subject);
  cert.setIssuer(issuer === null ? wanted.subject : issuer.cert.subject.attributes);
  cert.setExtensions([...wanted.extensions]);
  cert.sign((issuer?.key ?? wanted.key.priv) as forge.pki.rsa.PrivateKey, forge.md.sha256.create());
  return cert;
}

function makeAuthority(name: Attributes, key: Key, issuer: Authority | null, now: number): Authority {
  const cert = sign(
    {
      subject: attributes(name),
      key,
      from: now - 30 * DAY_MS,
      to: now + AUTHORITY_DAYS * DAY_MS,
      extensions: [
        { name: 'basicConstraints', cA: true, critical: true },
        { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
        { name: 'subjectKeyIdentifier' },
      ],
    },
    issuer,
  );
  return { cert, key: key.priv };
}

const LEAF_EXTENSIONS = [
  { name: 'basicConstraints', cA: false, critical: true },
  { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true },
  { name: 'extKeyUsage', serverAuth: true },
];

function subjectAltName(names: readonly string[]): object {
  const altNames = names.map((name) =>
    /^[\d.]+$|:/.test(name) ? { type: 7, ip: name } : { type: 2, value: name },
  );
  return { name: 'subjectAltName', altNames };
}

const toPem = (cert: forge.pki.Certificate): string => forge.pki.certificateToPem(cert).replaceAll('\r', '');
const chainPem = (...certs: readonly forge.pki.Certificate[]): string => certs.map(toPem).join('');

/** Subject, names and serial of the origin's certificate, both dates shifted, the other extensions gone. */
function copyOf(originDer: Uint8Array, key: Key, issuer: Authority): forge.pki.Certificate {
  const der = forge.util.createBuffer(Buffer.from(originDer).toString('binary'));
  const origin = forge.pki.certificateFromAsn1(forge.asn1.fromDer(der));
  const altName = origin.getExtension('subjectAltName') as { altNames: object[] } | null;
  const tail = randomBytes(COPIED_SERIAL_BYTES).toString('hex');
  return sign(
    {
      subject: origin.subject.attributes,
      key,
      from: origin.validity.notBefore.getTime() - COPIED_DATES_SHIFT_MS,
      to: origin.validity.notAfter.getTime() - COPIED_DATES_SHIFT_MS,
      serial: origin.serialNumber.slice(0, -tail.length) + tail,
      extensions: altName === null ? [] : [{ name: 'subjectAltName', altNames: altName.altNames }],
    },
    issuer,
  );
}

function describeAuthority(authority: Authority): KnownAuthority {
  const cert = new X509Certificate(toPem(authority.cert));
  const spki = cert.publicKey.export({ type: 'spki', format: 'der' });
  const hex = (algorithm: string, bytes: Uint8Array): string =>
    createHash(algorithm).update(bytes).digest('hex');
  const keyId = authority.cert.getExtension('subjectKeyIdentifier') as { subjectKeyIdentifier: string };
  return {
    id: 'lab-known-root',
    name: KNOWN_NAME,
    sha256: hex('sha256', cert.raw),
    sha1: hex('sha1', cert.raw),
    spki_sha256: hex('sha256', spki),
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

async function makeLabCertificates(now: number): Promise<LabCertificates> {
  const [rootKey, middleKey, siteKey, ownKey, unknownKey, knownKey, knownMiddleKey, forgedKey, privateKey] =
    await Promise.all(Array.from({ length: 9 }, makeKey));
  const root = makeAuthority([['O', 'Lab'], ['CN', 'Lab Root']], rootKey!, null, now); // prettier-ignore
  const middle = makeAuthority([['O', 'Lab'], ['CN', 'Lab Intermediate']], middleKey!, root, now); // prettier-ignore
  const office = makeAuthority([['O', 'Lab Office'], ['CN', 'Lab Office CA']], privateKey!, null, now); // prettier-ignore
  const unknown = makeAuthority([['C', 'ZZ'], ['CN', 'Secure Gateway CA']], unknownKey!, null, now); // prettier-ignore
  const known = makeAuthority(Object.entries(KNOWN_NAME), knownKey!, null, now);
  const knownMiddle = makeAuthority([['C', 'ZZ'], ['CN', 'Security Certificate']], knownMiddleKey!, known, now); // prettier-ignore

  const leaf = (names: readonly string[], key: Key, issuer: Authority | null, ageDays: number) =>
    sign(
      {
        subject: attributes([['CN', names[0] ?? '']]),
        key,
        from: now - ageDays * DAY_MS,
        to: now + (VALID_DAYS - ageDays) * DAY_MS,
        extensions: [...LEAF_EXTENSIONS, subjectAltName(names)],
      },
      issuer,
    );
  const FRESH = 10;
  const STALE = VALID_DAYS + 10;

  const issue = (names: readonly string[], kind: CertificateKind = 'trusted'): Issued => {
    const key = siteKey!;
    const withMiddle = (cert: forge.pki.Certificate): Issued => ({
      certPem: chainPem(cert, middle.cert),
      keyPem: key.pem,
    });
    switch (kind) {
      case 'trusted':
        return withMiddle(leaf(names, key, middle, FRESH));
      case 'expired':
        return withMiddle(leaf(names, key, middle, STALE));
      case 'wrong_name':
        return withMiddle(leaf(['shared-hosting.example'], key, middle, FRESH));
      case 'incomplete':
        return { certPem: chainPem(leaf(names, key, middle, FRESH)), keyPem: key.pem };
      case 'self_signed':
        return { certPem: chainPem(leaf(names, key, null, FRESH)), keyPem: key.pem };
      case 'unknown_ca':
        return { certPem: chainPem(leaf(names, key, office, FRESH), office.cert), keyPem: key.pem };
    }
  };
  const issueOwn = (names: readonly string[]): Issued => ({
    certPem: chainPem(leaf(names, ownKey!, middle, FRESH), middle.cert),
    keyPem: ownKey!.pem,
  });
  const forged = (authority: 'unknown' | 'known', make: (issuer: Authority) => forge.pki.Certificate) => {
    const issuer = authority === 'known' ? knownMiddle : unknown;
    // The known generation sends leaf, intermediate and root; the unknown one leaves its root out.
    const rest = authority === 'known' ? [knownMiddle.cert, known.cert] : [];
    return { certPem: chainPem(make(issuer), ...rest), keyPem: forgedKey!.pem };
  };
  return {
    rootPem: toPem(root.cert),
    issue,
    issueOwn,
    forgeFor: (authority, name) => forged(authority, (issuer) => leaf([name], forgedKey!, issuer, FRESH)),
    forgeCopy: (authority, der) => forged(authority, (issuer) => copyOf(der, forgedKey!, issuer)),
    interceptorPem: { unknown: toPem(unknown.cert), known: toPem(known.cert) },
    knownAuthority: describeAuthority(known),
  };
}

let made: Promise<LabCertificates> | null = null;

/** The lab's certificates; keys are made at the first call and kept for the process. */
export function labCertificates(): Promise<LabCertificates> {
  made ??= makeLabCertificates(Date.now());
  return made;
}
