/**
 * Java's list of roots, `cacerts`. The older form (JKS) holds certificates in the clear; its check sum, which needs a
 * password, protects nothing that matters here. The newer one is PKCS #12.
 * Source of the older form: OpenJDK, sun.security.provider.JavaKeyStore.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { UnreadStore, type DeviceFiles } from './device-files.ts';
import { readPkcs12 } from './pkcs12.ts';
import {
  namesIn,
  readingOf,
  type StoredCertificate,
  type StoreReader,
  type StoreReading,
} from './reading.ts';

/** `cacerts` has about 200 KB. */
const MAX_STORE_BYTES = 16 * 1024 * 1024;
const JKS_MAGIC = 0xfeedfeed;
const JKS_VERSIONS: readonly number[] = [1, 2];
const KEY_ENTRY = 1;
const CERTIFICATE_ENTRY = 2;
const MAX_ENTRIES = 4096;
const SEQUENCE = 0x30;

/** As the makers of Java and of Debian call what they bring: `isrgrootx1 [jdk]`, `debian:isrg_root_x1.pem`. */
const SHIPPED_ALIAS = / \[jdk\]$|^debian:/;

export interface JavaEntry {
  readonly alias: string;
  readonly der: Uint8Array;
  readonly since: number | null;
}

/** Throws {@link UnreadStore}. */
export function readJks(bytes: Uint8Array): readonly JavaEntry[] {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 12;
  const take = (length: number): Buffer => {
    if (at + length > view.length) throw new UnreadStore('damaged');
    at += length;
    return view.subarray(at - length, at);
  };
  const text = (): string => take(take(2).readUInt16BE()).toString('utf8');
  if (view.length < at || view.readUInt32BE(0) !== JKS_MAGIC) throw new UnreadStore('unknown_form');
  const version = view.readUInt32BE(4);
  const count = view.readUInt32BE(8);
  if (!JKS_VERSIONS.includes(version)) throw new UnreadStore('unknown_form');
  if (count > MAX_ENTRIES) throw new UnreadStore('too_large');
  const certificate = (): Uint8Array => {
    if (version === 2) text();
    return new Uint8Array(take(take(4).readUInt32BE()));
  };
  const entries: JavaEntry[] = [];
  for (let i = 0; i < count; i++) {
    const tag = take(4).readUInt32BE();
    const alias = text();
    const since = Number(take(8).readBigInt64BE());
    if (tag === CERTIFICATE_ENTRY) entries.push({ alias, der: certificate(), since });
    else if (tag === KEY_ENTRY) {
      take(take(4).readUInt32BE());
      // The chain of somebody's own key is no list of roots.
      for (let left = take(4).readUInt32BE(); left > 0; left--) certificate();
    } else throw new UnreadStore('damaged');
  }
  return entries;
}

/** Either form. Throws {@link UnreadStore}. */
export function readJavaStore(bytes: Uint8Array): readonly JavaEntry[] {
  return bytes[0] === SEQUENCE
    ? readPkcs12(bytes).map(({ name, der }) => ({ alias: name ?? '', der, since: null }))
    : readJks(bytes);
}

const FIXED = [
  '/etc/ssl/certs/java/cacerts',
  '/etc/pki/java/cacerts',
  '/etc/pki/ca-trust/extracted/java/cacerts',
  '/etc/ca-certificates/extracted/java-cacerts.jks',
];
const MACHINES = ['/usr/lib/jvm', '/usr/java', '/opt/java', '/Library/Java/JavaVirtualMachines'];
const INSIDE = ['lib/security/cacerts', 'jre/lib/security/cacerts', 'Contents/Home/lib/security/cacerts'];

/** Every installed Java may have a list of its own; links to the system's are read once. */
async function places(files: DeviceFiles): Promise<readonly string[]> {
  const homes = await Promise.all(
    MACHINES.map(async (path) => (await namesIn(files, path)).map((name) => join(path, name))),
  );
  const own = files.environment['JAVA_HOME'];
  return [
    ...FIXED,
    ...[...homes.flat(), ...(own === undefined || own === '' ? [] : [own])].flatMap((home) =>
      INSIDE.map((path) => join(home, path)),
    ),
  ];
}

export const readJava: StoreReader = async (files) => {
  const seen = new Set<string>();
  const read = async (place: string): Promise<readonly StoredCertificate[] | null> => {
    const file = await files.read(place, MAX_STORE_BYTES);
    if (file === null) return null;
    const same = createHash('sha256').update(file.bytes).digest('hex');
    if (seen.has(same)) return null;
    seen.add(same);
    return readJavaStore(file.bytes).map(({ alias, der, since }) => {
      const shipped = SHIPPED_ALIAS.test(alias);
      return { der, place, trusted: true, shipped, since: shipped ? null : since };
    });
  };
  const readings: StoreReading[] = [];
  // In order, so that of links to one file the system's own path is the one that is named.
  for (const place of await places(files))
    readings.push(...(await readingOf('java', place, () => read(place))));
  return readings;
};
