import { createHash, generateKeyPairSync, sign, constants, type KeyObject } from 'node:crypto';

/**
 * Makes certificates octet by octet, wrong ones included: every field can be set to what no library would write. Signing
 * is node:crypto's, so that the code under test never checks its own work.
 */
export function tlv(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(parts);
  const length = content.length;
  const octets = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Uint8Array.of(tag, ...octets), content]);
}

export function oid(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const octets = [first * 40 + second, ...rest].flatMap((arc) => {
    const septets = [arc % 128];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128))
      septets.unshift((left % 128) | 128);
    return septets;
  });
  return tlv(6, Uint8Array.from(octets));
}

export const text = (value: string, tag = 12): Uint8Array =>
  tlv(tag, Buffer.from(value, tag === 30 ? 'utf16le' : 'utf8'));
export const flag = (value: boolean): Uint8Array => tlv(1, Uint8Array.of(value ? 255 : 0));
export const small = (value: number): Uint8Array => tlv(2, Uint8Array.of(value));

export function integer(value: bigint): Uint8Array {
  let bytes = 1;
  while (value < -(1n << BigInt(8 * bytes - 1)) || value >= 1n << BigInt(8 * bytes - 1)) bytes += 1;
  const digits = BigInt.asUintN(8 * bytes, value)
    .toString(16)
    .padStart(2 * bytes, '0');
  return tlv(2, Buffer.from(digits, 'hex'));
}

const ATTRIBUTES: Readonly<Record<string, string>> = { CN: '2.5.4.3', C: '2.5.4.6', O: '2.5.4.10' };

/** `{ CN: 'x', C: 'KZ' }` → Name, in that order. */
export function name(attributes: Readonly<Record<string, string>>): Uint8Array {
  const parts = Object.entries(attributes).map(([type, value]) =>
    tlv(0x31, tlv(0x30, oid(ATTRIBUTES[type] ?? type), text(value))),
  );
  return tlv(0x30, ...parts);
}

export interface Extension {
  readonly oid: string;
  readonly critical?: boolean;
  readonly value: Uint8Array;
}

const dnsName = (value: string): Uint8Array => tlv(0x82, Buffer.from(value, 'latin1'));
const ipName = (value: readonly number[]): Uint8Array => tlv(0x87, Uint8Array.from(value));

export const altNames = (dns: readonly string[], ips: readonly (readonly number[])[] = []): Extension => ({
  oid: '2.5.29.17',
  value: tlv(0x30, ...dns.map(dnsName), ...ips.map(ipName)),
});
export const basicConstraints = (ca: boolean, pathLength?: number): Extension => ({
  oid: '2.5.29.19',
  critical: true,
  value: tlv(0x30, ...(ca ? [flag(true)] : []), ...(pathLength === undefined ? [] : [small(pathLength)])),
});
/** First octet of the bit string: 0x04 keyCertSign, 0x80 digitalSignature. */
export const keyUsage = (bits: number): Extension => ({
  oid: '2.5.29.15',
  critical: true,
  value: tlv(3, Uint8Array.of(0, bits)),
});
export const extendedKeyUsage = (...oids: readonly string[]): Extension => ({
  oid: '2.5.29.37',
  value: tlv(0x30, ...oids.map(oid)),
});
export const nameConstraints = (
  permitted: readonly Uint8Array[],
  excluded: readonly Uint8Array[],
): Extension => {
  const list = (tag: number, names: readonly Uint8Array[]) =>
    names.length === 0 ? [] : [tlv(tag, ...names.map((each) => tlv(0x30, each)))];
  return {
    oid: '2.5.29.30',
    critical: true,
    value: tlv(0x30, ...list(0xa0, permitted), ...list(0xa1, excluded)),
  };
};
export const subtree = { dns: dnsName, ip: ipName };

export type KeyKind = 'rsa' | 'p256' | 'p384' | 'p521' | 'ed25519';
export interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

const EC_CURVES = { p256: 'P-256', p384: 'P-384', p521: 'P-521' } as const;

export function makeKey(kind: KeyKind): KeyPair {
  if (kind === 'rsa') return generateKeyPairSync('rsa', { modulusLength: 2048 });
  if (kind === 'ed25519') return generateKeyPairSync('ed25519');
  return generateKeyPairSync('ec', { namedCurve: EC_CURVES[kind] });
}

export type Hash = 'md5' | 'sha1' | 'sha256' | 'sha384' | 'sha512';
const RSA_OIDS = { md5: 4, sha1: 5, sha256: 11, sha384: 12, sha512: 13 } as const;
const ECDSA_OIDS = { md5: '1', sha1: '1', sha256: '3.2', sha384: '3.3', sha512: '3.4' } as const;
const HASH_OIDS = { sha1: '1.3.14.3.2.26', sha256: '2.16.840.1.101.3.4.2.1' } as const;
const NULL = tlv(5);

export interface SignatureOptions {
  readonly hash?: Hash;
  /** Salt length; RSA keys only, over SHA-256 or SHA-1. */
  readonly pssSalt?: number;
}

function pssAlgorithm(hash: 'sha1' | 'sha256', salt: number): Uint8Array {
  const digest = tlv(0x30, oid(HASH_OIDS[hash]), NULL);
  const mask = tlv(0x30, oid('1.2.840.113549.1.1.8'), digest);
  return tlv(
    0x30,
    oid('1.2.840.113549.1.1.10'),
    tlv(0x30, tlv(0xa0, digest), tlv(0xa1, mask), tlv(0xa2, small(salt))),
  );
}

function signer(
  key: KeyObject,
  options: SignatureOptions,
): { algorithm: Uint8Array; sign(tbs: Uint8Array): Uint8Array } {
  const hash = options.hash ?? 'sha256';
  const { pssSalt } = options;
  if (key.asymmetricKeyType === 'ed25519') {
    return { algorithm: tlv(0x30, oid('1.3.101.112')), sign: (tbs) => sign(null, tbs, key) };
  }
  if (key.asymmetricKeyType === 'ec') {
    return {
      algorithm: tlv(0x30, oid(`1.2.840.10045.4.${ECDSA_OIDS[hash]}`)),
      sign: (tbs) => sign(hash, tbs, key),
    };
  }
  if (pssSalt === undefined) {
    const algorithm = tlv(0x30, oid(`1.2.840.113549.1.1.${RSA_OIDS[hash]}`), NULL);
    return { algorithm, sign: (tbs) => sign(hash, tbs, key) };
  }
  const padding = constants.RSA_PKCS1_PSS_PADDING;
  return {
    algorithm: pssAlgorithm(hash === 'sha1' ? 'sha1' : 'sha256', pssSalt),
    sign: (tbs) => sign(hash, tbs, { key, padding, saltLength: pssSalt }),
  };
}

export interface CertificateOptions extends SignatureOptions {
  readonly subject: Uint8Array;
  readonly issuer: Uint8Array;
  readonly publicKey: KeyObject;
  readonly signWith: KeyObject;
  readonly serial?: bigint;
  /** UTCTime or GeneralizedTime, told apart by length. */
  readonly notBefore?: string;
  readonly notAfter?: string;
  readonly extensions?: readonly Extension[];
}

const time = (value: string): Uint8Array => text(value, value.length > 13 ? 24 : 23);

export function makeCertificate(options: CertificateOptions): Uint8Array {
  const { algorithm, sign: signTbs } = signer(options.signWith, options);
  const extensions = (options.extensions ?? []).map((extension) =>
    tlv(0x30, oid(extension.oid), ...(extension.critical ? [flag(true)] : []), tlv(4, extension.value)),
  );
  const tbs = tlv(
    0x30,
    ...(extensions.length > 0 ? [tlv(0xa0, small(2))] : []),
    integer(options.serial ?? 1n),
    algorithm,
    options.issuer,
    tlv(0x30, time(options.notBefore ?? '200101000000Z'), time(options.notAfter ?? '20600101000000Z')),
    options.subject,
    options.publicKey.export({ type: 'spki', format: 'der' }),
    ...(extensions.length > 0 ? [tlv(0xa3, tlv(0x30, ...extensions))] : []),
  );
  return new Uint8Array(tlv(0x30, tbs, algorithm, tlv(3, Uint8Array.of(0), signTbs(tbs))));
}

/** An authority that can sign others. */
export interface Authority {
  readonly name: Uint8Array;
  readonly key: KeyPair;
  readonly der: Uint8Array;
}

export interface AuthorityOptions extends SignatureOptions {
  readonly kind?: KeyKind;
  readonly key?: KeyPair;
  readonly parent?: Authority;
  readonly extensions?: readonly Extension[];
  readonly notBefore?: string;
  readonly notAfter?: string;
  readonly serial?: bigint;
}

/** A certificate authority; without a parent, a self-signed one. */
export function makeAuthority(commonName: string, options: AuthorityOptions = {}): Authority {
  const {
    kind = 'p256',
    key = makeKey(kind),
    parent,
    extensions = [basicConstraints(true), keyUsage(4)],
    ...rest
  } = options;
  const own = name({ C: 'KZ', CN: commonName });
  const der = makeCertificate({
    ...rest,
    subject: own,
    issuer: parent?.name ?? own,
    publicKey: key.publicKey,
    signWith: parent?.key.privateKey ?? key.privateKey,
    extensions,
  });
  return { name: own, key, der };
}

/** A server's certificate for these names, signed by an authority. */
export function makeLeaf(
  authority: Authority,
  dns: readonly string[],
  options: AuthorityOptions & {
    readonly ips?: readonly (readonly number[])[];
    readonly more?: readonly Extension[];
  } = {},
): Uint8Array {
  const { kind = 'p256', key = makeKey(kind), ips = [], more = [], ...rest } = options;
  return makeCertificate({
    ...rest,
    subject: name({ CN: dns[0] ?? 'leaf' }),
    issuer: authority.name,
    publicKey: key.publicKey,
    signWith: authority.key.privateKey,
    extensions: options.extensions ?? [altNames(dns, ips), ...more],
  });
}

/** DER → PEM by way of node:crypto's own base64. */
export function pemOf(...ders: readonly Uint8Array[]): string {
  return ders
    .map(
      (der) =>
        `-----BEGIN CERTIFICATE-----\n${Buffer.from(der).toString('base64')}\n-----END CERTIFICATE-----\n`,
    )
    .join('');
}

/** Deterministic filler for fuzzing; test data must not differ from run to run. */
export function fillerBytes(seed: string, length: number): Uint8Array {
  const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, i) =>
    createHash('sha256').update(`${seed} ${i}`).digest(),
  );
  return new Uint8Array(Buffer.concat(blocks).subarray(0, length));
}
