/**
 * All tests of the rules, of their files' form and of judging in one file, each of them below the name of its own. Left out: properties over all
 * documents (too slow to be made for each mutant, and the time zone can't be set in a thread), the trust in a control's
 * reply (not what is mutated) and what bounds time.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');
const FOLDERS = ['scripts/mutate', 'test/golden', 'test/unit/judge', 'test/unit/rules'];
const MORE = ['test/unit/testlists.test.ts'];
const LEFT_OUT = [
  'every.test.ts',
  'properties.test.ts',
  'control-trust.test.ts',
  'hostile-documents.test.ts',
  'many-sightings.test.ts',
];

const files = FOLDERS.flatMap((folder) =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.test.ts') && !LEFT_OUT.includes(name))
    .map((name) => `${folder}/${name}`),
);

for (const file of [...files, ...MORE].sort())
  describe(file, async () => {
    await import(join(ROOT, file));
  });
