/** Where browsers of Mozilla's kin and programs with NSS keep their databases, by system. Pure. */
import { join } from 'node:path';
import type { DeviceFiles } from './device-files.ts';
import type { StoreKind } from './reading.ts';

export interface NssPlace {
  readonly kind: StoreKind;
  readonly path: string;
  /** Folders below it hold one database each. */
  readonly profiles: boolean;
}

const LINUX_PROFILES = [
  '.mozilla/firefox',
  '.config/mozilla/firefox',
  'snap/firefox/common/.mozilla/firefox',
  '.var/app/org.mozilla.firefox/.mozilla/firefox',
  '.var/app/org.mozilla.firefox/config/mozilla/firefox',
  '.thunderbird',
  'snap/thunderbird/common/.thunderbird',
  '.var/app/org.mozilla.Thunderbird/.thunderbird',
  '.librewolf',
  '.var/app/io.gitlab.librewolf-community/.librewolf',
];
const LINUX_SHARED = [
  '.pki/nssdb',
  '.local/share/pki/nssdb',
  'snap/chromium/current/.pki/nssdb',
  '.var/app/org.chromium.Chromium/.pki/nssdb',
  '.var/app/com.google.Chrome/.pki/nssdb',
  '.var/app/com.brave.Browser/.pki/nssdb',
];
const MAC_PROFILES = ['Library/Application Support/Firefox/Profiles', 'Library/Thunderbird/Profiles'];
const WINDOWS_PROFILES = ['Mozilla/Firefox/Profiles', 'Thunderbird/Profiles'];

export function nssPlaces({ platform, home, environment }: DeviceFiles): readonly NssPlace[] {
  const profiles = (base: string, names: readonly string[]): NssPlace[] =>
    names.map((name) => ({ kind: 'firefox', path: join(base, name), profiles: true }));
  if (platform === 'win32')
    return profiles(environment['APPDATA'] ?? join(home, 'AppData', 'Roaming'), WINDOWS_PROFILES);
  if (platform === 'darwin') return profiles(home, MAC_PROFILES);
  return [
    ...profiles(home, LINUX_PROFILES),
    ...LINUX_SHARED.map((name) => ({ kind: 'nss' as const, path: join(home, name), profiles: false })),
    { kind: 'nss', path: '/etc/pki/nssdb', profiles: false },
  ];
}
