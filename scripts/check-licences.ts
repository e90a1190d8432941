/** Every dependency that ships with the programs may be combined with GPL-3.0-or-later. */
import { createRequire } from 'node:module';
import { join } from 'node:path';

interface LicenceChecker {
  init(
    options: { start: string; production: boolean; excludePrivatePackages: boolean },
    done: (error: Error | null, packages: Record<string, { licenses?: string | string[] }>) => void,
  ): void;
}
const checker = createRequire(import.meta.url)('license-checker-rseidelsohn') as LicenceChecker;

/** Compatible with GPLv3 by the Free Software Foundation's list: https://www.gnu.org/licenses/license-list.html */
const COMPATIBLE: ReadonlySet<string> = new Set([
  'MIT',
  'MIT-0',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'Apache-2.0',
  'MPL-2.0',
  'GPL-3.0-or-later',
  'Python-2.0',
  'CC0-1.0',
  'Unlicense',
  'BlueOak-1.0.0',
]);

/** `(MIT OR GPL-2.0)`: one compatible choice is enough; `AND` needs all. */
function compatible(expression: string): boolean {
  const text = expression.replace(/^\(|\)$/g, '').replace(/\*$/, '');
  if (text.includes(' OR ')) return text.split(' OR ').some(compatible);
  return text.split(' AND ').every((one) => COMPATIBLE.has(one.trim()));
}

checker.init(
  { start: join(import.meta.dirname, '..'), production: true, excludePrivatePackages: true },
  (error, packages) => {
    if (error !== null) throw error;
    const all = Object.entries(packages).filter(([name]) => !name.startsWith('kuager@'));
    const bad = all.filter(([, p]) => ![p.licenses ?? 'none'].flat().every(compatible));
    for (const [name, p] of bad)
      process.stdout.write(`${name}: ${[p.licenses ?? 'none'].flat().join(', ')} is not on the list\n`);
    if (bad.length === 0)
      process.stdout.write(`licences: ${all.length} packages, all compatible with GPL-3.0-or-later\n`);
    process.exitCode = bad.length === 0 && all.length > 0 ? 0 : 1;
  },
);
