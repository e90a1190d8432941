/**
 * Chromium and its kin since 2025 keep what a user imported in a file of the profile, `ServerCertificate`, with a small
 * message beside each certificate: field 1, in it field 1 with 1 distrusted, 2 nothing said, 3 trusted.
 * Source: Chromium, components/server_certificate_database.
 */
import { join } from 'node:path';
import type { DeviceFiles } from './device-files.ts';
import { namesIn, readDatabase, readingOf, type StoredCertificate, type StoreReader } from './reading.ts';
import { openTables } from './sqlite.ts';
import type { Tables, Value } from './tables.ts';

const FILE = 'ServerCertificate';
const LINUX = [
  '.config/chromium',
  '.config/google-chrome',
  '.config/BraveSoftware/Brave-Browser',
  '.config/microsoft-edge',
  '.config/vivaldi',
  '.config/yandex-browser',
  'snap/chromium/common/chromium',
  '.var/app/org.chromium.Chromium/config/chromium',
  '.var/app/com.google.Chrome/config/google-chrome',
  '.var/app/com.brave.Browser/config/BraveSoftware/Brave-Browser',
];
const MAC = [
  'Chromium',
  'Google/Chrome',
  'BraveSoftware/Brave-Browser',
  'Microsoft Edge',
  'Yandex/YandexBrowser',
];
const WINDOWS = [
  'Chromium/User Data',
  'Google/Chrome/User Data',
  'BraveSoftware/Brave-Browser/User Data',
  'Microsoft/Edge/User Data',
  'Yandex/YandexBrowser/User Data',
];
const PROFILE = /^(Default|Profile \d+)$/;

function folders({ platform, home, environment }: DeviceFiles): readonly string[] {
  if (platform === 'win32') {
    const local = environment['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local');
    return WINDOWS.map((name) => join(local, name));
  }
  if (platform === 'darwin') return MAC.map((name) => join(home, 'Library/Application Support', name));
  return LINUX.map((name) => join(home, name));
}

const TRUSTED = 3;
const UNSPECIFIED = 2;
/** Field 1, a message of `length` bytes that begins with field 1, a number. */
const SETTINGS = [0x0a, null, 0x08] as const;

function trustOf(settings: Value | undefined): boolean | null {
  if (!(settings instanceof Uint8Array) || SETTINGS.some((byte, i) => byte !== null && settings[i] !== byte))
    return null;
  const said = settings[SETTINGS.length];
  return said === TRUSTED ? true : said === UNSPECIFIED ? null : false;
}

export function importedIn(tables: Tables, place: string): readonly StoredCertificate[] {
  return (tables.rows('certificates') ?? []).flatMap((row) => {
    const der = row.get('der_cert');
    if (!(der instanceof Uint8Array)) return [];
    return [{ der, place, trusted: trustOf(row.get('trust_settings')), shipped: false, since: null }];
  });
}

export const readChromium: StoreReader = async (files) => {
  const profiles = await Promise.all(
    folders(files).map(async (folder) => {
      const names = await namesIn(files, folder);
      return names
        .filter((name) => name === '' || PROFILE.test(name))
        .map((name) => join(folder, name, FILE));
    }),
  );
  const readings = profiles.flat().map((place) =>
    readingOf('chromium', place, async () => {
      const database = await readDatabase(files, place);
      return database === null ? null : importedIn(openTables(database), place);
    }),
  );
  return (await Promise.all(readings)).flat();
};
