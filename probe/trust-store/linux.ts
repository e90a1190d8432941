/**
 * Linux and its kin: what the system's bundles and folders hold, what the administrator added, what was set aside.
 * Sources: update-ca-certificates(8), update-ca-trust(8), trust(1), OpenSSL's c_rehash(1).
 */
import { join } from 'node:path';
import { MAX_CERTIFICATE_FILE_BYTES, readCertificateFile } from './certificate-file.ts';
import { UnreadStore, type DeviceFiles } from './device-files.ts';
import { readingOf, type StoredCertificate, type StoreReader, type StoreReading } from './reading.ts';

/** What programs load: Debian, Fedora, openSUSE, Alpine, Arch, FreeBSD. */
const BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ca-certificates/extracted/tls-ca-bundle.pem',
  '/var/lib/ca-certificates/ca-bundle.pem',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
  '/usr/local/share/certs/ca-root-nss.crt',
];
/** Looked up by the hash of a name: only links called by such a hash count. */
const HASHED_FOLDERS = ['/etc/ssl/certs'];
export const HASHED_NAME = /^[0-9a-f]{8}\.\d{1,3}$/;

/** Where an administrator puts a root. `live`: read from there; else only once the bundle was made anew. */
const ADDED_FOLDERS: readonly { readonly path: string; readonly live: boolean }[] = [
  { path: '/usr/local/share/ca-certificates', live: false },
  { path: '/etc/pki/ca-trust/source/anchors', live: true },
  { path: '/etc/pki/ca-trust/source', live: true },
  { path: '/etc/pki/trust/anchors', live: true },
  { path: '/etc/pki/trust', live: true },
  { path: '/etc/ca-certificates/trust-source/anchors', live: true },
  { path: '/etc/ca-certificates/trust-source', live: true },
];
const SET_ASIDE_FOLDERS = [
  '/etc/pki/ca-trust/source/blocklist',
  '/etc/pki/ca-trust/source/blacklist',
  '/etc/pki/trust/blocklist',
  '/etc/ca-certificates/trust-source/blocklist',
];
/** What the distribution's packages brought; the packages' own word on what was added here. */
const SHIPPED_FOLDERS = [
  '/usr/share/ca-certificates',
  '/usr/share/ca-certificates/trust-source',
  '/usr/share/pki/ca-trust-source',
  '/usr/share/pki/trust',
];
const SHIPPED_DEPTH = 2;
const CERTIFICATE_FILE = /\.(crt|pem|cer|der|p11-kit|0)$/i;

interface Wanted {
  readonly shipped: boolean;
  readonly trusted: boolean | null;
  readonly dated: boolean;
}

async function certificatesOf(
  files: DeviceFiles,
  path: string,
  wanted: Wanted,
): Promise<readonly StoredCertificate[] | null> {
  const file = await files.read(path, MAX_CERTIFICATE_FILE_BYTES);
  if (file === null) return null;
  return readCertificateFile(file.bytes).map(({ der, trusted }) => ({
    der,
    place: path,
    trusted: trusted ?? wanted.trusted,
    shipped: wanted.shipped,
    since: wanted.dated ? file.modified : null,
  }));
}

/** Every file of a folder by itself: one that can't be read hides no other. */
async function folder(
  files: DeviceFiles,
  path: string,
  isCertificate: RegExp,
  wanted: Wanted,
  depth = 0,
): Promise<readonly StoreReading[]> {
  let names: readonly string[] | null;
  try {
    names = await files.list(path);
  } catch (error) {
    if (!(error instanceof UnreadStore)) throw error;
    return [{ kind: 'system', place: path, certificates: [], unread: error.reason }];
  }
  if (names === null) return [];
  const readings = await Promise.all(
    names.map((name) => {
      const inside = join(path, name);
      if (isCertificate.test(name))
        return readingOf('system', inside, () => certificatesOf(files, inside, wanted));
      // Folders of certificates have no dot in their names, and other files there are none of ours.
      return depth > 0 && !name.includes('.') ? folder(files, inside, isCertificate, wanted, depth - 1) : [];
    }),
  );
  return together(path, readings.flat());
}

/** What was read of a folder as one store; what was not, by name. */
function together(path: string, readings: readonly StoreReading[]): readonly StoreReading[] {
  const certificates = readings.flatMap((r) => r.certificates);
  return [
    { kind: 'system', place: path, certificates, unread: null },
    ...readings.filter((r) => r.unread !== null),
  ];
}

export const readLinux: StoreReader = async (files) => {
  const trusted = { shipped: false, trusted: true, dated: false };
  const readings = await Promise.all([
    ...BUNDLES.map((path) => readingOf('system', path, () => certificatesOf(files, path, trusted))),
    ...HASHED_FOLDERS.map((path) => folder(files, path, HASHED_NAME, trusted)),
    ...ADDED_FOLDERS.map(({ path, live }) =>
      folder(files, path, CERTIFICATE_FILE, { shipped: false, trusted: live, dated: true }),
    ),
    ...SET_ASIDE_FOLDERS.map((path) =>
      folder(files, path, CERTIFICATE_FILE, { shipped: false, trusted: false, dated: true }),
    ),
    // That a package brought a file says nothing of its being in use: the bundle does.
    ...SHIPPED_FOLDERS.map((path) =>
      folder(files, path, CERTIFICATE_FILE, { shipped: true, trusted: false, dated: false }, SHIPPED_DEPTH),
    ),
  ]);
  return readings.flat();
};
