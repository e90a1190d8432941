/**
 * macOS: certificates of the keychains, and what the administrator's and the user's trust settings say of them. A root
 * in a keychain without a setting is not trusted. Written from the documentation of security(1): settings name a
 * certificate by its label only, so that two of one name share what is said of either.
 */
import { join } from 'node:path';
import { parsePem } from '../../shared/codec/pem.ts';
import { parseCertificate } from '../../shared/codec/x509.ts';
import { UnreadStore, type DeviceFiles } from './device-files.ts';
import { readingOf, type StoredCertificate, type StoreReader } from './reading.ts';

const SECURITY = '/usr/bin/security';
const SYSTEM_KEYCHAIN = '/Library/Keychains/System.keychain';
const USER_KEYCHAIN = 'Library/Keychains/login.keychain-db';

/** `Cert 2: NAME`, then `Result Type : kSecTrustSettingsResultTrustRoot` of each setting. Pure. */
export function readTrustSettings(text: string): ReadonlyMap<string, boolean> {
  const said = new Map<string, boolean>();
  for (const block of text.split(/^Cert \d+: /m).slice(1)) {
    const [label = '', ...lines] = block.split(/\r?\n/);
    const results = lines.flatMap((line) => /Result Type\s*:\s*(\w+)/.exec(line)?.[1] ?? []);
    // No setting at all, or one without a result, means "always trust".
    const trusted = results.length === 0 || results.some((r) => /ResultTrust(Root|AsRoot)$/.test(r));
    said.set(label.trim(), (said.get(label.trim()) ?? false) || trusted);
  }
  return said;
}

function labelOf(der: Uint8Array): string | null {
  const certificate = parseCertificate(der);
  if ('error' in certificate) return null;
  const { attributes } = certificate.subject;
  return (attributes.find((a) => a.type === 'CN') ?? attributes.find((a) => a.type === 'O'))?.value ?? null;
}

/** Pure. `settings`: of all domains. */
export function inKeychain(
  pem: string,
  settings: ReadonlyMap<string, boolean>,
  place: string,
): readonly StoredCertificate[] {
  return parsePem(pem).blocks.map((der) => {
    const label = labelOf(der);
    const trusted = label === null ? null : (settings.get(label) ?? false);
    return { der, place, trusted, shipped: false, since: null };
  });
}

/** "No Trust Settings were found." is a failure of the tool and means that there are none. */
async function settingsOf(
  files: DeviceFiles,
  domain: readonly string[],
): Promise<ReadonlyMap<string, boolean>> {
  try {
    return readTrustSettings(await files.run(SECURITY, ['dump-trust-settings', ...domain]));
  } catch (error) {
    if (error instanceof UnreadStore && error.reason === 'tool_failed') return new Map();
    throw error;
  }
}

export const readMacos: StoreReader = async (files) => {
  const asked = Promise.all([settingsOf(files, []), settingsOf(files, ['-d'])]);
  const keychain = (path: string) =>
    readingOf('macos', path, async () => {
      const [user, admin] = await asked;
      const pem = await files.run(SECURITY, ['find-certificate', '-a', '-p', path]);
      return inKeychain(pem, new Map([...user, ...admin]), path);
    });
  return (await Promise.all([keychain(SYSTEM_KEYCHAIN), keychain(join(files.home, USER_KEYCHAIN))])).flat();
};
