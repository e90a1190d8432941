/**
 * Writes the snapshot of Mozilla's root certificates that comes with this Node release to
 * testlists/roots/mozilla-node-VERSION.pem. Deterministic: the same release gives the same bytes.
 *
 *   npx tsx scripts/update-roots.ts           write it
 *   npx tsx scripts/update-roots.ts --check   compare only; exit 1 if the stored file differs. Under a release
 *                                             without a stored file there is nothing to compare, and exit 0.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rootCertificates } from 'node:tls';
import { formatRootsSnapshot } from './lib/roots-snapshot.ts';

const release = process.versions.node;
const name = `testlists/roots/mozilla-node-${release}.pem`;
const path = fileURLToPath(new URL(`../${name}`, import.meta.url));
const text = formatRootsSnapshot(release, rootCertificates);

if (!process.argv.includes('--check')) {
  writeFileSync(path, text);
  console.log(`${name}: ${rootCertificates.length} certificates written`);
} else if (!existsSync(path)) {
  console.log(`${name}: not stored; nothing to compare under Node ${release}`);
} else if (readFileSync(path, 'utf8') === text) {
  console.log(`${name}: same as Node ${release}`);
} else {
  console.error(
    `${name}: differs from the certificates of Node ${release}; run without --check to rewrite it`,
  );
  process.exitCode = 1;
}
