/** The devices of a lab: real files, as a distribution keeps its roots and as an administrator adds one to them. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readAsset } from '../../probe/assets.ts';
import type { DeviceFiles } from '../../probe/trust-store/device-files.ts';
import { realFiles } from '../../probe/trust-store/real-files.ts';
import { ROOTS_FILE } from '../../shared/model/index.ts';

/** Debian's: what programs read, and whence `update-ca-certificates` takes what was added. */
export const BUNDLE_FOLDER = '/etc/ssl/certs';
export const ADDED_FOLDER = '/usr/local/share/ca-certificates';
const BUNDLE = 'ca-certificates.crt';
const ADDED = 'added-here.crt';
const HOME = '/home/volunteer';

/** `addedPem`: a root that was added by hand; null: none was. */
export function writeRoots(
  folders: { readonly bundle: string; readonly added: string },
  addedPem: string | null,
): void {
  const { bundle, added } = folders;
  for (const folder of [bundle, added]) mkdirSync(folder, { recursive: true });
  writeFileSync(join(bundle, BUNDLE), `${readAsset(ROOTS_FILE)}\n${addedPem ?? ''}`);
  if (addedPem !== null) writeFileSync(join(added, ADDED), addedPem);
}

/** A device whose every path leads below `root`, with a distribution's bundle and this root in it. */
export function deviceBelow(root: string, addedPem: string | null): DeviceFiles {
  const real = realFiles();
  const at = (path: string): string => join(root, path);
  writeRoots({ bundle: at(BUNDLE_FOLDER), added: at(ADDED_FOLDER) }, addedPem);
  return {
    platform: 'linux',
    home: HOME,
    environment: {},
    read: (path, maxBytes) => real.read(at(path), maxBytes),
    list: (path) => real.list(at(path)),
    run: (program) => Promise.reject(new Error(`no tool may be run here: ${program}`)),
  };
}
