/** A certificate that a reflector issues to itself, for labs and for operators without one from an authority. */
import { generateKeyPair, randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import { promisify } from 'node:util';
import forge from 'node-forge';

/** Days; the key is pinned by the signed descriptor, so the date protects nothing and only has to be far enough. */
const VALIDITY_DAYS = 3650;
const DAY_MS = 86_400_000;
const MODULUS_BITS = 2048;
/** SAN types of RFC 5280 section 4.2.1.6. */
const SAN_DNS = 2;
const SAN_IP = 7;

interface KeyAndCertificate {
  readonly keyPem: string;
  readonly certPem: string;
}

/**
 * RSA-2048, self-signed, for one DNS name or address. It cannot show interception that depends on a chain being trusted,
 * so whoever uses it says so aloud.
 * @param now milliseconds since 1970; valid from one day earlier.
 */
export async function makeSelfIssued(name: string, now: number): Promise<KeyAndCertificate> {
  const keys = await promisify(generateKeyPair)('rsa', {
    modulusLength: MODULUS_BITS,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.publicKeyFromPem(keys.publicKey);
  // The leading byte keeps the number positive and of full length.
  certificate.serialNumber = `4a${randomBytes(15).toString('hex')}`;
  certificate.validity.notBefore = new Date(now - DAY_MS);
  certificate.validity.notAfter = new Date(now + VALIDITY_DAYS * DAY_MS);
  const subject = [{ name: 'commonName', value: name }];
  certificate.setSubject(subject);
  certificate.setIssuer(subject);
  const altName = isIP(name) === 0 ? { type: SAN_DNS, value: name } : { type: SAN_IP, ip: name };
  certificate.setExtensions([
    { name: 'basicConstraints', cA: false },
    { name: 'keyUsage', digitalSignature: true, keyEncipherment: true },
    { name: 'extKeyUsage', serverAuth: true },
    { name: 'subjectAltName', altNames: [altName] },
  ]);
  certificate.sign(forge.pki.privateKeyFromPem(keys.privateKey), forge.md.sha256.create());
  return { keyPem: keys.privateKey, certPem: forge.pki.certificateToPem(certificate) };
}
