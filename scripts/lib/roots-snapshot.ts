import { X509Certificate } from 'node:crypto';

/** Characters of base64 in a PEM line (RFC 7468, section 2). */
const PEM_LINE_CHARS = 64;

/**
 * Lays out PEM certificates as a snapshot file: a header, then one block each, under a comment line with its
 * subject, ordered by subject and then by SHA-256, with LF line ends. A certificate given twice appears once.
 */
export function formatRootsSnapshot(release: string, pems: readonly string[]): string {
  const byHash = new Map<string, { subject: string; hash: string; raw: Uint8Array }>();
  for (const pem of pems) {
    const certificate = new X509Certificate(pem);
    const subject = certificate.subject.split('\n').join(', ');
    byHash.set(certificate.fingerprint256, {
      subject,
      hash: certificate.fingerprint256,
      raw: certificate.raw,
    });
  }
  // Compared by code unit, not by locale: the order must not depend on the machine.
  const entries = [...byHash.values()].sort(
    (a, b) => compare(a.subject, b.subject) || compare(a.hash, b.hash),
  );
  const header = [
    `# Mozilla's root certificates for TLS servers, as distributed with Node.js ${release}.`,
    '# Data of Mozilla (NSS certdata.txt), under the Mozilla Public License 2.0: https://mozilla.org/MPL/2.0/',
    `# certificates: ${entries.length}`,
  ];
  const blocks = entries.map((entry) => `# ${entry.subject}\n${toPem(entry.raw)}`);
  return [header.join('\n') + '\n', ...blocks].join('\n');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function toPem(der: Uint8Array): string {
  const base64 = Buffer.from(der).toString('base64');
  const lines = base64.match(new RegExp(`.{1,${PEM_LINE_CHARS}}`, 'g')) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}
